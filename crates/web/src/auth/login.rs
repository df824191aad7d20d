use askama::Template;
use axum::{
    Form,
    extract::{Query, State, rejection::QueryRejection},
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, header};
use httpkit::{ApiError, CsrfForm, ErrorKind, FormSender, MaybeBrowser, TRUSTED_COOKIE, clear_session_cookie, cookie};
use serde::Deserialize;
use services::{
    App,
    users::{FirstStep, SignInError},
};

use super::{code::CodePage, origin, sample_shell, welcome};
use crate::{
    gallery::Sample,
    icon::Icon,
    page::{self, Page},
    shell::Shell,
    urls,
    visit::Looks,
};

/// The sign-in page.
#[derive(Debug, Template)]
#[template(path = "auth/login.html")]
pub(crate) struct LoginPage {
    pub(crate) shell: Shell,
    pub(crate) email: String,
    /// Where to go afterwards; a path of our own.
    pub(crate) next: String,
    pub(crate) error: Option<String>,
    /// Whether people make accounts by themselves.
    pub(crate) is_open: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

/// `GET /auth/login/`
pub(crate) async fn show(
    State(app): State<App>,
    MaybeBrowser(signed_in): MaybeBrowser,
    looks: Looks,
    next: Result<Query<Next>, QueryRejection>,
) -> Result<Response, ApiError> {
    let next = next.map(|next| next.0.next).unwrap_or_default();
    if signed_in.is_some() {
        return Ok(page::redirect(Some(&next), urls::HOME).into_response());
    }
    if services::users::none_exists(&app).await? {
        return Ok(Redirect::to(urls::FIRST_RUN).into_response());
    }
    let shell = looks.shell(&app, "Sign in");
    Ok(Page(LoginPage {
        shell,
        is_open: services::users::is_registration_open(&app).await?,
        email: String::new(),
        next,
        error: None,
    })
    .into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct Credentials {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /auth/login/`
pub(crate) async fn sign_in(
    State(app): State<App>,
    looks: Looks,
    headers: HeaderMap,
    FormSender(sender): FormSender,
    Form(form): Form<Credentials>,
) -> Result<Response, ApiError> {
    origin::check(&headers)?;
    let trusted = cookie(&headers, TRUSTED_COOKIE);
    let step = services::users::sign_in(&app, &form.email, &form.password, trusted, &sender).await;
    let (status, error) = match step {
        Ok(FirstStep::SignedIn(session)) => return Ok(welcome(&app, &session, &form.next)),
        Ok(FirstStep::CodeNeeded { ticket }) => {
            let page = CodePage {
                shell: looks.shell(&app, "Sign in"),
                ticket,
                next: form.next,
                error: None,
            };
            return Ok(Page(page).into_response());
        }
        Err(SignInError::Store(error)) => return Err(error.into()),
        Err(SignInError::TooMany(_)) => (
            ErrorKind::TooManyRequests,
            "There were too many attempts. Wait ten minutes and try again.",
        ),
        Err(
            SignInError::WrongCredentials
            | SignInError::Password(_)
            | SignInError::WrongCode
            | SignInError::TicketExpired,
        ) => (
            ErrorKind::Unauthenticated,
            "This email address and password do not belong together. Check both and try again.",
        ),
    };
    let page = LoginPage {
        shell: looks.shell(&app, "Sign in"),
        is_open: services::users::is_registration_open(&app).await?,
        email: form.email,
        next: form.next,
        error: Some(error.to_owned()),
    };
    Ok((status.status(), Page(page)).into_response())
}

/// `POST /auth/logout/`
pub(crate) async fn sign_out(State(app): State<App>, form: CsrfForm<Next>) -> Result<Response, ApiError> {
    let session = &form.browser.0.session;
    services::browser_sessions::end(&app, session.user, session.id).await?;
    let cookie = AppendHeaders([(header::SET_COOKIE, clear_session_cookie(&app.url))]);
    Ok((cookie, Redirect::to(&urls::login(&form.form.next))).into_response())
}

impl LoginPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |email: &str, next: &str, error: Option<&str>| Self {
            shell: sample_shell("Sign in"),
            is_open: error.is_some(),
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
            Sample::new(
                "login-hostile",
                &page("\"><script>alert(1)</script>", "/\"><img src=x>", Some("<b>no</b>")),
            ),
        ]
    }
}
