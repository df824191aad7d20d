//! The spans of a transaction as a waterfall: each under the one that it belongs to, with its share of the time.

use std::collections::{HashMap, HashSet};

use model::Timestamp;
use serde_json::Value;

use crate::{events::payload, number, text};

#[derive(Debug, Clone, Default)]
pub(crate) struct SpansView {
    pub(crate) rows: Vec<SpanRow>,
    pub(crate) left_out: usize,
    /// `1.24 s`
    pub(crate) duration: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpanRow {
    /// How far it is indented: 0 to [`MAX_DEPTH`].
    pub(crate) depth: usize,
    pub(crate) op: String,
    pub(crate) description: String,
    pub(crate) duration: String,
    /// Where its bar begins, in thousandths of the whole, and how long it is.
    pub(crate) x: u64,
    pub(crate) width: u64,
    pub(crate) status: String,
    pub(crate) has_failed: bool,
    /// A colour for the kind of work: one of [`KINDS`].
    pub(crate) kind: &'static str,
    /// `starts at +12 ms`
    pub(crate) hint: String,
}

const MAX_ROWS: usize = 250;
const MAX_DEPTH: usize = 12;

/// Beginnings of operations and the colours of their bars.
const KINDS: [(&str, &str); 7] = [
    ("db", "span-db"),
    ("cache", "span-db"),
    ("http", "span-http"),
    ("resource", "span-http"),
    ("template", "span-view"),
    ("ui", "span-view"),
    ("queue", "span-queue"),
];

/// A span with its place in time, in microseconds.
struct Placed<'a> {
    span: &'a Value,
    start: i64,
    end: i64,
}

/// `None` for what has neither spans nor a start.
pub(crate) fn spans(event: &Value) -> Option<SpansView> {
    let at = |value: &Value, key: &str| payload::timestamp(value, key).map(|at| at.0);
    let spans: Vec<Placed<'_>> = payload::list(event, "spans")
        .iter()
        .filter_map(|span| {
            let (start, end) = (at(span, "start_timestamp")?, at(span, "timestamp")?);
            let end = end.max(start);
            Some(Placed { span, start, end })
        })
        .collect();
    let trace = event.get("contexts").and_then(|contexts| contexts.get("trace"));
    let start = at(event, "start_timestamp").or_else(|| spans.iter().map(|span| span.start).min())?;
    let end = at(event, "timestamp").unwrap_or(start);
    let end = spans
        .iter()
        .map(|span| span.end)
        .max()
        .unwrap_or(end)
        .max(end)
        .max(start);
    let root = trace
        .and_then(|trace| payload::text(trace, "span_id"))
        .unwrap_or_default();
    let mut view = SpansView {
        duration: duration(end.saturating_sub(start)),
        ..SpansView::default()
    };
    for (index, depth) in in_order(&spans, &root) {
        if view.rows.len() == MAX_ROWS {
            view.left_out += 1;
        } else {
            view.rows.push(row(&spans[index], depth, (start, end)));
        }
    }
    Some(view)
}

/// The spans depth first, those of one parent by their start; what has no parent here stands under the transaction.
fn in_order(spans: &[Placed<'_>], root: &str) -> Vec<(usize, usize)> {
    let id = |span: &Placed<'_>, key: &str| payload::text(span.span, key).unwrap_or_default();
    let ids: HashSet<String> = spans.iter().map(|span| id(span, "span_id")).collect();
    let mut children: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, span) in spans.iter().enumerate() {
        let parent = id(span, "parent_span_id");
        let is_here = ids.contains(&parent) && parent != id(span, "span_id");
        children
            .entry(if is_here { parent } else { root.to_owned() })
            .or_default()
            .push(index);
    }
    for list in children.values_mut() {
        // The last one is taken first.
        list.sort_by_key(|index| std::cmp::Reverse((spans[*index].start, *index)));
    }
    let mut order = Vec::new();
    let mut open: Vec<(usize, usize)> = children
        .remove(root)
        .unwrap_or_default()
        .into_iter()
        .map(|index| (index, 0))
        .collect();
    loop {
        while let Some((index, depth)) = open.pop() {
            order.push((index, depth));
            let below = children.remove(&id(&spans[index], "span_id")).unwrap_or_default();
            open.extend(below.into_iter().map(|index| (index, depth + 1)));
        }
        // Spans that are each other's parents hang from nothing: shown all the same.
        let Some(key) = children.keys().next().cloned() else {
            return order;
        };
        open.extend(
            children
                .remove(&key)
                .unwrap_or_default()
                .into_iter()
                .map(|index| (index, 0)),
        );
    }
}

fn row(placed: &Placed<'_>, depth: usize, (start, end): (i64, i64)) -> SpanRow {
    let whole = u128::from(end.saturating_sub(start).unsigned_abs()).max(1);
    let thousandths = |micros: i64| {
        u64::try_from(u128::from(micros.max(0).unsigned_abs()) * 1_000 / whole)
            .unwrap_or(1_000)
            .min(1_000)
    };
    let line = |key: &str, max| text::line(&payload::text(placed.span, key).unwrap_or_default(), max);
    let op = line("op", 60);
    let status = line("status", 40);
    let x = thousandths(placed.start.saturating_sub(start)).min(996);
    let kind = KINDS
        .iter()
        .find(|(begin, _)| op.starts_with(begin))
        .map_or("span-other", |(_, kind)| kind);
    SpanRow {
        depth: depth.min(MAX_DEPTH),
        description: line("description", 300),
        duration: duration(placed.end.saturating_sub(placed.start)),
        x,
        width: thousandths(placed.end.saturating_sub(placed.start)).clamp(4, 1_000 - x),
        has_failed: !matches!(status.as_str(), "" | "ok" | "unknown" | "cancelled"),
        status,
        kind,
        hint: format!("starts at +{}", duration(placed.start.saturating_sub(start))),
        op,
    }
}

/// `730 µs`, `12 ms`, `1.24 s`, `3m`.
pub(crate) fn duration(micros: i64) -> String {
    let micros = micros.max(0).unsigned_abs();
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        1_000_000..60_000_000 => format!("{}.{:02} s", micros / 1_000_000, micros % 1_000_000 / 10_000),
        _ => crate::time::span(micros / 1_000_000),
    }
}

/// From start to end, where both are known.
pub(crate) fn duration_of(event: &Value) -> Option<String> {
    let at = |key: &str| payload::timestamp(event, key).map(|at: Timestamp| at.0);
    Some(duration(at("timestamp")?.saturating_sub(at("start_timestamp")?)))
}

impl SpansView {
    /// `12 spans in 1.24 s`
    pub(crate) fn summary(&self) -> String {
        let count = (self.rows.len() + self.left_out) as u64;
        format!("{} in {}", number::of(count, "span"), self.duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn span(id: &str, parent: &str, start: f64, end: f64) -> Value {
        json!({"span_id": id, "parent_span_id": parent, "op": "db.query", "description": id, "start_timestamp": start, "timestamp": end})
    }

    fn told(event: &Value) -> Vec<(String, usize, u64, u64)> {
        let rows = spans(event).unwrap().rows;
        rows.into_iter()
            .map(|row| (row.description, row.depth, row.x, row.width))
            .collect()
    }

    #[test]
    fn spans_stand_under_their_parents_in_the_order_of_time() {
        let event = json!({"start_timestamp": 100.0, "timestamp": 110.0, "contexts": {"trace": {"span_id": "root"}}, "spans": [
            span("late", "root", 105.0, 110.0), span("early", "root", 100.0, 101.0), span("inner", "early", 100.5, 100.6),
            span("lost", "nowhere", 109.0, 109.5), {"op": "no times"}, 7,
        ]});
        assert_eq!(
            told(&event),
            [
                ("early".to_owned(), 0, 0, 100),
                ("inner".to_owned(), 1, 50, 10),
                ("late".to_owned(), 0, 500, 500),
                ("lost".to_owned(), 0, 900, 50),
            ]
        );
        assert_eq!(spans(&event).unwrap().summary(), "4 spans in 10.00 s");
    }

    #[test]
    fn circles_and_wrong_times_end() {
        let event = json!({"start_timestamp": 100.0, "timestamp": 100.0, "spans": [
            span("a", "b", 100.0, 99.0), span("b", "a", 1e18, 1e18), span("c", "c", -5.0, 100.0), span("", "", 100.0, 100.0),
        ]});
        assert_eq!(told(&event).len(), 4);
        assert!(
            told(&event)
                .iter()
                .all(|(_, _, x, width)| x + width <= 1_000 && *width >= 4)
        );
        assert!(spans(&json!({"spans": "x"})).is_none());
        let many = json!({"start_timestamp": 1, "timestamp": 2, "spans": (0..400).map(|_| span("", "", 1.0, 2.0)).collect::<Vec<_>>()});
        let view = spans(&many).unwrap();
        assert_eq!((view.rows.len(), view.left_out), (250, 150));
    }

    #[test]
    fn durations_are_short() {
        for (micros, text) in [
            (-5, "0 µs"),
            (730, "730 µs"),
            (1_250, "1.2 ms"),
            (12_000, "12 ms"),
            (1_240_000, "1.24 s"),
            (200_000_000, "3m"),
        ] {
            assert_eq!(duration(micros), text);
        }
    }
}
