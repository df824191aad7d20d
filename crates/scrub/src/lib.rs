//! Removes personal data and secrets from what SDKs send, before it is stored (`ingest.md` §5).
//!
//! Lives here: what secrets look like, which values are searched for them, what is put in their place, and the remarks
//! on it. Stays out: which fields an event has and how personal they are (`protocol::event::walk`), and when items are
//! scrubbed. Start at [`Scrubber`].

mod binary;
mod config;
mod defaults;
mod items;
mod location;
mod minidump;
mod pattern;
mod rule;
mod scrubber;
mod selector;
mod settings;
mod suggestions;
mod text;

pub use self::{
    items::JsonKind,
    scrubber::Scrubber,
    selector::{Selector, SelectorError},
    settings::{Settings, SettingsError},
    suggestions::{Suggestion, selector_suggestions},
};
