//! An event to look at, for a project whose SDK is not set up yet.

use model::EventId;
use normalize::Context;
use protocol::event::Event;

use crate::{
    App,
    access::ProjectScope,
    events::{self, ProcessedEvent},
};

const PAYLOAD: &str = include_str!("sample_event.json");

/// Saves the sample event as if an SDK had sent it just now, and gives its id.
pub async fn create(app: &App, scope: &ProjectScope) -> Result<EventId, store::Error> {
    let id = EventId::random();
    let received_at = app.now();
    let mut event = Event::from_slice(PAYLOAD.as_bytes()).map_err(|error| store::Error::Corrupt(error.to_string()))?;
    event.timestamp = Some(received_at);
    let context = Context {
        received_at,
        event_id: id,
        sent_at: None,
        client_ip: None,
        user_agent: None,
        sdk_client: None,
    };
    let normalized = normalize::event(&mut event, &context);
    let processed = ProcessedEvent {
        project: scope.project.id,
        id,
        received_at,
        grouping: grouping::group(&event, grouping::StrategyId::NEWEST),
        payload: event.to_json(),
        event,
        normalized,
    };
    let mut tx = app.store.begin().await?;
    events::save(app, &mut tx, &processed).await?;
    tx.commit().await?;
    Ok(id)
}
