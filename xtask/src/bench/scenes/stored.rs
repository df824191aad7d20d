//! A server with much in its store: a million errors of 10,000 issues and as many transactions, over 14 days.

use std::time::{Duration, Instant};

use testkit::load::Load;

use super::start::to_first_event;
use super::{Scene, all, pages, progress, questions};
use crate::bench::bodies::{Bodies, History, now};
use crate::bench::lines::Outcome;
use crate::bench::measure;
use crate::bench::reader::Api;
use crate::bench::senders::{self, CONNECTIONS};
use crate::bench::server::Server;

/// How far back the events go.
pub(super) const DAYS: f64 = 14.0;

/// Bytes of envelopes that may wait in the server while it is filled.
const BACKLOG: u64 = 100_000_000;

pub(super) fn run(scene: Scene<'_>, outcome: &mut Outcome) -> Result<(), String> {
    let wanted = pages::LINES.iter().chain(&questions::LINES).chain(&["start-large"]);
    if !scene.options.wants_any(&wanted.copied().collect::<Vec<_>>()) {
        return Ok(());
    }
    let sizes = scene.options.sizes();
    let mut server = scene.fresh_server()?;
    fill(scene, &server)?;
    outcome.note(format!(
        "pages and questions: {} errors of {} issues and as many transactions over {DAYS} days",
        sizes.stored_events, sizes.stored_issues
    ));
    settle(&server, sizes.settle)?;
    let answered = all((1..=scene.options.runs).flat_map(|run| {
        progress(&format!("pages and questions, run {run}"));
        [
            pages::run(scene, &server, outcome),
            questions::run(scene, &server, run, outcome),
        ]
    }));
    if scene.options.wants("start-large") {
        for _ in 1..=scene.options.runs {
            server.stop()?;
            outcome.add("start-large", to_first_event(&mut server)?.as_secs_f64());
        }
    }
    answered
}

/// Waits until the server has nothing to do. Two weeks of events that came within minutes are not merged yet; where they
/// came in two weeks, all but the last of them are.
fn settle(server: &Server, most: Duration) -> Result<(), String> {
    /// Merges begin when nothing came for ten seconds.
    const FIRST: Duration = Duration::from_secs(15);
    const LOOK_EVERY: Duration = Duration::from_secs(5);
    /// Of one core.
    const IDLE_SHARE: f64 = 0.05;
    let start = Instant::now();
    std::thread::sleep(FIRST.min(most));
    while start.elapsed() < most {
        let before = measure::cpu_time(server.pid())?;
        std::thread::sleep(LOOK_EVERY);
        let used = measure::cpu_time(server.pid())?.saturating_sub(before);
        if used.as_secs_f64() < IDLE_SHARE * LOOK_EVERY.as_secs_f64() {
            progress(&format!("nothing to do after {:.0} s", start.elapsed().as_secs_f64()));
            return Ok(());
        }
    }
    progress(&format!("still busy after {:.0} s", most.as_secs_f64()));
    Ok(())
}

fn fill(scene: Scene<'_>, server: &Server) -> Result<(), String> {
    let sizes = scene.options.sizes();
    let count = 2 * sizes.stored_events;
    progress(&format!("storing {count} events"));
    let load = Load::with_issues(4, sizes.stored_issues);
    let to = now() - 60.0;
    let bodies = (0..CONNECTIONS as u64).map(|connection| {
        let load = load.with_seed(100 + connection);
        let from = to - DAYS * 86_400.0 + 3_600.0;
        Box::new(History { load, from, to, count }) as Box<dyn Bodies>
    });
    let sent = senders::sustained(server, bodies.collect(), count, BACKLOG)?;
    let mut api = Api::new(server);
    api.wait_for(&sent.last)?;
    for dataset in ["errors", "transactions"] {
        let found = api.count(dataset)?;
        if found != sizes.stored_events as u64 {
            return Err(format!(
                "{} {dataset} were accepted, and {found} are found",
                sizes.stored_events
            ));
        }
    }
    progress(&format!("stored in {:.0} s", sent.first.elapsed().as_secs_f64()));
    Ok(())
}
