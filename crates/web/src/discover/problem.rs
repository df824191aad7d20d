use httpkit::ApiError;
use query::ParseError;
use services::{
    discover::{DiscoverError, WindowError},
    issues::SearchError,
};
use store::events::QuestionError;

/// Why there is no answer, in words that say what to do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Problem {
    pub(crate) message: String,
    /// The text that is wrong, and marks under the place.
    pub(crate) caret: Option<String>,
    /// The whole text with what was perhaps meant.
    pub(crate) meant: Option<String>,
    pub(crate) about: Subject,
}

/// Beside which field a problem is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Subject {
    #[default]
    Question,
    Query,
    /// The column of this name.
    Column(String),
}

impl Problem {
    /// What the reader can do something about; everything else is an error of ours.
    pub(crate) fn of(error: DiscoverError, query: &str) -> Result<Self, ApiError> {
        let told = |message: String| Self {
            message: sentence(&message),
            ..Self::default()
        };
        match error {
            DiscoverError::Query(error) => Ok(Self::at(&error, query, Subject::Query)),
            DiscoverError::Column { name, error } => {
                let subject = Subject::Column(name.clone());
                Ok(Self::at(&error, &name, subject))
            }
            DiscoverError::NoProject(_) | DiscoverError::NoIssue(_) => Ok(Self {
                about: Subject::Query,
                ..told(error.to_string())
            }),
            DiscoverError::Store(_) | DiscoverError::Question(QuestionError::Index(_)) => Err(error.into()),
            other => Ok(told(other.to_string())),
        }
    }

    /// The same of a search of issues.
    pub(crate) fn of_search(error: SearchError, query: &str) -> Result<Self, ApiError> {
        match error {
            SearchError::TooManyIssues(_) => Ok(Self {
                message: sentence(&error.to_string()),
                about: Subject::Query,
                ..Self::default()
            }),
            SearchError::Discover(error) => Self::of(error, query),
            SearchError::Store(error) => Err(error.into()),
        }
    }

    pub(crate) fn of_window(error: WindowError) -> Self {
        Self {
            message: sentence(&match error {
                WindowError::TooLong => {
                    "a question may be about 90 days at most: choose a shorter time above".to_owned()
                }
                WindowError::Backwards => error.to_string(),
            }),
            ..Self::default()
        }
    }

    fn at(error: &ParseError, text: &str, about: Subject) -> Self {
        Self {
            message: format!("{} (at character {})", sentence(&error.message), error.position + 1),
            caret: Some(error.caret(text)),
            meant: error.suggestion.as_ref().map(|meant| replaced(text, error, meant)),
            about,
        }
    }

    pub(crate) fn is_of_query(&self) -> bool {
        self.about == Subject::Query
    }

    pub(crate) fn is_of_column(&self, name: &str) -> bool {
        matches!(&self.about, Subject::Column(column) if column == name)
    }
}

/// The text with what is wrong in it replaced.
fn replaced(text: &str, error: &ParseError, meant: &str) -> String {
    let before = text.chars().take(error.position);
    let after = text.chars().skip(error.position.saturating_add(error.length));
    before.chain(meant.chars()).chain(after).collect()
}

fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_search_is_pointed_at_and_mended() {
        let error = ParseError {
            position: 3,
            length: 5,
            message: "unknown key".to_owned(),
            suggestion: Some("level".to_owned()),
        };
        let problem = Problem::of(DiscoverError::Query(error), "ü, lveel:error").unwrap();
        assert_eq!(problem.message, "Unknown key (at character 4)");
        assert_eq!(problem.caret.as_deref(), Some("ü, lveel:error\n   ^^^^^"));
        assert_eq!(problem.meant.as_deref(), Some("ü, level:error"));
        assert!(problem.is_of_query());
    }

    #[test]
    fn a_limit_says_what_to_do_and_a_broken_index_is_an_error() {
        let problem = Problem::of(QuestionError::Time(30).into(), "").unwrap();
        assert!(problem.message.contains("shorter time"), "{}", problem.message);
        let broken = QuestionError::Index("gone".into());
        assert!(Problem::of(broken.into(), "").is_err());
    }
}
