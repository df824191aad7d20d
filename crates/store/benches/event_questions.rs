//! How long tables and charts take over many events: 30 days, 500 transactions, 100,000 users, two cores.
//!
//! `cargo bench -p tocsin-store --bench event_questions -- [events]`

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::{
    fs,
    time::{Duration, Instant},
};

use bytes::Bytes;
use model::{EventId, ProjectId, Timestamp};
use query::{Aggregate, Column, Condition, Dataset, Direction, EventQuery, Expr, Field, Known, OrderBy, Pattern, Test};
use store::events::{
    Buckets, Document, EventIndex, IndexConfig, Limits, Scope, SearchText, SeriesGroups, SeriesQuestion, TableQuestion,
    Value,
};

const PROJECT: ProjectId = ProjectId(1);
const DAY: i64 = 86_400_000_000;
/// 2027-01-01.
const START: Timestamp = Timestamp(20_819 * DAY);
const DAYS: i64 = 30;
const ROUNDS: usize = 7;

fn main() {
    let events = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let index = EventIndex::open(folder.path(), IndexConfig::default()).unwrap();
    fill(&index, events);

    let known = Field::Known;
    let transaction = || Column::Field(known(Known::Transaction));
    let p95 = || Column::Aggregate(Aggregate::Percentile(known(Known::Duration), 0.95));
    let users = || Column::Aggregate(Aggregate::CountUnique(known(Known::User)));
    let count = || Column::Aggregate(Aggregate::Count);

    table(
        &index,
        "p95 and unique users by transaction",
        &[transaction(), p95(), users()],
        Expr::all(),
    );
    table(&index, "p95 by transaction", &[transaction(), p95()], Expr::all());
    table(
        &index,
        "unique users by transaction",
        &[transaction(), users()],
        Expr::all(),
    );
    table(&index, "count by transaction", &[transaction(), count()], Expr::all());
    table(&index, "count", &[count()], Expr::all());
    table(&index, "unique users", &[users()], Expr::all());
    let status = Column::Field(known(Known::Status));
    table(
        &index,
        "count by transaction and status",
        &[transaction(), status, count()],
        Expr::all(),
    );
    table(
        &index,
        "count by user",
        &[Column::Field(known(Known::User)), count()],
        Expr::all(),
    );
    let failures = [
        Aggregate::FailureRate,
        Aggregate::Apdex(300.0),
        Aggregate::UserMisery(300.0),
    ];
    let failures: Vec<_> = [transaction()]
        .into_iter()
        .chain(failures.map(Column::Aggregate))
        .collect();
    table(
        &index,
        "failure rate, apdex, misery by transaction",
        &failures,
        Expr::all(),
    );
    let one = || term(known(Known::Transaction), "/api/3/");
    table(
        &index,
        "p95 and unique users of one transaction",
        &[p95(), users()],
        one(),
    );
    let row = [Known::Id, Known::Title, Known::Timestamp].map(|known| Column::Field(Field::Known(known)));
    table(&index, "newest events", &row, Expr::all());
    table(
        &index,
        "slowest events",
        &[vec![Column::Field(known(Known::Duration))], row.to_vec()].concat(),
        Expr::all(),
    );

    // COR2: at 10 million, under 2 s.
    let tag = || term(Field::Tag("browser".to_owned()), "Firefox 7");
    table(&index, "newest events with a tag", &row, tag());
    table(&index, "count of those with a tag", &[count()], tag());
    table(
        &index,
        "count by a tag",
        &[Column::Field(Field::Tag("browser".to_owned())), count()],
        Expr::all(),
    );

    series(&index, "count an hour", vec![count()], None);
    series(&index, "p95 and unique users an hour", vec![p95(), users()], None);
    let top = SeriesGroups {
        fields: vec![known(Known::Transaction)],
        keys: (0..5)
            .map(|number| vec![store::events::Cell::Text(format!("/api/{number}/"))])
            .collect(),
    };
    series(
        &index,
        "count an hour, five transactions and other",
        vec![count()],
        Some(top),
    );
}

fn term(field: Field, text: &str) -> Expr<Condition> {
    Expr::Term(Condition::Field {
        field,
        test: Test::Any(vec![Pattern::Exact(text.to_owned())]),
    })
}

fn scope() -> Scope {
    Scope {
        datasets: vec![Dataset::Transactions],
        projects: vec![PROJECT],
        environments: Vec::new(),
        start: START,
        end: Timestamp(START.0 + DAYS * DAY),
    }
}

fn limits() -> Limits {
    Limits {
        time: Duration::from_secs(60),
        ..Limits::default()
    }
}

fn table(index: &EventIndex, name: &str, columns: &[Column], filter: Expr<Condition>) {
    let aggregate = columns.iter().position(|column| matches!(column, Column::Aggregate(_)));
    let question = TableQuestion {
        columns: columns.to_vec(),
        query: EventQuery {
            filter,
            having: Vec::new(),
        },
        order: vec![OrderBy {
            column: aggregate.unwrap_or(0),
            direction: Direction::Descending,
        }],
        limit: 50,
        offset: 0,
        bindings: None,
    };
    // Without an order of their own, events are given newest first.
    let newest = columns.first() == Some(&Column::Field(Field::Known(Known::Id)));
    let question = TableQuestion {
        order: if newest { Vec::new() } else { question.order.clone() },
        ..question
    };
    time(name, || index.table(&scope(), &question, &limits()).unwrap().rows.len());
}

fn series(index: &EventIndex, name: &str, values: Vec<Column>, groups: Option<SeriesGroups>) {
    let question = SeriesQuestion {
        values,
        filter: Expr::all(),
        buckets: Buckets {
            start: START,
            width: Duration::from_hours(1),
            slots: 24 * usize::try_from(DAYS).unwrap(),
        },
        groups,
        bindings: None,
    };
    time(name, || {
        index.series(&scope(), &question, &limits()).unwrap().groups.len()
    });
}

#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
fn time(name: &str, ask: impl Fn() -> usize) {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let rows = ask();
            assert!(rows > 0, "{name} has an answer");
            start.elapsed()
        })
        .collect();
    let first = times[0];
    times.sort_unstable();
    println!(
        "{name}: median {:.1?}, first {first:.1?}, worst {:.1?}",
        times[ROUNDS / 2],
        times[ROUNDS - 1]
    );
}

#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
fn fill(index: &EventIndex, events: usize) {
    let mut random = Random(7);
    let start = Instant::now();
    let a_day = events / usize::try_from(DAYS).unwrap();
    let mut position = 0;
    for day in 0..DAYS {
        let mut added = 0;
        while added < a_day {
            let documents: Vec<_> = (0..5_000.min(a_day - added))
                .map(|_| document(&mut random, day))
                .collect();
            added += documents.len();
            position += 1;
            index.add(&documents, Some(position)).unwrap();
            index.commit().unwrap();
            while index.tend(START).unwrap() {}
        }
    }
    println!("{events} events in {:.1?}, resident {}", start.elapsed(), resident());
}

fn resident() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap_or_default()
        .to_owned()
}

fn document(random: &mut Random, day: i64) -> Document {
    // Some transactions and users far more often than others.
    let transaction = (random.share() * random.share() * random.share() * 500.0) as usize;
    let user = (random.share() * random.share() * 100_000.0) as usize;
    let text = |known, text: String| (known, Value::Text(text));
    let status = ["ok", "ok", "ok", "ok", "internal_error", "cancelled"][(random.share() * 6.0) as usize];
    let timestamp = Timestamp(START.0 + day * DAY + (random.share() * DAY as f64) as i64);
    Document {
        dataset: Dataset::Transactions,
        project: PROJECT,
        id: EventId::random(),
        timestamp,
        received_at: timestamp,
        hash: String::new(),
        sequence: 1,
        fields: vec![
            text(Known::Transaction, format!("/api/{transaction}/")),
            text(Known::Title, format!("/api/{transaction}/")),
            text(Known::User, format!("id:{user}")),
            text(Known::Status, status.to_owned()),
            text(Known::Environment, "production".to_owned()),
            (Known::Duration, Value::Number((random.share() * 10.0).exp())),
        ],
        tags: vec![("browser".to_owned(), format!("Firefox {}", user % 20))],
        numbers: vec![("measurements.lcp".to_owned(), random.share() * 4_000.0)],
        text: vec![SearchText::Prose(format!("request of {user}"))],
        payload: Bytes::from_static(b"{}"),
    }
}

struct Random(u64);

impl Random {
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}
