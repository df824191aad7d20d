//! A changed setting is obeyed without a restart.

use serde_json::json;

use super::{PROJECT, counted, is, put};
use crate::installation::{Ready, envelope, event_id, ready};

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
