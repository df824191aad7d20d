//! Reading what people ask: `cargo xtask bench functions`.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use model::Timestamp;
use query::{
    Dataset, Selection,
    search::{
        events::{self, EventContext},
        issues::{self, IssueContext},
    },
};

const NOW: Timestamp = Timestamp(1_763_700_000_000_000);
const QUESTION: &str = "transaction.duration:>1.5s (browser.name:[Chrome, Firefox] OR !has:release) \
                        timestamp:-24h user.email:*@example.com \"connection refused\"";

fn parsing(criterion: &mut Criterion) {
    let cx = EventContext {
        datasets: vec![Dataset::Errors, Dataset::Transactions],
        now: NOW,
    };
    criterion.bench_function("parse an event search", |bencher| {
        bencher.iter(|| events::parse(black_box(QUESTION), &cx).unwrap());
    });
    criterion.bench_function("parse a column", |bencher| {
        bencher.iter(|| Selection::parse(black_box("percentile(transaction.duration, 0.95)"), &cx).unwrap());
    });
    let search = "is:unresolved assigned:me (environment:production OR level:fatal) tenant:t7 firstSeen:-7d timeout";
    criterion.bench_function("parse an issue search", |bencher| {
        bencher.iter(|| issues::parse(black_box(search), &IssueContext { now: NOW }).unwrap());
    });
}

criterion_group!(benches, parsing);
criterion_main!(benches);
