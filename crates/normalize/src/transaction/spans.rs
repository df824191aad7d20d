//! What every span of a transaction has: an end, an operation.

use protocol::event::{Event, Span, SpanStatus};

use super::measurements;
use crate::notes::{Place, notes};

pub(super) fn normalize(event: &mut Event) {
    let end = event.timestamp;
    for (index, span) in event.spans.iter_mut().enumerate() {
        if span.timestamp.is_none() {
            // It was running still when its transaction ended.
            span.timestamp = end;
            span.status = Some(SpanStatus::DeadlineExceeded);
        }
        default_op(span);
        // Of old SDKs, and of a time to come.
        span.other.clear();
        let root = Place::root("spans");
        let place = root.index(index);
        measurements::rename(&mut span.measurements, &place.key("measurements"), &mut notes!(event));
    }
}

/// The operation of a span that names none. Queues are told by their data.
pub(crate) fn default_op(span: &mut Span) {
    if span.op.is_none() {
        let is_message = span
            .data
            .get("messaging.system")
            .is_some_and(|system| !system.is_null());
        span.op = Some(if is_message { "message" } else { "default" }.to_owned());
    }
}
