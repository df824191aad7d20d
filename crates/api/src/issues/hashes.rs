use axum::extract::State;
use http::StatusCode;
use httpkit::{
    ApiError, IssueAccess,
    scopes::{EventRead, EventWrite},
};
use serde::Serialize;
use services::App;

use crate::{
    events::{Document, FullEvent, SimpleEvent},
    page::{Page, PageRequest},
    parameters::Parameters,
};

/// A hash of an issue, with the latest event that has it, while one is kept.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HashView {
    id: String,
    latest_event: Option<LatestEvent>,
    merged_by_seer: bool,
    seer_match_distance: Option<f64>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum LatestEvent {
    Full(Box<FullEvent>),
    Simple(Box<SimpleEvent>),
}

/// `GET …/issues/{issue}/hashes/`: those that events came under, with whole events unless `full=false`; the one that was
/// seen last first.
pub(crate) async fn list_hashes(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<HashView>, ApiError> {
    let issue = &access.issue;
    let hashes = services::issues::seen_hashes(&app, issue).await?;
    let (hashes, page) = page.of_whole(&app.url, hashes).take();
    let hashes: Vec<String> = hashes.into_iter().map(|seen| seen.hash).collect();
    let mut latest = services::events::latest_of_hashes(&app, issue.project, hashes.clone()).await?;
    let full = !matches!(parameters.get("full"), Some("0" | "false"));
    let view = |hash: String| {
        let event = latest.remove(&hash).map(Document::read).transpose()?;
        Ok(HashView {
            latest_event: event.map(|event| match full {
                true => LatestEvent::Full(Box::new(FullEvent(event))),
                false => LatestEvent::Simple(Box::new(SimpleEvent(event))),
            }),
            id: hash,
            merged_by_seer: false,
            seer_match_distance: None,
        })
    };
    Ok(page.put(hashes.into_iter().map(view).collect::<Result<_, ApiError>>()?))
}

/// `DELETE …/issues/{issue}/hashes/?id=…`, in newer versions of Sentry `PUT`: makes an issue of its own of some hashes.
pub(crate) async fn unmerge(
    access: IssueAccess<EventWrite>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    let hashes: Vec<String> = parameters.all("id").map(str::to_owned).collect();
    if hashes.is_empty() {
        return Ok(StatusCode::OK);
    }
    services::issues::unmerge(&app, &access.scope, &access.issue, &hashes).await?;
    Ok(StatusCode::ACCEPTED)
}
