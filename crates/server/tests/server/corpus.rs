//! Recorded traffic of real clients, byte for byte.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::{
    corpus::{self, Recording},
    http::{Client, Request},
    server::{Setup, TestServer, wait_until},
};

#[tokio::test]
async fn recorded_traffic_is_answered_and_read_back() {
    let server =
        TestServer::builder(env!("CARGO_BIN_EXE_tocsin")).clock_at(corpus::RECORDED_AT).start().await;
    let installation = server.setup(&Setup::for_corpus()).await;
    let api = server.http().with_bearer_token(&installation.auth_token);
    let recordings: Vec<Recording> = corpus::requests().into_iter().filter(Recording::is_ingestion).collect();
    assert!(recordings.len() > 20, "only {} recordings", recordings.len());
    let mut problems = Vec::new();
    for recording in &recordings {
        problems.extend(answer_differs(&server.http(), recording).await);
    }
    let expected: BTreeMap<String, (&str, &Value)> = recordings
        .iter()
        .flat_map(|recording| recording.items("event").map(move |item| (recording, item)))
        .filter_map(|(recording, item)| Some((item["event_id"].as_str()?.replace('-', ""), (recording.name.as_str(), item))))
        .collect();
    assert!(expected.len() > 10, "only {} events", expected.len());
    let last = expected.keys().next_back().expect("events").clone();
    wait_until("the last event is processed", async || event(&api, &last).await).await;
    settle(&server).await;
    for (id, (name, item)) in &expected {
        match event(&api, id).await {
            Some(event) => problems.extend(differences(item, &event).into_iter().map(|text| format!("{name}: {text}"))),
            None => problems.push(format!("{name}: event {id} is not there")),
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    println!("{} requests answered, {} events read back", recordings.len(), expected.len());
}

/// Waits until the spool is processed.
async fn settle(server: &TestServer) {
    wait_until("the spool is processed", async || {
        let health = server.http().get("/_health/?full").await.json();
        (health["spool_bytes"] == 0).then_some(())
    })
    .await;
}

/// What the recording server answered is what ours answers: status, and the id of the event.
async fn answer_differs(client: &Client, recording: &Recording) -> Option<String> {
    let request: Request = recording.request();
    let answer = match client.try_send(&request).await {
        Ok(answer) => answer,
        Err(error) => return Some(format!("{}: no answer: {error}", recording.name)),
    };
    let recorded = &recording.meta.response;
    // The recorder refused some requests on purpose; nothing limits them here. Where the recorder said 201 to browsers'
    // reports, the reference says 200 (`ingest.md` §1.1).
    let status = if recorded.status == 429 || recorded.status == 201 { 200 } else { recorded.status };
    if answer.status != status && answer.status != recorded.status {
        return Some(format!("{}: {} instead of {status}: {}", recording.name, answer.status, answer.text()));
    }
    let id = |text: &str| serde_json::from_str::<Value>(text).ok()?.get("id")?.as_str().map(|id| id.replace('-', ""));
    let recorded_id = id(&recorded.body);
    if recorded.status == 200 && recorded_id.is_some() && recording.meta.expected.kind != "minidump" {
        let ours = id(&answer.text());
        if ours != recorded_id {
            return Some(format!("{}: answered {ours:?} instead of {recorded_id:?}", recording.name));
        }
    }
    if answer.header("access-control-allow-origin") != Some("*") {
        return Some(format!("{}: no page of another origin could read the answer", recording.name));
    }
    None
}

async fn event(api: &Client, id: &str) -> Option<Value> {
    let answer = api.get(&format!("/api/0/projects/acme/shop/events/{id}/")).await;
    (answer.status == 200).then(|| answer.json())
}

/// What an independent decoder saw in the payload and the API does not show.
fn differences(expected: &Value, event: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |what: &str, expected: &Value, actual: &Value| {
        if !expected.is_null() && expected != actual {
            found.push(format!("{what} is {actual} instead of {expected}"));
        }
    };
    let empty = Value::Null;
    let entry = |kind: &str| {
        let entries = event["entries"].as_array();
        entries.and_then(|entries| entries.iter().find(|entry| entry["type"] == kind)).map_or(&empty, |entry| &entry["data"])
    };
    let tag = |key: &str| {
        let tags = event["tags"].as_array();
        tags.and_then(|tags| tags.iter().find(|tag| tag["key"] == key)).map_or(&empty, |tag| &tag["value"])
    };
    if let Some(exceptions) = expected["exceptions"].as_array() {
        let values = entry("exception")["values"].as_array().cloned().unwrap_or_default();
        check("the number of exceptions", &exceptions.len().into(), &values.len().into());
        for (expected, actual) in exceptions.iter().zip(&values) {
            check("an exception's type", &expected["type"], &actual["type"]);
            check("an exception's value", &expected["value"], &actual["value"]);
            let frames = actual["stacktrace"]["frames"].as_array().map_or(0, Vec::len);
            check("the number of frames", &expected["frames"], &frames.into());
        }
    }
    if expected["exceptions"].is_null() {
        check("the message", &expected["message"], &event["message"]);
    }
    let breadcrumbs = entry("breadcrumbs")["values"].as_array().map_or(0, Vec::len);
    if expected["breadcrumbs"].as_u64().is_some_and(|count| count > 0) {
        check("the number of breadcrumbs", &expected["breadcrumbs"], &breadcrumbs.into());
    }
    check("the platform", &expected["platform"], &event["platform"]);
    check("the release", &expected["release"], tag("release"));
    check("the environment", &expected["environment"], tag("environment"));
    check("the level", &expected["level"], tag("level"));
    check("the transaction", &expected["transaction"], tag("transaction"));
    found
}
