//! What is sent. A body is made when it is wanted, which takes some microseconds, or, where it is compressed, before the
//! measurement begins.

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

/// Three errors, five transactions and two sessions of ten.
#[derive(Debug)]
pub(super) struct Mixed(pub(super) Load);

impl Bodies for Mixed {
    fn make(&mut self, number: usize, into: &mut Vec<u8>) -> Option<String> {
        let kind = match number % 10 {
            0 | 3 | 6 => Kind::Error,
            4 | 9 => Kind::Session,
            _ => Kind::Transaction,
        };
        let id = self.0.write(kind, now(), into);
        (kind != Kind::Session).then_some(id)
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

/// Errors that were compressed before.
#[derive(Debug, Clone)]
pub(super) struct Gzipped(Arc<Vec<(String, Box<[u8]>)>>);

impl Gzipped {
    /// Compresses on all cores.
    pub(super) fn new(load: &Load, count: usize) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = count.div_ceil(threads);
        let made = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads)
                .map(|thread| {
                    let mut load = load.with_seed(1_000 + thread as u64);
                    scope.spawn(move || (0..share).map(|_| gzipped(&mut load)).collect::<Vec<_>>())
                })
                .collect();
            let made = threads
                .into_iter()
                .flat_map(|thread| thread.join().expect("compressing does not panic"));
            made.collect()
        });
        Self(Arc::new(made))
    }

    pub(super) fn mean_bytes(&self) -> usize {
        self.0.iter().map(|(_, body)| body.len()).sum::<usize>() / self.0.len().max(1)
    }
}

fn gzipped(load: &mut Load) -> (String, Box<[u8]>) {
    let (id, body) = load.envelope(now());
    let mut encoder = GzEncoder::new(Vec::with_capacity(8 << 10), Compression::default());
    encoder.write_all(&body).expect("memory can be written to");
    let compressed = encoder.finish().expect("memory can be written to");
    (id, compressed.into_boxed_slice())
}

impl Bodies for Gzipped {
    fn make(&mut self, number: usize, into: &mut Vec<u8>) -> Option<String> {
        let (id, body) = &self.0[number];
        into.clear();
        into.extend_from_slice(body);
        Some(id.clone())
    }

    fn headers(&self) -> &'static str {
        "Content-Encoding: gzip\r\n"
    }
}
