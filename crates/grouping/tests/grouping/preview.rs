//! What a change of the settings would do to stored events.

use grouping::{Config, Sample, Settings, preview};
use protocol::event::Event;
use serde_json::{Value, json};

use crate::{NOW, config, event};

/// Events as they are stored after they came in.
fn stored(values: &[Value]) -> Vec<Sample> {
    let config = Config::default();
    let sample = |value: &Value| {
        let mut event = event(value);
        let hash = config.group(&mut event, NOW).hashes[0];
        Sample {
            event: Event::from_stored(&event.to_json()).expect("it was just written"),
            hash,
            title: value["logentry"]["formatted"].as_str().unwrap_or("an error").to_owned(),
        }
    };
    values.iter().map(sample).collect()
}

fn with_rules(fingerprint_rules: &str) -> Config {
    config(&Settings {
        fingerprint_rules: fingerprint_rules.to_owned(),
        ..Settings::default()
    })
}

fn message(text: &str, tenant: &str) -> Value {
    json!({"logentry": {"formatted": text}, "tags": {"tenant": tenant}})
}

#[test]
fn without_a_change_everything_stays() {
    let samples = stored(&[message("a", "x"), message("b", "x"), message("a", "y")]);
    let regrouping = preview(samples, &Config::default(), NOW);
    assert_eq!((regrouping.events, regrouping.moved), (3, 0));
    let counts: Vec<usize> = regrouping.issues.iter().map(|issue| issue.count).collect();
    assert_eq!(counts, [2, 1]);
    assert!(regrouping.merged.is_empty() && regrouping.split.is_empty());
}

#[test]
fn issues_merge() {
    let samples = stored(&[
        message("a", "x"),
        message("b", "x"),
        message("c", "y"),
        message("a", "x"),
    ]);
    let (a, b) = (samples[0].hash, samples[1].hash);
    let regrouping = preview(samples, &with_rules("tags.tenant:x -> x title=\"Tenant X\""), NOW);
    assert_eq!((regrouping.events, regrouping.moved), (4, 3));
    let issue = &regrouping.issues[0];
    assert_eq!(issue.count, 3);
    assert_eq!(issue.titles, ["Tenant X"]);
    let mut from = vec![(a, 2), (b, 1)];
    from.sort();
    assert_eq!(issue.from, from);
    assert_eq!(regrouping.merged.len(), 1);
    assert_eq!(regrouping.merged[0].into, issue.hash);
    assert_eq!(regrouping.merged[0].from.len(), 2);
    assert!(regrouping.split.is_empty());
    assert_eq!(regrouping.issues[1].titles, ["c"]);
}

#[test]
fn issues_split() {
    let samples = stored(&[message("a", "x"), message("a", "y"), message("a", "z")]);
    let from = samples[0].hash;
    let regrouping = preview(
        samples,
        &with_rules("message:a -> {{ default }} {{ tags.tenant }}"),
        NOW,
    );
    assert_eq!(regrouping.moved, 3);
    assert_eq!(regrouping.split.len(), 1);
    assert_eq!(regrouping.split[0].from, from);
    assert_eq!(regrouping.split[0].into.len(), 3);
    let form = serde_json::to_value(&regrouping).unwrap();
    assert_eq!(form["split"][0]["from"], from.to_string());
}

#[test]
fn an_event_stays_while_one_of_its_hashes_leads_home() {
    let frames = json!([{"function": "f", "in_app": true}, {"function": "g"}]);
    let error = json!({"platform": "python", "exception": [{"type": "E", "stacktrace": {"frames": frames}}]});
    let mut samples = stored(&[error]);
    // The issue was made when the whole stack decided.
    samples[0].hash = Config::default().group(&mut samples[0].event.clone(), NOW).hashes[1];
    assert_eq!(preview(samples, &Config::default(), NOW).moved, 0);
}
