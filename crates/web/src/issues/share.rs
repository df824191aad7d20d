//! A shared issue, for whoever has its link: no account, and nothing that leads further in.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderName, HeaderValue, header};
use httpkit::{ApiError, PathParams};
use model::{Level, Timestamp};
use serde_json::Value;
use services::{
    App,
    events::raw_trace::raw_trace,
    issues::{ShortId, sharing},
};

use super::{row, samples};
use crate::{
    gallery::Sample,
    icon::{Icon, LevelMark},
    number::Count,
    page::Page,
    shell::Shell,
    text,
    visit::Looks,
};

#[derive(Debug, Template)]
#[template(path = "issues/share.html")]
pub(crate) struct SharePage {
    pub(crate) shell: Shell,
    pub(crate) short_id: String,
    pub(crate) organization: String,
    pub(crate) project: String,
    pub(crate) level: Level,
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) culprit: String,
    pub(crate) events: u64,
    pub(crate) first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
    /// As the program's own platform writes it; empty without one.
    pub(crate) trace: String,
}

const LONGEST_TRACE: usize = 100_000;

/// `GET /share/issue/{share}/`
pub(crate) async fn show(State(app): State<App>, looks: Looks, path: PathParams) -> Result<Response, ApiError> {
    let shared = sharing::shared(&app, path.get("share")?).await?;
    let issue = &shared.issue;
    let (kind, value) = row::title(issue);
    let short_id = ShortId::of(issue).to_string();
    let shell = looks.shell(&app, &format!("{short_id}: {}", text::line(&issue.title, 120)));
    let payload: Value = match &shared.event {
        Some(event) => serde_json::from_str(&event.payload).unwrap_or_default(),
        None => Value::Null,
    };
    let page = SharePage {
        shell,
        short_id,
        organization: shared.organization.name.clone(),
        project: shared.project.slug.clone(),
        level: issue.level,
        kind: text::line(&kind, 1_000),
        value: text::Cut::new(&value, 8_000).shown,
        culprit: text::line(&issue.culprit, 500),
        events: row::natural(issue.times_seen),
        first_seen: issue.first_seen,
        last_seen: issue.last_seen,
        trace: raw_trace(&payload, LONGEST_TRACE),
    };
    // The link is the only secret: neither search engines nor the next page learn of it.
    let quiet = [
        (
            HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("noindex"),
        ),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((quiet, Page(page)).into_response())
}

impl SharePage {
    pub(crate) fn samples() -> Vec<Sample> {
        samples::shares()
    }
}
