use model::DataCategory;
use protocol::envelope::{ItemHeaders, ItemType};

use crate::{
    limiter::Decision,
    rate_limits::{RateLimit, RateLimits},
};

/// What becomes of an item of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Keep,
    /// The event is made of it, but it is not stored itself: a crash dump when there is no room for attachments.
    KeepUnstored(RateLimit),
    Drop(RateLimit),
}

/// What becomes of each item, and what the SDK is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enforcement {
    pub verdicts: Vec<Verdict>,
    pub limits: RateLimits,
}

/// Holds the items of an envelope, each with the length of its payload, against quotas. `check` is asked once for
/// each item that counts, and for an event before what belongs to it: what belongs to an event that is refused goes
/// with it and is not counted.
pub fn enforce(
    items: &[(&ItemHeaders, u64)],
    mut check: impl FnMut(&[(DataCategory, u64)]) -> Decision,
) -> Enforcement {
    let mut limits = RateLimits::default();
    let mut refused_by = |quantities: &[(DataCategory, u64)]| {
        if quantities.is_empty() {
            return None;
        }
        match check(quantities) {
            Decision::Allowed => None,
            Decision::Limited(reached) => {
                let first = reached.first().cloned();
                limits.merge(reached);
                first
            }
        }
    };
    let event = items
        .iter()
        .find(|(headers, _)| headers.creates_event())
        .map(|(headers, length)| event_quantity(headers, *length));
    let event_limit = event.and_then(|quantity| refused_by(&[quantity]));
    let mut counted = false;
    let verdicts = items.iter().map(|(headers, length)| {
        let (creates, follows) = (headers.creates_event(), headers.follows_event());
        if let Some(limit) = event_limit.as_ref().filter(|_| creates || follows) {
            return Verdict::Drop(limit.clone());
        }
        let is_attachment = headers.item_type == ItemType::Attachment;
        if creates && !is_attachment && !std::mem::replace(&mut counted, true) {
            return Verdict::Keep; // It was counted as the event.
        }
        match refused_by(&headers.quantities(*length)) {
            None => Verdict::Keep,
            Some(limit) if creates && is_attachment => Verdict::KeepUnstored(limit),
            Some(limit) => Verdict::Drop(limit),
        }
    });
    let verdicts = verdicts.collect();
    Enforcement { verdicts, limits }
}

/// A crash dump counts as an error, beside the attachment that it is.
fn event_quantity(headers: &ItemHeaders, length: u64) -> (DataCategory, u64) {
    match headers.item_type {
        ItemType::Attachment => (DataCategory::Error, 1),
        _ => headers
            .quantities(length)
            .first()
            .copied()
            .unwrap_or((DataCategory::Error, 1)),
    }
}
