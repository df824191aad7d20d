use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, header};
use httpkit::{ApiError, ErrorKind, FormSender, trusted_cookie};
use serde::Deserialize;
use services::{App, users::SignInError};

use super::{origin, sample_shell, welcome};
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    urls,
    visit::Looks,
};

/// Asks for the second factor, after the password.
#[derive(Debug, Template)]
#[template(path = "auth/code.html")]
pub(crate) struct CodePage {
    pub(crate) shell: Shell,
    pub(crate) ticket: String,
    pub(crate) next: String,
    pub(crate) error: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CodeForm {
    ticket: String,
    code: String,
    #[serde(default)]
    trust: String,
    #[serde(default)]
    next: String,
}

/// `POST /auth/code/`
pub(crate) async fn check_code(
    State(app): State<App>,
    looks: Looks,
    headers: HeaderMap,
    FormSender(sender): FormSender,
    Form(form): Form<CodeForm>,
) -> Result<Response, ApiError> {
    origin::check(&headers)?;
    let trust = !form.trust.is_empty();
    let step = services::users::sign_in_with_code(&app, &form.ticket, &form.code, trust, &sender).await;
    let error = match step {
        Ok(step) => {
            let trusted = step
                .trusted
                .map(|token| (header::SET_COOKIE, trusted_cookie(&app.url, &token)));
            let cookies: Vec<_> = trusted.into_iter().collect();
            return Ok((AppendHeaders(cookies), welcome(&app, &step.session, &form.next)).into_response());
        }
        Err(SignInError::Store(error)) => return Err(error.into()),
        Err(SignInError::TicketExpired) => {
            let login = Redirect::to(&urls::login(&form.next));
            return Ok((PendingNotice::of(Done::SignInExpired), login).into_response());
        }
        Err(SignInError::TooMany(error)) => return Err(error.into()),
        Err(SignInError::WrongCode | SignInError::WrongCredentials | SignInError::Password(_)) => {
            "This code is wrong, or was used before. Wait for the next one and try again."
        }
    };
    let page = CodePage {
        shell: looks.shell(&app, "Sign in"),
        ticket: form.ticket,
        next: form.next,
        error: Some(error.to_owned()),
    };
    Ok((ErrorKind::Unauthenticated.status(), Page(page)).into_response())
}

impl CodePage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |next: &str, error: Option<&str>| Self {
            shell: sample_shell("Sign in"),
            ticket: "sealed".to_owned(),
            next: next.to_owned(),
            error: error.map(str::to_owned),
        };
        vec![
            Sample::new("code-empty", &page("", None)),
            Sample::new("code-hostile", &page(gallery::HOSTILE, Some("<b>no</b>"))),
        ]
    }
}
