//! How the pages look to one reader: light or dark, and the width of the rail, kept in cookies of that browser; and how
//! sections of events are shown, in all browsers of that user.

use axum::{
    extract::State,
    response::{AppendHeaders, IntoResponse, Response},
};
use http::header;
use httpkit::{ApiError, CsrfForm};
use serde::Deserialize;
use services::{
    App,
    options::{self, OptionChannel, Setting, Target},
};

use crate::{
    page,
    shell::{Rail, Theme},
    urls,
    visit::{RAIL_COOKIE, THEME_COOKIE},
};

#[derive(Debug, Deserialize)]
pub(crate) struct Preferences {
    theme: Option<String>,
    rail: Option<String>,
    exception_view: Option<String>,
    request_view: Option<String>,
    next: Option<String>,
}

/// `POST /settings/account/preferences/`
pub(crate) async fn save(
    State(app): State<App>,
    CsrfForm { form, browser }: CsrfForm<Preferences>,
) -> Result<Response, ApiError> {
    let views = [
        (&options::EXCEPTION_VIEW, &form.exception_view),
        (&options::REQUEST_VIEW, &form.request_view),
    ];
    for (definition, view) in views {
        let Some(view) = view else { continue };
        let by = Setting {
            actor: &browser.0.actor,
            organization: None,
            target: Target::User(browser.0.user().id),
            channel: OptionChannel::Admin,
        };
        let done = options::set(&app, by, definition, &view.as_str().into()).await;
        done.map_err(|error| ApiError::of_option(definition.name, error))?;
    }
    let cookie = |name: &str, value: &str| {
        (
            header::SET_COOKIE,
            format!("{name}={value}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"),
        )
    };
    let theme = form
        .theme
        .map(|theme| cookie(THEME_COOKIE, Theme::from_name(&theme).name()));
    let rail = form.rail.map(|rail| cookie(RAIL_COOKIE, Rail::from_name(&rail).name()));
    let cookies: Vec<_> = [theme, rail].into_iter().flatten().collect();
    Ok((AppendHeaders(cookies), page::redirect(form.next.as_deref(), urls::HOME)).into_response())
}
