//! What the failures of operations are to a client: the same for API and pages.

use services::{
    issues::IssueChangeError, project_keys::KeyError, projects::ProjectError, teams::TeamError,
    tokens::CreateTokenError,
};

use crate::{ApiError, CursorError};

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

/// Errors are written in lower case and without a full stop; people read sentences.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), rest.as_str())
    })
}
