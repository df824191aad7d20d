use askama::Template;

use crate::{form::FormErrors, gallery::Sample, icon::Icon, shell::Shell};

/// The page of an installation that has no user yet: it makes the administrator.
#[derive(Debug, Template)]
#[template(path = "auth/first_run.html")]
pub(crate) struct FirstRunPage {
    pub(crate) shell: Shell,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) organization: String,
    pub(crate) errors: FormErrors,
}

impl FirstRunPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let shell = || Shell { title: "Welcome".to_owned(), csrf: "sample-token".to_owned(), ..Shell::default() };
        let empty = Self {
            shell: shell(),
            email: String::new(),
            name: String::new(),
            organization: String::new(),
            errors: FormErrors::default(),
        };
        let wrong = Self {
            shell: shell(),
            email: "ada".to_owned(),
            name: "<script>alert(1)</script>".to_owned(),
            organization: "Acme".to_owned(),
            errors: FormErrors::one("email", "Enter a whole address, such as you@example.com.")
                .and("password", "Use at least 8 characters."),
        };
        vec![Sample::new("first-run-empty", &empty), Sample::new("first-run-errors", &wrong)]
    }
}
