//! What is sent. Where the most that a server bears is measured, all bodies are made before, since the load shares its
//! machine with the server: 120,000 errors take 2.6 GB of memory. Else a body is made when it is wanted.

use std::io::Write as _;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use flate2::Compression;
use flate2::write::GzEncoder;
use testkit::load::{Kind, Load};

/// Makes the bodies of one sender.
pub(super) trait Bodies: Send {
    /// Puts the body of that number into `into`. Gives the event id, when the envelope holds an event.
    fn make(&mut self, number: usize, into: &mut Vec<u8>) -> Option<String>;

    /// Further header lines.
    fn headers(&self) -> &'static str {
        ""
    }
}

/// Unix seconds.
pub(super) fn now() -> f64 {
    UNIX_EPOCH.elapsed().map_or(0.0, |since| since.as_secs_f64())
}

/// Errors of this moment.
#[derive(Debug)]
pub(super) struct Errors(pub(super) Load);

impl Bodies for Errors {
    fn make(&mut self, _: usize, into: &mut Vec<u8>) -> Option<String> {
        Some(self.0.write(Kind::Error, now(), into))
    }
}

/// Errors and transactions by turns, from a point in time to another in the order of their numbers.
#[derive(Debug)]
pub(super) struct History {
    pub(super) load: Load,
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) count: usize,
}

impl Bodies for History {
    fn make(&mut self, number: usize, into: &mut Vec<u8>) -> Option<String> {
        let kind = if number.is_multiple_of(2) {
            Kind::Error
        } else {
            Kind::Transaction
        };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let share = number as f64 / self.count as f64;
        Some(self.load.write(kind, self.from + (self.to - self.from) * share, into))
    }
}

/// Envelopes of about this moment that are there before the measurement begins.
#[derive(Debug, Clone)]
pub(super) struct Made {
    bodies: Arc<Vec<Body>>,
    headers: &'static str,
}

#[derive(Debug)]
struct Body {
    event_id: Option<String>,
    bytes: Box<[u8]>,
}

impl Made {
    pub(super) fn errors(load: &Load, count: usize) -> Self {
        Self::new(load, count, "", |load, _, into| {
            Some(load.write(Kind::Error, now(), into))
        })
    }

    /// Compressed, as SDKs send them.
    pub(super) fn gzipped_errors(load: &Load, count: usize) -> Self {
        Self::new(load, count, "Content-Encoding: gzip\r\n", |load, _, into| {
            let (id, body) = load.envelope(now());
            let mut encoder = GzEncoder::new(into, Compression::default());
            encoder.write_all(&body).expect("memory can be written to");
            encoder.finish().expect("memory can be written to");
            Some(id)
        })
    }

    /// Three errors, five transactions and two sessions of ten.
    pub(super) fn mixed(load: &Load, count: usize) -> Self {
        Self::new(load, count, "", |load, number, into| {
            let kind = match number % 10 {
                0 | 3 | 6 => Kind::Error,
                4 | 9 => Kind::Session,
                _ => Kind::Transaction,
            };
            let id = load.write(kind, now(), into);
            (kind != Kind::Session).then_some(id)
        })
    }

    /// `make` puts the body of a number into an empty buffer, and gives its event id. All cores make bodies.
    fn new(
        load: &Load,
        count: usize,
        headers: &'static str,
        make: impl Fn(&mut Load, usize, &mut Vec<u8>) -> Option<String> + Sync,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = count.div_ceil(threads);
        let made = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads)
                .map(|thread| {
                    let (mut load, make) = (load.with_seed(1_000 + thread as u64), &make);
                    let numbers = thread * share..count.min((thread + 1) * share);
                    scope.spawn(move || {
                        let mut body = Vec::new();
                        numbers
                            .map(|number| {
                                body.clear();
                                Body {
                                    event_id: make(&mut load, number, &mut body),
                                    bytes: body.as_slice().into(),
                                }
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            let made = threads
                .into_iter()
                .flat_map(|thread| thread.join().expect("making bodies does not panic"));
            made.collect()
        });
        Self {
            bodies: Arc::new(made),
            headers,
        }
    }

    pub(super) fn mean_bytes(&self) -> usize {
        self.bodies.iter().map(|body| body.bytes.len()).sum::<usize>() / self.bodies.len().max(1)
    }
}

impl Bodies for Made {
    fn make(&mut self, number: usize, into: &mut Vec<u8>) -> Option<String> {
        let body = &self.bodies[number];
        into.clear();
        into.extend_from_slice(&body.bytes);
        body.event_id.clone()
    }

    fn headers(&self) -> &'static str {
        self.headers
    }
}
