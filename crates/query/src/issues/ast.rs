use model::{IssueStatus, Level};

/// A search: every filter must hold; none at all matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IssueQuery {
    pub filters: Vec<Filter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Written `!key:value`.
    pub negated: bool,
    pub condition: Condition,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// `is:resolved`
    Status(IssueStatus),
    /// `is:assigned` (true) and `is:unassigned`
    Assigned(bool),
    /// `assigned:me`
    AssignedTo(Assignee),
    /// `level:error`
    Level(Level),
    /// Any other `key:value`, `key:[a, b]`: some event has the tag with one of the values.
    Tag { key: String, values: Vec<Pattern> },
    /// Words without a key: title, culprit or message hold them.
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignee {
    Me,
    Nobody,
    /// E-mail or name, as typed.
    User(String),
    /// `#slug`, without the `#`.
    Team(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    Exact(String),
    /// `*` stands for anything.
    Wildcard(String),
}

impl Pattern {
    pub(crate) fn of(text: String) -> Self {
        if text.contains('*') {
            Self::Wildcard(text)
        } else {
            Self::Exact(text)
        }
    }
}
