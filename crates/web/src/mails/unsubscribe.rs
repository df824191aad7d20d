//! The link that ends mails. Looking at it ends nothing, since programs look at links; the button does, and so do the
//! mail programs that post to the link by themselves (RFC 8058).

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use httpkit::{ApiError, ErrorKind, PathParams};
use services::{
    App,
    mails::{self, Ended},
};

use crate::{
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls,
    visit::Looks,
};

const TITLE: &str = "Unsubscribe";

#[derive(Debug, Template)]
#[template(path = "mails/unsubscribe.html")]
pub(crate) struct UnsubscribePage {
    pub(crate) shell: Shell,
    /// The link itself, which the button posts to.
    pub(crate) here: String,
    /// `None`: the link does nothing any more.
    pub(crate) what: Option<Ended>,
    pub(crate) is_done: bool,
}

/// `GET /unsubscribe/{token}/`
pub(crate) async fn show(State(app): State<App>, looks: Looks, path: PathParams) -> Result<Response, ApiError> {
    let token = path.get("token")?;
    let what = mails::look_at_unsubscribing(&app, token).await?;
    Ok(answer(&app, &looks, token, what, false))
}

/// `POST /unsubscribe/{token}/`: by the button, or by a mail program. The secret in the link is all that is asked for.
pub(crate) async fn end(State(app): State<App>, looks: Looks, path: PathParams) -> Result<Response, ApiError> {
    let token = path.get("token")?;
    let what = mails::unsubscribe(&app, token).await?;
    Ok(answer(&app, &looks, token, what, true))
}

fn answer(app: &App, looks: &Looks, token: &str, what: Option<Ended>, is_done: bool) -> Response {
    let is_gone = what.is_none();
    let page = UnsubscribePage {
        shell: looks.shell(app, TITLE),
        here: urls::unsubscribe(token),
        what,
        is_done,
    };
    if is_gone {
        (ErrorKind::NotFound.status(), Page(page)).into_response()
    } else {
        Page(page).into_response()
    }
}

impl UnsubscribePage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |what: Option<&str>, is_done| Self {
            shell: Shell {
                title: TITLE.to_owned(),
                ..Shell::default()
            },
            here: urls::unsubscribe("abc"),
            what: what.map(|what| Ended {
                what: what.to_owned(),
                who: "ada@example.com".to_owned(),
            }),
            is_done,
        };
        vec![
            Sample::new("unsubscribe-asks", &page(Some("mails about this issue"), false)),
            Sample::new("unsubscribe-done", &page(Some("mails about this issue"), true)),
            Sample::new("unsubscribe-gone", &page(None, false)),
            Sample::new("unsubscribe-hostile", &page(Some(gallery::HOSTILE), false)),
        ]
    }
}
