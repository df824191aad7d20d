//! `/api/0/projects/{organization}/{project}/items/`, endpoints of ours: what is kept for the parts of the product that
//! are still to come, so that nothing which was sent is out of reach.

use axum::{Json, extract::State, response::Response};
use bytes::Bytes;
use httpkit::{ApiError, PathParams, ProjectAccess, download, scopes::EventRead};
use model::{EventId, StoredItemId, Timestamp};
use query::Dataset;
use serde::Serialize;
use serde_json::Value;
use services::{App, access::ProjectScope, stored_items};
use store::{
    events::{EventPage, StoredRow},
    stored_items::{StoredItem, StoredItemKind},
};

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
    /// A span or log: found by its trace, and by its span in that.
    fn of_row(row: &StoredRow) -> Self {
        let payload: Value = serde_json::from_slice(&row.payload).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: row.id.to_string(),
            kind: row_kind(row.dataset),
            key: text(&payload["trace_id"]),
            part: text(&payload["span_id"]),
            position: 0,
            event_id: None,
            timestamp: row.timestamp,
            date_received: row.received_at,
            release: payload["attributes"]["sentry.release"]["value"]
                .as_str()
                .map(str::to_owned),
            environment: Some(row.environment.clone()).filter(|environment| !environment.is_empty()),
            size: row.payload.len() as u64,
        }
    }

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

/// What can be asked for: items that are kept whole, and those whose members are rows of the event index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stored(StoredItemKind),
    Rows(Dataset),
}

const ROWS: [(&str, Dataset); 2] = [("span", Dataset::Spans), ("log", Dataset::Logs)];

impl Kind {
    fn from_name(name: &str) -> Option<Self> {
        let rows = ROWS.into_iter().find(|(known, _)| *known == name);
        rows.map(|(_, dataset)| Self::Rows(dataset))
            .or_else(|| StoredItemKind::from_name(name).map(Self::Stored))
    }

    fn names() -> impl Iterator<Item = &'static str> {
        let rows = ROWS.into_iter().map(|(name, _)| name);
        StoredItemKind::all().map(StoredItemKind::name).chain(rows)
    }
}

fn row_kind(dataset: Dataset) -> &'static str {
    let found = ROWS.into_iter().find(|(_, known)| *known == dataset);
    found.map_or("", |(name, _)| name)
}

/// `GET …/items/kinds/`
pub(crate) async fn list_kinds(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
) -> Result<Json<Vec<KindView>>, ApiError> {
    let stored = stored_items::counts(&app, &access.scope).await?;
    let rows = stored_items::row_counts(&app, &access.scope).await?;
    let stored = stored.into_iter().map(|(kind, count)| (kind.name(), count));
    let rows = rows.into_iter().map(|(dataset, count)| (row_kind(dataset), count));
    let view = |(kind, count)| KindView { kind, count };
    Ok(Json(stored.chain(rows).map(view).collect()))
}

/// `GET …/items/?kind=…&key=…`: newest first.
pub(crate) async fn list(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<StoredItemView>, ApiError> {
    let kind = parameters.filled("kind").and_then(Kind::from_name).ok_or_else(|| {
        let kinds: Vec<&str> = Kind::names().collect();
        ApiError::field("kind", format_args!("Expected one of {}.", kinds.join(", ")))
    })?;
    let key = parameters.filled("key");
    match kind {
        Kind::Stored(kind) => {
            let items = stored_items::list(&app, &access.scope, kind, key, page.by_id()).await?;
            let page = page.of_fetched(&app.url, items, |item| (item.id.0, 0));
            Ok(page.map(StoredItemView::of))
        }
        Kind::Rows(dataset) => {
            let wanted = EventPage {
                start: page.by_place(),
                limit: page.fetch(),
            };
            let rows = stored_items::list_rows(&app, &access.scope, dataset, key, wanted).await?;
            let page = page.of_fetched(&app.url, rows, |row| PageRequest::place(row.place()));
            Ok(page.map(|row| StoredItemView::of_row(&row)))
        }
    }
}

/// `GET …/items/{item}/`: the payload as it was sent, or after scrubbing.
pub(crate) async fn show_payload(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Response, ApiError> {
    let (name, payload) = payload(&app, &access.scope, path.get("item")?).await?;
    let is_json = payload.first().is_some_and(|byte| matches!(byte, b'{' | b'['));
    let (content_type, ending) = if is_json {
        ("application/json", "json")
    } else {
        ("application/octet-stream", "bin")
    };
    Ok(download::bytes(payload, &format!("{name}.{ending}"), content_type))
}

/// The name of a file, and its bytes. Rows have ids of 32 digits, items numbers.
async fn payload(app: &App, scope: &ProjectScope, id: &str) -> Result<(String, Bytes), ApiError> {
    if let Ok(row) = id.parse::<EventId>() {
        let row = stored_items::get_row(app, scope, row).await?;
        return Ok((format!("{}-{}", row_kind(row.dataset), row.id), row.payload));
    }
    let id = id.parse().map_err(|_| ApiError::not_found())?;
    let item = stored_items::get(app, scope, StoredItemId(id)).await?;
    let payload = stored_items::payload(app, &item).await?;
    Ok((format!("{}-{}", item.kind.name(), item.id), payload))
}
