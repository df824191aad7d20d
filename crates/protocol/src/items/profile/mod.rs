//! Profiles: stacks that were sampled while a program ran, for one transaction ([`Profile`]) or without end, in chunks
//! ([`ProfileChunk`]) (`ingest.md` §11).
//!
//! They are the largest items that are JSON, so they are read into lists of numbers, not into JSON values.

mod chunk;
mod samples;
mod transaction;

pub use chunk::ProfileChunk;
pub use transaction::{Profile, ProfiledTransaction};

use super::Invalid;

/// Why a profile is refused (`ingest.md` §1.7).
mod reason {
    pub(super) const INVALID_JSON: &str = "profiling_invalid_json";
    pub(super) const METADATA: &str = "profiling_invalid_profile_metadata";
    pub(super) const TRANSACTION: &str = "profiling_no_transaction_associated";
    pub(super) const TRANSACTION_METADATA: &str = "profiling_invalid_transaction_metadata";
    pub(super) const NOT_ENOUGH_SAMPLES: &str = "profiling_not_enough_samples";
    pub(super) const MALFORMED_SAMPLES: &str = "profiling_malformed_samples";
    pub(super) const MALFORMED_STACKS: &str = "profiling_malformed_stacks";
    pub(super) const TOO_LONG: &str = "profiling_duration_is_too_long";
    pub(super) const TOO_LARGE: &str = "profiling_exceed_size_limit";
    pub(super) const BASE64: &str = "profiling_invalid_base64_value";
}

/// The most bytes of a profile (`ingest.md` §1.5).
pub const MAX_PROFILE_BYTES: usize = 50 << 20;

fn check_size(payload: &[u8]) -> Result<(), Invalid> {
    if payload.len() > MAX_PROFILE_BYTES {
        Err(Invalid::new(reason::TOO_LARGE, format!("{} bytes", payload.len())))
    } else {
        Ok(())
    }
}

/// What the parser says, without the values that it quotes.
fn invalid_json(error: &serde_json::Error) -> Invalid {
    Invalid::new(
        reason::INVALID_JSON,
        format!(
            "{:?} error at line {} column {}",
            error.classify(),
            error.line(),
            error.column()
        ),
    )
}
