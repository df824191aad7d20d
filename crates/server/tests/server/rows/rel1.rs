//! Releases: made by events and by build systems, and what resolving in one means.

use serde_json::{Value, json};
use testkit::server::wait_until;

use super::PROJECT;
use crate::installation::{Ready, event_id, ready};

const RELEASES: &str = "/api/0/organizations/acme/releases/";

impl Ready {
    /// Sends an event of the issue, and waits until it is counted.
    async fn came(&self, release: &str, events: &mut i64) -> Value {
        let event = json!({"event_id": event_id(), "message": "it broke", "release": release});
        self.send_event(&event).await.assert_status(200);
        *events += 1;
        self.issues_with_events(*events).await.remove(0)
    }

    async fn resolve(&self, details: &Value) {
        let body = json!({"status": "resolved", "statusDetails": details});
        let target = format!("{PROJECT}/issues/");
        self.api().put_json(&target, &body).await.assert_status(200);
    }
}

#[tokio::test]
async fn rel1_resolved_in_next_release_an_event_of_the_old_one_changes_nothing_one_of_a_newer_regresses() {
    for releases in [
        // By version: in the order of their texts the last would come before.
        ["shop@1.9.0", "shop@1.8.0", "shop@1.10.0"],
        // By date: each is known from its first event on.
        ["aaaa", "aaaa", "0000"],
    ] {
        let ready = ready().await;
        let [known, old, newer] = releases;
        let mut events = 0;
        ready.came(known, &mut events).await;
        ready.resolve(&json!({"inNextRelease": true})).await;
        for release in [known, old] {
            let issue = ready.came(release, &mut events).await;
            assert_eq!(issue["status"], "resolved", "{release}");
            assert_eq!(issue["statusDetails"]["inNextRelease"], true);
        }
        let issue = ready.came(newer, &mut events).await;
        assert_eq!(
            (&issue["status"], &issue["substatus"]),
            (&json!("unresolved"), &json!("regressed"))
        );
    }
}

#[tokio::test]
async fn rel1_a_release_is_created_finalized_deployed_and_listed_with_its_events() {
    let ready = ready().await;
    let api = ready.api();
    let body = json!({"version": "shop@3.0.0", "projects": ["shop"]});
    api.post_json(RELEASES, &body).await.assert_status(201);
    api.post_json(RELEASES, &body).await.assert_status(208);
    let one = format!("{RELEASES}shop@3.0.0/");
    api.put_json(&one, &json!({"dateReleased": "2020-02-02T12:00:00Z"}))
        .await
        .assert_status(200);
    api.post_json(&format!("{one}deploys/"), &json!({"environment": "production"}))
        .await
        .assert_status(201);
    let mut events = 0;
    ready.came("shop@3.0.0", &mut events).await;
    ready.came("shop@2.0.0", &mut events).await;
    let listed = wait_until("both are listed", async || {
        let listed = ready.get(RELEASES).await;
        (listed.as_array()?.len() == 2).then_some(listed)
    })
    .await;
    assert_eq!(
        listed[0]["version"], "shop@2.0.0",
        "the one that events have made came later"
    );
    assert_eq!(listed[1]["dateReleased"], "2020-02-02T12:00:00Z");
    assert_eq!(listed[1]["lastDeploy"]["environment"], "production");
    assert!(listed[1]["firstEvent"].is_string(), "{}", listed[1]);
    assert_eq!(
        (&listed[1]["newGroups"], &listed[0]["newGroups"]),
        (&json!(1), &json!(0))
    );
}
