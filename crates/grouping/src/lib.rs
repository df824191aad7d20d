//! Decides which issue an event belongs to.
//!
//! Lives here: components, variants, fingerprints, frame rules, message parameterization (`ingest.md` §6). Stays out:
//! database, HTTP, async, clock; finding the issue is `services::events`. Start at [`group()`].

mod component; // what is hashed,
mod fingerprint; // and how a fingerprint overrides them;
mod hash; //      and how;
mod message; //   what of a text stays the same from event to event;
mod strategies;
mod variant; //   the views of an event that lead to a hash, // the versions of all this.

pub use component::{Component, ComponentValue};
pub use hash::{Hash, ParseHashError};
pub use strategies::{StrategyId, UnknownStrategy};
pub use variant::{Variant, VariantKind};

use protocol::event::Event;

/// Where an event belongs, and why.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Grouping {
    pub strategy: StrategyId,
    /// Never empty; the primary hash first.
    pub hashes: Vec<Hash>,
    /// Everything that was looked at, also what did not count.
    pub variants: Vec<Variant>,
}

/// Groups a normalized event.
pub fn group(event: &Event, strategy: StrategyId) -> Grouping {
    let variants = match &event.checksum {
        Some(checksum) => vec![Variant::of_checksum(checksum)],
        None => fingerprint::apply(event, strategies::variants(event, strategy)),
    };
    let mut hashes: Vec<Hash> = Vec::new();
    for hash in variants
        .iter()
        .filter(|variant| variant.contributes)
        .filter_map(|variant| variant.hash)
    {
        if !hashes.contains(&hash) {
            hashes.push(hash);
        }
    }
    if hashes.is_empty() {
        let fallback = Variant::fallback();
        return Grouping {
            strategy,
            hashes: fallback.hash.into_iter().collect(),
            variants: vec![fallback],
        };
    }
    Grouping {
        strategy,
        hashes,
        variants,
    }
}
