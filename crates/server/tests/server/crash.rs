//! SIGKILL at random moments under load: what was answered with 200 is there exactly once, and so is what came with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use testkit::http::Request;
use tokio::{sync::Mutex, task::JoinSet};

use crate::installation::{Ready, counted, envelope, event_id, list_all, ready, zero_division};

const ROUNDS: usize = 20;
const SENDERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_lose_nothing_and_double_nothing() {
    let mut ready = ready().await;
    let acknowledged: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let mut sent = BTreeSet::new();
    for round in 0..ROUNDS {
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
            senders.spawn(send_until_refused(
                ready.server.http(),
                template(&ready),
                Arc::clone(&acknowledged),
            ));
        }
        tokio::time::sleep(random_pause()).await;
        ready.server.kill().await;
        while let Some(ids) = senders.join_next().await {
            sent.extend(ids.expect("a sender"));
        }
        ready.server.start().await;
        assert!(
            !acknowledged.lock().await.is_empty() || round < ROUNDS - 1,
            "nothing was ever accepted"
        );
    }
    let acknowledged = acknowledged.lock().await.clone();
    ready.settle().await;
    let stored = stored_events(&ready).await;
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(
        lost.is_empty(),
        "{} of {} acknowledged events are lost: {lost:?}",
        lost.len(),
        acknowledged.len()
    );
    assert!(stored.is_subset(&sent), "events that nobody sent");
    let issues = ready
        .get(&format!("{}?query=&statsPeriod=", ready.issues_target()))
        .await;
    let issues = issues.as_array().expect("issues").clone();
    assert_eq!(
        counted(&issues),
        i64::try_from(stored.len()).unwrap(),
        "counters equal the events"
    );
    items_are_there_once(&ready, &issues, &stored).await;
    index_and_outcomes_agree(&ready, stored.len()).await;
    println!(
        "{} acknowledged, {} stored, {} sent",
        acknowledged.len(),
        stored.len(),
        sent.len()
    );
}

fn template(ready: &Ready) -> impl Fn(&str) -> Request + Send + use<> {
    let dsn = ready.dsn();
    move |id| {
        let mut body = envelope(&zero_division(id));
        let content = content(id);
        let check_in = json!({"check_in_id": id, "monitor_slug": "nightly", "status": "ok"}).to_string();
        for (mut headers, payload) in [
            (json!({"type": "attachment", "filename": format!("{id}.txt")}), &content),
            (json!({"type": "check_in"}), &check_in),
        ] {
            headers["length"] = payload.len().into();
            body.extend(format!("{headers}\n{payload}\n").into_bytes());
        }
        body.extend(log(id).into_bytes());
        dsn.envelope_request(&body)
    }
}

/// A log line that names the event.
fn log(id: &str) -> String {
    let line = json!({
        "timestamp": seconds_now(), "trace_id": id, "level": "info", "body": format!("about {id}"), "attributes": {},
    });
    let payload = json!({"items": [line]}).to_string();
    let headers = json!({
        "type": "log", "item_count": 1, "content_type": "application/vnd.sentry.items.log+json",
        "length": payload.len(),
    });
    format!("{headers}\n{payload}\n")
}

#[expect(clippy::disallowed_methods, reason = "the server runs by the real clock")]
fn seconds_now() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("it is after 1970").as_secs_f64()
}

/// The event index, whose commits come later than those of the database, and the outcomes count what is stored.
async fn index_and_outcomes_agree(ready: &Ready, stored: usize) {
    let organization = format!("/api/0/organizations/{}", ready.installation.organization);
    for dataset in ["errors", "logs"] {
        let target = format!("{organization}/events/?dataset={dataset}&field=count()&statsPeriod=1h");
        let answer = ready.get(&target).await;
        assert_eq!(answer["data"][0]["count()"], json!(stored), "{dataset} in the index");
    }
    for category in ["error", "log_item"] {
        let target = format!(
            "{organization}/stats_v2/?field=sum(quantity)&groupBy=outcome&category={category}&statsPeriod=1h&interval=1h"
        );
        let answer = ready.get(&target).await;
        let groups = answer["groups"].as_array().expect("groups");
        let accepted = groups.iter().find(|group| group["by"]["outcome"] == "accepted");
        let accepted = accepted.expect("something was accepted")["totals"]["sum(quantity)"].clone();
        assert_eq!(accepted, json!(stored), "outcomes of {category}");
    }
}

/// What is attached to an event: every second attachment is the same, and stored once.
fn content(id: &str) -> String {
    if id.ends_with(['0', '2', '4', '6', '8', 'a', 'c', 'e']) {
        "a log that they share".to_owned()
    } else {
        format!("the log of {id}")
    }
}

/// Every event has its one attachment and its one check-in, whole.
async fn items_are_there_once(ready: &Ready, issues: &[Value], stored: &BTreeSet<String>) {
    let (organization, project) = (&ready.installation.organization, &ready.installation.project);
    let project = format!("/api/0/projects/{organization}/{project}");
    let mut attached = BTreeMap::new();
    for issue in issues {
        let id = issue["id"].as_str().expect("an id");
        let target = format!("/api/0/organizations/{organization}/issues/{id}/attachments/?per_page=100");
        for attachment in list_all(&ready.api(), &target).await {
            let event = attachment["event_id"].as_str().expect("an event").to_owned();
            assert_eq!(attachment["name"], format!("{event}.txt"));
            let other = attached.insert(event.clone(), attachment);
            assert_eq!(other, None, "{event} has two attachments");
        }
    }
    assert!(
        attached.keys().eq(stored),
        "{} attachments of {} events",
        attached.len(),
        stored.len()
    );
    for (event, attachment) in attached.iter().step_by(10) {
        let id = attachment["id"].as_str().expect("an id");
        let target = format!("{project}/events/{event}/attachments/{id}/?download=1");
        let answer = ready.api().get(&target).await.assert_status(200);
        assert_eq!(answer.text(), content(event));
    }
    let target = format!("{project}/items/?kind=check_in&per_page=100");
    let mut checked_in = BTreeSet::new();
    for item in list_all(&ready.api(), &target).await {
        let id = item["key"].as_str().expect("an id").to_owned();
        assert!(checked_in.insert(id.clone()), "{id} checked in twice");
    }
    assert_eq!(checked_in, *stored);
}

/// Returns the ids of all events that were sent, answered or not.
async fn send_until_refused(
    client: testkit::http::Client,
    request: impl Fn(&str) -> Request + Send,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
) -> Vec<String> {
    let mut sent = Vec::new();
    loop {
        let id = event_id();
        sent.push(id.clone());
        match client.try_send(&request(&id)).await {
            Ok(answer) if answer.status == 200 => {
                acknowledged.lock().await.insert(id);
            }
            // 503 while it is overloaded: not acknowledged.
            Ok(_) => {}
            Err(_) => return sent,
        }
    }
}

fn random_pause() -> Duration {
    let mut byte = [0_u8; 1];
    getrandom::fill(&mut byte).expect("random bytes");
    Duration::from_millis(30 + u64::from(byte[0]))
}

/// The ids of all events of the project.
async fn stored_events(ready: &Ready) -> BTreeSet<String> {
    let installation = &ready.installation;
    let target = format!(
        "/api/0/projects/{}/{}/events/?full=false",
        installation.organization, installation.project
    );
    let mut ids = BTreeSet::new();
    for event in list_all(&ready.api(), &target).await {
        let id = event["eventID"].as_str().expect("an id").to_owned();
        assert!(ids.insert(id), "an event is listed twice");
    }
    ids
}
