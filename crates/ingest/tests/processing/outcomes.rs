//! Every recorded request ends in the outcomes that an independent decoder's list of its items and `ingest.md` imply.

use std::collections::BTreeSet;

use model::{DataCategory, OutcomeKind};
use serde_json::Value;
use testkit::corpus::{self, Recording};

use crate::endpoints::{Endpoints, Lines, line};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recorded_request_ends_in_the_outcomes_that_its_items_imply() {
    let mut endpoints = Endpoints::new().await;
    let (mut problems, mut seen, mut named) = (Vec::new(), BTreeSet::new(), 0);
    for recording in corpus::requests().iter().filter(|recording| recording.is_ingestion()) {
        let name = &recording.name;
        let (status, body, counted) = endpoints.replay(recording).await;
        named += 1;
        println!("{name}: {}", text(&counted));
        if !status.is_success() {
            problems.push(format!("{name}: {status} {}", String::from_utf8_lossy(&body)));
            continue;
        }
        let expected = Expected::of(recording, &mut seen);
        if !expected.is(&counted) {
            problems.push(format!(
                "{name}: counted {} instead of {}",
                text(&counted),
                text(&expected.lines)
            ));
        }
    }
    println!("{named} requests, each in the outcomes that it should have");
    assert!(named >= 20, "only {named} recordings");
    assert_eq!(endpoints.quarantine.count(), 0, "a step broke");
    let count = problems.len();
    assert!(problems.is_empty(), "{count} of {named}:\n{}", problems.join("\n"));
}

fn text(lines: &Lines) -> String {
    let lines: Vec<_> = lines
        .iter()
        .map(|(line, quantity)| format!("{line} {quantity}"))
        .collect();
    lines.join(", ")
}

/// What a recording should be counted as.
#[derive(Default)]
struct Expected {
    lines: Lines,
    /// The bytes of logs as they were sent. What is counted is the size of each log, so somewhat less.
    log_bytes: i64,
}

impl Expected {
    /// `seen` are the ids of events so far: a second copy of one is not taken (`ingest.md` §13.6, 1).
    fn of(recording: &Recording, seen: &mut BTreeSet<String>) -> Self {
        let mut expected = Self::default();
        let items = &recording.meta.expected.items;
        let mut ids = items.iter().filter(|item| makes_event(item)).filter_map(event_id);
        let is_duplicate = ids.next().is_some_and(|id| !seen.insert(id));
        for item in items {
            let follows = is_duplicate && (makes_event(item) || follows_event(item));
            let (outcome, reason) = match follows {
                true => (OutcomeKind::Invalid, "duplicate"),
                false => (OutcomeKind::Accepted, ""),
            };
            expected.item(recording, item, |category| line(category, outcome, reason));
        }
        expected
    }

    fn item(&mut self, recording: &Recording, item: &Value, line_of: impl Fn(DataCategory) -> String) {
        let mut add = |category, quantity| *self.lines.entry(line_of(category)).or_default() += quantity;
        let count = || item["count"].as_i64().unwrap_or(1);
        match item["type"].as_str().unwrap() {
            "event" => add(DataCategory::Error, 1),
            "transaction" => add(DataCategory::Transaction, 1),
            "session" | "sessions" => add(DataCategory::Session, 1),
            "attachment" => {
                add(DataCategory::Attachment, item["bytes"].as_i64().unwrap().max(1));
                add(DataCategory::AttachmentItem, 1);
            }
            "check_in" | "check_in_url" => add(DataCategory::Monitor, 1),
            "feedback" | "user_report" => add(DataCategory::Feedback, 1),
            "csp" | "security" => add(DataCategory::Security, 1),
            "replay_event" | "replay_recording" => add(DataCategory::Replay, 1),
            "profile" => add(DataCategory::Profile, 1),
            // `ingest.md` §1.6: by the platform in the item's headers.
            "profile_chunk" => match item["platform"].as_str() {
                Some("cocoa" | "android" | "javascript") => add(DataCategory::ProfileChunkUi, 1),
                _ => add(DataCategory::ProfileChunk, 1),
            },
            "span" | "otlp_traces" => add(DataCategory::Span, count()),
            "trace_metric" => add(DataCategory::TraceMetric, count()),
            "log" | "otlp_logs" => {
                add(DataCategory::LogItem, count());
                let all = i64::try_from(recording.body.len()).unwrap();
                self.log_bytes += item["bytes"].as_i64().unwrap_or(all);
            }
            "minidump" => {
                add(DataCategory::Error, 1);
                for bytes in crash_files(&recording.name) {
                    add(DataCategory::Attachment, *bytes);
                    add(DataCategory::AttachmentItem, 1);
                }
            }
            "client_report" => {
                for discarded in item["discarded_events"].as_array().unwrap() {
                    let category = DataCategory::from_name(discarded["category"].as_str().unwrap()).unwrap();
                    let reason = discarded["reason"].as_str().unwrap();
                    let line = line(category, OutcomeKind::ClientDiscard, reason);
                    *self.lines.entry(line).or_default() += discarded["quantity"].as_i64().unwrap();
                }
            }
            // Four lines. Accepted and dropped (`ingest.md` §2), and so said.
            "statsd" => {
                let line = line(DataCategory::MetricBucket, OutcomeKind::Invalid, "feature_disabled");
                *self.lines.entry(line).or_default() += 4;
            }
            other => panic!("{}: what is {other}?", recording.name),
        }
    }

    fn is(&self, counted: &Lines) -> bool {
        let mut counted = counted.clone();
        if self.log_bytes > 0 {
            let bytes = counted
                .remove(&line(DataCategory::LogByte, OutcomeKind::Accepted, ""))
                .unwrap_or(0);
            if !(self.log_bytes / 2..=self.log_bytes).contains(&bytes) {
                return false;
            }
        }
        counted == self.lines
    }
}

fn makes_event(item: &Value) -> bool {
    matches!(item["type"].as_str(), Some("event" | "transaction" | "feedback"))
}

fn follows_event(item: &Value) -> bool {
    matches!(item["type"].as_str(), Some("attachment" | "user_report" | "profile"))
}

fn event_id(item: &Value) -> Option<String> {
    Some(item["event_id"].as_str()?.replace('-', ""))
}

/// The sizes of the files that a recorded crash brought, after unpacking: the list of items says only that it is one.
fn crash_files(name: &str) -> &'static [i64] {
    match name {
        "crashpad-0.8.0/crashpad-minidump-01" => &[25_687, 32],
        "curl-7.88.1/curl-minidump-01" => &[25_687],
        "curl-7.88.1/curl-minidump-gzip-01" | "curl-7.88.1/curl-minidump-gzip-02" => &[21_592],
        other => panic!("which files are in {other}?"),
    }
}
