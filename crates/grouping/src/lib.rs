//! Decides which issue an event belongs to.
//!
//! Lives here: stack trace rules, fingerprint rules, components, variants, message parameterization (`ingest.md` §6).
//! Stays out: database, HTTP, async, clock; finding the issue is `services::events`. Start at [`Config::group`].

#[cfg(test)]
mod arbitrary;
mod component; // what is hashed,
mod config; // one event grouped,
mod family;
mod fingerprint; // and how a fingerprint overrides them;
mod function_name;
mod glob;
mod hash; // and how;
mod info; // and told why,
mod message; // what of a text stays the same from event to event;
mod preview;
mod rule_text; // and how its rules are written;
mod settings; // what a project may set,
mod stack_rules; // which frames count,
mod stacks; // and what of them is stored;
mod strategies; // the versions of all this;
mod variant; // the views of an event that lead to a hash, // or a thousand, before settings change.

pub use component::{Component, ComponentValue};
pub use config::{Config, Grouping, group};
pub use fingerprint::{FingerprintInfo, MatchedRule};
pub use hash::{Hash, ParseHashError};
pub use info::grouping_info;
pub use preview::{Merge, Regrouped, Regrouping, Sample, Split, preview};
pub use settings::{PreviousStrategy, RulesField, Settings, SettingsError};
pub use strategies::{StrategyId, UnknownStrategy};
pub use variant::{Variant, VariantKind};
