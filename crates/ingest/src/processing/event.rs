//! The pure steps of an event item: parse, normalize, group.

use std::panic::{AssertUnwindSafe, catch_unwind};

use grouping::StrategyId;
use model::{DataCategory, EventId, Outcome};
use normalize::Context;
use protocol::event::Event;
use services::events::ProcessedEvent;

use super::item::{Processed, RawItem};

pub(super) fn process(raw: RawItem) -> Processed {
    // Whatever an SDK sends must not end the worker: a step that panics is a step that broke.
    match catch_unwind(AssertUnwindSafe(|| steps(&raw))) {
        Ok(Some(event)) => Processed::Event {
            event: Box::new(event),
            raw: Box::new(raw),
        },
        Ok(None) => Processed::Counted {
            origin: raw.origin(),
            outcome: Outcome::invalid("invalid_json"),
            quantities: vec![(DataCategory::Error, 1)],
        },
        Err(panic) => {
            let error = format!("a processing step panicked: {}", text_of(&*panic));
            Processed::Failed {
                raw: Box::new(raw),
                error,
            }
        }
    }
}

/// `None` when the payload is no JSON object.
fn steps(raw: &RawItem) -> Option<ProcessedEvent> {
    let meta = &raw.meta;
    let mut event = match Event::from_slice(&raw.payload) {
        Ok(event) => event,
        Err(error) => {
            tracing::warn!(project.id = %meta.project, error = %error, "an event cannot be read");
            return None;
        }
    };
    let id = meta
        .event_id
        .or(raw.envelope.event_id)
        .or(event.event_id)
        .unwrap_or_else(EventId::random);
    let context = Context {
        received_at: meta.received_at,
        event_id: id,
        sent_at: raw.envelope.sent_at,
        client_ip: meta.client_ip,
        user_agent: meta.user_agent.as_deref(),
        sdk_client: meta.sdk_client.as_deref(),
    };
    let normalized = normalize::event(&mut event, &context);
    let grouping = grouping::group(&event, StrategyId::NEWEST);
    Some(ProcessedEvent {
        project: meta.project,
        id,
        received_at: meta.received_at,
        payload: event.to_json(),
        event,
        normalized,
        grouping,
    })
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
