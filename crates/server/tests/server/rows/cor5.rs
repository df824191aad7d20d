//! What exceeds a limit is trimmed with a remark; entries come in one order.

use serde_json::{Value, json};

use super::{entry, event};
use crate::installation::{event_id, ready};

#[tokio::test]
async fn cor5_what_exceeds_a_limit_is_stored_trimmed_with_a_remark() {
    let ready = ready().await;
    let id = event_id();
    ready.send_event(&over_every_limit(&id)).await.assert_status(200);
    let event = event(&ready, &id).await;
    let kinds: Vec<_> = event["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["type"])
        .collect();
    assert_eq!(
        kinds,
        ["message", "exception", "breadcrumbs", "request"],
        "the order in which they are shown"
    );
    let place = |kind: &str| kinds.iter().position(|found| *found == kind).unwrap().to_string();
    let remarks = |kind: &str| &event["_meta"]["entries"][place(kind)]["data"];
    let characters = |text: &Value| text.as_str().unwrap().chars().count();
    let is_cut = |text: &Value, limit: usize, remark: &Value| {
        assert_eq!(characters(text), limit, "{text}");
        assert!(text.as_str().unwrap().ends_with("..."));
        assert_eq!(remark[""]["rem"][0][0], "!limit", "{remark}");
        assert!(remark[""]["len"].as_u64().unwrap() > limit as u64, "{remark}");
    };

    is_cut(
        &entry(&event, "message")["formatted"],
        8192,
        &remarks("message")["formatted"],
    );
    let tags = event["tags"].as_array().unwrap();
    let tag = tags.iter().position(|tag| tag["key"] == "long").expect("the tag");
    is_cut(
        &tags[tag]["value"],
        200,
        &event["_meta"]["tags"][tag.to_string()]["value"],
    );

    let exception = &entry(&event, "exception")["values"][0];
    let of_exception = &remarks("exception")["values"]["0"];
    is_cut(&exception["value"], 8192, &of_exception["value"]);
    let stacktrace = &exception["stacktrace"];
    let frames = stacktrace["frames"].as_array().unwrap();
    assert_eq!(frames.len(), 250);
    assert_eq!(
        (&frames[0]["function"], &frames[249]["function"]),
        (&json!("f0"), &json!("f299")),
        "the first and the last halves, oldest first"
    );
    let is_noted = of_exception["stacktrace"]["frames"][""]["len"] == 300 || stacktrace["framesOmitted"].is_array();
    assert!(
        is_noted,
        "{} {}",
        of_exception["stacktrace"]["frames"], stacktrace["framesOmitted"]
    );
    let vars = &frames[249]["vars"];
    assert!(
        vars.to_string().len() <= 2200,
        "{} bytes of variables",
        vars.to_string().len()
    );
    assert!(has_limit_remark(&of_exception["stacktrace"]), "variables");

    let extra = &event["context"];
    assert!(extra["text"].as_str().unwrap().len() <= 16 << 10);
    assert!(
        has_limit_remark(&event["_meta"]["context"]),
        "{}",
        event["_meta"]["context"]
    );
    assert!(depth(&extra["deep"]) <= 7, "{}", extra["deep"]);

    let own = &event["contexts"]["own"];
    assert!(
        own.to_string().len() <= 9 << 10,
        "{} bytes of a context",
        own.to_string().len()
    );
    assert!(has_limit_remark(&event["_meta"]["contexts"]));

    let data = &entry(&event, "request")["data"];
    assert!(
        data.to_string().len() <= 9 << 10,
        "{} bytes of a body",
        data.to_string().len()
    );
    assert!(has_limit_remark(remarks("request")));

    let breadcrumb = &entry(&event, "breadcrumbs")["values"][0];
    assert!(breadcrumb["data"].to_string().len() <= 2200, "{breadcrumb}");
    assert!(has_limit_remark(remarks("breadcrumbs")));

    // Too long for what they name: left out (`ingest.md` §3.1).
    let keys: Vec<_> = tags.iter().map(|tag| tag["key"].as_str().unwrap()).collect();
    assert!(!keys.contains(&"release") && !keys.contains(&"environment"), "{keys:?}");
}

fn depth(value: &Value) -> usize {
    value
        .as_array()
        .map_or(0, |values| 1 + values.iter().map(depth).max().unwrap_or(0))
}

#[tokio::test]
async fn cor5_entries_come_in_one_order_however_they_were_sent() {
    let ready = ready().await;
    let id = event_id();
    let everything = json!({
        "event_id": id,
        "debug_meta": {"images": [{"type": "elf", "code_file": "a.so", "debug_id": "c0bcc3f1-9827-fe65-3058-404b2831d9e6"}]},
        "request": {"url": "https://shop.example/"},
        "breadcrumbs": {"values": [{"message": "m"}]},
        "template": {"filename": "a.html", "lineno": 1, "context_line": "x"},
        "threads": {"values": [{"id": 1, "name": "main"}]},
        "exception": {"values": [{"type": "Error", "value": "v"}]},
        "logentry": {"formatted": "text"},
    });
    ready.send_event(&everything).await.assert_status(200);
    let event = event(&ready, &id).await;
    let kinds: Vec<_> = event["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["type"])
        .collect();
    assert_eq!(
        kinds,
        [
            "message",
            "exception",
            "threads",
            "template",
            "breadcrumbs",
            "request",
            "debugmeta"
        ]
    );
}

/// A remark of the rule, anywhere below.
fn has_limit_remark(meta: &Value) -> bool {
    let text = meta.to_string();
    text.contains("!limit") || text.contains("\"len\"")
}

fn over_every_limit(id: &str) -> Value {
    let long = |length: usize| "é".repeat(length);
    let frame =
        |number: usize| json!({"function": format!("f{number}"), "filename": "app.py", "lineno": 1, "in_app": true});
    let mut frames: Vec<Value> = (0..300).map(frame).collect();
    frames[299]["vars"] = json!({"one": "x".repeat(4000), "many": vec!["x".repeat(100); 100]});
    let mut deep = json!("bottom");
    for _ in 0..20 {
        deep = json!([deep]);
    }
    let object = json!({"one": "x".repeat(20_000), "two": "x".repeat(20_000)});
    json!({
        "event_id": id,
        "platform": "python",
        "logentry": {"formatted": long(9000)},
        "release": "r".repeat(251),
        "environment": "e".repeat(65),
        "tags": {"long": long(300)},
        "exception": {"values": [
            // Neither type nor value: dropped.
            {"module": "nothing"},
            {"type": "Error", "value": long(9000), "stacktrace": {"frames": frames}},
        ]},
        "extra": {"text": "x".repeat(20_000), "deep": deep},
        "contexts": {"own": object},
        "breadcrumbs": {"values": [{"message": "m", "data": object}]},
        "request": {"url": "https://shop.example/", "data": object},
    })
}
