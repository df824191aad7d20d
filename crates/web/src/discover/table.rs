use model::Timestamp;
use query::{Column, Condition, Dataset, Direction, Field, OrderBy, Pattern, Selection, Test, ValueType};
use services::discover::{Names, TableAnswer};
use store::events::Cell;

use super::{asked::Asked, quantity::Unit};
use crate::{text::Cut, time::Ago, urls::Links};

/// An answer as rows and columns.
#[derive(Debug, Default)]
pub(crate) struct ResultTable {
    pub(crate) heads: Vec<Head>,
    pub(crate) rows: Vec<Vec<Shown>>,
}

#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) name: String,
    pub(crate) is_number: bool,
    /// The same question sorted by this column.
    pub(crate) link: String,
    /// When it is sorted by this one.
    pub(crate) sorted: Option<&'static str>,
}

/// A cell as the page shows it.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) text: String,
    /// On hover.
    pub(crate) title: Option<String>,
    pub(crate) time: Option<Ago>,
    pub(crate) link: Option<String>,
    pub(crate) is_number: bool,
    /// The same question of rows with this value only.
    pub(crate) only: Option<String>,
    /// Under which name, where rows stand as cards.
    pub(crate) label: String,
}

/// Characters of a value that a cell shows at most.
const MAX_TEXT: usize = 400;

/// Bytes of a condition that a link adds at most: it stands in the page for each cell.
const MAX_ADDED: usize = 200;

/// What the cells of one answer have in common.
pub(crate) struct Around<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) links: &'a Links,
    pub(crate) names: &'a Names,
    pub(crate) now: Timestamp,
}

impl ResultTable {
    pub(crate) fn new(answer: &TableAnswer, order: Option<OrderBy>, around: &Around<'_>) -> Self {
        let head = |(index, selection): (usize, &Selection)| {
            let sorted = order.filter(|order| order.column == index).map(|order| order.direction);
            Head {
                name: selection.asked.clone(),
                is_number: is_number(selection),
                link: around.sort_link(selection, sorted),
                sorted: sorted.map(|direction| match direction {
                    Direction::Ascending => "ascending",
                    Direction::Descending => "descending",
                }),
            }
        };
        let row = |row: &Vec<Cell>| {
            let cells = row.iter().zip(&answer.columns);
            cells
                .map(|(cell, selection)| around.shown(cell, selection, row))
                .collect()
        };
        Self {
            heads: answer.columns.iter().enumerate().map(head).collect(),
            rows: answer.rows.iter().map(row).collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

fn is_number(selection: &Selection) -> bool {
    matches!(
        selection.value_type(),
        ValueType::Integer | ValueType::Number | ValueType::Duration | ValueType::Percentage | ValueType::Rate
    )
}

impl Around<'_> {
    /// Numbers and times begin with the greatest, words with the first.
    fn sort_link(&self, selection: &Selection, sorted: Option<Direction>) -> String {
        let is_text = !is_number(selection) && selection.value_type() != ValueType::Date;
        let descending = match sorted {
            Some(direction) => direction == Direction::Ascending,
            None => !is_text,
        };
        let sign = if descending { "-" } else { "" };
        let asked = self
            .asked
            .with(|asked| asked.sort = Some(format!("{sign}{}", selection.asked)));
        self.links.discover(&asked.pairs())
    }

    fn shown(&self, cell: &Cell, selection: &Selection, row: &[Cell]) -> Shown {
        let unit = Unit::of(selection);
        let text = |text: &str| Shown {
            title: (text.len() > MAX_TEXT).then(|| format!("{} bytes", text.len())),
            text: Cut::new(text, MAX_TEXT).shown,
            ..Shown::default()
        };
        let shown = match cell {
            Cell::Null => Shown::default(),
            Cell::Text(value) => Shown {
                link: self.trace_link(value, selection),
                ..text(said(value, selection))
            },
            Cell::Texts(values) => text(&values.join(", ")),
            Cell::Flag(flag) => text(if *flag { "true" } else { "false" }),
            Cell::Number(value) => Shown {
                title: unit.exact(*value),
                ..text(&unit.show(*value))
            },
            // Numbers up to 2^53 stay what they are.
            Cell::Integer(value) => text(&unit.show(*value as f64)),
            Cell::Time(at) => Shown {
                time: Some(Ago { at: *at, now: self.now }),
                ..Shown::default()
            },
            Cell::EventId(id) => Shown {
                link: Some(self.event_link(&id.to_string(), row)),
                title: Some(id.to_string()),
                ..text(&id.to_string()[..8])
            },
            Cell::Project(id) if asks_number(selection) => text(&id.0.to_string()),
            Cell::Project(id) => text(
                self.names
                    .projects
                    .get(id)
                    .map_or("a project that is gone", String::as_str),
            ),
            Cell::Issue(id) => {
                let name = self.names.issues.get(id).filter(|_| !asks_number(selection));
                Shown {
                    link: name.map(|_| self.links.issue(id.0)),
                    ..text(&name.map_or_else(|| id.0.to_string(), String::clone))
                }
            }
        };
        Shown {
            is_number: is_number(selection),
            only: self.only(cell, selection),
            label: selection.asked.clone(),
            ..shown
        }
    }

    fn event_link(&self, id: &str, row: &[Cell]) -> String {
        let project = row.iter().find_map(|cell| match cell {
            Cell::Project(id) => self.names.projects.get(id),
            _ => None,
        });
        match project {
            Some(slug) => self.links.project_event(slug, id),
            // The search of issues leads on to an event that is named by its id.
            None => self.links.search(id),
        }
    }

    /// Rows of spans and logs lead to the whole of their trace.
    fn trace_link(&self, value: &str, selection: &Selection) -> Option<String> {
        let is_trace = matches!(selection.asked.as_str(), "trace" | "trace.id");
        let asked = Asked {
            query: format!("trace:{value}"),
            ..Asked::of(Dataset::Spans)
        };
        (is_trace && value.chars().all(|c| c.is_ascii_hexdigit())).then(|| self.links.discover(&asked.pairs()))
    }

    /// The question with the value of a cell added to its search.
    fn only(&self, cell: &Cell, selection: &Selection) -> Option<String> {
        let Column::Field(field) = &selection.column else {
            return None;
        };
        let added = match cell {
            Cell::Text(value) => condition(field, value.clone()),
            Cell::Project(id) => condition(field, self.names.projects.get(id)?.clone()),
            Cell::Issue(id) => condition(field, self.names.issues.get(id)?.clone()),
            Cell::Flag(flag) => condition(field, if *flag { "1" } else { "0" }.to_owned()),
            _ => return None,
        };
        if added.len() > MAX_ADDED || self.asked.query.contains(&added) {
            return None;
        }
        let both = if self.asked.query.is_empty() {
            added
        } else if self.asked.query.contains(" OR ") {
            format!("({}) {added}", self.asked.query)
        } else {
            format!("{} {added}", self.asked.query)
        };
        let asked = self.asked.with(|asked| asked.query = both);
        Some(self.links.discover(&asked.pairs()))
    }
}

/// As a search says it, in quotes where it must be.
fn condition(field: &Field, value: String) -> String {
    let condition = Condition::Field {
        field: field.clone(),
        test: Test::Any(vec![Pattern::Exact(value)]),
    };
    condition.to_string()
}

fn asks_number(selection: &Selection) -> bool {
    matches!(selection.asked.as_str(), "project.id" | "project_id" | "issue.id")
}

/// A user is shown without what says which of the names it is.
pub(crate) fn said<'a>(value: &'a str, selection: &Selection) -> &'a str {
    if selection.asked == "user.display" {
        value.split_once(':').map_or(value, |(_, name)| name)
    } else {
        value
    }
}

/// A cell as a program reads it.
pub(crate) fn plain(cell: &Cell, selection: &Selection, names: &Names) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(value) => said(value, selection).to_owned(),
        Cell::Texts(values) => values.join(", "),
        Cell::Number(value) => value.to_string(),
        Cell::Integer(value) => value.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Time(at) => at.to_string(),
        Cell::EventId(id) => id.to_string(),
        Cell::Project(id) if asks_number(selection) => id.0.to_string(),
        Cell::Project(id) => names.projects.get(id).cloned().unwrap_or_else(|| id.0.to_string()),
        Cell::Issue(id) => match names.issues.get(id).filter(|_| !asks_number(selection)) {
            Some(name) => name.clone(),
            None => id.0.to_string(),
        },
    }
}
