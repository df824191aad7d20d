use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use http::HeaderMap;
use httpkit::{ApiError, PathParams};
use serde::Deserialize;
use services::App;

use super::{origin, sample_shell};
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    urls,
    visit::Looks,
};

/// What the link of a mail leads to: looking at it confirms nothing, since programs look at links in mails too.
#[derive(Debug, Template)]
#[template(path = "auth/confirm.html")]
pub(crate) struct ConfirmPage {
    pub(crate) shell: Shell,
    /// The link itself, which the form sends back to.
    pub(crate) here: String,
    pub(crate) is_gone: bool,
}

/// `GET /auth/confirm/{secret}/`
pub(crate) async fn show(
    State(app): State<App>,
    looks: Looks,
    path: PathParams,
) -> Result<Page<ConfirmPage>, ApiError> {
    Ok(Page(ConfirmPage {
        shell: looks.shell(&app, "Confirm your address"),
        here: urls::confirmation(path.get("secret")?),
        is_gone: false,
    }))
}

#[derive(Debug, Deserialize)]
pub(crate) struct ConfirmForm {}

/// `POST /auth/confirm/{secret}/`
pub(crate) async fn confirm(
    State(app): State<App>,
    looks: Looks,
    headers: HeaderMap,
    path: PathParams,
    _: Form<ConfirmForm>,
) -> Result<Response, ApiError> {
    origin::check(&headers)?;
    let secret = path.get("secret")?;
    if services::users::confirm_email(&app, secret).await?.is_some() {
        return Ok((PendingNotice::of(Done::EmailConfirmed), Redirect::to(urls::PROFILE)).into_response());
    }
    let page = ConfirmPage {
        shell: looks.shell(&app, "Confirm your address"),
        here: urls::confirmation(secret),
        is_gone: true,
    };
    Ok((httpkit::ErrorKind::NotFound.status(), Page(page)).into_response())
}

impl ConfirmPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |secret: &str, is_gone| Self {
            shell: sample_shell("Confirm your address"),
            here: urls::confirmation(secret),
            is_gone,
        };
        vec![
            Sample::new("confirm-address-typical", &page("abc", false)),
            Sample::new("confirm-address-gone", &page("abc", true)),
            Sample::new("confirm-address-hostile", &page(gallery::HOSTILE, false)),
        ]
    }
}
