//! Settings, and the move from one strategy to another.

use std::time::Duration;

use grouping::{Config, PreviousStrategy, Settings, StrategyId, group};
use serde_json::json;

use crate::{NOW, config, event, events};

#[test]
fn settings_have_defaults_and_a_stable_form() {
    assert_eq!(
        serde_json::from_value::<Settings>(json!({})).unwrap(),
        Settings::default()
    );
    let settings = Settings {
        strategy: StrategyId::V2026,
        previous: Some(PreviousStrategy {
            strategy: StrategyId::V2023,
            until: NOW,
        }),
        fingerprint_rules: "type:x -> y".to_owned(),
        stack_trace_rules: "function:x -app".to_owned(),
    };
    let form = json!({
        "strategy": "newstyle:2026-01-20",
        "previous": {"strategy": "newstyle:2023-01-11", "until": NOW.to_string()},
        "fingerprint_rules": "type:x -> y",
        "stack_trace_rules": "function:x -app",
    });
    assert_eq!(serde_json::to_value(&settings).unwrap(), form);
    assert_eq!(serde_json::from_value::<Settings>(form).unwrap(), settings);
    assert!(serde_json::from_value::<Settings>(json!({"strategy": "x"})).is_err());
}

#[test]
fn errors_of_both_texts_come_together() {
    let settings = Settings {
        fingerprint_rules: "type:x -> y\ntype:x".to_owned(),
        stack_trace_rules: "function:x".to_owned(),
        ..Settings::default()
    };
    let errors = Config::new(&settings).unwrap_err();
    let told: Vec<(&str, usize, usize)> = errors
        .iter()
        .map(|error| (error.field.name(), error.line, error.column))
        .collect();
    assert_eq!(told, [("fingerprint_rules", 2, 7), ("stack_trace_rules", 1, 11)]);
    let form = serde_json::to_value(&errors[0]).unwrap();
    assert_eq!(form["field"], "fingerprint_rules");
}

#[test]
fn old_hashes_are_found_for_a_while() {
    let until = NOW + Duration::from_secs(60);
    let moved = config(&Settings {
        previous: Some(PreviousStrategy {
            strategy: StrategyId::V2023,
            until,
        }),
        ..Settings::default()
    });
    let sent = event(&events()[0]);
    let old = group(&sent, StrategyId::V2023).hashes;
    let new = group(&sent, StrategyId::V2026).hashes;
    assert_ne!(old, new);
    let mut grouped = sent.clone();
    let grouping = moved.group(&mut grouped, NOW);
    assert_eq!((&grouping.hashes, &grouping.previous_hashes), (&new, &old));
    assert_eq!(grouping.strategy, StrategyId::V2026);
    // The event is as the strategy in force leaves it.
    let mut plain = sent.clone();
    Config::default().group(&mut plain, NOW);
    assert_eq!(grouped, plain);
    // Over: nothing more of the old one.
    assert!(moved.group(&mut sent.clone(), until).previous_hashes.is_empty());
    // A hash that both have is told once.
    let message = event(&json!({"logentry": {"formatted": "m"}}));
    assert!(moved.group(&mut message.clone(), NOW).previous_hashes.is_empty());
}

#[test]
fn the_shim_leaves_the_event_alone() {
    for sent in events() {
        let event = event(&sent);
        let before = event.clone();
        let grouping = group(&event, StrategyId::NEWEST);
        assert_eq!(event, before);
        assert_eq!(grouping, Config::default().group(&mut event.clone(), NOW));
    }
}
