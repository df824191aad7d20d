//! Names that can be chosen from while a column is typed.

use query::{Dataset, Known};

const FUNCTIONS: &[&str] = &[
    "count()",
    "count_unique(user)",
    "last_seen()",
    "first_seen()",
    "epm()",
    "latest_event()",
];
const OF_TRANSACTIONS: &[&str] = &[
    "p50(transaction.duration)",
    "p75(transaction.duration)",
    "p95(transaction.duration)",
    "p99(transaction.duration)",
    "avg(transaction.duration)",
    "max(transaction.duration)",
    "failure_rate()",
    "failure_count()",
    "apdex(300)",
    "user_misery(300)",
    "p75(measurements.lcp)",
];
const OF_SPANS: &[&str] = &[
    "p50(span.duration)",
    "p75(span.duration)",
    "p95(span.duration)",
    "avg(span.duration)",
    "sum(span.self_time)",
    "max(span.duration)",
];
const OF_ERRORS: &[&str] = &["count_unique(issue)", "count_unique(release)"];

fn functions(dataset: Dataset) -> impl Iterator<Item = &'static str> {
    let own = match dataset {
        Dataset::Errors | Dataset::Occurrences => OF_ERRORS,
        Dataset::Transactions => OF_TRANSACTIONS,
        Dataset::Spans => OF_SPANS,
        Dataset::Logs => &[],
    };
    FUNCTIONS.iter().chain(own).copied()
}

/// Functions first, then the fields that rows of this kind have.
pub(crate) fn known_columns(dataset: &Dataset) -> Vec<&'static str> {
    let fields = Known::ALL.iter().filter(|known| known.occurs_in(&[*dataset]));
    let name = |known: &Known| match (known, dataset) {
        (Known::Project, _) => "project",
        (Known::Op, Dataset::Spans) => "span.op",
        (Known::Status, Dataset::Spans) => "span.status",
        (Known::Duration, Dataset::Spans) => "span.duration",
        _ => known.name(),
    };
    let fields = fields.map(name).chain(["user.display"]);
    functions(*dataset).chain(fields).collect()
}

/// What can be drawn: functions that give numbers.
pub(crate) fn known_values(dataset: &Dataset) -> Vec<&'static str> {
    let is_number = |name: &&str| !matches!(*name, "last_seen()" | "first_seen()" | "latest_event()");
    functions(*dataset).filter(is_number).collect()
}

#[cfg(test)]
mod tests {
    use model::Timestamp;
    use query::{EventContext, Selection};

    use super::*;

    #[test]
    fn every_name_that_is_offered_is_one() {
        for dataset in [Dataset::Errors, Dataset::Transactions, Dataset::Spans, Dataset::Logs] {
            let context = EventContext {
                datasets: vec![dataset],
                now: Timestamp::from_seconds(0),
            };
            for name in known_columns(&dataset) {
                let read = Selection::parse(name, &context);
                assert!(read.is_ok(), "{dataset}: {name}: {read:?}");
            }
            for name in known_values(&dataset) {
                let read = Selection::parse(name, &context).unwrap();
                assert!(read.column.is_aggregate(), "{name}");
            }
        }
    }
}
