//! Tables from `ingest.md` §5 and §13.4, and what must hold for any input.

mod binary;
mod built_in;
mod config;
mod defaults;
mod items;
mod properties;
mod selectors;
mod suggestions;

use protocol::event::Event;
use scrub::{Scrubber, Settings};
use serde_json::{Value, json};

/// Everything that switches turn on.
fn defaults() -> Settings {
    Settings {
        scrub_ip_addresses: true,
        ..Settings::default()
    }
}

fn scrubber(settings: &Settings) -> Scrubber {
    Scrubber::new(&Settings::for_organization(), settings).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// Nothing but advanced rules.
fn advanced(config: &Value) -> Settings {
    Settings {
        relay_pii_config: config.to_string(),
        ..Settings::for_organization()
    }
}

fn scrub(settings: &Settings, event: &Value) -> Value {
    let mut event = Event::from_json(event.clone()).expect("it is an object");
    scrubber(settings).event(&mut event);
    serde_json::from_str(&event.to_json()).expect("it is JSON")
}

/// What becomes of a text in `extra`, and the remark on it.
fn scrub_text(settings: &Settings, text: &str) -> (Value, Value) {
    let event = scrub(settings, &json!({"extra": {"x": text}}));
    (event["extra"]["x"].clone(), event["_meta"]["extra"]["x"][""].clone())
}
