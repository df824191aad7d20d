//! What recorded clients sent is found in the event index under what an independent decoder saw of it.

use std::collections::BTreeMap;

use model::{EventId, Level, Timestamp};
use query::{Column, Condition, Dataset, EventQuery, Expr, Field, Known, Pattern, Test};
use serde_json::Value;
use store::events::{Cell, Limits, Scope, TableQuestion};
use testkit::corpus::{self, RECORDED_AT, Recording};

use crate::endpoints::Endpoints;

const ANY_TIME: (Timestamp, Timestamp) = (Timestamp(0), Timestamp(i64::MAX));

/// The fields of the rows of a dataset that have `value` in `field`.
fn rows(endpoints: &Endpoints, dataset: Dataset, (field, value): (Known, &str), fields: &[Known]) -> Vec<Vec<Cell>> {
    let scope = Scope {
        datasets: vec![dataset],
        projects: vec![endpoints.scope.project.id],
        environments: Vec::new(),
        start: ANY_TIME.0,
        end: ANY_TIME.1,
    };
    let filter = Expr::Term(Condition::Field {
        field: Field::Known(field),
        test: Test::Any(vec![Pattern::Exact(value.to_owned())]),
    });
    let question = TableQuestion {
        columns: fields.iter().map(|field| Column::Field(Field::Known(*field))).collect(),
        query: EventQuery {
            filter,
            having: Vec::new(),
        },
        order: Vec::new(),
        limit: 1_000,
        offset: 0,
        bindings: None,
    };
    let table = endpoints.app.events.table(&scope, &question, &Limits::default());
    table.unwrap().rows
}

/// What the decoder tells of an event, by the field that has it.
fn expected(item: &Value) -> BTreeMap<Known, Cell> {
    let mut expected = BTreeMap::new();
    let texts = [
        ("release", Known::Release),
        ("environment", Known::Environment),
        ("transaction", Known::Transaction),
        ("trace_id", Known::Trace),
    ];
    for (key, field) in texts {
        let text = item[key].as_str().filter(|text| !text.is_empty());
        // Ids in the paths of transactions give way to asterisks.
        let is_kept =
            |text: &&str| key != "transaction" || normalize::transaction::clean_name(text, None, RECORDED_AT) == **text;
        if let Some(text) = text.filter(is_kept) {
            expected.insert(field, Cell::Text(text.to_owned()));
        }
    }
    let level = match &item["level"] {
        Value::Number(number) => number.as_i64().and_then(Level::from_number),
        Value::String(name) => name.parse().ok(),
        _ => None,
    };
    if let Some(level) = level {
        expected.insert(Known::Level, Cell::Text(level.name().to_owned()));
    }
    for (key, field) in [("type", Known::ErrorType), ("value", Known::ErrorValue)] {
        let of_exceptions = item["exceptions"].as_array().into_iter().flatten();
        let mut values: Vec<String> = Vec::new();
        for value in of_exceptions.filter_map(|exception| exception[key].as_str()) {
            let line = value.replace(|character: char| character.is_ascii_control(), " ");
            if !line.is_empty() && !values.contains(&line) {
                values.push(line);
            }
        }
        if !values.is_empty() && values.iter().all(|value| value.len() <= 500) {
            expected.insert(field, Cell::Texts(values));
        }
    }
    expected
}

/// What is otherwise in the index.
fn differences(endpoints: &Endpoints, name: &str, (dataset, id): (Dataset, EventId), item: &Value) -> Vec<String> {
    let expected = expected(item);
    let fields: Vec<Known> = expected.keys().copied().collect();
    let found = rows(endpoints, dataset, (Known::Id, &id.to_string()), &fields);
    let [row] = &found[..] else {
        return vec![format!("{name}: {} rows of {id} in {dataset}", found.len())];
    };
    let pairs = expected
        .iter()
        .zip(row)
        .filter(|((_, expected), found)| expected != found);
    pairs
        .map(|((field, expected), found)| format!("{name}: {field:?} of {id} is {found:?} instead of {expected:?}"))
        .collect()
}

/// The root span, and those inside.
fn missing_spans(endpoints: &Endpoints, name: &str, item: &Value, count: &mut usize) -> Option<String> {
    let trace = item["trace_id"].as_str()?;
    let found = rows(endpoints, Dataset::Spans, (Known::Trace, trace), &[Known::Span]).len();
    let inner = usize::try_from(item["spans"].as_u64().unwrap_or(0)).unwrap();
    *count += found;
    (found <= inner).then(|| format!("{name}: {found} rows of a transaction with {inner} spans"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recorded_event_is_found_by_what_its_client_said() {
    let endpoints = Endpoints::new().await;
    let mut recordings = corpus::requests();
    recordings.retain(Recording::is_ingestion);
    for some in recordings.chunks(40) {
        for recording in some {
            endpoints.accept(Endpoints::recorded(recording)).await;
        }
        endpoints.process().await;
    }
    let (mut problems, mut events, mut spans) = (Vec::new(), 0, 0);
    for recording in &recordings {
        let name = &recording.name;
        for (kind, dataset) in [("event", Dataset::Errors), ("transaction", Dataset::Transactions)] {
            for item in recording.items(kind) {
                let id = item["event_id"].as_str().and_then(|id| id.parse::<EventId>().ok());
                let Some(id) = id else { continue };
                events += 1;
                problems.extend(differences(&endpoints, name, (dataset, id), item));
                if dataset == Dataset::Transactions {
                    problems.extend(missing_spans(&endpoints, name, item, &mut spans));
                }
            }
        }
    }
    println!("{events} events and {spans} spans, each in the index");
    assert!(events >= 12 && spans >= 3, "only {events} events and {spans} spans");
    let count = problems.len();
    assert!(problems.is_empty(), "{count} of {events}:\n{}", problems.join("\n"));
}
