//! The pure steps of an event, one by one, each with what the steps before it leave: `cargo xtask bench functions`.
//! They are functions of lower crates, and stand here because each wants the others.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use model::{EventId, OrganizationId, ProjectId, Timestamp};
use normalize::Context;
use protocol::event::Event;
use services::{
    events::{TraceOrigin, document, process},
    project_config::ProjectConfig,
    settings::{OrganizationSettings, ProjectSettings},
};
use testkit::load::Load;

const NOW: Timestamp = Timestamp(1_763_700_000_000_000);

fn steps(criterion: &mut Criterion) {
    let ids = (OrganizationId(1), ProjectId(1));
    let config = ProjectConfig::new(ids, &OrganizationSettings::default(), &ProjectSettings::default());
    let cx = Context::new(NOW, EventId::random());
    let read = Event::from_slice(&Load::new(1).event(1_763_700_000.0)).unwrap();
    let mut normalized = read.clone();
    normalize::event(&mut normalized, &cx).unwrap();
    let mut scrubbed = normalized.clone();
    config.scrubber.event(&mut scrubbed);
    let mut trimmed = scrubbed.clone();
    normalize::trim(&mut trimmed);
    let processed = process(read.clone(), &cx, TraceOrigin::default(), &config).unwrap();

    let mut step = |name: &str, before: &Event, run: &dyn Fn(&mut Event)| {
        criterion.bench_function(name, |bencher| {
            bencher.iter_batched_ref(|| before.clone(), run, BatchSize::SmallInput);
        });
    };
    step("normalize", &read, &|event| normalize::event(event, &cx).unwrap());
    step("scrub", &normalized, &|event| config.scrubber.event(event));
    step("trim", &scrubbed, &|event| normalize::trim(event));
    step("group", &trimmed, &|event| {
        black_box(config.grouping.group(event, NOW));
    });
    step("summarize", &trimmed, &|event| {
        black_box(normalize::summary(event));
    });
    step("write as JSON", &trimmed, &|event| {
        black_box(event.to_json());
    });
    criterion.bench_function("make documents for the index", |bencher| {
        bencher.iter(|| document::of_event(black_box(&processed)));
    });
    criterion.bench_function("all steps", |bencher| {
        let run = |event| process(event, &cx, TraceOrigin::default(), &config).unwrap();
        bencher.iter_batched(|| read.clone(), run, BatchSize::SmallInput);
    });
}

criterion_group!(benches, steps);
criterion_main!(benches);
