//! How many events one core takes from the spool's bytes to finished records, without the store: `cargo xtask bench
//! processing`. The load is that of a busy Python service, about 20 KB an event.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark speaks to the terminal, and fails by panicking"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ingest::{RecordKind, RecordMeta, encoding::ContentEncoding, processing};
use model::{OrganizationId, ProjectId, ProjectKeyId, Timestamp};
use services::{
    project_config::ProjectConfig,
    settings::{OrganizationSettings, ProjectSettings},
};
use spool::{Entry, Position};
use testkit::load::Load;

const EVENTS: usize = 2_000;
const ROUNDS: usize = 5;
const NOW: Timestamp = Timestamp(1_763_700_000_000_000);

fn main() {
    let entries = entries();
    let config = Arc::new(ProjectConfig::new(
        (OrganizationId(1), ProjectId(1)),
        &OrganizationSettings::default(),
        &ProjectSettings::default(),
    ));
    let bytes: usize = entries.iter().map(|entry| entry.body.len()).sum();
    println!(
        "{EVENTS} events of {} bytes, {ROUNDS} rounds, one thread",
        bytes / EVENTS
    );
    let mut best = Duration::MAX;
    for round in 1..=ROUNDS {
        let start = Instant::now();
        let done = processing::process_without_store(&entries, &config);
        let time = start.elapsed();
        assert_eq!(done, EVENTS, "every event is finished");
        best = best.min(time);
        println!("round {round}: {:.0} events/s", rate(time));
    }
    println!(
        "best: {:.0} events/s, {:.3} ms an event",
        rate(best),
        best.as_secs_f64() * 1e3 / EVENTS as f64
    );
}

fn rate(time: Duration) -> f64 {
    EVENTS as f64 / time.as_secs_f64()
}

fn entries() -> Vec<Entry> {
    let mut load = Load::new(1);
    (0..EVENTS)
        .map(|number| {
            let (id, body) = load.envelope(1_763_700_000.0 - 0.1 * number as f64);
            let meta = RecordMeta {
                kind: RecordKind::Envelope,
                organization: OrganizationId(1),
                project: ProjectId(1),
                key: ProjectKeyId(1),
                received_at: NOW,
                event_id: Some(id.parse().unwrap()),
                encoding: ContentEncoding::Identity,
                client_ip: Some([203, 0, 113, 9].into()),
                user_agent: Some("sentry.python/2.75.0".to_owned()),
                sdk_client: Some("sentry.python/2.75.0".to_owned()),
                headers: Vec::new(),
                query: None,
                limited: Vec::new(),
                trace_root: None,
                monitor: None,
            };
            Entry {
                position: Position(number as u64),
                next: Position(number as u64 + 1),
                meta: serde_json::to_vec(&meta).unwrap().into(),
                body: body.into(),
            }
        })
        .collect()
}
