//! Random rows of every kind, with gaps, ties and odd names.

use bytes::Bytes;
use model::{EventId, ProjectId, Timestamp};
use query::{Dataset, Known};
use store::events::{Document, SearchText, Value};

use super::random::Random;

pub(super) const PROJECTS: [ProjectId; 3] = [ProjectId(11), ProjectId(12), ProjectId(9_007_199_254_740_991)];
pub(super) const DATASETS: [Dataset; 2] = [Dataset::Errors, Dataset::Transactions];
/// 2026-03-30, a day before the end of a month.
pub(super) const START: Timestamp = Timestamp(1_774_828_800_000_000);
pub(super) const DAYS: i64 = 4;
pub(super) const DAY: i64 = 86_400_000_000;

pub(super) const LEVELS: [&str; 4] = ["error", "warning", "fatal", "info"];
pub(super) const ENVIRONMENTS: [&str; 3] = ["production", "staging", "dev"];
pub(super) const RELEASES: [&str; 4] = ["app@1.0.0", "app@1.2.0+7", "2.0", "app@1.10.0"];
pub(super) const TITLES: [&str; 6] = ["ValueError: x", "KeyError: y", "valueerror: X", "Ärger", "*odd*", ""];
pub(super) const STATUSES: [&str; 5] = ["ok", "cancelled", "unknown", "internal_error", "deadline_exceeded"];
pub(super) const ERROR_TYPES: [&str; 5] = ["ValueError", "KeyError", "Value", "Timeout\n", "接続"];
pub(super) const FUNCTIONS: [&str; 6] = ["main", "run", "handle", "main.<locals>", "render", "get"];
pub(super) const TAGS: [&str; 3] = ["customer", "plan.type", "ключ"];
pub(super) const TAG_VALUES: [&str; 5] = ["a", "b", "12", "", "long value with spaces"];
pub(super) const NUMBERS: [&str; 2] = ["measurements.lcp", "cart.items"];
pub(super) const HASHES: [&str; 6] = ["aa00", "aa01", "bb00", "cc00", "dd00", ""];
pub(super) const WORDS: [&str; 8] = ["alpha", "beta", "gamma", "delta", "alphabet", "404", "über", "zeta"];

/// How the rows of one run differ from those of another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) rows: usize,
    pub(super) users: usize,
    pub(super) transactions: usize,
}

pub(super) fn documents(random: &mut Random, shape: Shape) -> Vec<Document> {
    let mut documents: Vec<Document> = Vec::with_capacity(shape.rows);
    for number in 0..shape.rows {
        let mut document = document(random, shape, number);
        // The same event may be sent to two projects.
        let other = documents.last().filter(|other| {
            // Within a project it is one event.
            let mut same = documents.iter().rev().take(5).filter(|same| same.id == other.id);
            same.all(|same| same.project != document.project)
        });
        if let Some(other) = other.filter(|_| random.chance(5)) {
            document.id = other.id;
            document.timestamp = other.timestamp;
        }
        documents.push(document);
    }
    documents
}

fn document(random: &mut Random, shape: Shape, number: usize) -> Document {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&random.bits().to_be_bytes());
    id[8..].copy_from_slice(&random.bits().to_be_bytes());
    let dataset = random.one_of(&DATASETS);
    Document {
        dataset,
        project: random.one_of(&PROJECTS),
        id: EventId(id),
        timestamp: timestamp(random),
        received_at: timestamp(random),
        hash: random.one_of(&HASHES).to_owned(),
        sequence: number as i64 + 1,
        fields: fields(random, shape),
        tags: random
            .some_of(&TAGS)
            .into_iter()
            .map(|tag| (tag.to_owned(), random.one_of(&TAG_VALUES).to_owned()))
            .collect(),
        numbers: random
            .some_of(&NUMBERS)
            .into_iter()
            .map(|name| {
                let fraction = if name == "cart.items" { 0.0 } else { random.share() };
                (name.to_owned(), random.below(40) as f64 - 10.0 + fraction)
            })
            .collect(),
        text: text(random),
        payload: Bytes::from(format!("{{\"number\":{number}}}")),
    }
}

/// Whole minutes now and then, so that rows are of one time, and the first and last moment of a day.
fn timestamp(random: &mut Random) -> Timestamp {
    let day = random.below(DAYS as usize) as i64 * DAY;
    let within = match random.below(10) {
        0 => 0,
        1 => DAY - 1,
        2..=5 => random.below(24 * 60) as i64 * 60_000_000,
        _ => (random.share() * DAY as f64) as i64,
    };
    Timestamp(START.0 + day + within)
}

fn fields(random: &mut Random, shape: Shape) -> Vec<(Known, Value)> {
    let mut fields = Vec::new();
    let mut text = |random: &mut Random, known, percent, of: &[&str]| {
        let value = random.one_of(of).to_owned();
        if random.chance(percent) {
            fields.push((known, Value::Text(value)));
        }
    };
    text(random, Known::Level, 100, &LEVELS);
    text(random, Known::Environment, 80, &ENVIRONMENTS);
    text(random, Known::Release, 70, &RELEASES);
    text(random, Known::Title, 95, &TITLES);
    text(random, Known::Status, 70, &STATUSES);
    // Some names more often than others.
    let transaction = random.below(shape.transactions).min(random.below(shape.transactions));
    text(random, Known::Transaction, 90, &[&format!("/api/{transaction}/")]);
    let user = random.below(shape.users);
    text(random, Known::User, 90, &[&format!("id:{user}")]);
    for _ in 0..random.below(4) {
        text(random, Known::ErrorType, 90, &ERROR_TYPES);
        text(random, Known::StackFunction, 90, &FUNCTIONS);
    }
    if random.chance(80) {
        fields.push((Known::Duration, Value::Number(duration(random))));
    }
    if random.chance(50) {
        fields.push((Known::ErrorHandled, Value::Flag(random.chance(50))));
    }
    if random.chance(30) {
        fields.push((Known::SeverityNumber, Value::Number(random.below(24) as f64)));
    }
    fields
}

fn duration(random: &mut Random) -> f64 {
    match random.below(20) {
        0 => 0.0,
        1 => 300.0,
        _ => (random.share() * 12.0).exp(),
    }
}

fn text(random: &mut Random) -> Vec<SearchText> {
    let mut words = |count: usize| {
        let words: Vec<_> = (0..count).map(|_| random.one_of(&WORDS)).collect();
        words.join(" ")
    };
    let prose = [words(3), words(2)].map(SearchText::Prose);
    let surroundings = SearchText::Surroundings(words(2));
    prose.into_iter().chain([surroundings]).collect()
}
