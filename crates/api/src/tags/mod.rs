//! The tags of an issue.

mod view;

pub(crate) use view::TagKeyView;
use view::{TagSummaryView, TagValueView};

use std::cmp::Reverse;

use axum::{Json, extract::State};
use httpkit::{ApiError, IssueAccess, PathParams, scopes::EventRead};
use services::App;
use store::{issues::Issue, tags::TagValue};

use crate::{
    page::{Page, PageRequest},
    parameters::Parameters,
};

/// How many values go with a key.
const TOP_VALUES: i64 = 10;

/// How many values of a key can be paged through.
const MOST_VALUES: i64 = 1_000;

/// The keys of all tags of an issue, with how many events and values they have.
pub(crate) async fn keys(app: &App, issue: &Issue) -> Result<Vec<TagKeyView>, ApiError> {
    let summaries = services::tags::summaries(app, issue, 1).await?;
    Ok(summaries.iter().map(TagKeyView::of).collect())
}

/// `GET …/issues/{issue}/tags/`: all tags, or those that `key` names, with their top values.
pub(crate) async fn list(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Vec<TagSummaryView>>, ApiError> {
    let wanted: Vec<&str> = parameters.all("key").map(plain).collect();
    let mut summaries = services::tags::summaries(&app, &access.issue, TOP_VALUES).await?;
    summaries.retain(|summary| wanted.is_empty() || wanted.contains(&summary.key.as_str()));
    Ok(Json(summaries.iter().map(TagSummaryView::of).collect()))
}

/// `GET …/issues/{issue}/tags/{tag}/`
pub(crate) async fn show(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<TagSummaryView>, ApiError> {
    let summary = services::tags::summary(&app, &access.issue, plain(path.get("tag")?), TOP_VALUES).await?;
    Ok(Json(TagSummaryView::of(&summary)))
}

/// `GET …/issues/{issue}/tags/{tag}/values/`
pub(crate) async fn list_values(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<TagValueView>, ApiError> {
    let key = plain(path.get("tag")?);
    let mut values = services::tags::values(&app, &access.issue, key, MOST_VALUES).await?;
    if values.is_empty() {
        return Err(ApiError::not_found());
    }
    sort(&mut values, parameters.filled("sort"));
    Ok(page
        .of_whole(&app.url, values)
        .map(|value| TagValueView::of(key, &value)))
}

/// `age` by the first time, `count` by events, all else by the last time; largest first, whatever sign stands before.
fn sort(values: &mut [TagValue], by: Option<&str>) {
    match by.map(|by| by.trim_start_matches('-')) {
        Some("age") => values.sort_by_key(|value| Reverse(value.first_seen)),
        Some("count") => values.sort_by_key(|value| Reverse(value.events)),
        _ => values.sort_by_key(|value| Reverse(value.last_seen)),
    }
}

/// Inside Sentry some keys have a prefix, which clients may send.
fn plain(key: &str) -> &str {
    key.strip_prefix("sentry:").unwrap_or(key)
}
