use axum::{Json, extract::State};
use httpkit::{ApiError, IssueAccess, PathParams, scopes::EventRead};
use services::App;
use store::issues::Issue;

use super::{
    cut, plain, value_page,
    view::{TagKeyView, TagSummaryView, TagValueView},
};
use crate::{
    page::{MAX_ROWS, Page, PageRequest},
    parameters::{Parameters, environments},
};

/// How many values go with a key when nothing is said.
const TOP_VALUES: usize = 10;

/// The keys of all tags of an issue, with how many events and values they have.
pub(crate) async fn keys(app: &App, issue: &Issue) -> Result<Vec<TagKeyView>, ApiError> {
    let summaries = services::tags::summaries(app, issue, &[], 1).await?;
    Ok(summaries.iter().map(TagKeyView::of).collect())
}

/// `GET …/issues/{issue}/tags/`: all tags, or those that `key` names, with their top values.
pub(crate) async fn list(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Vec<TagSummaryView>>, ApiError> {
    let wanted: Vec<&str> = parameters.all("key").map(plain).collect();
    let top = match parameters.filled("limit").map(str::parse::<usize>) {
        None => TOP_VALUES,
        Some(Ok(limit)) if limit > 0 => limit.min(MAX_ROWS),
        Some(_) => {
            return Err(ApiError::bad_request(format_args!(
                "Invalid limit: it must lie between 1 and {MAX_ROWS}."
            )));
        }
    };
    let environments = environments(&app, &access.scope, &parameters).await?;
    let mut summaries = services::tags::summaries(&app, &access.issue, &environments, top).await?;
    summaries.retain(|summary| wanted.is_empty() || wanted.contains(&summary.key.as_str()));
    Ok(Json(summaries.iter().map(TagSummaryView::of).collect()))
}

/// `GET …/issues/{issue}/tags/{tag}/`
pub(crate) async fn show(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
) -> Result<Json<TagSummaryView>, ApiError> {
    let environments = environments(&app, &access.scope, &parameters).await?;
    let key = plain(path.get("tag")?);
    let summary = services::tags::summary(&app, &access.issue, &environments, key, TOP_VALUES).await?;
    Ok(Json(TagSummaryView::of(&summary)))
}

/// `GET …/issues/{issue}/tags/{tag}/values/`; `query` is a part of the values.
pub(crate) async fn list_values(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<TagValueView>, ApiError> {
    let key = plain(path.get("tag")?);
    let environments = environments(&app, &access.scope, &parameters).await?;
    let contains = parameters.get("query").unwrap_or_default();
    let wanted = value_page(&page, &parameters, contains);
    let values = services::tags::values(&app, &access.issue, &environments, key, wanted).await?;
    if values.is_empty() && contains.is_empty() && page.start() == 0 {
        return Err(ApiError::not_found());
    }
    Ok(cut(&app, &page, values).map(|value| TagValueView::of(key, &value)))
}
