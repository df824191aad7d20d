//! Of organizations and who belongs to them.

use axum::extract::MatchedPath;
use http::request::Parts;
use services::{
    access::AccessError,
    members::{AcceptError, MemberError},
    organizations::OrganizationError,
    projects::{EnvironmentError, TransferError},
    teams::JoinError,
};

use super::sentence;
use crate::{ApiError, ErrorKind, NextStep};

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NotFound => Self::not_found(),
            AccessError::Missing(_) => Self::forbidden("You do not have permission to perform this action."),
            AccessError::SudoRequired { username } => Self {
                next: Some(NextStep::Sudo { username }),
                ..Self::new(ErrorKind::Unauthenticated, "Account verification required.")
            },
            AccessError::TwoFactorRequired => Self {
                next: Some(NextStep::TwoFactor),
                ..Self::forbidden("Login required: the organization asks for two-factor authentication.")
            },
            // Without the request, nothing tells where: see [`ApiError::of_access`].
            AccessError::Moved { .. } => Self::not_found(),
            AccessError::Store(error) => error.into(),
        }
    }
}

impl ApiError {
    /// The answer to a request that was refused: one for a slug that was given up leads to the same path with the slug
    /// of now, and with the query that was sent.
    pub(crate) fn of_access(error: AccessError, parts: &Parts) -> Self {
        let AccessError::Moved { parameter, slug } = error else {
            return error.into();
        };
        let Some(url) = moved_to(parts, parameter, &slug) else {
            return Self::not_found();
        };
        Self {
            next: Some(NextStep::Moved { slug, url }),
            ..Self::new(ErrorKind::Moved, "Resource has been moved")
        }
    }
}

/// The address of the request with another value for a parameter of its path.
fn moved_to(parts: &Parts, parameter: &str, slug: &str) -> Option<String> {
    let pattern = parts.extensions.get::<MatchedPath>()?.as_str();
    let place = pattern.split('/').position(|segment| {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        name == Some(parameter)
    })?;
    let segments = parts.uri.path().split('/').enumerate();
    let path: Vec<&str> = segments
        .map(|(index, segment)| if index == place { slug } else { segment })
        .collect();
    let query = parts.uri.query().map_or_else(String::new, |query| format!("?{query}"));
    Some(format!("{}{query}", path.join("/")))
}

impl From<OrganizationError> for ApiError {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::NoName | OrganizationError::NameTooLong => Self::field("name", sentence(&error)),
            OrganizationError::InvalidSlug(_) => Self::field("slug", sentence(&error)),
            OrganizationError::Exists(_) => Self::conflict("slug", sentence(&error)),
            OrganizationError::NoOwner => Self::forbidden(sentence(&error)),
            OrganizationError::Store(error) => error.into(),
        }
    }
}

impl From<MemberError> for ApiError {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::InvalidEmail(_) | MemberError::IsMember(_) | MemberError::IsInvited(_) => {
                Self::field("email", sentence(&error))
            }
            MemberError::RoleAboveOwn(_) => Self::forbidden(sentence(&error)),
            MemberError::OwnRole
            | MemberError::MemberAboveOwn
            | MemberError::Forbidden
            | MemberError::LastOwner
            | MemberError::NoRequests => Self::forbidden(sentence(&error)),
            MemberError::Limit(error) => Self::too_many(sentence(&error), error.wait),
            MemberError::TooManyInvitations | MemberError::TooManyAttempts(_) => {
                Self::new(ErrorKind::TooManyRequests, sentence(&error))
            }
            MemberError::Gone => Self::not_found(),
            MemberError::Store(error) => error.into(),
        }
    }
}

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::NoInvitation => Self::new(ErrorKind::NotFound, sentence(&error)),
            AcceptError::IsMember => Self::bad_request(sentence(&error)),
            AcceptError::User(error) => error.into(),
            AcceptError::Store(error) => error.into(),
        }
    }
}

impl From<JoinError> for ApiError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Forbidden => Self::forbidden(sentence(&error)),
            JoinError::NotInTeam => Self::not_found(),
            JoinError::Store(error) => error.into(),
        }
    }
}

impl From<TransferError> for ApiError {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::InvalidEmail(_) => Self::field("email", sentence(&error)),
            TransferError::Gone => Self::new(ErrorKind::NotFound, sentence(&error)),
            TransferError::SameOrganization => Self::field("organization", sentence(&error)),
            TransferError::Store(error) => error.into(),
        }
    }
}

impl From<EnvironmentError> for ApiError {
    fn from(error: EnvironmentError) -> Self {
        match error {
            EnvironmentError::Unknown(_) => Self::not_found(),
            EnvironmentError::Store(error) => error.into(),
        }
    }
}
