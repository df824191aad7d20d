//! The way back in by mail.

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use http::HeaderMap;
use httpkit::{ApiError, ErrorKind, FormSender, PathParams};
use serde::Deserialize;
use services::{App, users::RecoveryError};

use super::{origin, sample_shell};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    urls,
    visit::Looks,
};

/// Asks for the address to which the link is sent.
#[derive(Debug, Template)]
#[template(path = "auth/recover.html")]
pub(crate) struct RecoverPage {
    pub(crate) shell: Shell,
    /// Said alike whether there is such a user or not.
    pub(crate) is_sent: bool,
}

/// `GET /auth/recover/`
pub(crate) async fn show(State(app): State<App>, looks: Looks) -> Page<RecoverPage> {
    Page(RecoverPage {
        shell: looks.shell(&app, "Forgot the password"),
        is_sent: false,
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct RecoverForm {
    email: String,
}

/// `POST /auth/recover/`
pub(crate) async fn send(
    State(app): State<App>,
    looks: Looks,
    headers: HeaderMap,
    FormSender(sender): FormSender,
    Form(form): Form<RecoverForm>,
) -> Result<Page<RecoverPage>, ApiError> {
    origin::check(&headers)?;
    services::users::request_recovery(&app, &form.email, &sender).await?;
    Ok(Page(RecoverPage {
        shell: looks.shell(&app, "Forgot the password"),
        is_sent: true,
    }))
}

/// What the link leads to: a new password.
#[derive(Debug, Template)]
#[template(path = "auth/new_password.html")]
pub(crate) struct NewPasswordPage {
    pub(crate) shell: Shell,
    pub(crate) here: String,
    pub(crate) is_gone: bool,
    pub(crate) errors: FormErrors,
}

/// `GET /auth/recover/{secret}/`
pub(crate) async fn show_link(State(app): State<App>, looks: Looks, path: PathParams) -> Result<Response, ApiError> {
    let secret = path.get("secret")?;
    let is_gone = !services::users::is_recovery_link(&app, secret).await?;
    let page = new_password(&app, &looks, secret, is_gone, FormErrors::default());
    Ok(if is_gone {
        (ErrorKind::NotFound.status(), Page(page)).into_response()
    } else {
        Page(page).into_response()
    })
}

fn new_password(app: &App, looks: &Looks, secret: &str, is_gone: bool, errors: FormErrors) -> NewPasswordPage {
    NewPasswordPage {
        shell: looks.shell(app, "Choose a new password"),
        here: urls::recovery(secret),
        is_gone,
        errors,
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct NewPasswordForm {
    password: String,
}

/// `POST /auth/recover/{secret}/`
pub(crate) async fn recover(
    State(app): State<App>,
    looks: Looks,
    headers: HeaderMap,
    path: PathParams,
    FormSender(sender): FormSender,
    Form(form): Form<NewPasswordForm>,
) -> Result<Response, ApiError> {
    origin::check(&headers)?;
    let secret = path.get("secret")?;
    let (status, page) = match services::users::recover(&app, secret, &form.password, &sender).await {
        Ok(()) => return Ok((PendingNotice::of(Done::PasswordChosen), Redirect::to(urls::LOGIN)).into_response()),
        Err(RecoveryError::Gone) => (
            ErrorKind::NotFound,
            new_password(&app, &looks, secret, true, FormErrors::default()),
        ),
        Err(error) => (
            ErrorKind::BadRequest,
            new_password(&app, &looks, secret, false, FormErrors::of_api(error.into())?),
        ),
    };
    Ok((status.status(), Page(page)).into_response())
}

pub(crate) fn samples() -> Vec<Sample> {
    let ask = |is_sent| RecoverPage {
        shell: sample_shell("Forgot the password"),
        is_sent,
    };
    let choose = |secret: &str, is_gone, errors| NewPasswordPage {
        shell: sample_shell("Choose a new password"),
        here: urls::recovery(secret),
        is_gone,
        errors,
    };
    let wrong = FormErrors::one("password", "The password needs at least 8 characters.");
    vec![
        Sample::new("recover-empty", &ask(false)),
        Sample::new("recover-sent", &ask(true)),
        Sample::new("new-password-wrong", &choose("abc", false, wrong)),
        Sample::new("new-password-gone", &choose("abc", true, FormErrors::default())),
        Sample::new(
            "new-password-hostile",
            &choose(gallery::HOSTILE, false, FormErrors::default()),
        ),
    ]
}
