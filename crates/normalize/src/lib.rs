//! Makes an event what the product relies on: ids and times that hold, texts within their limits, tags that can be
//! indexed, a title (`ingest.md` §3.3, §3.4).
//!
//! Lives here: the rules for each field, pure and idempotent. Stays out: reading JSON (`protocol`), which issue it
//! belongs to (`grouping`), personal data (`scrub`). A field that breaks its rule is removed and noted in the event's
//! errors; only a transaction or a feedback that says nothing without it is refused. Start at [`event`].

// How what is wrong is told, and how long things may be.
mod limits;
mod notes;

// The steps: `event` has their order.
mod attributes;
mod breadcrumbs;
mod client_ip;
mod contexts;
mod exception;
mod feedback;
mod geo;
mod logentry;
mod mechanism;
mod os_names;
mod request;
mod schema;
pub mod security;
mod span;
mod stacktrace;
mod tags;
mod timestamps;
pub mod transaction;
mod unknown;
mod user;
pub mod user_agent;

// After scrubbing.
mod index_tags;
mod metadata;
mod trim;

use core::net::IpAddr;
use std::time::Duration;

use model::{EventId, Timestamp};
use protocol::event::Event;

pub use geo::{GeoDatabase, InvalidGeoDatabase, Location};
pub use index_tags::index_tags;
pub use metadata::{EventMetadata, metadata};
pub use span::span;
pub use timestamps::drift_of as clock_drift;

/// What is known about the event beside its payload.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    pub received_at: Timestamp,
    /// The id that the request was answered with; the payload's own gives way.
    pub event_id: EventId,
    /// When the SDK sent the envelope, by its own clock.
    pub sent_at: Option<Timestamp>,
    pub client_ip: Option<IpAddr>,
    /// The `User-Agent` of the request that brought the event.
    pub user_agent: Option<&'a str>,
    /// `name/version` from the authentication, for payloads that name no SDK.
    pub sdk_client: Option<&'a str>,
    /// An older event is taken for one with a wrong clock. At most how long events are kept.
    pub max_age: Duration,
    /// Which parts of the project's transaction names are ids.
    pub transaction_names: Option<&'a transaction::NameRules>,
    /// Where addresses are looked up.
    pub geo: Option<&'a GeoDatabase>,
}

impl Context<'_> {
    /// With nothing known but what is always known.
    pub fn new(received_at: Timestamp, event_id: EventId) -> Self {
        Self {
            received_at,
            event_id,
            sent_at: None,
            client_ip: None,
            user_agent: None,
            sdk_client: None,
            max_age: Duration::from_secs(30 * 24 * 3600),
            transaction_names: None,
            geo: None,
        }
    }
}

/// An event that cannot be kept: what it reports makes no sense. Bad fields alone never make an event invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid event: {reason}")]
pub struct Invalid {
    /// The reason of its outcome.
    pub reason: &'static str,
}

/// What follows from a processed event.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub metadata: EventMetadata,
    /// All tags to search by, the event's own and those made from its fields; sorted, each key once.
    pub tags: Vec<(String, String)>,
}

/// Normalizes the event in place. The steps are in the order of `ingest.md` §3.3: later ones rely on earlier ones.
pub fn event(event: &mut Event, cx: &Context<'_>) -> Result<(), Invalid> {
    transaction::validate(event, cx)?;
    feedback::validate(event)?;
    unknown::remove(event);
    schema::normalize(event, cx);
    timestamps::normalize(event, cx);
    security::normalize(event, cx);
    client_ip::normalize(event, cx);
    attributes::normalize(event);
    logentry::normalize(event);
    feedback::normalize(event);
    tags::normalize(event);
    exception::normalize(event);
    mechanism::normalize(event);
    stacktrace::normalize(event);
    request::normalize(event);
    user_agent::normalize(event);
    user::normalize(event, cx);
    contexts::normalize(event, cx);
    breadcrumbs::normalize(event);
    transaction::normalize(event, cx);
    schema::infer_type(event);
    schema::default_level(event);
    event.meta.prune();
    Ok(())
}

/// Cuts what is too long or too large. Comes after scrubbing: half a secret is not recognized as one.
pub fn trim(event: &mut Event) {
    trim::event(event);
    logentry::after_trimming(event);
    event.meta.prune();
}

/// What an event that was normalized, scrubbed and trimmed is listed and found by.
pub fn summary(event: &Event) -> Summary {
    Summary {
        metadata: metadata(event),
        tags: index_tags(event),
    }
}

#[cfg(test)]
mod tests;
