//! How long the event index takes for a question, over the API. Each question has a start of its own, so that none is
//! answered from what was answered before.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use testkit::load::{Load, iso};

use super::stored::DAYS;
use super::{Scene, all, float};
use crate::bench::bodies::{Errors, now};
use crate::bench::lines::Outcome;
use crate::bench::reader::{Api, organization};
use crate::bench::senders;
use crate::bench::server::Server;

pub(super) const LINES: [&str; 6] = [
    "discover",
    "discover-busy",
    "discover-errors",
    "events",
    "series",
    "search",
];

/// Errors a second beside the questions of `discover-busy`.
const BUSY_RATE: f64 = 200.0;

pub(super) fn run(scene: Scene<'_>, server: &Server, run: usize, outcome: &mut Outcome) -> Result<(), String> {
    let lines = LINES.iter().filter(|line| scene.options.wants(line));
    all(lines.map(|line| {
        let slowest = if *line == "discover-busy" {
            while_events_come(scene, server, || ask(scene, server, line, run))?
        } else {
            ask(scene, server, line, run)?
        };
        outcome.add(line, slowest.as_secs_f64() * 1e3);
        Ok(())
    }))
}

/// Asks the question of a line several times, and gives the time of the slowest answer.
fn ask(scene: Scene<'_>, server: &Server, line: &str, run: usize) -> Result<Duration, String> {
    let mut api = Api::new(server);
    let count = scene.options.sizes().questions;
    let end = now();
    let mut slowest = Duration::ZERO;
    for number in 0..count {
        let start = end - DAYS * 86_400.0 + float((number + run * count) as u64);
        let begin = Instant::now();
        api.get(&question(line, number, &iso(start)[..19], &iso(end)[..19]))?;
        slowest = slowest.max(begin.elapsed());
    }
    Ok(slowest)
}

fn question(line: &str, number: usize, start: &str, end: &str) -> String {
    let between = [("start", start), ("end", end)];
    let tag = format!("tenant:t{}", number % 300);
    let rest: &[(&str, &str)] = match line {
        "discover" | "discover-busy" => &[
            ("dataset", "transactions"),
            ("field", "transaction"),
            ("field", "p95()"),
            ("field", "count_unique(user)"),
            ("sort", "-p95"),
            ("per_page", "50"),
        ],
        "discover-errors" => &[
            ("dataset", "errors"),
            ("field", "transaction"),
            ("field", "count()"),
            ("field", "count_unique(user)"),
            ("sort", "-count"),
            ("per_page", "50"),
        ],
        "events" => &[
            ("dataset", "errors"),
            ("field", "id"),
            ("field", "title"),
            ("field", "user"),
            ("field", "timestamp"),
            ("sort", "-timestamp"),
            ("query", &tag),
        ],
        "series" => &[("dataset", "errors"), ("yAxis", "count()"), ("interval", "1h")],
        _ => &[("query", &tag), ("limit", "25")],
    };
    let path = match line {
        "series" => "events-stats/",
        "search" => "issues/",
        _ => "events/",
    };
    organization(path, &[&between, rest].concat())
}

/// Runs `ask` while errors come in.
fn while_events_come(
    scene: Scene<'_>,
    server: &Server,
    ask: impl FnOnce() -> Result<Duration, String>,
) -> Result<Duration, String> {
    let load = Load::with_issues(6, scene.options.sizes().stored_issues);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| senders::at_rate(server, &|load| Box::new(Errors(load)), &load, BUSY_RATE, &stop));
        // The first of them are in the index.
        std::thread::sleep(Duration::from_secs(3));
        let slowest = ask();
        stop.store(true, Ordering::Relaxed);
        let sent = sending.join().expect("senders do not panic")?;
        if sent.failed > 0 {
            return Err(format!("{} envelopes were refused beside the questions", sent.failed));
        }
        slowest
    })
}
