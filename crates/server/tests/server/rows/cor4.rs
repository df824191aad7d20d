//! Rules of sampling: one order, and one decision for a trace.

use serde_json::{Value, json};

use super::{PROJECT, counted, is, put};
use crate::installation::{Ready, event_id, ready};

/// The rules' kinds by the ids that are reserved for them (`ingest.md` §7.2), in the order of the row.
fn kind(rule: &Value) -> &'static str {
    match rule["id"].as_u64().expect("an id") {
        3000..5000 => "custom",
        1002 => "health checks",
        1005 => "replay",
        1001 => "environments",
        1004 => "recalibration",
        1500..1600 => "latest releases",
        1400..1500 => "low-volume transactions",
        1000 => "uniform",
        _ => "other",
    }
}

const ORDER: [&str; 8] = [
    "custom",
    "health checks",
    "replay",
    "environments",
    "recalibration",
    "latest releases",
    "low-volume transactions",
    "uniform",
];

fn sampled() -> Value {
    let custom = |id: u32, rate: f64, release: &str| {
        json!({
            "id": id,
            "type": "trace",
            "samplingValue": {"type": "sampleRate", "value": rate},
            "condition": {"op": "eq", "name": "trace.release", "value": release},
        })
    };
    json!({"sampleRate": 0.5, "custom": [custom(3001, 1.0, "kept@1"), custom(3000, 0.0, "dropped@1")]})
}

#[tokio::test]
async fn cor4_the_rules_of_a_project_are_listed_in_their_order_and_invalid_ones_never_run() {
    let ready = ready().await;
    let target = format!("{PROJECT}/sampling/");
    let view = put(&ready, &target, &sampled()).await;
    let kinds: Vec<_> = view["rules"].as_array().unwrap().iter().map(kind).collect();
    let mut places: Vec<_> = kinds
        .iter()
        .filter_map(|kind| ORDER.iter().position(|other| other == kind))
        .collect();
    assert!(places.len() >= 4, "{kinds:?}");
    let listed = places.clone();
    places.sort_unstable();
    assert_eq!(listed, places, "{kinds:?}");
    assert_eq!((kinds[0], *kinds.last().unwrap()), ("custom", "uniform"));
    for invalid in [
        json!({"sampleRate": 1.5}),
        json!({"custom": [{"id": 7, "type": "trace", "samplingValue": {"type": "sampleRate", "value": 0.5}, "condition": {"op": "and", "inner": []}}]}),
        json!({"custom": [{"id": 3000, "type": "trace", "samplingValue": {"type": "sampleRate", "value": 0.5}, "condition": {"op": "nonsense"}}]}),
    ] {
        ready.api().put_json(&target, &invalid).await.assert_status(400);
    }
    assert_eq!(ready.get(&target).await["rules"], view["rules"], "nothing was changed");
}

/// Two servers that know nothing of each other, asked in another order.
#[tokio::test]
async fn cor4_what_is_decided_for_a_trace_is_the_same_everywhere() {
    let traces: Vec<String> = (0..60).map(|_| event_id()).collect();
    let mut kept = Vec::new();
    for is_reversed in [false, true] {
        let ready = ready().await;
        put(&ready, &format!("{PROJECT}/sampling/"), &sampled()).await;
        let mut order: Vec<&String> = traces.iter().collect();
        if is_reversed {
            order.reverse();
        }
        for trace in order {
            send_transaction(&ready, trace).await;
        }
        ready.settle().await;
        let mut here = Vec::new();
        for trace in &traces {
            let answer = ready.api().get(&format!("{PROJECT}/events/{trace}/")).await;
            here.push(answer.status == 200);
        }
        let count = i64::try_from(here.iter().filter(|kept| **kept).count()).unwrap();
        let outcomes = counted(&ready, "transaction").await;
        assert!(outcomes.contains(&is("accepted", "none", count)), "{outcomes:?}");
        let dropped: i64 = outcomes
            .iter()
            .filter(|line| line.0 == "filtered")
            .map(|line| line.2)
            .sum();
        assert_eq!(count + dropped, 60, "{outcomes:?}");
        assert!(
            outcomes
                .iter()
                .filter(|line| line.0 == "filtered")
                .all(|line| line.1.starts_with("Sampled:")),
            "{outcomes:?}"
        );
        kept.push(here);
    }
    assert_eq!(kept[0], kept[1]);
    let count = kept[0].iter().filter(|kept| **kept).count();
    assert!((10..=50).contains(&count), "{count} of 60 at a rate of one half");
}

/// A transaction whose event has the id of its trace, with the trace's context in the envelope.
async fn send_transaction(ready: &Ready, trace: &str) {
    #[expect(clippy::disallowed_methods, reason = "the server under test runs by the real clock")]
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    let payload = json!({
        "event_id": trace,
        "type": "transaction",
        "transaction": "pay",
        "start_timestamp": now - 1.0,
        "timestamp": now,
        "contexts": {"trace": {"trace_id": trace, "span_id": "00f067aa0ba902b7", "op": "task"}},
        "spans": [],
    })
    .to_string();
    let header = json!({
        "event_id": trace,
        "trace": {"trace_id": trace, "public_key": ready.installation.public_key, "transaction": "pay"},
    });
    let item = json!({"type": "transaction", "length": payload.len()});
    let body = format!("{header}\n{item}\n{payload}\n");
    let answer = ready.server.http().send(&ready.envelope_request(body.as_bytes())).await;
    answer.assert_status(200);
}
