//! How the pages look to one reader: light or dark, and the width of the rail. Kept in cookies of that browser.

use axum::response::{AppendHeaders, IntoResponse, Response};
use http::header;
use httpkit::CsrfForm;
use serde::Deserialize;

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
    next: Option<String>,
}

/// `POST /settings/account/preferences/`
pub(crate) async fn save(CsrfForm { form, .. }: CsrfForm<Preferences>) -> Response {
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
    (AppendHeaders(cookies), page::redirect(form.next.as_deref(), urls::HOME)).into_response()
}
