//! SIGKILL at random moments under load: what was answered with 200 is there exactly once.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use testkit::http::Request;
use tokio::{sync::Mutex, task::JoinSet};

use crate::installation::{Ready, counted, list_all, envelope, event_id, ready, zero_division};

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
    println!(
        "{} acknowledged, {} stored, {} sent",
        acknowledged.len(),
        stored.len(),
        sent.len()
    );
}

fn template(ready: &Ready) -> impl Fn(&str) -> Request + Send + use<> {
    let dsn = ready.dsn();
    move |id| dsn.envelope_request(&envelope(&zero_division(id)))
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
