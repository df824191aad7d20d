//! What was grouped and stored can be grouped again.

use grouping::{Settings, StrategyId};
use protocol::event::Event;
use serde_json::json;

use crate::{NOW, config, event, events};

fn settings(strategy: StrategyId) -> Settings {
    Settings {
        strategy,
        fingerprint_rules: "level:error message:user* -> {{ default }} ours title=\"{{ message }}\"".to_owned(),
        stack_trace_rules: "function:get +app\nfunction:run ^-group max-frames=2\nmodule:app -app".to_owned(),
        ..Settings::default()
    }
}

#[test]
fn the_same_comes_out_again() {
    for strategy in StrategyId::ALL {
        let config = config(&settings(strategy));
        for sent in events() {
            let mut grouped = event(&sent);
            let first = config.group(&mut grouped, NOW);
            assert!(!first.hashes.is_empty());
            let mut stored = Event::from_stored(&grouped.to_json()).unwrap();
            assert_eq!(stored, grouped, "{sent}");
            assert_eq!(config.group(&mut stored, NOW), first, "{sent}");
            assert_eq!(stored, grouped, "{sent}");
        }
    }
}

#[test]
fn rules_that_are_gone_leave_nothing_behind() {
    for sent in events() {
        let plain = config(&Settings::default());
        let mut never = event(&sent);
        let expected = plain.group(&mut never, NOW);
        let mut stored = event(&sent);
        config(&settings(StrategyId::V2026)).group(&mut stored, NOW);
        let mut stored = Event::from_stored(&stored.to_json()).unwrap();
        assert_eq!(plain.group(&mut stored, NOW), expected, "{sent}");
        assert_eq!(stored, never, "{sent}");
    }
}

#[test]
fn frames_keep_what_the_client_said() {
    let mut event = event(
        &json!({"platform": "native", "exception": [{"type": "E", "stacktrace": {"frames": [
            {"function": "void ns::f(int)", "in_app": true},
            {"function": "g", "package": "/usr/lib/x.so", "in_app": true},
            {"function": "h", "in_app": false},
            {"function": "i"},
            {"function": "j", "raw_function": "int j(int)", "data": {"own": 1}},
        ]}}]}),
    );
    config(&Settings::default()).group(&mut event, NOW);
    let frames = serde_json::to_value(&event.exception[0].stacktrace).unwrap();
    assert_eq!(
        frames["frames"],
        json!([
            {"function": "ns::f", "raw_function": "void ns::f(int)", "in_app": true, "data": {"orig_in_app": 1}},
            {"function": "g", "package": "/usr/lib/x.so", "in_app": false, "data": {"orig_in_app": 1}},
            {"function": "h", "in_app": false, "data": {"orig_in_app": 0}},
            {"function": "i", "in_app": false, "data": {"orig_in_app": -1}},
            {"function": "j", "raw_function": "int j(int)", "in_app": false, "data": {"own": 1, "orig_in_app": -1}},
        ])
    );
}
