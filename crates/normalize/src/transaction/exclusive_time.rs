//! How long a span did something itself: its time without that of its direct children.

use std::collections::HashMap;

use protocol::event::{Event, SpanId};
use serde_json::{Value, json};

use super::interval::{Interval, merged, milliseconds};

pub(super) fn normalize(event: &mut Event) {
    let mut children: HashMap<SpanId, Vec<Interval>> = HashMap::new();
    for span in &event.spans {
        if let (Some(parent), Some(interval)) = (span.parent_span_id, Interval::of(span)) {
            children.entry(parent).or_default().push(interval);
        }
    }
    for children in children.values_mut() {
        *children = merged(std::mem::take(children));
    }
    let exclusive = |id: Option<SpanId>, interval: Interval| {
        let children = id.and_then(|id| children.get(&id));
        let busy: i64 = children
            .into_iter()
            .flatten()
            .map(|child| child.within(interval).length())
            .sum();
        milliseconds(interval.length() - busy)
    };
    for span in &mut event.spans {
        if let Some(interval) = Interval::of(span) {
            span.exclusive_time = Some(exclusive(span.span_id, interval));
        }
    }
    let (Some(start), Some(end)) = (event.start_timestamp, event.timestamp) else {
        return;
    };
    let whole = Interval {
        start: start.0,
        end: end.0.max(start.0),
    };
    if let Some(Value::Object(trace)) = event.contexts.get_mut("trace") {
        let id = trace
            .get("span_id")
            .and_then(Value::as_str)
            .and_then(|id| id.parse().ok());
        trace.insert("exclusive_time".to_owned(), json!(exclusive(id, whole)));
    }
}
