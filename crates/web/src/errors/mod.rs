//! The one page for everything that went wrong.

use askama::Template;

use crate::{
    gallery::{self, Sample},
    icon::Icon,
    shell::{Part, Shell},
};

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
    /// A form without a valid token: the session has ended since, or another site sent it.
    StaleForm,
    TooManyRequests,
    /// Ours; the id finds it in the log.
    Internal {
        id: String,
    },
}

impl ErrorPage {
    fn heading(&self) -> &'static str {
        match self.failure {
            Failure::NotFound => "Not found",
            Failure::Refused(_) => "That did not work",
            Failure::StaleForm => "This form is too old",
            Failure::TooManyRequests => "Too many tries",
            Failure::Internal { .. } => "Something broke on our side",
        }
    }

    fn is_not_found(&self) -> bool {
        self.failure == Failure::NotFound
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |failure| Self { shell: gallery::shell(Part::None, "Not found", "/organizations/acme/issues/7/"), failure };
        let anonymous = Self { shell: Shell { title: "Not found".to_owned(), ..Shell::default() }, failure: Failure::NotFound };
        vec![
            Sample::new("error-not-found", &page(Failure::NotFound)),
            Sample::new("error-anonymous", &anonymous),
            Sample::new("error-refused", &page(Failure::Refused(gallery::HOSTILE.to_owned()))),
            Sample::new("error-stale-form", &page(Failure::StaleForm)),
            Sample::new("error-internal", &page(Failure::Internal { id: "fc6d8c0c43fc4630".to_owned() })),
        ]
    }
}
