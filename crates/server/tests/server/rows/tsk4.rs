//! Merging issues and taking them apart, with a server that dies in between.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use testkit::server::wait_until;

use crate::installation::{Ready, event_id, list_all, ready};

const ISSUES: &str = "/api/0/organizations/acme/issues/";

/// Enough for several steps.
const EVENTS: usize = 40;
/// As many as an envelope may hold.
const FILES_AN_EVENT: usize = 30;

/// An envelope of an event with its files.
fn envelope(id: &str, name: &str, files: usize) -> Vec<u8> {
    let event = json!({"event_id": id, "message": format!("{name} broke"), "fingerprint": [name], "user": {"id": id}});
    let mut body = format!("{}\n", json!({"event_id": id}));
    let payload = event.to_string();
    body.push_str(&format!(
        "{}\n{payload}\n",
        json!({"type": "event", "length": payload.len()})
    ));
    for file in 0..files {
        let headers = json!({"type": "attachment", "filename": format!("{file}.txt"), "length": 4});
        body.push_str(&format!("{headers}\nfile\n"));
    }
    body.into_bytes()
}

impl Ready {
    async fn send_all(&self, name: &str, events: usize, files: usize) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        for _ in 0..events {
            let id = event_id();
            let request = self.envelope_request(&envelope(&id, name, files));
            self.server.http().send(&request).await.assert_status(200);
            ids.insert(id);
        }
        ids
    }

    /// The issue whose title begins so.
    async fn issue_named(&self, name: &str) -> Value {
        let listed = self.get(&format!("{ISSUES}?query=&statsPeriod=")).await;
        let mut listed = listed.as_array().expect("issues").iter();
        let found = listed.find(|issue| issue["title"].as_str().is_some_and(|title| title.starts_with(name)));
        found.unwrap_or_else(|| panic!("no issue is called {name}")).clone()
    }

    /// Of each event of an issue, how many files it has.
    async fn files(&self, issue: &str) -> Vec<String> {
        let target = format!("{ISSUES}{issue}/attachments/?per_page=100");
        let files = list_all(&self.api(), &target).await;
        let event = |file: &Value| file["event_id"].as_str().expect("an event").to_owned();
        files.iter().map(event).collect()
    }
}

fn id(issue: &Value) -> String {
    issue["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn tsk4_killed_between_steps_it_goes_on() {
    let mut ready = ready().await;
    let one = ready.send_all("one", EVENTS, FILES_AN_EVENT).await;
    let two = ready.send_all("two", EVENTS + 1, FILES_AN_EVENT).await;
    ready.issues_with_events(EVENTS as i64 * 2 + 1).await;
    ready.settle().await;
    let (first, second) = (ready.issue_named("one").await, ready.issue_named("two").await);
    let both = format!("{ISSUES}?id={}&id={}", id(&first), id(&second));
    let merged = ready
        .api()
        .put_json(&both, &json!({"merge": 1}))
        .await
        .assert_status(200);
    assert_eq!(merged.json()["merge"]["parent"], second["id"]);
    let parent = id(&second);

    // While files are on their way, the issue is locked; to die there loses nothing.
    let hashes = ready.get(&format!("{ISSUES}{parent}/hashes/")).await;
    let hash = hashes.as_array().expect("hashes").iter().find_map(|hash| {
        let is_one = hash["latestEvent"]["title"].as_str()?.starts_with("one");
        is_one.then(|| hash["id"].as_str().expect("an id").to_owned())
    });
    let unmerge = format!("{ISSUES}{parent}/hashes/?id={}", hash.expect("the hash of one"));
    let mut kills = 0;
    loop {
        let answer = ready.api().delete(&unmerge).await;
        match (answer.status, kills) {
            (202, _) => break,
            (409, 0) => {
                ready.server.kill().await;
                ready.server.start().await;
                kills += 1;
            }
            (409, _) => tokio::time::sleep(Duration::from_millis(20)).await,
            (other, _) => panic!("{other} {}", answer.text()),
        }
    }
    ready.server.kill().await;
    ready.server.start().await;

    let whole = EVENTS * FILES_AN_EVENT;
    wait_until("the files have followed", async || {
        let left = ready.files(&parent).await;
        (left.len() == whole + FILES_AN_EVENT).then_some(())
    })
    .await;
    let new = ready.issue_named("one").await;
    for (issue, original, events) in [(new, first, one), (ready.issue_named("two").await, second, two)] {
        for field in ["count", "userCount", "firstSeen", "lastSeen", "title"] {
            assert_eq!(issue[field], original[field], "{field}");
        }
        let files = ready.files(&id(&issue)).await;
        assert_eq!(files.len(), events.len() * FILES_AN_EVENT);
        assert_eq!(files.into_iter().collect::<BTreeSet<_>>(), events);
    }
    // New events obey.
    let again = ready.issue_named("one").await;
    ready.send_all("one", 1, 0).await;
    ready.issues_with_events(EVENTS as i64 * 2 + 2).await;
    assert_eq!(id(&ready.issue_named("one").await), id(&again));
    assert_ne!(id(&again), parent);
}
