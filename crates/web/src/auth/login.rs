use askama::Template;

use crate::{gallery::Sample, icon::Icon, shell::Shell};

/// The sign-in page.
#[derive(Debug, Template)]
#[template(path = "auth/login.html")]
pub(crate) struct LoginPage {
    pub(crate) shell: Shell,
    pub(crate) email: String,
    /// Where to go afterwards; a path of our own.
    pub(crate) next: String,
    pub(crate) error: Option<String>,
}

impl LoginPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let shell = || Shell { title: "Sign in".to_owned(), csrf: "sample-token".to_owned(), ..Shell::default() };
        let page = |email: &str, next: &str, error: Option<&str>| Self {
            shell: shell(),
            email: email.to_owned(),
            next: next.to_owned(),
            error: error.map(str::to_owned),
        };
        vec![
            Sample::new("login-empty", &page("", "", None)),
            Sample::new(
                "login-error",
                &page(
                    "ada@example.com",
                    "/organizations/acme/issues/7/",
                    Some("This email address and password do not belong together. Check both and try again."),
                ),
            ),
            Sample::new("login-hostile", &page("\"><script>alert(1)</script>", "/\"><img src=x>", Some("<b>no</b>"))),
        ]
    }
}
