//! Makes an event what the product relies on: ids and times that hold, texts within their limits, tags that can be
//! indexed, a title (`ingest.md` §3.3, §3.4).
//!
//! Lives here: the rules for each field, pure and idempotent. Stays out: reading JSON (`protocol`), which issue it
//! belongs to (`grouping`), personal data (`scrub`). A field that breaks its rule is removed and noted in the event's
//! errors; the event itself is never refused. Start at [`event`].

mod attributes;
mod breadcrumbs;
mod client_ip;
mod contexts;
mod exception;
mod index_tags;
mod limits;
mod logentry;
mod metadata;
mod request;
mod schema;
mod stacktrace;
mod tags;
mod timestamps;
mod user;

use core::net::IpAddr;

use model::{EventId, Timestamp};
use protocol::event::Event;

pub use index_tags::index_tags;
pub use metadata::{EventMetadata, metadata};

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
}

/// What follows from a normalized event.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalized {
    pub metadata: EventMetadata,
    /// All tags to search by, the event's own and those made from its fields; sorted, each key once.
    pub tags: Vec<(String, String)>,
}

/// Normalizes the event in place. The steps are in the order of `ingest.md` §3.3: later ones rely on earlier ones.
pub fn event(event: &mut Event, cx: &Context<'_>) -> Normalized {
    schema::normalize(event, cx);
    timestamps::normalize(event, cx);
    client_ip::normalize(event, cx);
    attributes::normalize(event);
    logentry::normalize(event);
    tags::normalize(event);
    exception::normalize(event);
    stacktrace::normalize(event);
    request::normalize(event);
    user::normalize(event);
    contexts::normalize(event, cx);
    breadcrumbs::normalize(event);
    schema::infer_type(event);
    schema::default_level(event);
    Normalized {
        metadata: metadata(event),
        tags: index_tags(event),
    }
}

#[cfg(test)]
mod tests;
