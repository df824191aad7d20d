//! Sessions: updates of one, and counts of many.

use model::Outcome;
use normalize::Context;
use protocol::items::session::{SessionAggregates, SessionAttributes, SessionUpdate};
use services::project_config::ProjectConfig;
use store::{blobs::Checksum, stored_items::StoredItemKind};

use super::{
    item::{Processed, RawItem},
    stored::{self, Keys},
};

/// An item `session`.
pub(super) fn update(raw: &RawItem, config: &ProjectConfig, done: &mut Vec<Processed>) {
    let received_at = raw.meta.received_at;
    let parsed = SessionUpdate::parse(&raw.payload, received_at).and_then(|mut session| {
        session.shift(drift(raw));
        session.check_age(received_at).map(|()| session)
    });
    let mut session = match parsed {
        Ok(session) => session,
        Err(error) => return done.push(stored::refused(raw, &error)),
    };
    if let Some(outcome) = filtered(raw, config, &session.attributes) {
        return done.push(Processed::counted(raw, outcome));
    }
    session.distinct_id = session.distinct_id.as_deref().map(opaque);
    let keys = Keys {
        key: session.sid.map(|sid| sid.to_string()).unwrap_or_default(),
        position: i64::try_from(session.sequence).unwrap_or(i64::MAX),
        timestamp: Some(session.started),
        ..keys(&session.attributes)
    };
    let payload = session.to_json().to_string();
    done.push(stored::keep(
        raw,
        StoredItemKind::Session,
        keys,
        payload,
        raw.quantities(),
    ));
}

/// An item `sessions`.
pub(super) fn aggregates(raw: &RawItem, config: &ProjectConfig, done: &mut Vec<Processed>) {
    let mut sessions = match SessionAggregates::parse(&raw.payload) {
        Ok(sessions) => sessions,
        Err(error) => return done.push(stored::refused(raw, &error)),
    };
    sessions.shift(drift(raw));
    sessions.drop_by_age(raw.meta.received_at);
    if let (true, Some(error)) = (sessions.aggregates.is_empty(), sessions.dropped.first()) {
        return done.push(stored::refused(raw, error));
    }
    if let Some(outcome) = filtered(raw, config, &sessions.attributes) {
        return done.push(Processed::counted(raw, outcome));
    }
    for aggregate in &mut sessions.aggregates {
        aggregate.distinct_id = aggregate.distinct_id.as_deref().map(opaque);
    }
    let keys = Keys {
        timestamp: sessions.aggregates.iter().map(|aggregate| aggregate.started).min(),
        ..keys(&sessions.attributes)
    };
    let payload = sessions.to_json().to_string();
    done.push(stored::keep(
        raw,
        StoredItemKind::Sessions,
        keys,
        payload,
        raw.quantities(),
    ));
}

/// By how much the clock of the sender goes wrong.
fn drift(raw: &RawItem) -> i64 {
    let id = raw.event_id().unwrap_or(model::EventId([0; 16]));
    normalize::clock_drift(&Context {
        sent_at: raw.envelope.sent_at,
        ..Context::new(raw.meta.received_at, id)
    })
}

fn filtered(raw: &RawItem, config: &ProjectConfig, attributes: &SessionAttributes) -> Option<Outcome> {
    let item = filter::Item {
        user_ip: attributes.ip_address.as_deref(),
        release: Some(&attributes.release),
        ..filter::Item::default()
    };
    stored::filtered(config, &raw.meta, attributes.user_agent.as_deref(), item).map(Outcome::from)
}

fn keys(attributes: &SessionAttributes) -> Keys {
    Keys {
        release: Some(attributes.release.clone()),
        environment: attributes.environment.clone(),
        ..Keys::default()
    }
}

/// Whose session it is matters only for counting people, and applications put addresses and names there.
fn opaque(distinct_id: &str) -> String {
    Checksum::of(distinct_id.as_bytes()).to_string()
}
