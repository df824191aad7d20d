//! The one page for everything that went wrong.

mod layer;

use askama::Template;
use httpkit::{ApiError, ErrorKind};

use crate::{
    gallery::{self, Sample},
    icon::Icon,
    shell::{Part, Shell},
    visit::Visit,
};

pub(crate) use layer::{around, policy_for_forms_to};

/// A path that leads nowhere. A reader who is signed in keeps the rail and the menu.
pub(crate) async fn not_found(visit: Result<Visit, ApiError>) -> ApiError {
    if let Ok(visit) = visit
        && let Err(error) = visit.shell_of_user(Part::None, "").await
    {
        return error;
    }
    ApiError::not_found()
}

/// Says what went wrong and what to do next. Absent and forbidden look alike.
#[derive(Debug, Template)]
#[template(path = "errors/page.html")]
pub(crate) struct ErrorPage {
    pub(crate) shell: Shell,
    pub(crate) failure: Failure,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Not there, or not for this reader.
    NotFound,
    /// The request made no sense, said in words.
    Refused(String),
    /// Seen, but not allowed, in words: the role does not go so far.
    Forbidden(String),
    /// A form without a valid token: the session has ended since, or another site sent it.
    StaleForm,
    /// Something was done too often, in words that say when it goes on.
    TooManyRequests(String),
    /// The reader is a member of no organization.
    NoOrganization,
    /// Ours; the text holds the id that finds it in the log.
    Internal(String),
}

impl Failure {
    pub(crate) fn of(error: &ApiError) -> Self {
        match error.kind {
            ErrorKind::Unauthenticated | ErrorKind::Moved | ErrorKind::NotFound | ErrorKind::MethodNotAllowed => {
                Self::NotFound
            }
            ErrorKind::Forbidden => Self::Forbidden(error.detail.clone()),
            ErrorKind::StaleForm => Self::StaleForm,
            ErrorKind::TooManyRequests => Self::TooManyRequests(error.detail.clone()),
            ErrorKind::Internal => Self::Internal(error.detail.clone()),
            ErrorKind::BadRequest
            | ErrorKind::Conflict
            | ErrorKind::TooLarge
            | ErrorKind::UnsupportedMediaType
            | ErrorKind::NotAcceptable
            | ErrorKind::RangeNotSatisfiable
            | ErrorKind::Timeout => Self::Refused(error.detail.clone()),
        }
    }

    pub(crate) fn heading(&self) -> &'static str {
        match self {
            Self::NotFound => "Not found",
            Self::Refused(_) => "That did not work",
            Self::Forbidden(_) => "Not allowed",
            Self::StaleForm => "This form is too old",
            Self::TooManyRequests(_) => "Too many tries",
            Self::NoOrganization => "Nothing here for you yet",
            Self::Internal(_) => "Something broke on our side",
        }
    }
}

impl ErrorPage {
    pub(crate) fn no_organization(shell: Shell) -> Self {
        Self {
            shell,
            failure: Failure::NoOrganization,
        }
    }

    fn is_not_found(&self) -> bool {
        self.failure == Failure::NotFound
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |failure| Self {
            shell: gallery::shell(Part::None, "Not found", "/organizations/acme/issues/7/"),
            failure,
        };
        let anonymous = Self {
            shell: Shell {
                title: "Not found".to_owned(),
                ..Shell::default()
            },
            failure: Failure::NotFound,
        };
        vec![
            Sample::new("error-not-found", &page(Failure::NotFound)),
            Sample::new("error-anonymous", &anonymous),
            Sample::new("error-refused", &page(Failure::Refused(gallery::HOSTILE.to_owned()))),
            Sample::new(
                "error-forbidden",
                &page(Failure::Forbidden(gallery::HOSTILE.to_owned())),
            ),
            Sample::new("error-stale-form", &page(Failure::StaleForm)),
            Sample::new(
                "error-too-many",
                &page(Failure::TooManyRequests(
                    "Too many attempts: try again in 10 minutes.".to_owned(),
                )),
            ),
            Sample::new(
                "error-internal",
                &page(Failure::Internal(
                    "Internal error fc6d8c0c43fc4630. The server's log says more under this id.".to_owned(),
                )),
            ),
        ]
    }
}
