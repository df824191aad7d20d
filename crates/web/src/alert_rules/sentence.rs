//! Rules in words, and the words of the builder with fields between them.

use std::collections::BTreeMap;

use alerts::{Field, Input, IssueRule, Match, Names};

use super::form::{ADDRESS, Kind, List, ONLY_IF, Row, RuleForm, TARGET, has_target};

/// A rule as its page tells it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sentence {
    pub(super) when: String,
    pub(super) conditions: Vec<String>,
    pub(super) branches: Vec<BranchSentence>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct BranchSentence {
    pub(super) filters_match: String,
    pub(super) filters: Vec<String>,
    pub(super) actions: Vec<String>,
}

impl Sentence {
    pub(super) fn new(rule: &IssueRule, names: &Names) -> Self {
        let branch = |of: Match, filters: &[alerts::Check], actions: &[alerts::Action]| BranchSentence {
            filters_match: of_these(of).to_owned(),
            filters: filters.iter().map(|filter| filter.text(names)).collect(),
            actions: actions.iter().map(|action| action.text(names)).collect(),
        };
        let mut branches = vec![branch(rule.filter_match, &rule.filters, &rule.actions)];
        let more = rule.more.iter();
        branches.extend(more.map(|more| branch(more.filter_match, &more.filters, &more.actions)));
        // A rule whose actions are all in its branches.
        branches.retain(|branch| !branch.actions.is_empty());
        Self {
            when: of_these(rule.action_match).to_owned(),
            conditions: rule.conditions.iter().map(|condition| condition.text(names)).collect(),
            branches,
        }
    }
}

fn of_these(of: Match) -> &'static str {
    match of {
        Match::All => "all of these hold",
        Match::Any => "any of these holds",
        Match::None => "none of these holds",
    }
}

/// A row of the builder: words, with fields between them.
#[derive(Debug, Clone, Default)]
pub(super) struct RowView {
    /// `conditions.0.`: what the names of its fields begin with.
    pub(super) prefix: String,
    pub(super) id: String,
    pub(super) kept: String,
    pub(super) pieces: Vec<Piece>,
    /// Texts of many lines, below the sentence.
    pub(super) areas: Vec<AreaPiece>,
    pub(super) problems: Vec<String>,
    /// What the button says that takes it away.
    pub(super) remove: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Word(String),
    Number {
        name: String,
        label: String,
        value: String,
    },
    Text {
        name: String,
        label: String,
        value: String,
        example: &'static str,
    },
    Choice {
        name: String,
        label: String,
        groups: Vec<Group>,
    },
}

/// Choices under one heading, which may be empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Group {
    pub(super) label: String,
    pub(super) choices: Vec<Choice>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) is_current: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct AreaPiece {
    pub(super) name: String,
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) example: &'static str,
}

/// Whom rows can name.
#[derive(Debug, Clone, Default)]
pub(super) struct Targets {
    /// By id.
    pub(super) teams: BTreeMap<i64, String>,
    pub(super) members: BTreeMap<i64, String>,
}

impl RowView {
    pub(super) fn new(list: List, place: usize, row: &Row, targets: &Targets) -> Self {
        let prefix = format!("{}.{place}.", list.name());
        let problems = RuleForm::problems_of(list, row);
        let mut view = Self {
            id: row.id.clone(),
            kept: serde_json::Value::Object(row.kept.clone()).to_string(),
            remove: format!("remove-{}-{place}", list.name()),
            problems: problems.iter().map(|problem| in_words(problem)).collect(),
            prefix,
            ..Self::default()
        };
        let Some(kind) = list.find(&row.id) else {
            view.pieces.push(Piece::Word(format!("Unknown: {}", row.id)));
            return view;
        };
        view.add_label(kind, row, targets);
        view.add_rest(kind, row);
        if list == List::Actions {
            view.add_only_if(row);
        }
        view
    }

    /// Whether any of its texts is written.
    pub(super) fn has_texts(&self) -> bool {
        self.areas.iter().any(|area| !area.value.is_empty())
    }

    /// The label, with a field in each of its places.
    fn add_label(&mut self, kind: Kind, row: &Row, targets: &Targets) {
        let mut rest = kind.label;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            self.word(before);
            if name == "targetType" && has_target(kind) {
                self.add_target(kind, row, targets);
            } else if let Some(field) = kind.fields.iter().find(|field| field.name == name) {
                self.add_field(field, row);
            }
            rest = after;
        }
        self.word(rest);
    }

    fn word(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.pieces.push(Piece::Word(text.to_owned()));
        }
    }

    /// Parameters that have no place in the label, each behind words of its own.
    fn add_rest(&mut self, kind: Kind, row: &Row) {
        for field in kind.fields {
            let is_placed = kind.label.contains(&format!("{{{}}}", field.name));
            if is_placed || field.name == "targetType" {
                continue;
            }
            match field.input {
                Input::Target | Input::Json => {}
                Input::Template => self.areas.push(AreaPiece {
                    name: format!("{}{}", self.prefix, field.name),
                    label: label_of(field.name),
                    value: row.value(field.name).to_owned(),
                    example: example_of(field.name),
                }),
                _ => {
                    self.word(words_before(field.name));
                    self.add_field(field, row);
                }
            }
        }
    }

    fn add_field(&mut self, field: &Field, row: &Row) {
        let (name, value) = (
            format!("{}{}", self.prefix, field.name),
            row.value(field.name).to_owned(),
        );
        let label = label_of(field.name).to_owned();
        self.pieces.push(match field.input {
            Input::Choice(choices) => {
                let mut all = choices();
                if field.name == "comparisonInterval" {
                    all.insert(0, ("", "choose"));
                }
                let choices = all.into_iter().map(|(choice, text)| Choice {
                    value: choice.to_owned(),
                    label: text.to_owned(),
                    is_current: choice == value,
                });
                Piece::Choice {
                    name,
                    label,
                    groups: vec![Group {
                        label: String::new(),
                        choices: choices.collect(),
                    }],
                }
            }
            Input::Whole { .. } | Input::Decimal { .. } => Piece::Number { name, label, value },
            _ => Piece::Text {
                name,
                label,
                value,
                example: example_of(field.name),
            },
        });
    }

    /// Whom: the kinds that need no more, and every team and member.
    fn add_target(&mut self, kind: Kind, row: &Row, targets: &Targets) {
        let current = row.value(TARGET);
        let choice = |value: String, label: &str| Choice {
            is_current: value == current,
            value,
            label: label.to_owned(),
        };
        let kinds = kind.fields.iter().find(|field| field.name == "targetType");
        let kinds = match kinds.map(|field| field.input) {
            Some(Input::Choice(choices)) => choices(),
            _ => Vec::new(),
        };
        let (mut plain, mut groups) = (Group::default(), Vec::new());
        let mut has_address = false;
        for (name, text) in kinds {
            let (label, known) = match name {
                "Team" => ("Teams", &targets.teams),
                "Member" => ("Members", &targets.members),
                _ => {
                    has_address |= name == "Address";
                    plain.choices.push(choice(name.to_owned(), text));
                    continue;
                }
            };
            let mut choices: Vec<Choice> = known
                .iter()
                .map(|(id, text)| choice(format!("{name}:{id}"), text))
                .collect();
            // Somebody who is gone stays to be seen.
            if let Some((of, id)) = current.split_once(':')
                && of == name
                && !choices.iter().any(|choice| choice.is_current)
            {
                choices.push(choice(
                    current.to_owned(),
                    &format!("{} {id}", text.trim_start_matches("the ")),
                ));
            }
            if !choices.is_empty() {
                groups.push(Group {
                    label: label.to_owned(),
                    choices,
                });
            }
        }
        groups.insert(0, plain);
        self.pieces.push(Piece::Choice {
            name: format!("{}{TARGET}", self.prefix),
            label: "Whom".to_owned(),
            groups,
        });
        if has_address {
            self.pieces.push(Piece::Text {
                name: format!("{}{ADDRESS}", self.prefix),
                label: "Address".to_owned(),
                value: row.value(ADDRESS).to_owned(),
                example: "team@example.com",
            });
        }
    }

    fn add_only_if(&mut self, row: &Row) {
        let current = row.value(ONLY_IF);
        let choice = |value: &str, label: &str| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            is_current: value == current,
        };
        self.pieces.push(Piece::Choice {
            name: format!("{}{ONLY_IF}", self.prefix),
            label: "When".to_owned(),
            groups: vec![Group {
                label: String::new(),
                choices: vec![choice("", "always"), choice("critical", "if critical (fatal)")],
            }],
        });
    }
}

/// `value: expected a number` as people write it.
fn in_words(problem: &str) -> String {
    let (field, message) = problem.split_once(": ").unwrap_or(("", problem));
    let mut rest = message.chars();
    let first: String = rest
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    let message = format!("{first}{}.", rest.as_str().trim_end_matches('.'));
    if field.is_empty() {
        message
    } else {
        format!("{}: {message}", label_of(field))
    }
}

/// What a screen reader calls a field.
fn label_of(name: &str) -> &'static str {
    match name {
        "value" => "Value",
        "operator" => "More than, or at least",
        "interval" => "In which time",
        "comparisonType" => "Counted as",
        "comparisonInterval" => "Compared with",
        "match" => "How it is compared",
        "key" => "Tag",
        "attribute" => "Attribute",
        "level" => "Level",
        "comparison_type" => "Older or newer",
        "time" => "Unit of time",
        "oldest_or_newest" => "Oldest or newest",
        "older_or_newer" => "Older or newer",
        "environment" => "Environment",
        "targetType" | "targetIdentifier" => "Whom",
        "fallthroughType" => "Or else whom",
        "subject" => "Subject of the mail",
        "template" => "Text of the message",
        "url" => "Address of the webhook",
        "channel" => "Channel",
        "channel_id" => "Id of the channel",
        "workspace" => "Workspace",
        "tags" => "Tags to show",
        "notes" => "Note",
        "severity" => "Severity",
        "priority" => "Priority",
        "service" => "Service",
        "account" => "Account",
        "team" => "Team",
        "server" => "Server",
        "integration" => "Integration",
        "onlyIf" => "When",
        _ => "Parameter",
    }
}

/// What leads to a field that has no place in the label.
fn words_before(name: &str) -> &'static str {
    match name {
        "comparisonType" => ", as",
        "comparisonInterval" => ", against the same span earlier by",
        "fallthroughType" => ", or else to",
        "channel_id" => ", id",
        "tags" => ", with the tags",
        "notes" => ", with the note",
        _ => ",",
    }
}

fn example_of(name: &str) -> &'static str {
    match name {
        "subject" => "[CRITICAL] Production issue: {{ title }}",
        "template" => "{{ project_name }}: {{ title }}\n{{ url }}",
        "url" => "https://hooks.example.com/alerts",
        "channel" => "#alerts",
        "tags" => "environment,release",
        "key" => "customer_tier",
        "environment" => "production",
        _ => "",
    }
}

/// What can be added to a list: the ids and words of what is offered.
pub(super) fn offered(list: List, is_set_up: impl Fn(&str) -> bool) -> Vec<(&'static str, String)> {
    let kinds = list
        .kinds()
        .filter(|kind| kind.is_offered && (list != List::Actions || is_set_up(kind.id)));
    kinds.map(|kind| (kind.id, plain_label(kind.label))).collect()
}

/// A label with words, or a dash, in each place of a parameter.
fn plain_label(label: &str) -> String {
    let (mut text, mut rest) = (String::new(), label);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(match name {
            "comparison_type" => "older or newer",
            "oldest_or_newest" => "oldest or newest",
            "older_or_newer" => "older or newer",
            "attribute" => "attribute",
            _ => "…",
        });
        rest = after;
    }
    text.push_str(rest);
    // Parameters side by side are one gap to who reads.
    while text.contains("… …") {
        text = text.replace("… …", "…");
    }
    text
}

/// Every kind is told by words and fields, so that nothing of it is hidden.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_as_a_sentence() {
        let kind = List::Conditions
            .find("sentry.rules.conditions.event_frequency.EventFrequencyCondition")
            .unwrap();
        let view = RowView::new(List::Conditions, 2, &Row::new(kind), &Targets::default());
        let words: Vec<String> = view
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Word(word) => word.clone(),
                Piece::Number { name, .. } | Piece::Text { name, .. } | Piece::Choice { name, .. } => {
                    format!("<{name}>")
                }
            })
            .collect();
        assert_eq!(
            words.join(" "),
            "The issue is seen <conditions.2.operator> <conditions.2.value> times in <conditions.2.interval> \
             , as <conditions.2.comparisonType> , against the same span earlier by <conditions.2.comparisonInterval>"
        );
        assert_eq!(view.problems.len(), 1, "no number yet: {:?}", view.problems);
    }

    #[test]
    fn each_parameter_of_each_kind_has_a_field() {
        let targets = Targets {
            teams: [(4, "#web".to_owned())].into(),
            members: [(9, "Ada".to_owned())].into(),
        };
        for list in List::ALL {
            for kind in list.kinds() {
                let view = RowView::new(list, 0, &Row::new(kind), &targets);
                for field in kind.fields {
                    let name = match field.name {
                        "targetType" | "targetIdentifier" => TARGET,
                        name => name,
                    };
                    let name = format!("{}.0.{name}", list.name());
                    let is_there = view.areas.iter().any(|area| area.name == name)
                        || view.pieces.iter().any(|piece| match piece {
                            Piece::Word(_) => false,
                            Piece::Number { name: own, .. }
                            | Piece::Text { name: own, .. }
                            | Piece::Choice { name: own, .. } => *own == name,
                        });
                    assert!(
                        is_there || matches!(field.input, Input::Json),
                        "{} {}",
                        kind.id,
                        field.name
                    );
                }
                assert!(!plain_label(kind.label).contains(['{', '}']), "{}", kind.label);
            }
        }
    }

    #[test]
    fn whoever_is_gone_stays_to_be_seen() {
        let kind = List::Actions.find("sentry.mail.actions.NotifyEmailAction").unwrap();
        let mut row = Row::new(kind);
        row.values.insert(TARGET.to_owned(), "Team:77".to_owned());
        let view = RowView::new(List::Actions, 0, &row, &Targets::default());
        let current = view.pieces.iter().find_map(|piece| match piece {
            Piece::Choice { groups, .. } => groups
                .iter()
                .flat_map(|group| &group.choices)
                .find(|choice| choice.is_current),
            _ => None,
        });
        assert_eq!(current.unwrap().label, "team 77");
    }

    #[test]
    fn a_problem_is_a_sentence() {
        assert_eq!(
            in_words("value: expected a whole number"),
            "Value: Expected a whole number."
        );
        assert_eq!(in_words("nothing is there"), "Nothing is there.");
    }
}
