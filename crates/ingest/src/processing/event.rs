//! An event item: read, and taken through the pure steps.

use model::{EventId, Outcome};
use normalize::Context;
use protocol::{
    envelope::ItemType,
    event::{Event, EventType},
    items::id::ProfileId,
};
use services::{
    events::{self, ProcessedEvent},
    project_config::ProjectConfig,
};

use super::item::{Processed, RawItem, Save};

/// `profile` is that of a transaction, from the same envelope.
pub(super) fn process(raw: &RawItem, config: &ProjectConfig, profile: Option<ProfileId>, done: &mut Vec<Processed>) {
    match steps(raw, config, profile) {
        Ok(event) => done.push(Processed::Save {
            quantities: raw.quantities(),
            what: Save::Event(Box::new(event.into())),
            item: raw.spooled(),
        }),
        Err(outcome) => done.push(Processed::counted(raw, outcome)),
    }
}

/// An event that cannot be kept, or is not wanted, is answered with its outcome.
fn steps(raw: &RawItem, config: &ProjectConfig, profile: Option<ProfileId>) -> Result<ProcessedEvent, Outcome> {
    let meta = &raw.meta;
    let mut event = Event::from_slice(&raw.payload).map_err(|error| {
        tracing::warn!(project.id = %meta.project, error = %error, "an event cannot be read");
        Outcome::invalid("invalid_json")
    })?;
    // Some SDKs leave the type to the header of the item.
    match raw.headers.item_type {
        ItemType::Transaction => event.kind = EventType::Transaction,
        ItemType::Feedback => event.kind = EventType::Feedback,
        _ => {}
    }
    if let Some(profile) = profile {
        // `ingest.md` §11.
        let context = serde_json::json!({"type": "profile", "profile_id": profile.to_string()});
        event.contexts.insert("profile".to_owned(), context);
    }
    let id = raw.event_id().or(event.event_id).unwrap_or_else(EventId::random);
    let context = Context {
        sent_at: raw.envelope.sent_at,
        client_ip: meta.client_ip,
        user_agent: meta.user_agent.as_deref(),
        sdk_client: meta.sdk_client.as_deref(),
        ..Context::new(meta.received_at, id)
    };
    events::process(event, &context, raw.trace(), config)
}
