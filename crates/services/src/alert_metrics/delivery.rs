//! A message that tells of alerts, and what became of it.

use model::{DeliveryState, ProjectId, Timestamp};
use store::alert_metrics::Delivered;

use super::RuleRef;

/// One message to one receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub project: Option<ProjectId>,
    /// The rules whose alerts it tells of.
    pub rules: Vec<RuleRef>,
    pub channel: String,
    pub created_at: Timestamp,
    pub fate: Fate,
    /// It took more than one attempt.
    pub is_retried: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Delivered,
    /// Refused, or given up after all attempts.
    Failed,
    /// Tried, or to be tried, again.
    Pending,
    /// Taken out before it was tried: it counts as no attempt.
    Dropped,
}

impl Fate {
    pub(super) fn of(delivered: &Delivered) -> Self {
        match delivered.state {
            DeliveryState::Sent => Self::Delivered,
            DeliveryState::Refused | DeliveryState::Failed => Self::Failed,
            DeliveryState::Waiting | DeliveryState::Held => Self::Pending,
            DeliveryState::Dropped => Self::Dropped,
        }
    }
}
