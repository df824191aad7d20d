//! Sending by an unmodified SDK: an issue within seconds, once, and what is told to who sends too much or wrongly.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{
    corpus,
    http::Response,
    server::{Setup, TestServer},
};

use super::{PROJECT, counted, entry, event, is, put};
use crate::installation::{Ready, envelope, event_id, ready, zero_division};

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
