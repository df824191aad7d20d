//! What an event costs in the index: time of adding, committing and merging, and bytes by part.
//!
//! `cargo bench -p tocsin-store --bench event_index -- [events]`

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use model::{EventId, ProjectId, Timestamp};
use query::{Dataset, Known};
use serde_json::Value as Json;
use store::events::{Document, EventIndex, IndexConfig, SearchText, Value};
use testkit::load::Load;

const START: i64 = 1_800_000_000;

#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
fn main() {
    let events = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(20_000);
    let folder = tempfile::tempdir().unwrap();
    let index = EventIndex::open(folder.path(), IndexConfig::default()).unwrap();
    let mut load = Load::new(7);
    let (mut adding, mut committing, mut merging) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (mut added, mut position, mut payloads) = (0, 0, 0);
    let start_cpu = cpu();
    let mut making = 0.0;
    while added < events {
        // As many as come in half a second.
        for _ in 0..5 {
            let making_start = cpu();
            let documents: Vec<_> = (0..200).map(|_| document(&mut load, added + position)).collect();
            making += cpu() - making_start;
            payloads += documents.iter().map(|document| document.payload.len()).sum::<usize>();
            added += i64::try_from(documents.len()).unwrap();
            position += 1;
            let start = Instant::now();
            index.add(&documents, Some(u64::try_from(position).unwrap())).unwrap();
            adding += start.elapsed();
        }
        let start = Instant::now();
        index.commit().unwrap();
        committing += start.elapsed();
        let start = Instant::now();
        while index.tend(Timestamp::from_seconds(START)).unwrap() {}
        merging += start.elapsed();
    }
    let count = f64::from(u32::try_from(added).unwrap());
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / count;
    println!(
        "{added} events, {:.0} bytes of payload each, peak memory {} KiB",
        payloads as f64 / count,
        peak()
    );
    println!(
        "µs an event: add {:.1}, commit {:.1}, merge {:.1}; CPU in all {:.1}",
        micros(adding),
        micros(committing),
        micros(merging),
        (cpu() - start_cpu - making) * 1e6 / count
    );
    sizes(folder.path(), count);
    let start = Instant::now();
    while index.tend(Timestamp::from_seconds(START + 3 * 86_400)).unwrap() {}
    while index.tend(Timestamp::from_seconds(START + 3 * 86_400 + 100)).unwrap() {}
    println!("last merge: {:.1} µs an event", micros(start.elapsed()));
    sizes(folder.path(), count);
}

#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
fn sizes(folder: &Path, count: f64) {
    let mut parts = BTreeMap::<String, u64>::new();
    for dataset in fs::read_dir(folder).unwrap() {
        for day in fs::read_dir(dataset.unwrap().path()).unwrap() {
            for file in fs::read_dir(day.unwrap().path()).unwrap() {
                let file = file.unwrap();
                let name = file.file_name().into_string().unwrap();
                let part = name.rsplit('.').next().unwrap().to_owned();
                *parts.entry(part).or_default() += file.metadata().unwrap().len();
                *parts.entry("all".to_owned()).or_default() += file.metadata().unwrap().len();
                *parts.entry("files".to_owned()).or_default() += 1;
            }
        }
    }
    let parts: Vec<_> = parts
        .iter()
        .map(|(part, bytes)| format!("{part} {:.1}", *bytes as f64 / count))
        .collect();
    println!("bytes an event: {}", parts.join(", "));
}

fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

/// About what is made of a normalized error.
fn document(load: &mut Load, number: i64) -> Document {
    let timestamp = Timestamp::from_seconds(START + number / 2_000);
    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    let payload = load.event(timestamp.seconds() as f64);
    let event: Json = serde_json::from_slice(&payload).unwrap();
    let text = |pointer: &str| {
        event
            .pointer(pointer)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let frames = event
        .pointer("/exception/values/0/stacktrace/frames")
        .unwrap()
        .as_array()
        .unwrap();
    let frame = |field: &str| -> Vec<String> {
        let mut values: Vec<_> = frames
            .iter()
            .rev()
            .filter_map(|frame| frame[field].as_str())
            .map(str::to_owned)
            .collect();
        values.dedup();
        values
    };
    let (kind, value, transaction) = (
        text("/exception/values/0/type"),
        text("/exception/values/0/value"),
        text("/transaction"),
    );
    let title = format!("{kind}: {value}");
    let hash = format!(
        "{:032x}",
        hash(&format!("{kind}{transaction}{}", frame("function").join(" ")))
    );
    let mut fields: Vec<(Known, Value)> = [
        (Known::EventType, "error".to_owned()),
        (Known::Level, text("/level")),
        (Known::Platform, text("/platform")),
        (Known::Environment, text("/environment")),
        (Known::Release, text("/release")),
        (Known::Transaction, transaction.clone()),
        (Known::Title, title.clone()),
        (Known::Message, title.clone()),
        (Known::Culprit, transaction.clone()),
        (Known::Location, frame("filename").first().cloned().unwrap_or_default()),
        (Known::Logger, text("/logger")),
        (Known::ServerName, text("/server_name")),
        (Known::SdkName, "sentry.python".to_owned()),
        (Known::SdkVersion, "2.40.0".to_owned()),
        (Known::Trace, text("/contexts/trace/trace_id")),
        (Known::Span, text("/contexts/trace/span_id")),
        (Known::User, format!("id:{}", text("/user/id"))),
        (Known::UserId, text("/user/id")),
        (Known::UserEmail, text("/user/email")),
        (Known::UserName, text("/user/username")),
        (Known::HttpMethod, text("/request/method")),
        (Known::HttpUrl, text("/request/url")),
        (Known::ErrorType, kind.clone()),
        (Known::ErrorValue, value.clone()),
        (Known::ErrorMechanism, "django".to_owned()),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .map(|(known, text)| (known, Value::Text(text)))
    .collect();
    fields.push((Known::ErrorHandled, Value::Flag(false)));
    for (known, field) in [
        (Known::StackFilename, "filename"),
        (Known::StackModule, "module"),
        (Known::StackFunction, "function"),
    ] {
        fields.extend(frame(field).into_iter().map(|value| (known, Value::Text(value))));
    }
    let mut surroundings = String::new();
    for field in ["filename", "module", "function", "context_line"] {
        for value in frame(field) {
            surroundings.push_str(&value);
            surroundings.push('\n');
        }
    }
    for crumb in event.pointer("/breadcrumbs/values").unwrap().as_array().unwrap() {
        for field in ["message", "category"] {
            surroundings.push_str(crumb[field].as_str().unwrap_or_default());
            surroundings.push('\n');
        }
    }
    surroundings.truncate(surroundings.floor_char_boundary(8192));
    let tags = event["tags"].as_object().unwrap();
    Document {
        dataset: Dataset::Errors,
        project: ProjectId(1),
        id: EventId::random(),
        timestamp,
        received_at: timestamp,
        hash,
        sequence: 7_000_000_000 + number * 3,
        fields,
        tags: tags
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        numbers: Vec::new(),
        text: vec![SearchText::Prose(title), SearchText::Surroundings(surroundings)],
        payload: Bytes::from(payload),
    }
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
