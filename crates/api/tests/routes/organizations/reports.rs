//! Reports of what was told: the weekly report, the ledger, the numbers, and the checks.

use model::{EventId, OrganizationRole};
use serde_json::json;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::rich,
};

const ACME: &str = "/api/0/organizations/acme";

#[tokio::test]
async fn eml5_the_weekly_report_is_set_previewed_and_sent() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let owner = api.client();
        let path = format!("{ACME}/weekly-report/");
        let stock = owner.get(&path).await.ok().body;
        assert_eq!(
            stock,
            json!({
                "isEnabled": true, "weekday": 6, "hour": 9, "timeZone": "UTC", "template": "", "addresses": [],
            })
        );
        let changed = json!({ "weekday": 0, "timeZone": "Europe/Vienna", "template": "{{ total_events }} events" });
        owner.put(&path, changed).await.ok();
        let shown = owner.get(&path).await.ok().body;
        assert_eq!((&shown["weekday"], &shown["hour"]), (&json!(0), &json!(9)));
        let preview = owner.get(&format!("{path}preview/")).await.ok().body;
        assert_eq!(preview["numbers"]["totalEvents"], 0);
        assert_eq!(preview["letter"]["blocks"][0]["of"]["text"], "0 events");
        for (field, wrong) in [
            ("weekday", json!(7)),
            ("hour", json!(24)),
            ("timeZone", json!("Europe/Atlantis")),
            ("template", json!("{% if %}")),
            ("isEnabled", json!("perhaps")),
        ] {
            let refused = owner.put(&path, json!({ field: wrong })).await.assert(400).body;
            assert!(refused.get(field).is_some(), "{field}: {refused}");
        }
        let send = format!("{path}send/");
        for (body, status) in [
            (json!({}), 400),
            (json!({ "address": "nobody" }), 400),
            (json!({ "address": "stranger@elsewhere.example" }), 400),
            (json!({ "address": "owner@example.com" }), 202),
        ] {
            owner.post(&send, body.clone()).await.assert(status);
        }
        let member = api.member("member", OrganizationRole::Member).await;
        member.get(&path).await.assert(403);
        member
            .post(&send, json!({ "address": "a@example.com" }))
            .await
            .assert(403);
    })
    .await;
}

#[tokio::test]
async fn ops4_numbers_are_given_for_a_time_and_told_apart() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let owner = api.client();
        let path = format!("{ACME}/alert-metrics/");
        let empty = owner
            .get(&format!("{path}?statsPeriod=7d&groupBy=rule"))
            .await
            .ok()
            .body;
        assert_eq!((&empty["total"]["alerts"], &empty["groups"]), (&json!(0), &json!([])));
        assert_eq!(
            empty["total"]["timeToAcknowledge"],
            json!({ "mean": null, "median": null })
        );
        assert_eq!(empty["total"]["deliveries"]["successRate"], json!(null));
        for (query, status) in [
            ("groupBy=colour", 400),
            ("statsPeriod=1y", 400),
            ("statsPeriod=200d", 400),
            ("rule=seven", 400),
            ("rule=metric:7&project=shop&integration=email&groupBy=day", 200),
            ("team=nobody", 404),
            ("project=nothing", 403),
        ] {
            owner.get(&format!("{path}?{query}")).await.assert(status);
        }
        let review = owner.get(&format!("{path}review/?month=2026-02")).await.ok().body;
        assert_eq!(
            (&review["start"], &review["end"]),
            (&json!("2026-02-01T00:00:00Z"), &json!("2026-03-01T00:00:00Z"))
        );
        owner.get(&format!("{path}review/?month=soon")).await.assert(400);
        let mark = format!("{ACME}/alert-firings/7/false-alarm/");
        owner.put(&mark, json!({})).await.assert(404);
        owner.delete(&mark).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn ops5_the_trace_of_an_event_and_the_checks_of_mails_are_given() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let owner = api.client();
        let (issue, event) = api.save(rich(NOW)).await;
        let path = format!("{ACME}/notification-trace/{event}/?user=me");
        let trace = owner.get(&path).await.ok().body;
        assert_eq!(trace["groupId"], json!(issue.to_string()));
        assert_eq!(trace["isStored"], true);
        assert!(trace["user"].is_array() && trace["rules"].is_array());
        owner
            .get(&format!("{ACME}/notification-trace/{}/", EventId::random()))
            .await
            .assert(404);
        owner
            .get(&format!("{ACME}/notification-trace/nonsense/"))
            .await
            .assert(400);
        let ledger = format!("{ACME}/notification-ledger/");
        for (query, status) in [
            ("", 200),
            ("?issue=999999", 404),
            ("?kind=gossip", 400),
            ("?user=somebody", 400),
            ("?rule=x", 400),
            ("?event=x", 400),
            ("?user=me&kind=issue_alert&rule=7", 200),
        ] {
            owner.get(&format!("{ledger}{query}")).await.assert(status);
        }
        let checks = owner
            .get(&format!("{ACME}/diagnostics/email/?issue={issue}"))
            .await
            .ok()
            .body;
        let list = checks["checks"].as_array().unwrap();
        let server = list.iter().find(|check| check["id"] == "server").unwrap();
        assert_eq!(server["status"], "fail", "{server}");
        assert!(list.iter().all(|check| !check["evidence"].as_str().unwrap().is_empty()));
        // Members ask for themselves alone.
        let member = api.member("member", OrganizationRole::Member).await;
        let own = member.get(&format!("{ACME}/diagnostics/email/")).await.ok().body;
        let user = checks["userId"].as_str().unwrap();
        assert_ne!(own["userId"], checks["userId"]);
        member
            .get(&format!("{ACME}/diagnostics/email/?user={user}"))
            .await
            .assert(404);
        let other = own["userId"].as_str().unwrap();
        owner.get(&format!("{ACME}/diagnostics/email/?user={other}")).await.ok();
    })
    .await;
}
