//! What becomes of issues: resolved in releases, archived until something, brought back by events and time.

use model::{EventId, IssueId};
use serde_json::{Value, json};
use testkit::on_every_database;

use crate::{
    api::{Answer, Api, NOW},
    seed::{message, minutes},
};

/// An event of the issue `a`, as it comes now.
fn of_release(api: &Api, release: Option<&str>) -> Value {
    let mut event = message("a", api.app.now());
    if let Some(release) = release {
        event["release"] = release.into();
    }
    event
}

impl Api {
    /// A moment later an event of the issue `a` comes.
    async fn later(&self, release: Option<&str>) -> (IssueId, EventId) {
        self.clock.advance(std::time::Duration::from_secs(1));
        self.save(of_release(self, release)).await
    }

    async fn issue(&self, issue: IssueId) -> Answer {
        let path = format!("/api/0/issues/{issue}/?expand=inbox&expand=owners");
        self.client().get(&path).await.ok()
    }

    async fn change(&self, issue: IssueId, body: Value) -> Answer {
        self.client().put(&format!("/api/0/issues/{issue}/"), body).await.ok()
    }

    /// Status and substatus.
    async fn state(&self, issue: IssueId) -> (String, Value) {
        let shown = self.issue(issue).await;
        (shown.text("/status"), shown.at("/substatus").clone())
    }

    async fn activity(&self, issue: IssueId) -> Vec<Value> {
        self.issue(issue).await.each_in("/activity", "/type")
    }

    /// Lets the jobs do all that waits.
    async fn run_jobs(&self) {
        for _ in 0..100 {
            if !services::jobs::step(&self.app).await.unwrap() {
                return;
            }
        }
        panic!("the jobs never end");
    }
}

fn state(status: &str, substatus: &str) -> (String, Value) {
    (status.to_owned(), substatus.into())
}

#[tokio::test]
async fn rel1_resolved_in_the_next_release_holds_for_this_one_and_regresses_in_a_later_one() {
    on_every_database(async |url| {
        let (old, this, later) = ("shop@1.9.0", "shop@1.10.0", "shop@1.11.0");
        let api = Api::new(url).await;
        let (issue, _) = api.later(Some(old)).await;
        api.later(Some(this)).await;
        let body = json!({ "status": "resolved", "statusDetails": { "inNextRelease": true } });
        let resolved = api.change(issue, body).await;
        assert_eq!(resolved.at("/statusDetails/inNextRelease"), true);
        assert_eq!(resolved.at("/statusDetails/actor/email"), "owner@example.com");
        for release in [Some(this), Some(old), None] {
            api.later(release).await;
            assert_eq!(api.issue(issue).await.text("/status"), "resolved", "{release:?}");
        }
        api.later(Some(later)).await;
        assert_eq!(api.state(issue).await, state("unresolved", "regressed"));
        let shown = api.issue(issue).await;
        assert_eq!(shown.at("/inbox/reason"), 2);
        assert_eq!(
            (shown.at("/activity/0/type"), shown.at("/activity/0/data/version")),
            (&json!("set_regression"), &json!(later))
        );
        assert_eq!(shown.at("/activity/0/data/resolved_in_version"), this);
    })
    .await;
}

#[tokio::test]
async fn rel1_resolved_in_a_release_regresses_in_it_and_not_in_older_ones() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.later(Some("shop@1.0.0")).await;
        api.later(Some("shop@2.0.0")).await;
        let resolve = |version: &str| json!({ "status": "resolved", "statusDetails": { "inRelease": version } });
        let client = api.client();
        let refused = client
            .put(&format!("/api/0/issues/{issue}/"), resolve("shop@9.0.0"))
            .await;
        refused.assert(400);
        let resolved = api.change(issue, resolve("latest")).await;
        assert_eq!(resolved.at("/statusDetails/inRelease"), "shop@2.0.0");
        api.later(Some("shop@1.0.0")).await;
        assert_eq!(api.issue(issue).await.text("/status"), "resolved");
        api.later(Some("shop@2.0.0")).await;
        assert_eq!(api.state(issue).await, state("unresolved", "regressed"));
    })
    .await;
}

#[tokio::test]
async fn without_any_release_nothing_is_resolved_in_the_next_one() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(of_release(&api, None)).await;
        let path = format!("/api/0/issues/{issue}/");
        let refused = api
            .client()
            .put(&path, json!({ "status": "resolvedInNextRelease" }))
            .await
            .assert(400);
        assert!(refused.at("/statusDetails/0").is_string());
        assert_eq!(api.state(issue).await, state("unresolved", "new"));
        let body =
            json!({ "status": "resolved", "statusDetails": { "inCommit": { "repository": "shop", "commit": "f00" } } });
        let resolved = api.change(issue, body).await;
        assert_eq!(resolved.at("/statusDetails/inCommit"), "f00");
        assert_eq!(api.issue(issue).await.at("/activity/0/data/repository"), "shop");
    })
    .await;
}

#[tokio::test]
async fn archived_until_so_many_events_it_reopens_exactly_then() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(of_release(&api, None)).await;
        let body = json!({ "status": "ignored", "statusDetails": { "ignoreCount": 5 } });
        let archived = api.change(issue, body).await;
        assert_eq!(archived.at("/substatus"), "archived_until_condition_met");
        for missing in [4, 3, 2, 1] {
            api.later(None).await;
            let shown = api.issue(issue).await;
            assert_eq!(shown.at("/statusDetails/ignoreCount"), missing);
            assert_eq!(shown.at("/inbox"), &Value::Null);
        }
        api.later(None).await;
        assert_eq!(api.state(issue).await, state("unresolved", "ongoing"));
        assert_eq!(api.issue(issue).await.at("/inbox/reason"), 1);
        assert_eq!(
            api.activity(issue).await,
            ["set_unresolved", "set_ignored", "first_seen"]
        );
    })
    .await;
}

#[tokio::test]
async fn archived_until_a_rate_it_reopens_when_so_many_come_within_the_window() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(of_release(&api, None)).await;
        for user in ["a", "b"] {
            let mut event = of_release(&api, None);
            event["user"] = json!({ "id": user });
            api.save(event).await;
        }
        // Those that came before do not count, nor does one user twice.
        let body = json!({ "status": "ignored", "ignoreUserCount": 2, "ignoreUserWindow": 60 });
        api.change(issue, body).await;
        for (user, back) in [("a", false), ("a", false), ("b", true)] {
            let mut event = of_release(&api, None);
            event["user"] = json!({ "id": user });
            api.save(event).await;
            assert_eq!(api.issue(issue).await.text("/status") == "unresolved", back, "{user}");
        }
        api.change(
            issue,
            json!({ "status": "ignored", "statusDetails": { "ignoreCount": 3, "ignoreWindow": 10 } }),
        )
        .await;
        for back in [false, false, true] {
            api.save(of_release(&api, None)).await;
            assert_eq!(api.issue(issue).await.text("/status") == "unresolved", back);
        }
    })
    .await;
}

#[tokio::test]
async fn archived_for_a_time_it_comes_back_by_itself_and_new_issues_become_ongoing() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(of_release(&api, None)).await;
        let (other, _) = api.save(message("b", NOW)).await;
        let archived = api
            .change(issue, json!({ "status": "ignored", "ignoreDuration": 30 }))
            .await;
        let until = (NOW + minutes(30)).to_string();
        assert_eq!(archived.at("/statusDetails/ignoreUntil"), &json!(until));
        api.clock.advance(minutes(29));
        api.run_jobs().await;
        assert_eq!(api.state(issue).await, state("ignored", "archived_until_condition_met"));
        api.clock.advance(minutes(1));
        api.run_jobs().await;
        assert_eq!(api.state(issue).await, state("unresolved", "ongoing"));
        assert_eq!(api.state(other).await, state("unresolved", "new"));
        api.clock.advance(minutes(7 * 24 * 60));
        api.run_jobs().await;
        assert_eq!(api.state(other).await, state("unresolved", "ongoing"));
        assert_eq!(api.activity(other).await, ["auto_set_ongoing", "first_seen"]);
    })
    .await;
}

#[tokio::test]
async fn archived_until_it_escalates_it_comes_back_with_a_higher_priority() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let warning = || {
            let mut event = of_release(&api, None);
            event["level"] = "warning".into();
            event
        };
        let (issue, _) = api.save(warning()).await;
        assert_eq!(api.issue(issue).await.at("/priority"), "medium");
        let body = json!({ "status": "ignored", "substatus": "archived_until_escalating" });
        assert_eq!(
            api.change(issue, body).await.at("/substatus"),
            "archived_until_escalating"
        );
        api.run_jobs().await;
        // Ten times the one event of its fullest hour may come.
        for _ in 0..10 {
            api.save(warning()).await;
        }
        assert_eq!(api.state(issue).await, state("ignored", "archived_until_escalating"));
        api.save(warning()).await;
        assert_eq!(api.state(issue).await, state("unresolved", "escalating"));
        assert_eq!(api.issue(issue).await.at("/priority"), "high");
        assert_eq!(
            api.activity(issue).await,
            ["set_priority", "set_escalating", "set_ignored", "first_seen"]
        );
        api.clock.advance(minutes(7 * 24 * 60));
        api.run_jobs().await;
        assert_eq!(api.state(issue).await, state("unresolved", "ongoing"));
        assert_eq!(api.issue(issue).await.at("/priority"), "medium");
    })
    .await;
}

#[tokio::test]
async fn a_change_is_told_once_and_the_review_ends_with_it() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(of_release(&api, None)).await;
        assert_eq!(api.issue(issue).await.at("/inbox/reason"), 0);
        for _ in 0..2 {
            api.change(issue, json!({ "inbox": false })).await;
            api.change(issue, json!({ "priority": "low" })).await;
            api.change(issue, json!({ "status": "resolved" })).await;
        }
        let shown = api.issue(issue).await;
        assert_eq!(shown.at("/inbox"), &Value::Null);
        assert!(shown.at("/priorityLockedAt").is_string());
        assert_eq!(
            shown.each_in("/activity", "/type"),
            ["set_resolved", "set_priority", "mark_reviewed", "first_seen"]
        );
        assert_eq!(shown.at("/activity/0/user/email"), "owner@example.com");
        let alone = api
            .client()
            .get(&format!("/api/0/issues/{issue}/activities/"))
            .await
            .ok();
        assert_eq!(alone.at("/activity"), shown.at("/activity"));
        api.change(issue, json!({ "inbox": true })).await;
        assert_eq!(api.issue(issue).await.at("/inbox/reason"), 3);
        api.anonymous()
            .get(&format!("/api/0/issues/{issue}/activities/"))
            .await
            .assert(401);
        api.stranger()
            .await
            .get(&format!("/api/0/issues/{issue}/activities/"))
            .await
            .assert(404);
    })
    .await;
}

#[tokio::test]
async fn a_team_of_the_project_is_assigned_and_no_other() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(of_release(&api, None)).await;
        let client = api.client();
        let teams = client.get("/api/0/projects/acme/shop/teams/").await.ok();
        let (team, slug) = (teams.text("/0/id"), teams.text("/0/slug"));
        let assigned = api.change(issue, json!({ "assignedTo": format!("team:{team}") })).await;
        let expected = json!({ "type": "team", "id": team, "name": slug });
        assert_eq!(assigned.at("/assignedTo"), &expected);
        assert_eq!(api.issue(issue).await.at("/assignedTo"), &expected);
        let other = client
            .post("/api/0/organizations/acme/teams/", json!({ "slug": "idle" }))
            .await
            .assert(201)
            .text("/id");
        let path = format!("/api/0/issues/{issue}/");
        let refused = client
            .put(&path, json!({ "assignedTo": format!("team:{other}") }))
            .await
            .assert(400);
        assert!(refused.at("/assignedTo/0").is_string());
        api.change(issue, json!({ "assignedTo": "" })).await;
        assert_eq!(api.activity(issue).await, ["unassigned", "assigned", "first_seen"]);
    })
    .await;
}

#[tokio::test]
async fn a_quiet_issue_is_resolved_when_its_project_wants_that() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(of_release(&api, None)).await;
        let project = "/api/0/projects/acme/shop/";
        for wrong in [json!(-1), json!(721), json!("soon")] {
            let refused = api
                .client()
                .put(project, json!({ "resolveAge": wrong }))
                .await
                .assert(400);
            assert!(refused.at("/resolveAge/0").is_string(), "{}", refused.body);
        }
        let changed = api.client().put(project, json!({ "resolveAge": 48 })).await.ok();
        assert_eq!(changed.at("/resolveAge"), 48);
        api.clock.advance(minutes(48 * 60 - 1));
        services::housekeeping::expire(&api.app).await.unwrap();
        assert_eq!(api.issue(issue).await.text("/status"), "unresolved");
        api.clock.advance(minutes(1));
        services::housekeeping::expire(&api.app).await.unwrap();
        let shown = api.issue(issue).await;
        assert_eq!(
            (shown.text("/status"), shown.at("/statusDetails")),
            ("resolved".to_owned(), &json!({ "autoResolved": true }))
        );
        assert_eq!(shown.at("/activity/0/type"), "set_resolved_by_age");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_by_name() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(of_release(&api, None)).await;
        let path = format!("/api/0/issues/{issue}/");
        let check = async |body: Value, field: &str| {
            let refused = api.client().put(&path, body.clone()).await.assert(400);
            assert!(refused.body[field][0].is_string(), "{body}: {}", refused.body);
        };
        check(
            json!({ "status": "ignored", "statusDetails": { "ignoreCount": "many" } }),
            "statusDetails",
        )
        .await;
        check(
            json!({ "status": "ignored", "statusDetails": { "ignoreCount": 5, "ignoreWindow": 99_999 } }),
            "statusDetails",
        )
        .await;
        check(json!({ "status": "ignored", "statusDetails": [] }), "statusDetails").await;
        check(
            json!({ "status": "ignored", "substatus": "archived_until_condition_met" }),
            "statusDetails",
        )
        .await;
        check(json!({ "status": "ignored", "substatus": "ongoing" }), "substatus").await;
        check(json!({ "status": "resolved", "substatus": "ongoing" }), "substatus").await;
        check(json!({ "status": "resolved", "substatus": "odd" }), "substatus").await;
        check(
            json!({ "status": "resolved", "statusDetails": { "inCommit": { "commit": "f00" } } }),
            "statusDetails",
        )
        .await;
        check(
            json!({ "status": "resolved", "statusDetails": { "inUpcomingRelease": true } }),
            "statusDetails",
        )
        .await;
        check(json!({ "merge": true }), "merge").await;
        assert_eq!(api.state(issue).await, state("unresolved", "new"));
        // A substatus alone says the status, too.
        let body = json!({ "substatus": "archived_until_escalating" });
        assert_eq!(api.change(issue, body).await.at("/status"), "ignored");
    })
    .await;
}
