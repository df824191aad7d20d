//! What the rows of the feature list say works, one test a row or more; their names begin with the row.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{
    corpus,
    http::Response,
    server::{Setup, TestServer, wait_until},
};

use crate::installation::{Ready, envelope, event_id, ready, zero_division};

const PROJECT: &str = "/api/0/projects/acme/shop";

async fn event(ready: &Ready, id: &str) -> Value {
    let target = format!("{PROJECT}/events/{id}/");
    wait_until("the event is there", async || {
        let answer = ready.api().get(&target).await;
        (answer.status == 200).then(|| answer.json())
    })
    .await
}

fn entry<'a>(event: &'a Value, kind: &str) -> &'a Value {
    let entries = event["entries"].as_array().expect("entries");
    &entries.iter().find(|entry| entry["type"] == kind).expect(kind)["data"]
}

async fn put(ready: &Ready, target: &str, settings: &Value) -> Value {
    let answer = ready.api().put_json(target, settings).await;
    assert!(matches!(answer.status, 200..300), "{} {}", answer.status, answer.text());
    if answer.body.is_empty() {
        Value::Null
    } else {
        answer.json()
    }
}

/// What was counted of a category by outcome and reason.
async fn counted(ready: &Ready, category: &str) -> Vec<(String, String, i64)> {
    let target = format!(
        "/api/0/organizations/acme/stats_v2/?project=-1&field=sum(quantity)&groupBy=outcome&groupBy=reason\
         &category={category}&interval=1h&statsPeriod=1d"
    );
    let stats = ready.get(&target).await;
    let groups = stats["groups"].as_array().expect("groups").iter();
    let mut counted: Vec<_> = groups
        .map(|group| {
            let by = |key: &str| group["by"][key].as_str().unwrap_or_default().to_owned();
            let quantity = group["totals"]["sum(quantity)"].as_i64().expect("a sum");
            (by("outcome"), by("reason"), quantity)
        })
        .collect();
    counted.sort();
    counted
}

fn is(outcome: &str, reason: &str, quantity: i64) -> (String, String, i64) {
    (outcome.to_owned(), reason.to_owned(), quantity)
}

/// As it was recorded, from the unmodified SDK; with real SDKs: `e2e/`.
#[tokio::test]
async fn cor1_an_event_of_an_sdk_is_an_issue_within_five_seconds_with_the_right_frames() {
    let server = TestServer::builder(env!("CARGO_BIN_EXE_tocsin"))
        .clock_at(corpus::RECORDED_AT)
        .start()
        .await;
    let installation = server.setup(&Setup::for_corpus()).await;
    let ready = Ready { server, installation };
    let recording = corpus::fixture("sentry-python-1.14.0/unhandled-chained-01");
    let started = Instant::now();
    ready.server.http().send(&recording.request()).await.assert_status(200);
    let issue = ready.issues_with_events(1).await.remove(0);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let expected = &recording.meta.expected.items[0]["exceptions"];
    let last = expected.as_array().and_then(|all| all.last()).expect("exceptions");
    assert_eq!(
        issue["title"],
        format!(
            "{}: {}",
            last["type"].as_str().unwrap(),
            last["value"].as_str().unwrap()
        )
    );
    let id = recording.meta.expected.items[0]["event_id"].as_str().unwrap();
    let event = event(&ready, id).await;
    let values = entry(&event, "exception")["values"].as_array().unwrap();
    let frames: Vec<_> = values
        .iter()
        .map(|value| value["stacktrace"]["frames"].as_array().unwrap().len())
        .collect();
    let sent: Vec<_> = expected
        .as_array()
        .unwrap()
        .iter()
        .map(|exception| usize::try_from(exception["frames"].as_u64().unwrap()).unwrap())
        .collect();
    assert_eq!(frames, sent);
    let newest = values.last().unwrap()["stacktrace"]["frames"].as_array().unwrap();
    let newest = newest.last().unwrap();
    assert!(
        newest["inApp"] == true && newest["lineNo"].is_u64() && newest["context"].as_array().unwrap().len() > 1,
        "{newest:#}"
    );
}

#[tokio::test]
async fn cor1_the_same_event_id_twice_counts_once_and_the_second_is_a_duplicate() {
    let ready = ready().await;
    let event = zero_division(&event_id());
    for _ in 0..2 {
        ready.send_event(&event).await.assert_status(200);
    }
    let issues = ready.issues_with_events(1).await;
    assert_eq!((issues.len(), &issues[0]["count"]), (1, &json!("1")));
    ready.settle().await;
    assert_eq!(
        counted(&ready, "error").await,
        [is("accepted", "none", 1), is("invalid", "duplicate", 1)]
    );
}

#[tokio::test]
async fn cor1_over_a_limit_sdks_are_told_what_for_how_long_and_the_rest_is_taken() {
    let ready = ready().await;
    let limit = json!({"limits": [{"categories": ["error"], "limit": 1, "window": 3600}]});
    put(&ready, &format!("{PROJECT}/quotas/"), &limit).await;
    ready.send_event(&zero_division(&event_id())).await.assert_status(200);
    ready.settle().await;
    let id = event_id();
    let session = json!({"sid": event_id(), "init": true, "status": "ok", "started": "2999-01-01T00:00:00Z",
        "attrs": {"release": "shop@1.0"}});
    let mut body = envelope(&zero_division(&id));
    let payload = session.to_string();
    body.extend(format!("{}\n{payload}\n", json!({"type": "session", "length": payload.len()})).into_bytes());
    let limited = ready.server.http().send(&ready.envelope_request(&body)).await;
    let limited = limited.assert_status(429);
    let seconds: u64 = limited.header("retry-after").expect("Retry-After").parse().unwrap();
    assert!((1..=3600).contains(&seconds), "{seconds}");
    let limits = limited.header("x-sentry-rate-limits").expect("limits").to_owned();
    let parts: Vec<_> = limits.split(':').collect();
    assert!(
        parts[0].parse::<u64>().is_ok_and(|left| left <= 3600) && parts[1] == "error" && parts[2] == "project",
        "{limits}"
    );
    // What another category brings is not limited, and told of the limit all the same.
    let only_transaction = json!({"event_id": event_id(), "type": "transaction"});
    let body = String::from_utf8(envelope(&only_transaction))
        .unwrap()
        .replace(r#""type":"event""#, r#""type":"transaction""#);
    let answer = ready.server.http().send(&ready.envelope_request(body.as_bytes())).await;
    answer.assert_status(200);
    ready.settle().await;
    let errors = counted(&ready, "error").await;
    assert!(
        errors[0] == is("accepted", "none", 1) && errors[1].0 == "rate_limited" && errors[1].2 == 1,
        "{errors:?}"
    );
    // The session of the refused envelope went on to be judged by itself: it began in the future.
    let sessions = counted(&ready, "session").await;
    assert!(sessions.len() == 1 && sessions[0].0 == "invalid", "{sessions:?}");
    let story = ready
        .get(&format!("/api/0/organizations/acme/event-outcomes/{id}/"))
        .await;
    assert!(story.to_string().contains("rate_limited"), "{story:#}");
}

#[tokio::test]
async fn cor1_what_cannot_be_taken_is_answered_with_the_status_that_says_why() {
    let ready = ready().await;
    let send = async |key: &str, event: Value| -> Response {
        let mut request = ready.envelope_request(&envelope(&event));
        request.headers.retain(|(name, _)| name != "X-Sentry-Auth");
        if !key.is_empty() {
            request = request.header("X-Sentry-Auth", &format!("Sentry sentry_version=7, sentry_key={key}"));
        }
        ready.server.http().send(&request).await
    };
    let key = ready.installation.public_key.clone();
    let event = || zero_division(&event_id());
    send("", event()).await.assert_status(401);
    send(&"0".repeat(32), event()).await.assert_status(403);
    send("short", event()).await.assert_status(400);
    let mut large = event();
    large["extra"] = json!({"text": "x".repeat(1 << 20)});
    let answer = send(&key, large).await.assert_status(413);
    assert!(
        answer.json()["detail"].as_str().unwrap().contains("event"),
        "{}",
        answer.text()
    );
    send(&key, event()).await.assert_status(200);
    assert_eq!(ready.issues_with_events(1).await.len(), 1);
}

#[tokio::test]
async fn cor1_a_step_that_fails_leaves_the_event_with_a_note() {
    let ready = ready().await;
    let id = event_id();
    let mut old = zero_division(&id);
    old["timestamp"] = json!("2001-02-03T04:05:06Z");
    old["level"] = json!("loud");
    old["user"] = json!({"id": "7", "ip_address": "nowhere"});
    ready.send_event(&old).await.assert_status(200);
    let event = event(&ready, &id).await;
    let errors: Vec<_> = event["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["type"])
        .collect();
    assert!(errors.contains(&&json!("past_timestamp")), "{errors:?}");
    assert!(
        errors.iter().filter(|kind| **kind == "invalid_data").count() >= 2,
        "{errors:?}"
    );
    assert_eq!(event["user"]["id"], "7");
    let entries = event["entries"].as_array().unwrap();
    assert!(entries.iter().any(|entry| entry["type"] == "exception"));
}

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

#[tokio::test]
async fn opt2_a_changed_filter_is_obeyed_within_seconds_and_only_by_its_project() {
    let ready = ready().await;
    let other = put_other_project(&ready).await;
    let failing = |message: &str| json!({"event_id": event_id(), "message": message, "level": "error"});
    ready.send_event(&failing("do not tell me")).await.assert_status(200);
    ready.issues_with_events(1).await;
    let options = json!({"options": {"filters:error_messages": "*do not tell*"}});
    put(&ready, &format!("{PROJECT}/"), &options).await;
    // At once: the next event is judged by it.
    ready.send_event(&failing("do not tell me")).await.assert_status(200);
    ready.settle().await;
    assert_eq!(
        counted(&ready, "error").await,
        [is("accepted", "none", 1), is("filtered", "error-message", 1)]
    );
    ready.server.http().send(&other).await.assert_status(200);
    ready.settle().await;
    assert_eq!(
        counted(&ready, "error").await,
        [is("accepted", "none", 2), is("filtered", "error-message", 1)]
    );
    put(
        &ready,
        &format!("{PROJECT}/"),
        &json!({"options": {"filters:error_messages": ""}}),
    )
    .await;
    ready.send_event(&failing("do not tell me")).await.assert_status(200);
    ready.issues_with_events(2).await;
}

/// A request with an event for a second project, which has no filter.
async fn put_other_project(ready: &Ready) -> testkit::http::Request {
    let teams = ready.get("/api/0/organizations/acme/teams/").await;
    let team = teams[0]["slug"].as_str().expect("a team");
    let created = ready
        .api()
        .post_json(
            &format!("/api/0/teams/acme/{team}/projects/"),
            &json!({"name": "other"}),
        )
        .await
        .assert_status(201)
        .json();
    let keys = ready.get("/api/0/projects/acme/other/keys/").await;
    let event = json!({"event_id": event_id(), "message": "do not tell me", "level": "error"});
    let mut request = ready.envelope_request(&envelope(&event));
    request.target = format!("/api/{}/envelope/", created["id"].as_str().expect("an id"));
    request.headers.retain(|(name, _)| name != "X-Sentry-Auth");
    let key = keys[0]["public"].as_str().expect("a key");
    request.header("X-Sentry-Auth", &format!("Sentry sentry_version=7, sentry_key={key}"))
}
