use askama::Template;
use httpkit::{ApiError, Cursor, Direction, OrganizationAccess, scopes::OrgRead};
use query::{Aggregate, Column, Dataset, Direction as Order, OrderBy, Selection, ValueType, parse_order};
use services::{
    App,
    access::OrganizationScope,
    discover::{
        About, DiscoverError, Names, SeriesReply, SeriesRequest, TableAnswer, TableRequest, Top, names, selections,
        series, table,
    },
};

use super::{
    asked::{Asked, DATASETS, INTERVALS, NAMES, TOPS, presets},
    chart::{LineChart, interval},
    problem::Problem,
    samples,
    saved::{self, SavedList},
    table::{Around, ResultTable},
};
use crate::{
    gallery::Sample,
    icon::Icon,
    page::Page,
    search_bar,
    shell::{Part, Shell},
    visit::Visit,
};

/// One question: its search and columns, the chart, the table.
#[derive(Debug, Template)]
#[template(path = "discover/page.html")]
pub(crate) struct DiscoverPage {
    pub(crate) shell: Shell,
    pub(crate) asked: Asked,
    pub(crate) saved: SavedList,
    pub(crate) has_projects: bool,
    pub(crate) problem: Option<Problem>,
    pub(crate) table: ResultTable,
    pub(crate) chart: LineChart,
    /// Why there is no chart, where that is another reason than of the table.
    pub(crate) chart_problem: Option<Problem>,
    /// Of the first row that is shown, from 1.
    pub(crate) first_row: usize,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

const ROWS: usize = 50;

/// `GET /organizations/{organization}/discover/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<OrgRead>) -> Result<Page<DiscoverPage>, ApiError> {
    let (app, scope) = (&visit.app, &access.scope);
    let (shell, projects) = visit.scoped_shell(scope, Part::Discover, "Discover").await?;
    let asked = Asked::read(visit.pairs());
    let cursor: Option<Cursor> = visit.field("cursor").and_then(|cursor| cursor.parse().ok());
    let offset = cursor.map_or(0, |cursor| usize::try_from(cursor.offset).unwrap_or(usize::MAX));
    let mut page = DiscoverPage {
        saved: saved::list(app, scope, asked.saved).await?,
        shell,
        asked,
        has_projects: !projects.is_empty(),
        problem: None,
        table: ResultTable::default(),
        chart: LineChart::default(),
        chart_problem: None,
        first_row: offset.saturating_add(1),
        previous: None,
        next: None,
    };
    let about = match page.asked.about(app, &visit.scope()) {
        Ok(about) => about,
        Err(error) => {
            page.problem = Some(Problem::of_window(error));
            return Ok(Page(page));
        }
    };
    let (rows, lines) = tokio::join!(
        rows(app, scope, &page.asked, &about, ROWS, offset),
        lines(app, scope, &page.asked, &about)
    );
    match rows {
        Ok(rows) => {
            let around = Around {
                asked: &page.asked,
                links: &page.shell.links,
                names: &rows.names,
                now: app.now(),
            };
            page.table = ResultTable::new(&rows.answer, rows.order, &around);
            let link = |offset: usize, direction| {
                visit.page_link(Cursor {
                    value: 0,
                    offset: offset as u128,
                    direction,
                })
            };
            page.next = rows.answer.more.then(|| link(offset + ROWS, Direction::Next));
            page.previous = (offset > 0).then(|| link(offset.saturating_sub(ROWS), Direction::Previous));
        }
        Err(error) => page.problem = Some(Problem::of(error, &page.asked.query)?),
    }
    match lines {
        Ok((reply, names)) => page.chart = LineChart::new(&reply, &names, app.now()),
        // Told once, above the table.
        Err(_) if page.problem.is_some() => {}
        Err(error) => page.chart_problem = Some(Problem::of(error, &page.asked.query)?),
    }
    Ok(Page(page))
}

/// The rows of a table and what is in them.
pub(super) struct Rows {
    pub(super) answer: TableAnswer,
    pub(super) names: Names,
    pub(super) order: Option<OrderBy>,
}

pub(super) async fn rows(
    app: &App,
    scope: &OrganizationScope,
    asked: &Asked,
    about: &About,
    limit: usize,
    offset: usize,
) -> Result<Rows, DiscoverError> {
    let columns = selections(app, about, &asked.fields)?;
    let order = order(asked, &columns);
    let sort = order.map(|order| {
        let sign = if order.direction == Order::Descending { "-" } else { "" };
        format!("{sign}{}", columns[order.column].asked)
    });
    let request = TableRequest {
        about: about.clone(),
        fields: asked.fields.clone(),
        sort: sort.into_iter().collect(),
        limit,
        offset,
    };
    let answer = table(app, scope, &request).await?;
    let names = names(app, scope, answer.rows.iter().flatten()).await?;
    Ok(Rows { answer, names, order })
}

/// By what rows are sorted: as asked, as long as that column is there, else the greatest number or the newest first.
fn order(asked: &Asked, columns: &[Selection]) -> Option<OrderBy> {
    let wanted = asked.sort.as_ref().and_then(|sort| parse_order(sort, columns).ok());
    let is_time = |selection: &Selection| selection.value_type() == ValueType::Date;
    let is_function = |selection: &Selection| {
        let is_id = matches!(
            selection.column,
            Column::Aggregate(Aggregate::LatestEvent | Aggregate::Any(_))
        );
        selection.column.is_aggregate() && !is_id
    };
    let usual = || {
        let function = columns.iter().position(is_function);
        function.or_else(|| columns.iter().position(is_time))
    };
    wanted.or_else(|| {
        usual().map(|column| OrderBy {
            column,
            direction: Order::Descending,
        })
    })
}

async fn lines(
    app: &App,
    scope: &OrganizationScope,
    asked: &Asked,
    about: &About,
) -> Result<(SeriesReply, Names), DiscoverError> {
    let columns = selections(app, about, &asked.fields)?;
    let has_groups = columns.iter().any(|column| !column.column.is_aggregate());
    let top = (asked.top > 0 && has_groups).then(|| Top {
        fields: group_fields(&columns),
        sort: Vec::new(),
        limit: asked.top,
        with_other: true,
    });
    let request = SeriesRequest {
        about: about.clone(),
        values: vec![asked.y_axis.clone()],
        interval: interval(asked.width(), about.window, top.as_ref().map_or(1, |top| top.limit + 1)),
        top,
    };
    let reply = series(app, scope, &request).await?;
    let names = names(app, scope, reply.keys.iter().flatten()).await?;
    Ok((reply, names))
}

/// What makes the groups of the chart: the fields of the table, without what is another in each row.
fn group_fields(columns: &[Selection]) -> Vec<String> {
    let fields = columns.iter().filter(|column| !column.column.is_aggregate());
    let is_of_groups = |column: &&Selection| {
        column.value_type() != ValueType::Date && column.asked != "id" && column.asked != "event_id"
    };
    let some: Vec<String> = fields
        .clone()
        .filter(is_of_groups)
        .map(|column| column.asked.clone())
        .collect();
    if some.is_empty() {
        fields.map(|column| column.asked.clone()).collect()
    } else {
        some
    }
}

impl DiscoverPage {
    fn link(&self, asked: &Asked) -> String {
        self.shell.links.discover(&asked.pairs())
    }

    /// Another tab: the search stays, columns are those of the tab.
    fn tab_link(&self, dataset: &Dataset) -> String {
        self.link(&Asked {
            query: self.asked.query.clone(),
            ..Asked::of(*dataset)
        })
    }

    fn presets(&self) -> Vec<(&'static str, String, bool)> {
        let one = |(name, asked): (&'static str, Asked)| (name, self.link(&asked), asked == self.asked);
        presets().map(one).into()
    }

    fn without_link(&self, index: &usize) -> String {
        let asked = self.asked.with(|asked| {
            if asked.fields.len() > 1 {
                asked.fields.remove(*index);
            }
        });
        self.link(&asked)
    }

    fn csv_link(&self) -> String {
        self.shell.links.discover_csv(&self.asked.pairs())
    }

    fn meant_link(&self, meant: &str) -> String {
        self.link(&self.asked.with(|asked| meant.clone_into(&mut asked.query)))
    }

    /// The scope's fields, which the form keeps.
    fn kept(&self) -> Vec<(String, String)> {
        let bar = self.shell.scope.as_ref();
        bar.map(|bar| bar.kept_but(&NAMES)).unwrap_or_default()
    }

    /// What a saved query is made of.
    fn question(&self) -> String {
        let scope = self
            .shell
            .scope
            .as_ref()
            .map(|bar| bar.scope.pairs())
            .unwrap_or_default();
        crate::urls::query(self.asked.pairs().into_iter().chain(scope))
    }

    fn complete(&self) -> String {
        search_bar::of_events(&self.shell.links, self.asked.dataset)
    }

    fn query_problem(&self) -> Option<&Problem> {
        self.problem.as_ref().filter(|problem| problem.is_of_query())
    }

    fn column_problem(&self, name: &str) -> Option<&Problem> {
        self.problem.as_ref().filter(|problem| problem.is_of_column(name))
    }

    fn other_problem(&self) -> Option<&Problem> {
        self.problem.as_ref().filter(|problem| !problem.is_of_query())
    }

    fn has_column_problem(&self) -> bool {
        self.asked
            .fields
            .iter()
            .any(|field| self.column_problem(field).is_some())
    }

    /// Spans and logs are no kind of what the API keeps.
    fn can_be_saved(&self) -> bool {
        self.problem.is_none() && matches!(self.asked.dataset, Dataset::Errors | Dataset::Transactions)
    }

    fn last_row(&self) -> usize {
        self.first_row + self.table.rows.len() - 1
    }

    fn saved_scope(&self, id: &i64) -> String {
        self.shell.links.discover_saved(*id, "")
    }

    pub(crate) fn samples() -> Vec<Sample> {
        samples::discover_pages()
    }
}
