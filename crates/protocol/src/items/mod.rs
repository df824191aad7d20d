//! The items of an envelope that are no events: read, checked and held to their limits (`ingest.md` §1.5, §8, §9, §11).
//!
//! One file a kind. Each reader takes the payload, and where it matters the item's headers and the time of receipt; it
//! gives the item in one form whatever the SDK's age, or [`Invalid`] with the reason that the outcome carries. Members
//! of containers fail one by one: [`container::Members`].

pub(crate) mod field; // reading fields of objects that SDKs fill
pub mod id;

pub mod check_in;
pub mod client_report;
pub mod crontab;
pub mod monitor_config;
pub mod session;
pub mod user_report;

pub mod profile;
pub mod replay;

pub mod attributes;
pub mod container;
pub mod legacy_span;
pub mod log;
pub mod span;
pub mod trace_metric;

pub mod attachment;
pub mod metrics;

/// Why an item, or a member of a container, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Invalid {
    /// The reason of the outcome (`ingest.md` §1.7).
    pub reason: &'static str,
    /// What exactly, for the log. Holds nothing of the payload.
    pub detail: String,
}

impl Invalid {
    pub(crate) fn new(reason: &'static str, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }

    /// The payload is not of the kind's form.
    pub(crate) fn json(detail: impl Into<String>) -> Self {
        Self::new("invalid_json", detail)
    }

    /// A point in time lies outside of what is taken.
    pub(crate) fn timestamp(detail: impl Into<String>) -> Self {
        Self::new("timestamp", detail)
    }
}
