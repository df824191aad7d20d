//! What the failures of operations are to a client: the same for API and pages.

use services::{
    issues::IssueChangeError, organizations::RenameError, project_keys::KeyError, projects::ProjectError,
    settings::SetError, stored_items::PayloadError, teams::TeamError, tokens::CreateTokenError, user_reports,
};

use crate::{ApiError, CursorError, ErrorKind};

impl From<CursorError> for ApiError {
    fn from(error: CursorError) -> Self {
        Self::bad_request(error)
    }
}

impl From<query::issues::ParseError> for ApiError {
    fn from(error: query::issues::ParseError) -> Self {
        Self::bad_request(format_args!("Error parsing search query: {error}"))
    }
}

impl From<ProjectError> for ApiError {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::NoName | ProjectError::NameTooLong => Self::field("name", sentence(&error)),
            ProjectError::PlatformTooLong => Self::field("platform", sentence(&error)),
            ProjectError::InvalidSlug(_) => Self::field("slug", sentence(&error)),
            ProjectError::Exists(_) => Self::conflict("slug", sentence(&error)),
            ProjectError::Store(error) => Self::internal(error),
        }
    }
}

impl From<RenameError> for ApiError {
    fn from(error: RenameError) -> Self {
        match error {
            RenameError::NoName | RenameError::NameTooLong => Self::field("name", sentence(&error)),
            RenameError::Store(error) => Self::internal(error),
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

impl From<IssueChangeError> for ApiError {
    fn from(error: IssueChangeError) -> Self {
        match error {
            IssueChangeError::NotAMember(_) => Self::field("assignedTo", sentence(&error)),
            IssueChangeError::Store(error) => Self::internal(error),
        }
    }
}

impl From<CreateTokenError> for ApiError {
    fn from(error: CreateTokenError) -> Self {
        match error {
            CreateTokenError::NoScope => Self::field("scopes", sentence(&error)),
            CreateTokenError::NameTooLong => Self::field("name", sentence(&error)),
            CreateTokenError::Store(error) => Self::internal(error),
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
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), rest.as_str().trim_end_matches('.'))
    })
}
