use askama::Template;

use super::{
    sdk::Sdk,
    snippets::{self, Snippet},
};
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    shell::{Part, Shell},
};

/// The page that connects an SDK to a project, and turns by itself when the first event arrives.
#[derive(Debug, Template)]
#[template(path = "projects/getting_started.html")]
pub(crate) struct GettingStartedPage {
    pub(crate) shell: Shell,
    pub(crate) project: String,
    /// Absent when every key is disabled or revoked.
    pub(crate) dsn: Option<String>,
    pub(crate) sdk: Sdk,
    pub(crate) first_event: FirstEvent,
}

/// The part of the page that is asked for again and again while nothing has arrived.
#[derive(Debug, Template)]
#[template(path = "projects/first_event.html")]
pub(crate) struct FirstEvent {
    /// Where this part is found.
    pub(crate) address: String,
    pub(crate) issue: Option<FirstIssue>,
}

#[derive(Debug)]
pub(crate) struct FirstIssue {
    pub(crate) url: String,
    pub(crate) title: String,
}

impl GettingStartedPage {
    fn snippet(&self) -> Option<Snippet> {
        self.dsn.as_deref().map(|dsn| snippets::snippet(self.sdk, dsn))
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |sdk, dsn: Option<&str>, title: Option<&str>| Self {
            shell: gallery::shell(Part::Projects, "Set up shop", "/organizations/acme/projects/shop/getting-started/"),
            project: "shop".to_owned(),
            dsn: dsn.map(str::to_owned),
            sdk,
            first_event: FirstEvent {
                address: "/organizations/acme/projects/shop/getting-started/first-event/".to_owned(),
                issue: title.map(|title| FirstIssue { url: "/organizations/acme/issues/7/".to_owned(), title: title.to_owned() }),
            },
        };
        let dsn = Some("http://fc6d8c0c43fc4630ad850ee518f1b9d0@127.0.0.1:9000/1");
        vec![
            Sample::new("getting-started-waiting", &page(Sdk::Python, dsn, None)),
            Sample::new("getting-started-arrived", &page(Sdk::Go, dsn, Some("ZeroDivisionError: division by zero"))),
            Sample::new("getting-started-hostile", &page(Sdk::React, dsn, Some(gallery::HOSTILE))),
            Sample::new("getting-started-no-key", &page(Sdk::Python, None, None)),
        ]
    }
}
