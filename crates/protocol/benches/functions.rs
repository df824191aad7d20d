//! Reading what an SDK sent: `cargo xtask bench functions`.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use protocol::{envelope::Envelope, event::Event};
use testkit::load::Load;

const NOW: f64 = 1_763_700_000.0;

fn reading(criterion: &mut Criterion) {
    let (_, envelope) = Load::new(1).envelope(NOW);
    let payload = Load::new(1).event(NOW);
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Bytes(envelope.len() as u64));
    group.bench_function("an envelope with an error of 20 KB", |bencher| {
        bencher.iter(|| Envelope::parse(black_box(&envelope)).unwrap());
    });
    group.bench_function("an error of 20 KB", |bencher| {
        bencher.iter(|| Event::from_slice(black_box(&payload)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
