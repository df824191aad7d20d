//! `/api/0/projects/{organization}/{project}/replays/{replay}/recording-segments/`: what a replay recorded.

mod recording;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, header};
use httpkit::{ApiError, PathParams, ProjectAccess, scopes::ProjectRead};
use model::{EventId, Timestamp};
use serde::Serialize;
use services::{App, access::ProjectScope, stored_items};
use store::{
    IdPage,
    stored_items::{StoredItem, StoredItemKind},
};

use crate::{page::PageRequest, parameters::Parameters};

/// An hour of a replay has less than a thousand segments.
const MOST_SEGMENTS: i64 = 2_000;

/// Bytes of recordings in one answer; a page ends where they are reached.
const MOST_BYTES: usize = 32 << 20;

#[derive(Debug, Serialize)]
struct SegmentView {
    data: SegmentData,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SegmentData {
    replay_id: String,
    segment_id: i64,
    project_id: String,
    date_added: Option<Timestamp>,
}

impl SegmentView {
    fn of(segment: &StoredItem) -> Self {
        Self {
            data: SegmentData {
                replay_id: segment.key.clone(),
                segment_id: segment.position,
                project_id: segment.project.to_string(),
                date_added: Some(segment.received_at),
            },
        }
    }
}

/// `GET …/recording-segments/`: a list of lists of what happened, by segment; with `download=false` which segments
/// there are.
pub(crate) async fn list_segments(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    path: PathParams,
    mut page: PageRequest,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let segments = segments(&app, &access.scope, &path).await?;
    if matches!(parameters.get("download"), Some("0" | "false")) {
        let page = page.of_whole(&app.url, segments);
        return Ok(page.map(|segment| SegmentView::of(&segment)).into_response());
    }
    let (first, mut recordings, mut size) = (page.start(), Vec::new(), 0);
    for segment in segments.iter().skip(first).take(page.limit) {
        let recording = recording(&app, segment).await?;
        // At least one, or the pages would never come to an end.
        if size + recording.len() > MOST_BYTES && !recordings.is_empty() {
            break;
        }
        size += recording.len();
        recordings.push(recording);
    }
    page.limit = recordings.len().max(1);
    let page = page.of_whole(&app.url, segments).map(drop);
    let mut response = json(recording::list(&recordings)).into_response();
    response.headers_mut().extend(page.link());
    Ok(response)
}

/// `GET …/recording-segments/{segment}/`: which it is, or with `download` what happened in it.
pub(crate) async fn show_segment(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let wanted: i64 = path.get("segment")?.parse().map_err(|_| ApiError::not_found())?;
    let segments = segments(&app, &access.scope, &path).await?;
    let segment = segments.iter().find(|segment| segment.position == wanted);
    let segment = segment.ok_or_else(ApiError::not_found)?;
    if parameters.get("download").is_none() {
        return Ok(Json(SegmentView::of(segment)).into_response());
    }
    Ok(json(recording(&app, segment).await?))
}

fn json(content: Bytes) -> Response {
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (headers, content).into_response()
}

/// The segments of a replay in their order, of browsers and of films; a replay without one is unknown.
async fn segments(app: &App, scope: &ProjectScope, path: &PathParams) -> Result<Vec<StoredItem>, ApiError> {
    let replay: EventId = path.get("replay")?.parse().map_err(|_| ApiError::not_found())?;
    let (key, page) = (replay.to_string(), IdPage::newest(MOST_SEGMENTS));
    let mut segments = Vec::new();
    for kind in [StoredItemKind::ReplayRecording, StoredItemKind::ReplayVideo] {
        segments.extend(stored_items::list(app, scope, kind, Some(&key), page).await?);
    }
    if segments.is_empty() {
        return Err(ApiError::not_found());
    }
    segments.sort_by_key(|segment| segment.position);
    Ok(segments)
}

/// A list of what happened, in JSON.
async fn recording(app: &App, segment: &StoredItem) -> Result<Bytes, ApiError> {
    let payload = stored_items::payload(app, segment).await?;
    let kind = segment.kind;
    let read = tokio::task::spawn_blocking(move || recording::read(kind, &payload)).await;
    match read {
        Ok(recording) => recording.map_err(ApiError::internal),
        Err(error) => Err(ApiError::internal(error)),
    }
}
