//! Recorded traffic of real clients, byte for byte.

mod items; // what is no event

use std::collections::BTreeMap;

use model::Level;
use serde_json::Value;
use testkit::{
    corpus::{self, Recording},
    http::{Client, Request},
    server::{Setup, TestServer, wait_until},
};

use crate::installation::{Ready, counted, list_all};

#[tokio::test]
async fn recorded_traffic_is_answered_and_read_back() {
    let server = TestServer::builder(env!("CARGO_BIN_EXE_tocsin"))
        .clock_at(corpus::RECORDED_AT)
        .start()
        .await;
    let installation = server.setup(&Setup::for_corpus()).await;
    let ready = Ready { server, installation };
    let api = ready.api();
    let recordings: Vec<Recording> = corpus::requests().into_iter().filter(Recording::is_ingestion).collect();
    assert!(recordings.len() > 20, "only {} recordings", recordings.len());
    let (mut problems, mut ids) = (Vec::new(), Vec::new());
    for recording in &recordings {
        match answer(&ready.server.http(), recording).await {
            Ok(id) => ids.push(id),
            Err(problem) => {
                problems.push(problem);
                ids.push(None);
            }
        }
    }
    let mut expected: BTreeMap<String, (&str, &Value)> = BTreeMap::new();
    for recording in &recordings {
        for item in recording.items("event") {
            if let Some(id) = item["event_id"].as_str() {
                // sentry-cli sends some files twice: the second time is a duplicate.
                expected.entry(id.replace('-', "")).or_insert((&recording.name, item));
            }
        }
    }
    assert!(expected.len() > 10, "only {} events", expected.len());
    let last = expected.keys().next_back().expect("events").clone();
    wait_until("the last event is processed", async || event(&api, &last).await).await;
    ready.settle().await;
    for (id, (name, item)) in &expected {
        match event(&api, id).await {
            Some(event) => problems.extend(
                differences(item, &event)
                    .into_iter()
                    .map(|text| format!("{name}: {text}")),
            ),
            None => problems.push(format!("{name}: event {id} is not there")),
        }
    }
    let kept = items::Kept::read(&api).await;
    for (recording, id) in recordings.iter().zip(&ids) {
        problems.extend(kept.differences(&api, recording, id.as_deref()).await);
    }
    problems.extend(reports_differ(&ready, &recordings).await);
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
    println!(
        "{} requests answered, {} error events and all other items read back",
        recordings.len(),
        expected.len()
    );
}

/// What the recording server answered is what ours answers: status, and the id of the event, which is returned.
async fn answer(client: &Client, recording: &Recording) -> Result<Option<String>, String> {
    let mut request: Request = recording.request();
    if recording.is_tunneled() {
        // A tunnel forwards the bytes it was sent, and adds no authentication.
        request.target = format!("/api/{}/envelope/", corpus::PROJECT_ID);
    }
    let answer = match client.try_send(&request).await {
        Ok(answer) => answer,
        Err(error) => return Err(format!("{}: no answer: {error}", recording.name)),
    };
    let recorded = &recording.meta.response;
    let status = match recorded.status {
        // The recorder refused some requests on purpose; nothing limits them here.
        429 => 200,
        // It said 201 to browsers' reports and 200 to OpenTelemetry, where Sentry says 200 and 202 (`ingest.md` §1.1).
        201 => 200,
        _ if recording.meta.path.contains("/otlp/") => 202,
        status => status,
    };
    if answer.status != status {
        return Err(format!(
            "{}: {} instead of {status}: {}",
            recording.name,
            answer.status,
            answer.text()
        ));
    }
    let id = |text: &str| {
        serde_json::from_str::<Value>(text)
            .ok()?
            .get("id")?
            .as_str()
            .map(|id| id.replace('-', ""))
    };
    let recorded_id = id(&recorded.body);
    if recorded.status == 200 && recorded_id.is_some() && recording.meta.expected.kind != "minidump" {
        let ours = id(&answer.text());
        if ours != recorded_id {
            return Err(format!(
                "{}: answered {ours:?} instead of {recorded_id:?}",
                recording.name
            ));
        }
    }
    if answer.header("access-control-allow-origin") != Some("*") {
        return Err(format!(
            "{}: no page of another origin could read the answer",
            recording.name
        ));
    }
    let text = answer.text();
    Ok(id(&text).or_else(|| (recording.meta.expected.kind == "minidump").then(|| text.trim().replace('-', ""))))
}

/// The ids of browsers' reports are ours, so they are read back by their number.
async fn reports_differ(ready: &Ready, recordings: &[Recording]) -> Option<String> {
    let issues = list_all(
        &ready.api(),
        &format!("{}?query=&statsPeriod=&limit=100", ready.issues_target()),
    )
    .await;
    let is_report = |issue: &&Value| {
        matches!(
            issue["type"].as_str(),
            Some("csp" | "expectct" | "expectstaple" | "hpkp" | "nel")
        )
    };
    let issues: Vec<Value> = issues.iter().filter(is_report).cloned().collect();
    let items = recordings.iter().flat_map(|recording| &recording.meta.expected.items);
    let sent = items
        .filter(|item| matches!(item["type"].as_str(), Some("csp" | "security")))
        .count();
    let kept = counted(&issues);
    let titles = || {
        issues
            .iter()
            .map(|issue| format!("{} {}", issue["count"], issue["title"]))
            .collect::<Vec<_>>()
    };
    (kept != i64::try_from(sent).expect("few"))
        .then(|| format!("{kept} of {sent} reports of browsers are there: {:#?}", titles()))
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
    if let Some(exceptions) = expected["exceptions"].as_array() {
        let values = entry(event, "exception")["values"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        check(
            "the number of exceptions",
            &exceptions.len().into(),
            &values.len().into(),
        );
        for (expected, actual) in exceptions.iter().zip(&values) {
            check("an exception's type", &expected["type"], &actual["type"]);
            check("an exception's value", &expected["value"], &actual["value"]);
            let frames = actual["stacktrace"]["frames"].as_array().map_or(0, Vec::len);
            // Of more than 250 frames the first and last halves are kept (`ingest.md` §3.1).
            let sent = expected["frames"].as_u64().map(|frames| frames.min(250));
            check("the number of frames", &sent.into(), &frames.into());
        }
    } else if let Some(message) = expected["message"].as_str() {
        // What was sent is the template where there are parameters, and the API's message is what it became.
        let template = &entry(event, "message")["message"];
        // SQL text cannot hold U+0000.
        let message = Value::from(message.replace('\0', "\u{fffd}"));
        check(
            "the message",
            &message,
            if *template == message {
                template
            } else {
                &event["message"]
            },
        );
    }
    let breadcrumbs = entry(event, "breadcrumbs")["values"].as_array().map_or(0, Vec::len);
    if expected["breadcrumbs"].as_u64().is_some_and(|count| count > 0) {
        check(
            "the number of breadcrumbs",
            &expected["breadcrumbs"],
            &breadcrumbs.into(),
        );
    }
    let level = expected["level"].as_i64().and_then(Level::from_number);
    let level = level.map_or_else(|| expected["level"].clone(), |level| level.name().into());
    check("the level", &level, tag(event, "level"));
    check("the platform", &expected["platform"], &event["platform"]);
    for key in ["release", "environment", "transaction"] {
        check(key, &expected[key], tag(event, key));
    }
    found
}

/// The data of an entry, or null.
fn entry<'a>(event: &'a Value, kind: &str) -> &'a Value {
    let entries = event["entries"].as_array();
    entries
        .and_then(|entries| entries.iter().find(|entry| entry["type"] == kind))
        .map_or(&Value::Null, |entry| &entry["data"])
}

/// The value of a tag, or null.
fn tag<'a>(event: &'a Value, key: &str) -> &'a Value {
    let tags = event["tags"].as_array();
    tags.and_then(|tags| tags.iter().find(|tag| tag["key"] == key))
        .map_or(&Value::Null, |tag| &tag["value"])
}
