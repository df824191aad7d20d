//! As much load as the server bears: how much that is, what memory it takes, and what is left on the disk.
//!
//! The rate is the number of envelopes, divided by the time from the first that was sent until the last is found in the
//! event index. The senders wait while more is accepted than one second's worth of the budget (2,000 envelopes), so the
//! backlog cannot grow, and the rate is no burst.

use std::time::Duration;

use testkit::load::Load;

use super::{Scene, float, megabytes, progress};
use crate::bench::bodies::{Bodies, Made};
use crate::bench::lines::Outcome;
use crate::bench::measure::{self, MemoryWatch};
use crate::bench::reader::Api;
use crate::bench::senders::{self, CONNECTIONS};
use crate::bench::server::Server;

const PLAIN: [&str; 9] = [
    "rate",
    "cpu",
    "memory-load",
    "memory-load-own",
    "disk",
    "disk-index",
    "disk-database",
    "disk-spool",
    "disk-blobs",
];
const GZIPPED: [&str; 2] = ["rate-gzip", "memory-gzip"];
const MIXED: [&str; 2] = ["rate-mixed", "memory-mixed"];

/// Envelopes that may wait in the server.
const BACKLOG: u64 = 2_000;

pub(super) fn run(scene: Scene<'_>, outcome: &mut Outcome) -> Result<(), String> {
    let load = Load::new(1);
    let events = scene.options.sizes().rate_events;
    if scene.options.wants_any(&PLAIN) {
        let bodies = Made::errors(&load, events);
        for run in 1..=scene.options.runs {
            progress(&format!("sustained load of errors, run {run}"));
            plain(scene, &bodies, outcome)?;
        }
    }
    if scene.options.wants_any(&GZIPPED) {
        progress("compressing errors");
        let bodies = Made::gzipped_errors(&load, events);
        for run in 1..=scene.options.runs {
            progress(&format!("sustained load of gzipped errors, run {run}"));
            let server = scene.fresh_server()?;
            let under = under_load(scene, &server, &bodies)?;
            outcome.add("rate-gzip", under.rate);
            outcome.add("memory-gzip", megabytes(under.memory.all));
        }
    }
    if scene.options.wants_any(&MIXED) {
        let bodies = Made::mixed(&load, events);
        for run in 1..=scene.options.runs {
            progress(&format!("sustained mixed load, run {run}"));
            let server = scene.fresh_server()?;
            let under = under_load(scene, &server, &bodies)?;
            outcome.add("rate-mixed", under.rate);
            outcome.add("memory-mixed", megabytes(under.memory.all));
        }
    }
    Ok(())
}

fn plain(scene: Scene<'_>, bodies: &Made, outcome: &mut Outcome) -> Result<(), String> {
    let server = scene.fresh_server()?;
    let empty = measure::disk(&server.data())?;
    let cpu_before = measure::cpu_time(server.pid())?;
    let under = under_load(scene, &server, bodies)?;
    let events = scene.options.sizes().rate_events as u64;
    let cpu = measure::cpu_time(server.pid())?.saturating_sub(cpu_before);
    let found = Api::new(&server).count("errors")?;
    if found != events {
        return Err(format!("{events} errors were accepted, and {found} are found"));
    }
    outcome.add("rate", under.rate);
    outcome.add("cpu", cpu.as_secs_f64() * 1e3 / float(events));
    outcome.add("memory-load", megabytes(under.memory.all));
    outcome.add("memory-load-own", megabytes(under.memory.own));
    outcome.note(format!(
        "rate: {events} errors of {} bytes on average, uncompressed, over {CONNECTIONS} connections",
        under.bytes / events
    ));
    if under.refused > 0 {
        outcome.note("rate: some envelopes were answered with 429 or 503, and sent again");
    }
    if scene.options.wants_any(&PLAIN[4..]) {
        std::thread::sleep(scene.options.sizes().disk_wait);
        add_disk(&server, &empty, events, outcome)?;
    }
    Ok(())
}

fn add_disk(
    server: &Server,
    empty: &std::collections::BTreeMap<String, u64>,
    events: u64,
    outcome: &mut Outcome,
) -> Result<(), String> {
    let mut parts = [
        ("disk-index", 0.0),
        ("disk-database", 0.0),
        ("disk-spool", 0.0),
        ("disk-blobs", 0.0),
    ];
    let mut all = 0.0;
    for (name, bytes) in measure::disk(&server.data())? {
        let more = float(bytes) - float(empty.get(&name).copied().unwrap_or(0));
        all += more;
        let part = match name.as_str() {
            "index" => 0,
            "spool" => 2,
            "blobs" => 3,
            // With its log of writes beside it.
            name if name.starts_with("tocsin.db") => 1,
            _ => continue,
        };
        parts[part].1 += more;
    }
    outcome.add("disk", all / float(events) / 1e3);
    for (line, bytes) in parts {
        outcome.add(line, bytes / float(events) / 1e3);
    }
    Ok(())
}

struct UnderLoad {
    rate: f64,
    memory: measure::Memory,
    bytes: u64,
    refused: usize,
}

fn under_load(scene: Scene<'_>, server: &Server, bodies: &Made) -> Result<UnderLoad, String> {
    let events = scene.options.sizes().rate_events;
    let backlog = BACKLOG * bodies.mean_bytes() as u64;
    let bodies = (0..CONNECTIONS)
        .map(|_| Box::new(bodies.clone()) as Box<dyn Bodies>)
        .collect();
    let watch = MemoryWatch::start(server.pid());
    let sent = senders::sustained(server, bodies, events, backlog)?;
    let visible = Api::new(server).wait_for(&sent.last)?;
    // The last merge may come after the last event.
    std::thread::sleep(Duration::from_secs(2));
    Ok(UnderLoad {
        rate: float(events as u64) / (visible - sent.first).as_secs_f64(),
        memory: watch.most(),
        bytes: sent.bytes,
        refused: sent.refused,
    })
}
