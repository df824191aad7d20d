//! What the failures of operations are to a client: the same for API and pages.

mod accounts;
mod issue_people;
mod limits;
mod mails;
mod moving;
mod notifications;
mod oauth;
mod people;
mod reports;

use services::{
    discover::{DiscoverError, WindowError, saved::SaveError},
    issues::{IssueChangeError, SearchError, UpdateMatchingError},
    project_keys::KeyError,
    projects::ProjectError,
    settings::SetError,
    stored_items::PayloadError,
    teams::TeamError,
    user_reports,
};

use store::events::QuestionError;

use crate::{ApiError, CursorError, ErrorKind, error::TextPlace};

impl From<CursorError> for ApiError {
    fn from(error: CursorError) -> Self {
        Self::bad_request(error)
    }
}

impl From<query::ParseError> for ApiError {
    fn from(error: query::ParseError) -> Self {
        let answer = Self::bad_request(format_args!("Error parsing search query: {error}"));
        Self {
            place: Some(Box::new(TextPlace {
                position: error.position,
                length: error.length,
                suggestion: error.suggestion,
            })),
            ..answer
        }
    }
}

impl From<DiscoverError> for ApiError {
    fn from(error: DiscoverError) -> Self {
        match error {
            DiscoverError::Query(error) => error.into(),
            DiscoverError::TooManyAtOnce(_) => Self::new(ErrorKind::TooManyRequests, sentence(&error)),
            DiscoverError::Question(error) => error.into(),
            DiscoverError::Store(error) => error.into(),
            other => Self::bad_request(sentence(&other)),
        }
    }
}

impl From<SearchError> for ApiError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::TooManyIssues(_) => Self::bad_request(sentence(&error)),
            SearchError::Discover(error) => error.into(),
            SearchError::Store(error) => error.into(),
        }
    }
}

impl From<WindowError> for ApiError {
    fn from(error: WindowError) -> Self {
        Self::bad_request(sentence(&error))
    }
}

impl From<QuestionError> for ApiError {
    fn from(error: QuestionError) -> Self {
        match error {
            QuestionError::Time(_) | QuestionError::Cancelled => Self::new(ErrorKind::Timeout, sentence(&error)),
            QuestionError::Memory | QuestionError::Unsupported(_) => Self::bad_request(sentence(&error)),
            QuestionError::Index(_) => Self::internal(error),
        }
    }
}

impl From<SaveError> for ApiError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::NoName | SaveError::NameTooLong => Self::field("name", sentence(&error)),
            SaveError::NoFields | SaveError::Query(_) | SaveError::TooLarge | SaveError::TooMany => {
                Self::field("non_field_errors", sentence(&error))
            }
            SaveError::NoProject(_) => Self::forbidden("You do not have permission to perform this action."),
            SaveError::Gone => Self::not_found(),
            SaveError::Store(error) => error.into(),
        }
    }
}

impl From<ProjectError> for ApiError {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::NoName | ProjectError::NameTooLong => Self::field("name", sentence(&error)),
            ProjectError::PlatformTooLong => Self::field("platform", sentence(&error)),
            ProjectError::InvalidSlug(_) => Self::field("slug", sentence(&error)),
            ProjectError::Exists(_) => Self::conflict("slug", sentence(&error)),
            ProjectError::NotForMembers => Self::forbidden(sentence(&error)),
            ProjectError::Team(error) => error.into(),
            ProjectError::Store(error) => Self::internal(error),
        }
    }
}

impl From<TeamError> for ApiError {
    fn from(error: TeamError) -> Self {
        match error {
            TeamError::NoName | TeamError::NameTooLong => Self::field("name", sentence(&error)),
            TeamError::InvalidSlug(_) => Self::field("slug", sentence(&error)),
            TeamError::Exists(_) => Self::conflict("slug", sentence(&error)),
            TeamError::Store(error) => Self::internal(error),
        }
    }
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::LabelTooLong => Self::field("name", sentence(&error)),
            KeyError::RateLimit => Self::field("rateLimit", sentence(&error)),
            KeyError::Store(error) => Self::internal(error),
        }
    }
}

impl From<UpdateMatchingError> for ApiError {
    fn from(error: UpdateMatchingError) -> Self {
        match error {
            UpdateMatchingError::Search(error) => error.into(),
            UpdateMatchingError::Change(error) => error.into(),
        }
    }
}

impl From<IssueChangeError> for ApiError {
    fn from(error: IssueChangeError) -> Self {
        match error {
            IssueChangeError::NotAMember(_) | IssueChangeError::NoTeamOfProject(_) => {
                Self::field("assignedTo", sentence(&error))
            }
            IssueChangeError::SeveralProjects => Self::bad_request(sentence(&error)),
            IssueChangeError::NoRelease | IssueChangeError::UnknownRelease(_) | IssueChangeError::WindowTooLong => {
                Self::field("statusDetails", sentence(&error))
            }
            IssueChangeError::Store(error) => Self::internal(error),
        }
    }
}

impl From<SetError> for ApiError {
    fn from(error: SetError) -> Self {
        match error {
            SetError::Invalid(problems) => {
                let mut error = Self::bad_request("The settings hold values that cannot be taken.");
                for problem in &problems {
                    let texts = error.fields.entry(problem.field.clone()).or_default();
                    texts.push(problem.to_string());
                }
                error
            }
            SetError::Store(error) => Self::internal(error),
        }
    }
}

impl From<user_reports::SaveError> for ApiError {
    fn from(error: user_reports::SaveError) -> Self {
        match error {
            user_reports::SaveError::TooLong => Self::field("comments", sentence(&error)),
            user_reports::SaveError::EventTooOld | user_reports::SaveError::AlreadyReported => {
                Self::new(ErrorKind::Conflict, sentence(&error))
            }
            user_reports::SaveError::Store(error) => Self::internal(error),
        }
    }
}

impl From<PayloadError> for ApiError {
    fn from(error: PayloadError) -> Self {
        match error {
            PayloadError::Gone => Self::not_found(),
            PayloadError::Store(error) => Self::internal(error),
            PayloadError::Damaged(_) | PayloadError::Read(_) => Self::internal(error),
        }
    }
}

/// Errors are written in lower case and without a full stop; people read sentences.
pub(crate) fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), rest.as_str().trim_end_matches('.'))
    })
}
