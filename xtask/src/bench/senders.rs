//! Threads that send a load, each over a connection of its own.
//!
//! [`sustained`] is a closed loop: each thread sends as soon as its last envelope was answered, but all wait while more
//! is accepted than the server has processed. So the backlog stays small, and the rate is the one that lasts.
//! [`at_rate`] is an open loop: envelopes have points in time at which they are due, whether or not the server was fast
//! enough before, and the time to the answer counts from there. A stall counts for every envelope that it delays.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use testkit::load::Load;

use super::bodies::Bodies;
use super::http::Connection;
use super::server::Server;

/// Connections of a sustained load. The server syncs what arrives together at once, so a few dozen keep it busy.
pub(super) const CONNECTIONS: usize = 32;

/// Connections of an open loop: enough that none is ever missing.
const OPEN_CONNECTIONS: usize = 96;

#[derive(Debug)]
pub(super) struct Sent {
    pub(super) first: Instant,
    pub(super) bytes: u64,
    /// Event ids of the last envelopes, one a connection. When all of them are there, so is all before them.
    pub(super) last: Vec<String>,
    /// Answers that told to come back later.
    pub(super) refused: usize,
}

/// Sends `count` envelopes as fast as they are processed, with at most `backlog` bytes of them waiting in the server.
pub(super) fn sustained(
    server: &Server,
    bodies: Vec<Box<dyn Bodies>>,
    count: usize,
    backlog: u64,
) -> Result<Sent, String> {
    let next = AtomicUsize::new(0);
    let (gate, done) = (Gate::default(), AtomicBool::new(false));
    let first = Instant::now();
    let outcomes: Vec<Result<Share, String>> = std::thread::scope(|scope| {
        let watch = scope.spawn(|| hold_back(server, backlog, &gate, &done));
        let threads: Vec<_> = bodies
            .into_iter()
            .map(|mut bodies| {
                let (next, gate) = (&next, &gate);
                scope.spawn(move || share(server, bodies.as_mut(), next, count, gate))
            })
            .collect();
        let outcomes = threads
            .into_iter()
            .map(|thread| thread.join().expect("senders do not panic"));
        let mut outcomes: Vec<_> = outcomes.collect();
        done.store(true, Ordering::Relaxed);
        if let Err(error) = watch.join().expect("the watch does not panic") {
            outcomes.push(Err(error));
        }
        outcomes
    });
    let mut sent = Sent {
        first,
        bytes: 0,
        last: Vec::new(),
        refused: 0,
    };
    for outcome in outcomes {
        let share = outcome?;
        sent.bytes += share.bytes;
        sent.refused += share.refused;
        sent.last.extend(share.last);
    }
    Ok(sent)
}

/// What one thread sent.
#[derive(Debug, Default)]
struct Share {
    bytes: u64,
    last: Option<String>,
    refused: usize,
}

fn share(
    server: &Server,
    bodies: &mut dyn Bodies,
    next: &AtomicUsize,
    count: usize,
    gate: &Gate,
) -> Result<Share, String> {
    let mut connection = Connection::new(server.address());
    let (path, headers) = (server.ingest_path(), server.ingest_headers() + bodies.headers());
    let (mut share, mut body) = (Share::default(), Vec::new());
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return Ok(share);
        }
        let id = bodies.make(number, &mut body);
        share.last = id.or(share.last);
        share.bytes += body.len() as u64;
        gate.pass();
        loop {
            match connection.post(&path, &headers, &body)?.status {
                200 => break,
                429 | 503 => {
                    share.refused += 1;
                    std::thread::sleep(Duration::from_millis(20));
                }
                status => return Err(format!("an envelope was answered with {status}\n{}", server.log())),
            }
        }
    }
}

/// Senders wait before it while it is closed, asleep: whatever they did would be taken from the server.
#[derive(Debug, Default)]
struct Gate {
    is_closed: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self) {
        let is_closed = self.is_closed.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.opened.wait_while(is_closed, |is_closed| *is_closed));
    }

    fn set(&self, is_closed: bool) {
        *self.is_closed.lock().unwrap_or_else(PoisonError::into_inner) = is_closed;
        if !is_closed {
            self.opened.notify_all();
        }
    }
}

/// Between two looks at the backlog, each of which costs the server about a millisecond.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Lets the senders wait while more than `backlog` bytes are not processed yet.
fn hold_back(server: &Server, backlog: u64, gate: &Gate, done: &AtomicBool) -> Result<(), String> {
    let mut connection = Connection::new(server.address());
    let mut look = || {
        let metrics = connection.get("/metrics", "")?;
        let metrics = String::from_utf8_lossy(&metrics.body);
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("tocsin_spool_bytes "));
        let waiting = line.and_then(|line| line.parse::<f64>().ok());
        waiting.ok_or_else(|| "`tocsin_spool_bytes` is not in /metrics".to_owned())
    };
    while !done.load(Ordering::Relaxed) {
        let waiting = look();
        #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
        let too_much = waiting.as_ref().is_ok_and(|waiting| *waiting > backlog as f64);
        // Whatever happens here, the senders must come to their end.
        gate.set(too_much);
        if let Err(error) = waiting {
            gate.set(false);
            return Err(error);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    gate.set(false);
    Ok(())
}

/// From the time at which an envelope was due to its answer, in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Latencies {
    pub(super) accepted: Vec<f64>,
    pub(super) failed: usize,
}

/// Sends envelopes at random points in time (Poisson), so many a second on average, until `stop`.
pub(super) fn at_rate(
    server: &Server,
    bodies: &dyn Fn(Load) -> Box<dyn Bodies>,
    load: &Load,
    per_second: f64,
    stop: &AtomicBool,
) -> Result<Latencies, String> {
    let schedule = Mutex::new(Schedule {
        due: Instant::now(),
        gaps: load.with_seed(77),
        mean_gap: 1.0 / per_second,
    });
    let shares: Vec<Result<Latencies, String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..OPEN_CONNECTIONS)
            .map(|thread| {
                let mut bodies = bodies(load.with_seed(5_000 + thread as u64));
                let schedule = &schedule;
                scope.spawn(move || scheduled(server, bodies.as_mut(), schedule, stop))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("senders do not panic"))
            .collect()
    });
    let mut all = Latencies::default();
    for share in shares {
        let share = share?;
        all.accepted.extend(share.accepted);
        all.failed += share.failed;
    }
    Ok(all)
}

/// When the next envelope is due.
#[derive(Debug)]
struct Schedule {
    due: Instant,
    gaps: Load,
    mean_gap: f64,
}

impl Schedule {
    fn next(&mut self) -> Instant {
        let gap = -(1.0 - self.gaps.unit()).ln() * self.mean_gap;
        self.due += Duration::from_secs_f64(gap);
        self.due
    }
}

fn scheduled(
    server: &Server,
    bodies: &mut dyn Bodies,
    schedule: &Mutex<Schedule>,
    stop: &AtomicBool,
) -> Result<Latencies, String> {
    let mut connection = Connection::new(server.address());
    let (path, headers) = (server.ingest_path(), server.ingest_headers() + bodies.headers());
    let (mut latencies, mut body) = (Latencies::default(), Vec::new());
    while !stop.load(Ordering::Relaxed) {
        bodies.make(latencies.accepted.len(), &mut body);
        let due = schedule.lock().expect("no sender panics").next();
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if connection.post(&path, &headers, &body)?.status == 200 {
            latencies.accepted.push(due.elapsed().as_secs_f64() * 1e3);
        } else {
            latencies.failed += 1;
        }
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_are_due_at_the_rate_that_was_asked_for() {
        let begin = Instant::now();
        let mut schedule = Schedule {
            due: begin,
            gaps: Load::new(1),
            mean_gap: 1.0 / 500.0,
        };
        let mut before = begin;
        for _ in 0..5_000 {
            let due = schedule.next();
            assert!(due >= before);
            before = due;
        }
        let seconds = (before - begin).as_secs_f64();
        assert!((9.5..10.5).contains(&seconds), "{seconds}");
    }
}
