//! A moderate load that comes whether or not the server is ready: how long a client waits for its answer, and how long a
//! person for an issue.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use testkit::load::{ISSUES, Load};

use super::{Scene, progress};
use crate::bench::bodies::{Errors, now};
use crate::bench::http::Connection;
use crate::bench::lines::Outcome;
use crate::bench::measure::percentile;
use crate::bench::reader::Api;
use crate::bench::senders;
use crate::bench::server::Server;

const LINES: [&str; 4] = ["accept-p50", "accept-p99", "visible-p99", "searchable-p99"];
const RATE: f64 = 500.0;
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn run(scene: Scene<'_>, outcome: &mut Outcome) -> Result<(), String> {
    if !scene.options.wants_any(&LINES) {
        return Ok(());
    }
    let load = Load::new(2);
    for run in 1..=scene.options.runs {
        progress(&format!("500 errors a second, run {run}"));
        let server = scene.fresh_server()?;
        send_each_issue(&server, &load)?;
        let stop = AtomicBool::new(false);
        let (latencies, probes) = std::thread::scope(|scope| {
            let sending = scope.spawn(|| senders::at_rate(&server, &|load| Box::new(Errors(load)), &load, RATE, &stop));
            let probes = probe(&server, &load, scene.options.sizes().latency);
            stop.store(true, Ordering::Relaxed);
            (sending.join().expect("senders do not panic"), probes)
        });
        let (latencies, probes) = (latencies?, probes?);
        if latencies.failed > 0 {
            return Err(format!(
                "{} envelopes of {RATE} a second were refused",
                latencies.failed
            ));
        }
        let lines = [
            ("accept-p50", &latencies.accepted, 50.0),
            ("accept-p99", &latencies.accepted, 99.0),
            ("visible-p99", &probes.visible, 99.0),
            ("searchable-p99", &probes.searchable, 99.0),
        ];
        for (line, values, percent) in lines {
            outcome.add(line, percentile(values, percent).ok_or("nothing was measured")?);
        }
    }
    Ok(())
}

/// Makes the issues of the load, so that the newest of the list are those that are looked for.
fn send_each_issue(server: &Server, load: &Load) -> Result<(), String> {
    let mut load = load.with_seed(998);
    let mut connection = Connection::new(server.address());
    let (mut body, mut last) = (Vec::new(), String::new());
    for issue in 0..ISSUES {
        last = load.write_of(issue, now(), &mut body);
        let answer = connection.post(&server.ingest_path(), &server.ingest_headers(), &body)?;
        if answer.status != 200 {
            return Err(format!("an error was answered with {}", answer.status));
        }
    }
    Api::new(server).wait_for(&[last])?;
    Ok(())
}

/// From before an event was sent, in seconds.
#[derive(Debug, Default)]
struct Probes {
    visible: Vec<f64>,
    searchable: Vec<f64>,
}

/// Sends an error of an issue that was not there before, and looks for it, again and again.
fn probe(server: &Server, load: &Load, length: Duration) -> Result<Probes, String> {
    let mut load = load.with_seed(999);
    let mut connection = Connection::new(server.address());
    let mut api = Api::new(server);
    let (mut probes, mut body) = (Probes::default(), Vec::new());
    let begin = Instant::now();
    while begin.elapsed() < length {
        let id = load.write_of(ISSUES + 1_000 + probes.visible.len(), now(), &mut body);
        let sent = Instant::now();
        let answer = connection.post(&server.ingest_path(), &server.ingest_headers(), &body)?;
        if answer.status != 200 {
            return Err(format!("an error was answered with {}", answer.status));
        }
        let (mut visible, mut searchable) = (None, None);
        while visible.is_none() || searchable.is_none() {
            if visible.is_none() && api.lists_issue(&id[..12])? {
                visible = Some(sent.elapsed());
            }
            if searchable.is_none() && api.has_event(&id)? {
                searchable = Some(sent.elapsed());
            }
            if sent.elapsed() > PATIENCE {
                return Err(format!("event {id} was accepted and is not seen {PATIENCE:?} later"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        probes.visible.extend(visible.map(|time| time.as_secs_f64()));
        probes.searchable.extend(searchable.map(|time| time.as_secs_f64()));
        // Not in step with the server's own intervals.
        std::thread::sleep(Duration::from_millis(100).mul_f64(load.unit()));
    }
    Ok(probes)
}
