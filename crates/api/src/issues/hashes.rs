use std::collections::HashMap;

use axum::extract::State;
use httpkit::{ApiError, IssueAccess, scopes::EventRead};
use serde::Serialize;
use services::App;
use services::events::EventSearch;
use store::events::{EventPage, EventsOf, PageStart, StoredEvent};

use crate::{
    events::{Document, FullEvent, SimpleEvent},
    page::{Page, PageRequest},
    parameters::Parameters,
};

/// How many of the newest events are looked at for the latest one of each hash.
const EVENTS_LOOKED_AT: i64 = 20;

/// A hash of an issue, with the latest event that has it if that is not long ago.
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

/// `GET …/issues/{issue}/hashes/`: with whole events unless `full=false`.
pub(crate) async fn list_hashes(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<HashView>, ApiError> {
    let issue = &access.issue;
    let hashes = services::issues::hashes(&app, issue).await?;
    let newest = EventPage {
        start: PageStart::Newest,
        limit: EVENTS_LOOKED_AT,
    };
    let of_issue = EventSearch::all(EventsOf::Issue(issue.project, issue.id));
    let events = services::events::list(&app, of_issue, newest).await?;
    let mut latest = latest_by_hash(events)?;
    let full = !matches!(parameters.get("full"), Some("0" | "false"));
    Ok(page.of_whole(&app.url, hashes).map(|hash| HashView {
        latest_event: latest.remove(&hash).map(|event| {
            if full {
                LatestEvent::Full(Box::new(FullEvent(event)))
            } else {
                LatestEvent::Simple(Box::new(SimpleEvent(event)))
            }
        }),
        id: hash,
        merged_by_seer: false,
        seer_match_distance: None,
    }))
}

/// The first event of each primary hash; events come newest first.
fn latest_by_hash(events: Vec<StoredEvent>) -> Result<HashMap<String, Document>, ApiError> {
    let mut latest = HashMap::new();
    for event in events {
        let document = Document::read(event)?;
        if let Some(hash) = document.hash().map(str::to_owned) {
            latest.entry(hash).or_insert(document);
        }
    }
    Ok(latest)
}
