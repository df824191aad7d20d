//! What a busy Python service sends, as fast as a benchmark wants it: error events of about 20 KB from many places in its
//! code, transactions with spans, and sessions. No two are alike: variables, ids, addresses and breadcrumbs differ from
//! event to event, so that each error alone still compresses to 2 KB or more.
//!
//! Making one costs some microseconds, because the load and the server that is measured share a machine: the texts in
//! `shapes/` are read once, and an event is a copy of them with its gaps filled.

mod random; // numbers that are the same on every machine,
mod shapes; // the texts with their gaps,
mod template; // how a gap is filled,
mod time; // the form of timestamps,
mod words; // and what the service deals with

use std::sync::Arc;

use random::Random;
use shapes::Shapes;
pub use time::iso;
use words::{ERRORS, VERBS, WORDS};

/// How many places in the code fail, one issue each, unless more are wanted.
pub const ISSUES: usize = 500;

/// How many users the service has, and the first of their numbers.
const USERS: u64 = 50_000;
const FIRST_USER: u64 = 10_000;
/// How many endpoints have transactions.
const ENDPOINTS: usize = 200;

const FRAMES: usize = 13;
const BREADCRUMBS: u32 = 26;
const ENVIRONMENTS: [&str; 3] = ["production", "staging", "canary"];
const REGIONS: [&str; 3] = ["eu", "us", "ap"];
const RELEASES: [&str; 7] = ["0", "1", "2", "3", "4", "5", "6"];

/// What an envelope holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An error with a stack trace of 13 frames, about 20 KB.
    Error,
    /// A transaction with some spans, 2 to 5 KB.
    Transaction,
    /// A session that has ended.
    Session,
}

impl Kind {
    fn item_type(self) -> &'static str {
        match self {
            Self::Error => "event",
            Self::Transaction => "transaction",
            Self::Session => "session",
        }
    }
}

/// Makes envelopes; equal seeds make equal ones, and different seeds different ones. Clones share the texts.
#[derive(Debug, Clone)]
pub struct Load {
    random: Random,
    shapes: Arc<Shapes>,
    issues: Zipf,
    endpoints: Zipf,
    payload: Vec<u8>,
}

impl Load {
    /// Errors of [`ISSUES`] issues.
    pub fn new(seed: u64) -> Self {
        Self::with_issues(seed, ISSUES)
    }

    /// Errors of so many issues: a few come often, most seldom (Zipf).
    pub fn with_issues(seed: u64, issues: usize) -> Self {
        Self {
            random: Random::new(seed),
            shapes: Arc::new(Shapes::new()),
            issues: Zipf::new(issues),
            endpoints: Zipf::new(ENDPOINTS),
            payload: Vec::new(),
        }
    }

    /// The same service with other random numbers: one for each thread that sends.
    pub fn with_seed(&self, seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            ..self.clone()
        }
    }

    /// The payload of an error that happened then (Unix seconds).
    pub fn event(&mut self, timestamp: f64) -> Vec<u8> {
        let issue = self.issues.pick(&mut self.random);
        let id = self.random.hex(32);
        self.error(issue, &id, timestamp);
        self.payload.clone()
    }

    /// An envelope with an error that happened then, and its event id.
    pub fn envelope(&mut self, timestamp: f64) -> (String, Vec<u8>) {
        let mut envelope = Vec::new();
        let id = self.write(Kind::Error, timestamp, &mut envelope);
        (id, envelope)
    }

    /// Puts an envelope in the place of what `into` held, and returns its event id. Sessions have none: theirs is in no
    /// answer of a server.
    pub fn write(&mut self, kind: Kind, timestamp: f64, into: &mut Vec<u8>) -> String {
        let id = self.random.hex(32);
        match kind {
            Kind::Error => {
                let issue = self.issues.pick(&mut self.random);
                self.error(issue, &id, timestamp);
            }
            Kind::Transaction => self.transaction(timestamp),
            Kind::Session => self.session(timestamp),
        }
        self.seal(kind, &id, into);
        id
    }

    /// Like [`Self::write`], an error of this issue; one above those that the load has is an issue that was not seen
    /// before. Its title holds the first twelve digits of the event id.
    pub fn write_of(&mut self, issue: usize, timestamp: f64, into: &mut Vec<u8>) -> String {
        let id = self.random.hex(32);
        self.error(issue, &id, timestamp);
        self.seal(Kind::Error, &id, into);
        id
    }

    /// From 0 to below 1: for whoever mixes kinds or spreads points in time, with this load's seed.
    pub fn unit(&mut self) -> f64 {
        self.random.unit()
    }

    fn seal(&self, kind: Kind, id: &str, into: &mut Vec<u8>) {
        into.clear();
        if kind != Kind::Session {
            into.extend_from_slice(b"{\"event_id\":\"");
            into.extend_from_slice(id.as_bytes());
            into.extend_from_slice(b"\"}\n{\"type\":\"");
        } else {
            into.extend_from_slice(b"{}\n{\"type\":\"");
        }
        into.extend_from_slice(kind.item_type().as_bytes());
        into.extend_from_slice(format!("\",\"length\":{}}}\n", self.payload.len()).as_bytes());
        into.extend_from_slice(&self.payload);
        into.push(b'\n');
    }

    fn error(&mut self, issue: usize, id: &str, timestamp: f64) {
        let Self {
            random,
            shapes,
            payload,
            ..
        } = self;
        let (noun, verb) = names(issue);
        let user = (FIRST_USER + random.below(USERS)).to_string();
        let request = format!("/api/{noun}/{}/{verb}", 100_000 + random.below(900_000));
        let frames = shapes.frames(issue, (&user, &request), random);
        let breadcrumbs = shapes.breadcrumbs(issue, (timestamp, &user), random);
        payload.clear();
        shapes.error.fill(
            &[
                &iso(timestamp),
                noun,
                verb,
                ERRORS[issue % ERRORS.len()],
                RELEASES[issue % RELEASES.len()],
                ENVIRONMENTS[issue % ENVIRONMENTS.len()],
                REGIONS[issue % REGIONS.len()],
                &user,
                &request,
                &id[..12],
                &frames,
                &breadcrumbs,
            ],
            random,
            payload,
        );
    }

    fn transaction(&mut self, end: f64) {
        let Self {
            random,
            shapes,
            payload,
            ..
        } = self;
        let endpoint = self.endpoints.pick(random);
        let (noun, verb) = names(endpoint);
        // Most are fast, a few are ten times slower, and endpoints differ.
        #[expect(clippy::cast_precision_loss, reason = "two hundred")]
        let usual = 0.02 + 0.002 * endpoint as f64;
        let duration = usual * (0.5 + random.unit()) / (1.0 - 0.9 * random.unit());
        let start = end - duration;
        let (trace, root) = (random.hex(32), random.hex(16));
        let spans = shapes.spans((&trace, &root), (start, end), random);
        let failed = random.below(50) == 0;
        let (status, code) = if failed {
            ("internal_error", "500")
        } else {
            ("ok", "200")
        };
        let user = (FIRST_USER + random.below(USERS)).to_string();
        payload.clear();
        shapes.transaction.fill(
            &[
                &iso(start),
                &iso(end),
                noun,
                verb,
                RELEASES[endpoint % RELEASES.len()],
                ENVIRONMENTS[endpoint % ENVIRONMENTS.len()],
                &user,
                &trace,
                &root,
                status,
                code,
                &spans,
            ],
            random,
            payload,
        );
    }

    fn session(&mut self, end: f64) {
        let Self {
            random,
            shapes,
            payload,
            ..
        } = self;
        let (status, errors) = match random.below(100) {
            0 => ("crashed", "1"),
            1..4 => ("exited", "2"),
            _ => ("exited", "0"),
        };
        let release = RELEASES[random.index(RELEASES.len())];
        let environment = ENVIRONMENTS[random.index(ENVIRONMENTS.len())];
        let user = (FIRST_USER + random.below(USERS)).to_string();
        payload.clear();
        shapes.session.fill(
            &[
                &iso(end - 900.0),
                &iso(end),
                release,
                environment,
                &user,
                status,
                errors,
            ],
            random,
            payload,
        );
    }
}

/// What a place in the code deals with, and what it does there.
fn names(place: usize) -> (&'static str, &'static str) {
    (WORDS[place % WORDS.len()], VERBS[place / WORDS.len() % VERBS.len()])
}

/// Picks from so many, the first often and the last seldom: the n-th 1/n as often as the first.
#[derive(Debug, Clone)]
struct Zipf(Arc<[f64]>);

impl Zipf {
    fn new(count: usize) -> Self {
        let mut sum = 0.0;
        let weight = |rank: usize| {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let weight = 1.0 / rank as f64;
            sum += weight;
            sum
        };
        Self((1..=count).map(weight).collect())
    }

    fn pick(&self, random: &mut Random) -> usize {
        let total = self.0.last().copied().unwrap_or(1.0);
        let at = random.unit() * total;
        self.0
            .partition_point(|sum| *sum < at)
            .min(self.0.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests;
