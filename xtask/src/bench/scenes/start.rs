//! A server that has nothing to do yet.

use std::time::Duration;

use testkit::load::Load;

use super::{Scene, megabytes, progress};
use crate::bench::bodies::now;
use crate::bench::http::Connection;
use crate::bench::lines::Outcome;
use crate::bench::measure;
use crate::bench::server::Server;

const LINES: [&str; 2] = ["start", "memory-rest"];

pub(super) fn run(scene: Scene<'_>, outcome: &mut Outcome) -> Result<(), String> {
    if !scene.options.wants_any(&LINES) {
        return Ok(());
    }
    for run in 1..=scene.options.runs {
        progress(&format!("start, run {run}"));
        let mut server = Server::set_up(scene.binary, scene.options.folder.as_deref())?;
        outcome.add("start", to_first_event(&mut server)?.as_secs_f64());
        std::thread::sleep(Duration::from_secs(2));
        outcome.add("memory-rest", megabytes(measure::memory(server.pid())?.all));
    }
    Ok(())
}

/// Starts a server, and gives the time from before its process was made to the 200 for an event.
pub(super) fn to_first_event(server: &mut Server) -> Result<Duration, String> {
    let (_, body) = Load::new(3).envelope(now());
    let begin = server.start()?;
    let mut connection = Connection::new(server.address());
    let response = connection.post(&server.ingest_path(), &server.ingest_headers(), &body)?;
    match response.status {
        200 => Ok(begin.elapsed()),
        status => Err(format!("the first event was answered with {status}")),
    }
}
