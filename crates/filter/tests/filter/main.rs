//! The filters of a project as `ingest.md` §4 lists them, from settings to reason.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browsers;
mod csp;
mod custom;
mod events;
mod items;
mod wire;

use filter::{Client, Filters, Settings};
use protocol::event::Event;
use serde_json::Value;

/// Filters of which nothing is on but what is given.
fn filters(settings: Value) -> Filters {
    Filters::new(&quiet(settings)).unwrap()
}

fn quiet(settings: Value) -> Settings {
    let mut all = serde_json::json!({
        "filtered_transaction": false, "chunk_load_error": false, "react_hydration_errors": false,
        "csp": {"use_defaults": false},
    });
    for (name, value) in settings.as_object().unwrap() {
        all[name] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

/// What becomes of an event, when nothing is known of its sender.
fn reason(filters: &Filters, event: &Value) -> Option<String> {
    let event = Event::from_json(event.clone()).unwrap();
    let reason = filters.event(&event, &Client::default());
    reason.map(|reason| reason.id().to_owned())
}

/// Each event matches the one filter, or passes.
#[track_caller]
fn check(settings: Value, id: &str, cases: &[(Value, bool)]) {
    let on = filters(settings);
    let off = filters(serde_json::json!({}));
    for (event, filtered) in cases {
        assert_eq!(reason(&on, event), filtered.then(|| id.to_owned()), "{event}");
        assert_eq!(reason(&off, event), None, "{event}");
    }
}
