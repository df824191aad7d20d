//! How much is taken in: quotas, rate limits, spike protection, sampling (`ingest.md` §1.6, §7.2).
//!
//! Lives here: the settings of all these, counting against quotas in memory, the headers that tell SDKs when to come
//! back, and decisions. Stays out: where settings and counters are stored, the clock, and HTTP. A quota is checked by
//! a [`RateLimiter`]; what it refuses is told to the SDK by [`RateLimits`].

mod items;
mod limiter;
mod quota;
mod rate_limits;
mod settings;

pub mod sampling;
pub mod spikes;

pub use items::{Enforcement, Verdict, enforce};
pub use limiter::{Decision, RateLimiter, Snapshot};
pub use quota::{Quota, Scope, Scoping, in_order};
pub use rate_limits::{RateLimit, RateLimits};
pub use settings::{CategoryLimit, KeyRateLimit, Settings, SettingsError};
