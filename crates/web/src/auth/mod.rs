//! Signing in and out, the ways back in, and the first administrator.

mod code;
pub(crate) mod confirm;
pub(crate) mod first_run;
pub(crate) mod login;
mod origin;
pub(crate) mod password;
pub(crate) mod recover;
pub(crate) mod register;

pub(crate) use code::check_code;
pub(crate) use origin::check as check_origin;

use axum::response::{AppendHeaders, IntoResponse as _, Response};
use http::header;
use httpkit::session_cookie;
use services::{App, browser_sessions::NewSession};

use crate::{gallery::Sample, page, shell::Shell, urls};

/// Sets the cookie of a session that has begun, and leads on.
pub(crate) fn welcome(app: &App, session: &NewSession, next: &str) -> Response {
    let cookie = AppendHeaders([(header::SET_COOKIE, session_cookie(&app.url, &session.token))]);
    (cookie, page::redirect(Some(next), urls::HOME)).into_response()
}

/// The shell of a page for somebody who is not signed in.
fn sample_shell(title: &str) -> Shell {
    Shell {
        title: title.to_owned(),
        csrf: "sample-token".to_owned(),
        ..Shell::default()
    }
}

pub(crate) fn samples() -> Vec<Sample> {
    [
        login::LoginPage::samples(),
        first_run::FirstRunPage::samples(),
        code::CodePage::samples(),
        confirm::ConfirmPage::samples(),
        recover::samples(),
        register::RegisterPage::samples(),
        password::PasswordPage::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
