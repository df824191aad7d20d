//! How much time went into which kind of work (`ingest.md` §7.4).

use protocol::event::{Event, Measurement, Measurements};

use super::interval::{Interval, merged, milliseconds};

const NAME: &str = "span_ops";

/// Each stands for all operations that begin so.
const OPERATIONS: [&str; 5] = ["http", "db", "browser", "resource", "ui"];

/// What an SDK sent is replaced: only what is computed here can be compared.
pub(super) fn normalize(event: &mut Event) {
    event.breakdowns.clear();
    // In order of appearance; an operation of none of the kinds counts into the total by itself.
    let mut groups: Vec<(&str, Vec<Interval>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for span in &event.spans {
        let (Some(op), Some(interval)) = (span.op.as_deref(), Interval::of(span)) else {
            continue;
        };
        let kind = OPERATIONS.into_iter().find(|kind| op.starts_with(kind)).unwrap_or(op);
        let place = *places.entry(kind).or_insert_with(|| {
            groups.push((kind, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(interval);
    }
    if groups.is_empty() {
        return;
    }
    let mut breakdown = Measurements::default();
    let mut total = 0;
    for (kind, intervals) in groups {
        let time: i64 = merged(intervals).into_iter().map(Interval::length).sum();
        total += time;
        if OPERATIONS.contains(&kind) {
            breakdown.set(&format!("ops.{kind}"), measured(time));
        }
    }
    breakdown.set("total.time", measured(total));
    event.breakdowns.set(NAME, breakdown);
}

fn measured(micros: i64) -> Measurement {
    Measurement::new(milliseconds(micros), "millisecond")
}
