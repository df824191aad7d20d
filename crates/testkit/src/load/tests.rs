use std::{collections::HashSet, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use super::*;

const NOW: f64 = 1_763_700_000.0;

fn gzipped(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len()
}

fn payload(envelope: &[u8]) -> Value {
    let text = std::str::from_utf8(envelope).unwrap();
    let lines: Vec<&str> = text.split('\n').collect();
    let [_, item, payload, ""] = lines.as_slice() else {
        panic!("{} lines", lines.len())
    };
    let item: Value = serde_json::from_str(item).unwrap();
    assert_eq!(item["length"], payload.len());
    serde_json::from_str(payload).unwrap()
}

#[test]
fn errors_are_large_and_no_two_are_alike() {
    let mut load = Load::new(1);
    let mut before: Vec<u8> = Vec::new();
    for number in 0..50 {
        let mut envelope = Vec::new();
        load.write_of(7, NOW, &mut envelope);
        assert!((18_000..24_000).contains(&envelope.len()), "{} bytes", envelope.len());
        let size = gzipped(&envelope);
        assert!(size >= 2048, "event {number} compresses to {size} bytes");
        // Both fit into the compressor's window, so what the second adds is what it does not share with the first,
        // which is an event of the same issue.
        let more = gzipped(&[before.as_slice(), &envelope].concat()) - gzipped(&before);
        assert!(more >= 600, "event {number} adds {more} bytes to the one before");
        before = envelope;
    }
}

#[test]
fn equal_seeds_make_equal_events() {
    assert_eq!(Load::new(1).envelope(NOW), Load::new(1).envelope(NOW));
    assert_eq!(Load::new(3).with_seed(1).envelope(NOW), Load::new(1).envelope(NOW));
    assert_ne!(Load::new(1).event(NOW), Load::new(2).event(NOW));
}

/// The functions of an error, which decide about its issue.
fn stack(load: &mut Load, issue: usize) -> Vec<String> {
    let mut envelope = Vec::new();
    load.write_of(issue, NOW, &mut envelope);
    let event = payload(&envelope);
    let frames = event["exception"]["values"][0]["stacktrace"]["frames"]
        .as_array()
        .unwrap();
    assert_eq!(frames.len(), FRAMES);
    frames
        .iter()
        .map(|frame| format!("{} {}", frame["module"], frame["function"]))
        .collect()
}

#[test]
fn each_issue_has_a_stack_of_its_own() {
    let mut load = Load::new(1);
    let stacks: HashSet<Vec<String>> = (0..2_000).map(|issue| stack(&mut load, issue)).collect();
    assert_eq!(stacks.len(), 2_000);
    assert_eq!(stack(&mut load, 77), stack(&mut load, 77));
}

#[test]
fn a_few_issues_come_often_and_all_come() {
    let zipf = Zipf::new(ISSUES);
    let mut random = Random::new(5);
    let mut counts = [0; ISSUES];
    for _ in 0..100_000 {
        counts[zipf.pick(&mut random)] += 1;
    }
    assert!((14_000..15_500).contains(&counts[0]), "{}", counts[0]);
    assert!((6_500..8_000).contains(&counts[1]), "{}", counts[1]);
    assert!(counts.iter().all(|count| *count > 0));
}

#[test]
fn a_title_tells_the_event() {
    let mut envelope = Vec::new();
    let id = Load::new(9).write_of(1_000_000, NOW, &mut envelope);
    let event = payload(&envelope);
    let title = event["exception"]["values"][0]["value"].as_str().unwrap();
    assert!(title.contains(&id[..12]), "{title}");
    assert!(envelope.starts_with(format!("{{\"event_id\":\"{id}\"}}\n").as_bytes()));
}

#[test]
fn transactions_have_spans_within_their_time() {
    let mut load = Load::new(4);
    let mut envelope = Vec::new();
    for _ in 0..50 {
        load.write(Kind::Transaction, NOW, &mut envelope);
        assert!((1_000..6_000).contains(&envelope.len()), "{} bytes", envelope.len());
        let event = payload(&envelope);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (start, end) = (text(&event["start_timestamp"]), text(&event["timestamp"]));
        assert!(start < end);
        let spans = event["spans"].as_array().unwrap();
        assert!((1..=8).contains(&spans.len()));
        for span in spans {
            assert!(
                start <= text(&span["start_timestamp"]) && text(&span["timestamp"]) <= end,
                "{span}"
            );
            assert_eq!(span["trace_id"], event["contexts"]["trace"]["trace_id"]);
        }
    }
}

#[test]
fn sessions_are_envelopes_of_their_own() {
    let mut envelope = Vec::new();
    Load::new(4).write(Kind::Session, NOW, &mut envelope);
    assert!(envelope.starts_with(b"{}\n{\"type\":\"session\""));
    let session = payload(&envelope);
    assert_eq!(session["init"], true);
    assert_eq!(session["timestamp"], "2025-11-21T04:40:00.000000Z");
}
