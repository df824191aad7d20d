use store::events::QuestionError;

use super::WindowError;

/// Why a question has no answer; the message says what to do instead.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// The search text is wrong; the message says where.
    #[error(transparent)]
    Query(query::ParseError),
    /// A column is wrong; the message says where in it.
    #[error("invalid field {name:?}: {error}")]
    Column { name: String, error: query::ParseError },
    #[error("the project {0:?} does not exist or cannot be seen")]
    NoProject(String),
    #[error("there is no issue {0:?} in these projects")]
    NoIssue(String),
    #[error("no columns selected: name at least one field")]
    NoColumns,
    #[error("at most {0} fields can be shown at a time: leave some out")]
    TooManyColumns(usize),
    /// The order is wrong: it names one of the columns.
    #[error("cannot sort by {name:?}: {error}")]
    Order { name: String, error: query::ParseError },
    #[error("{0:?} cannot be drawn: a chart takes functions such as count(), and equations of them")]
    NoFunction(String),
    #[error("{0:?} cannot be grouped by: groups are made of fields")]
    NoField(String),
    #[error("{0} is about groups of events, and here are none: leave it out")]
    NoGroups(String),
    #[error("the interval and the time would give more than {0} points: use a larger interval, or a shorter time")]
    TooManyPoints(usize),
    #[error("rows further down than {0} cannot be read: narrow the search, or sort otherwise")]
    TooFar(usize),
    #[error("these projects have more than {0} issues, too many to tell apart by issue: ask for fewer projects")]
    TooManyIssues(usize),
    #[error("`release:latest` works in at most {0} projects: ask for fewer projects")]
    TooManyProjects(usize),
    #[error(transparent)]
    Window(#[from] WindowError),
    /// Other questions of the organization are still being answered.
    #[error("more than {0} questions are being answered for this organization: wait a moment, and ask fewer at once")]
    TooManyAtOnce(usize),
    #[error(transparent)]
    Question(QuestionError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<QuestionError> for DiscoverError {
    fn from(error: QuestionError) -> Self {
        Self::Question(error)
    }
}
