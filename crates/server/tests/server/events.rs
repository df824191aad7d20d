//! What becomes of events: issues, counts, regressions.

use serde_json::json;
use testkit::server::wait_until;

use crate::installation::{event_id, ready, zero_division};

#[tokio::test]
async fn an_sdk_event_becomes_an_issue() {
    let ready = ready().await;
    let id = event_id();
    let answer = ready.send_event(&zero_division(&id)).await.assert_status(200);
    assert_eq!(answer.json(), json!({"id": id}));
    let issues = ready.issues_with_events(1).await;
    let issue = &issues[0];
    assert_eq!(issue["title"], "ZeroDivisionError: division by zero");
    assert_eq!(issue["culprit"], "app in main");
    assert_eq!(
        (&issue["level"], &issue["status"], &issue["userCount"]),
        (&json!("error"), &json!("unresolved"), &json!(1))
    );
    let project = &ready.installation.project;
    let organization = &ready.installation.organization;
    assert_eq!(issue["shortId"], format!("{}-1", project.to_uppercase()));

    let event = ready
        .get(&format!("/api/0/projects/{organization}/{project}/events/{id}/"))
        .await;
    assert_eq!(event["eventID"], id.as_str());
    assert_eq!(event["groupID"], issue["id"]);
    let entry = |kind: &str| {
        let entries = event["entries"].as_array().expect("entries");
        entries
            .iter()
            .find(|entry| entry["type"] == kind)
            .unwrap_or_else(|| panic!("no {kind}: {event:#}"))["data"]
            .clone()
    };
    let frame = &entry("exception")["values"][0]["stacktrace"]["frames"][0];
    assert_eq!(
        (&frame["function"], &frame["lineNo"], &frame["inApp"]),
        (&json!("main"), &json!(3), &json!(true))
    );
    assert_eq!(frame["context"], json!([[2, "def main():"], [3, "    1 / 0"], [4, ""]]));
    assert_eq!(entry("breadcrumbs")["values"][0]["message"], "signed in");
    let tags = event["tags"].as_array().expect("tags");
    for (key, value) in [
        ("colour", "red"),
        ("environment", "production"),
        ("level", "error"),
        ("release", "shop@1.0"),
    ] {
        assert!(tags.contains(&json!({"key": key, "value": value})), "{key}: {tags:?}");
    }
    assert_eq!(event["user"]["email"], "u@example.com");
}

#[tokio::test]
async fn the_same_event_twice_counts_once() {
    let ready = ready().await;
    let event = zero_division(&event_id());
    for _ in 0..3 {
        ready.send_event(&event).await.assert_status(200);
    }
    ready.send_event(&zero_division(&event_id())).await.assert_status(200);
    let issues = ready.issues_with_events(2).await;
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0]["userCount"], 1);
}

#[tokio::test]
async fn an_event_on_a_resolved_issue_is_a_regression() {
    let ready = ready().await;
    ready.send_event(&zero_division(&event_id())).await.assert_status(200);
    let issue = ready.issues_with_events(1).await.remove(0);
    let target = format!(
        "/api/0/organizations/{}/issues/{}/",
        ready.installation.organization,
        issue["id"].as_str().unwrap()
    );
    let resolved = ready
        .api()
        .put_json(&target, &json!({"status": "resolved"}))
        .await
        .assert_status(200);
    assert_eq!(resolved.json()["status"], "resolved");
    ready.send_event(&zero_division(&event_id())).await.assert_status(200);
    let reopened = wait_until("the issue is open again", async || {
        let issue = ready.get(&target).await;
        (issue["status"] == "unresolved").then_some(issue)
    })
    .await;
    assert_eq!(
        (&reopened["substatus"], &reopened["count"]),
        (&json!("regressed"), &json!("2"))
    );
}

#[tokio::test]
async fn fingerprints_and_messages_make_issues_of_their_own() {
    let ready = ready().await;
    for (message, fingerprint) in [
        ("user 1 failed", json!(null)),
        ("user 2 failed", json!(null)),
        ("user 3 failed", json!(["mine"])),
        ("something else", json!(["mine"])),
        ("user 4 failed", json!(["{{ default }}", "other"])),
    ] {
        let event = json!({"event_id": event_id(), "message": message, "fingerprint": fingerprint, "level": "info"});
        ready.send_event(&event).await.assert_status(200);
    }
    let mut counts: Vec<String> = ready
        .issues_with_events(5)
        .await
        .iter()
        .map(|issue| issue["count"].as_str().unwrap().to_owned())
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, ["1", "2", "2"]);
}

#[tokio::test]
async fn items_of_other_kinds_are_accepted_and_counted() {
    let ready = ready().await;
    let check_in = json!({"monitor_slug": "nightly", "status": "ok"}).to_string();
    let items = [
        ("session", "{}"),
        ("check_in", check_in.as_str()),
        ("client_report", "{}"),
        ("something_new", "x"),
        ("attachment", "abc"),
    ];
    let mut body = b"{}\n".to_vec();
    for (kind, payload) in items {
        body.extend(format!("{}\n{payload}\n", json!({"type": kind, "length": payload.len()})).into_bytes());
    }
    ready
        .server
        .http()
        .send(&ready.envelope_request(&body))
        .await
        .assert_status(200);
    let metrics = wait_until("the items are counted", async || {
        let text = ready.server.http().get("/metrics").await.text().to_owned();
        text.contains("category=\"monitor\"").then_some(text)
    })
    .await;
    for line in [
        "tocsin_ingest_items_total{category=\"session\",outcome=\"invalid\",reason=\"invalid_json\"} 1",
        "tocsin_ingest_items_total{category=\"monitor\",outcome=\"accepted\",reason=\"\"} 1",
        "tocsin_ingest_items_total{category=\"attachment\",outcome=\"accepted\",reason=\"\"} 3",
        "tocsin_ingest_items_total{category=\"attachment_item\",outcome=\"accepted\",reason=\"\"} 1",
        "tocsin_ingest_items_total{category=\"unknown\",outcome=\"invalid\",reason=\"unknown_item\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
}
