//! An address agrees to get the mails of an organization.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::HeaderMap;
use httpkit::{ApiError, ErrorKind, PathParams};
use services::{App, mails::addresses};

use crate::{
    auth,
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls,
    visit::Looks,
};

const TITLE: &str = "Agree to get mails";

/// Looking at the link agrees to nothing, since programs look at links in mails too.
#[derive(Debug, Template)]
#[template(path = "mails/agree.html")]
pub(crate) struct AgreePage {
    pub(crate) shell: Shell,
    pub(crate) here: String,
    /// `None`: the link does nothing any more.
    pub(crate) address: Option<String>,
    pub(crate) is_done: bool,
}

/// `GET /confirm-address/{secret}/`
pub(crate) async fn show(State(app): State<App>, looks: Looks, path: PathParams) -> Result<Response, ApiError> {
    let secret = path.get("secret")?;
    let found = addresses::find_confirmation(&app, secret).await?;
    Ok(answer(&app, &looks, secret, found.map(|one| one.address), false))
}

/// `POST /confirm-address/{secret}/`
pub(crate) async fn agree(
    State(app): State<App>,
    looks: Looks,
    headers: HeaderMap,
    path: PathParams,
) -> Result<Response, ApiError> {
    auth::check_origin(&headers)?;
    let secret = path.get("secret")?;
    let found = addresses::confirm(&app, secret).await?;
    Ok(answer(&app, &looks, secret, found.map(|one| one.address), true))
}

fn answer(app: &App, looks: &Looks, secret: &str, address: Option<String>, is_done: bool) -> Response {
    let is_gone = address.is_none();
    let page = AgreePage {
        shell: looks.shell(app, TITLE),
        here: urls::agree(secret),
        address,
        is_done,
    };
    if is_gone {
        (ErrorKind::NotFound.status(), Page(page)).into_response()
    } else {
        Page(page).into_response()
    }
}

impl AgreePage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |address: Option<&str>, is_done| Self {
            shell: Shell {
                title: TITLE.to_owned(),
                ..Shell::default()
            },
            here: urls::agree("abc"),
            address: address.map(str::to_owned),
            is_done,
        };
        vec![
            Sample::new("agree-asks", &page(Some("platform-team@example.com"), false)),
            Sample::new("agree-done", &page(Some("platform-team@example.com"), true)),
            Sample::new("agree-gone", &page(None, false)),
            Sample::new("agree-hostile", &page(Some(gallery::HOSTILE), false)),
        ]
    }
}
