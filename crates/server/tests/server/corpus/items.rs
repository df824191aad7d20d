//! Items of every kind, as the API gives them back.

use std::{collections::BTreeSet, io::Read as _};

use memchr::memmem;
use serde_json::Value;
use testkit::{corpus::Recording, http::Client};

use crate::installation::list_all;

const PROJECT: &str = "/api/0/projects/acme/shop";

/// What is kept of the kinds that are read by the number of their members.
pub(super) struct Kept {
    logs: Vec<Row>,
    spans: Vec<Row>,
    metrics: Vec<Container>,
    sessions: Vec<Value>,
    user_reports: Vec<Value>,
}

/// A span or log.
struct Row {
    name: String,
    trace: String,
}

struct Container {
    names: BTreeSet<String>,
    count: usize,
}

impl Kept {
    pub(super) async fn read(api: &Client) -> Self {
        Self {
            logs: rows(api, "log", "body").await,
            spans: rows(api, "span", "name").await,
            metrics: containers(api, "trace_metric").await,
            sessions: payloads(api, "sessions", "").await,
            user_reports: list_all(api, &format!("{PROJECT}/user-feedback/?per_page=100")).await,
        }
    }

    /// What an independent decoder saw in the items of a recording and the API does not show; `id` is what the request
    /// was answered with.
    pub(super) async fn differences(&self, api: &Client, recording: &Recording, id: Option<&str>) -> Vec<String> {
        let mut found = Vec::new();
        for item in &recording.meta.expected.items {
            let kind = item["type"].as_str().expect("a type");
            let is_there = match kind {
                "attachment" => attachment(api, recording, item, id).await,
                "minidump" => minidump(api, id).await,
                "transaction" => transaction(api, item).await,
                "feedback" => feedback(api, item).await,
                "user_report" => self
                    .user_reports
                    .iter()
                    .any(|report| report["comments"] == item["comments"]),
                "check_in" => check_in(api, item).await,
                "session" => session(api, item).await,
                "sessions" => self.sessions.iter().any(|sessions| is_aggregate(sessions, item)),
                "replay_event" => replay(api, item).await,
                "profile" => profile(api, "profile", item["event_id"].as_str(), item).await,
                "profile_chunk" => profile(api, "profile_chunk", item["profiler_id"].as_str(), item).await,
                "log" | "otlp_logs" => are_rows(&self.logs, item),
                "span" | "otlp_traces" => are_rows(&self.spans, item),
                "trace_metric" => is_contained(&self.metrics, item),
                // Events and what is only counted: elsewhere. A recording is read with its event, a report as an event.
                _ => true,
            };
            if !is_there {
                found.push(format!("{}: this {kind} is not read back: {item}", recording.name));
            }
        }
        found
    }
}

/// A file of the recorded size and name, whose bytes are a part of what was sent.
async fn attachment(api: &Client, recording: &Recording, item: &Value, id: Option<&str>) -> bool {
    let Some(id) = id else { return false };
    let name = item["filename"].as_str().unwrap_or_default();
    for attachment in list_all(api, &format!("{PROJECT}/events/{id}/attachments/")).await {
        if attachment["name"] != name || attachment["size"] != item["bytes"] {
            continue;
        }
        let bytes = download(api, id, &attachment).await;
        let is_whole = Some(bytes.len() as u64) == item["bytes"].as_u64();
        if is_whole && memmem::find(&decoded(recording), &bytes).is_some() {
            return true;
        }
    }
    false
}

async fn download(api: &Client, event: &str, attachment: &Value) -> Vec<u8> {
    let id = attachment["id"].as_str().expect("an id");
    let target = format!("{PROJECT}/events/{event}/attachments/{id}/?download=1");
    api.get(&target).await.assert_status(200).body
}

/// The body as it was before it was coded. No attachment was recorded in another coding.
fn decoded(recording: &Recording) -> Vec<u8> {
    let mut bytes = Vec::new();
    match recording.header("content-encoding") {
        Some("gzip") => {
            let mut decoder = flate2::read::GzDecoder::new(&recording.body[..]);
            decoder.read_to_end(&mut bytes).expect("gzip");
        }
        Some(other) if !other.is_empty() => panic!("{}: {other}", recording.name),
        _ => bytes.clone_from(&recording.body),
    }
    bytes
}

/// An event, and a dump with it.
async fn minidump(api: &Client, id: Option<&str>) -> bool {
    let Some(id) = id else { return false };
    let event = api
        .get(&format!("{PROJECT}/events/{id}/"))
        .await
        .assert_status(200)
        .json();
    let attachments = list_all(api, &format!("{PROJECT}/events/{id}/attachments/")).await;
    let Some(dump) = attachments
        .iter()
        .find(|attachment| attachment["type"] == "event.minidump")
    else {
        return false;
    };
    event["platform"] == "native" && download(api, id, dump).await.starts_with(b"MDMP")
}

async fn transaction(api: &Client, item: &Value) -> bool {
    let id = item["event_id"].as_str().expect("an id").replace('-', "");
    let answer = api.get(&format!("{PROJECT}/events/{id}/")).await;
    let event = match answer.status {
        200 => answer.json(),
        _ => return false,
    };
    let spans = super::entry(&event, "spans").as_array().map_or(0, Vec::len) as u64;
    event["type"] == "transaction"
        && spans == item["spans"].as_u64().unwrap_or(0)
        && event["contexts"]["trace"]["trace_id"] == item["trace_id"]
}

async fn feedback(api: &Client, item: &Value) -> bool {
    let id = item["event_id"].as_str().expect("an id");
    let answer = api.get(&format!("{PROJECT}/events/{id}/")).await;
    answer.status == 200 && answer.json()["contexts"]["feedback"]["message"] == item["feedback"]["message"]
}

async fn check_in(api: &Client, item: &Value) -> bool {
    let id = item["check_in_id"].as_str().expect("an id").replace('-', "");
    let payloads = payloads(api, "check_in", &id).await;
    payloads
        .iter()
        .any(|payload| ["status", "monitor_slug"].iter().all(|key| payload[key] == item[key]))
}

async fn session(api: &Client, item: &Value) -> bool {
    let sid = item["sid"].as_str().expect("an id").replace('-', "");
    let payloads = payloads(api, "session", &sid).await;
    payloads.iter().any(|payload| {
        payload["status"] == item["status"] && payload["errors"].as_u64() >= item["errors"].as_u64().or(Some(0))
    })
}

fn is_aggregate(sessions: &Value, item: &Value) -> bool {
    let numbers = |aggregates: &Value| -> Vec<[u64; 3]> {
        let aggregates = aggregates.as_array().into_iter().flatten();
        aggregates
            .map(|one| ["exited", "errored", "crashed"].map(|key| one[key].as_u64().unwrap_or(0)))
            .collect()
    };
    numbers(&sessions["aggregates"]) == numbers(&item["aggregates"])
}

async fn replay(api: &Client, item: &Value) -> bool {
    let (id, segment) = (item["replay_id"].as_str().expect("an id"), &item["segment_id"]);
    let target = format!("{PROJECT}/replays/{id}/recording-segments/{segment}/?download=1");
    let answer = api.get(&target).await;
    let events = payloads(api, "replay_event", id).await;
    let event = events.iter().find(|event| event["segment_id"] == *segment);
    answer.status == 200
        && answer.json().as_array().is_some_and(|frames| !frames.is_empty())
        && event.is_some_and(|event| event["urls"] == item["urls"] && event["error_ids"] == item["error_ids"])
}

async fn profile(api: &Client, kind: &str, key: Option<&str>, item: &Value) -> bool {
    let payloads = payloads(api, kind, key.unwrap_or_default()).await;
    let samples = |payload: &Value| payload["profile"]["samples"].as_array().map(Vec::len) as Option<usize>;
    payloads
        .iter()
        .any(|payload| samples(payload).map(|samples| samples as u64) == item["samples"].as_u64())
}

/// Of the traces that the decoder noted, if any, there are as many rows and more, and all the names.
fn are_rows(rows: &[Row], item: &Value) -> bool {
    let traces: Vec<&Value> = match &item["trace_ids"] {
        Value::Array(traces) => traces.iter().collect(),
        trace => Some(&item["trace_id"])
            .filter(|_| trace.is_null())
            .into_iter()
            .collect(),
    };
    let is_of_item = |row: &&Row| traces.is_empty() || traces.iter().any(|trace| **trace == *row.trace);
    let of_item: Vec<&Row> = rows.iter().filter(is_of_item).collect();
    let count = item["count"].as_u64().unwrap_or(1);
    let has_row = |name: &String| of_item.iter().any(|row| row.name == *name);
    of_item.len() as u64 >= count && names(item).iter().all(has_row)
}

fn is_contained(containers: &[Container], item: &Value) -> bool {
    let (names, count) = (names(item), item["count"].as_u64().unwrap_or(1));
    containers
        .iter()
        .any(|container| container.count as u64 == count && names.is_subset(&container.names))
}

/// The decoder noted the first thirty only.
fn names(item: &Value) -> BTreeSet<String> {
    match &item["names"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        // A single span is told by what describes it.
        _ => item["description"].as_str().map(str::to_owned).into_iter().collect(),
    }
}

async fn rows(api: &Client, kind: &str, name: &str) -> Vec<Row> {
    let payloads = payloads(api, kind, "").await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |payload: &Value| Row {
        name: text(&payload[name]),
        trace: text(&payload["trace_id"]),
    };
    payloads.iter().map(row).collect()
}

async fn containers(api: &Client, kind: &str) -> Vec<Container> {
    let payloads = payloads(api, kind, "").await;
    let container = |payload: &Value| {
        let items = payload["items"].as_array().expect("members").clone();
        Container {
            count: items.len(),
            names: items
                .iter()
                .filter_map(|item| item["name"].as_str().map(str::to_owned))
                .collect(),
        }
    };
    payloads.iter().map(container).collect()
}

/// The payloads of all items of a kind, or those with a key.
async fn payloads(api: &Client, kind: &str, key: &str) -> Vec<Value> {
    let mut payloads = Vec::new();
    for item in list_all(api, &format!("{PROJECT}/items/?kind={kind}&key={key}&per_page=100")).await {
        let id = item["id"].as_str().expect("an id");
        let answer = api.get(&format!("{PROJECT}/items/{id}/")).await.assert_status(200);
        payloads.push(answer.json());
    }
    payloads
}
