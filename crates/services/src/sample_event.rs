//! An event to look at, for a project whose SDK is not set up yet.

use model::EventId;
use normalize::Context;
use protocol::event::Event;

use crate::{
    App,
    access::ProjectScope,
    events::{self, TraceOrigin},
    project_config,
};

const PAYLOAD: &str = include_str!("sample_event.json");

/// Saves the sample event as if an SDK had sent it just now, and gives its id.
pub async fn create(app: &App, scope: &ProjectScope) -> Result<EventId, store::Error> {
    let id = EventId::random();
    let received_at = app.now();
    let mut event = Event::from_slice(PAYLOAD.as_bytes()).map_err(|error| store::Error::Corrupt(error.to_string()))?;
    event.timestamp = Some(received_at);
    let config = project_config::get(app, scope.organization.id, scope.project.id)
        .await?
        .ok_or_else(|| store::Error::Corrupt(format!("project {} is not there", scope.project.id)))?;
    let processed = events::process(event, &Context::new(received_at, id), TraceOrigin::default(), &config)
        .map_err(|outcome| store::Error::Corrupt(outcome.reason.into_owned()))?;
    events::record(app, vec![processed.into()]).await?;
    Ok(id)
}
