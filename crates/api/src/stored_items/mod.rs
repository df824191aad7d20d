//! `/api/0/projects/{organization}/{project}/items/`, endpoints of ours: what is kept for the parts of the product that
//! are still to come, so that nothing which was sent is out of reach.

use axum::{Json, extract::State, response::Response};
use httpkit::{ApiError, PathParams, ProjectAccess, download, scopes::EventRead};
use model::{EventId, StoredItemId, Timestamp};
use serde::Serialize;
use services::{App, access::ProjectScope, stored_items};
use store::stored_items::{StoredItem, StoredItemKind};

use crate::{
    page::{Page, PageRequest},
    parameters::Parameters,
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredItemView {
    id: String,
    kind: &'static str,
    /// What items belong together: the id of the replay, profiler, check-in, session or trace.
    key: String,
    part: String,
    position: i64,
    event_id: Option<EventId>,
    timestamp: Timestamp,
    date_received: Timestamp,
    release: Option<String>,
    environment: Option<String>,
    size: u64,
}

impl StoredItemView {
    fn of(item: StoredItem) -> Self {
        Self {
            id: item.id.to_string(),
            kind: item.kind.name(),
            key: item.key,
            part: item.part,
            position: item.position,
            event_id: item.event_id,
            timestamp: item.timestamp,
            date_received: item.received_at,
            release: item.release,
            environment: item.environment,
            size: item.size,
        }
    }
}

/// How many items of a kind there are.
#[derive(Debug, Serialize)]
pub(crate) struct KindView {
    kind: &'static str,
    count: i64,
}

/// `GET …/items/kinds/`
pub(crate) async fn list_kinds(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
) -> Result<Json<Vec<KindView>>, ApiError> {
    let counts = stored_items::counts(&app, &access.scope).await?;
    let view = |(kind, count): (StoredItemKind, i64)| KindView {
        kind: kind.name(),
        count,
    };
    Ok(Json(counts.into_iter().map(view).collect()))
}

/// `GET …/items/?kind=…&key=…`: newest first.
pub(crate) async fn list(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<StoredItemView>, ApiError> {
    let kind = parameters
        .filled("kind")
        .and_then(StoredItemKind::from_name)
        .ok_or_else(|| {
            let kinds: Vec<&str> = StoredItemKind::all().map(StoredItemKind::name).collect();
            ApiError::field("kind", format_args!("Expected one of {}.", kinds.join(", ")))
        })?;
    let items = stored_items::list(&app, &access.scope, kind, parameters.filled("key"), page.by_id()).await?;
    let page = page.of_fetched(&app.url, items, |item| (item.id.0, 0));
    Ok(page.map(StoredItemView::of))
}

/// `GET …/items/{item}/`: the payload as it was sent, or after scrubbing.
pub(crate) async fn show_payload(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Response, ApiError> {
    let item = find(&app, &access.scope, &path).await?;
    let payload = stored_items::payload(&app, &item).await?;
    let is_json = payload.first().is_some_and(|byte| matches!(byte, b'{' | b'['));
    let (content_type, ending) = if is_json {
        ("application/json", "json")
    } else {
        ("application/octet-stream", "bin")
    };
    let name = format!("{}-{}.{ending}", item.kind.name(), item.id);
    Ok(download::bytes(payload, &name, content_type))
}

async fn find(app: &App, scope: &ProjectScope, path: &PathParams) -> Result<StoredItem, ApiError> {
    let id = path.get("item")?.parse().map_err(|_| ApiError::not_found())?;
    Ok(stored_items::get(app, scope, StoredItemId(id)).await?)
}
