//! `/organizations/{organization}/incidents/`

use std::time::Duration;

use serde_json::json;
use services::{Scope, jobs};
use testkit::on_every_database;

use super::{RULES, rule};
use crate::api::Api;

const INCIDENTS: &str = "/api/0/organizations/acme/incidents/";

impl Api {
    /// Lets a rule cross its threshold.
    async fn incident(&self) {
        let few = json!({"resolveThreshold": null, "timeWindow": 60, "triggers": [
            {"label": "critical", "alertThreshold": 1, "actions": []}]});
        self.client().post(RULES, rule(few)).await.assert(201);
        for _ in 0..2 {
            let exception = json!({"values": [{"type": "E", "value": "x"}]});
            self.save(json!({"message": "broken", "level": "error", "exception": exception}))
                .await;
        }
        for _ in 0..6 {
            self.clock.advance(Duration::from_secs(15));
            jobs::run_due(&self.app).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_incident_is_listed_shown_commented_and_closed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        assert_eq!(client.get(INCIDENTS).await.ok().body, json!([]));
        api.incident().await;
        let listed = client.get(INCIDENTS).await.ok();
        assert_eq!(listed.each("/title"), [json!("Many errors")]);
        let path = format!("{INCIDENTS}{}/", listed.text("/0/identifier"));
        let shown = client.get(&path).await.ok();
        for (pointer, expected) in [
            ("/status", json!(20)),
            ("/statusMethod", json!(3)),
            ("/type", json!(2)),
            ("/projects", json!(["shop"])),
            ("/dateClosed", json!(null)),
            ("/alertRule/name", json!("Many errors")),
            ("/alertRule/triggers/0/alertThreshold", json!(1)),
            ("/activities/0/type", json!(2)),
            ("/activities/0/value", json!("20")),
            ("/activities/0/previousValue", json!("1")),
            ("/activities/0/measured", json!(2.0)),
            ("/isSubscribed", json!(false)),
        ] {
            assert_eq!(*shown.at(pointer), expected, "{pointer}");
        }
        let of_rule = client.get(&format!("{RULES}?expand=latestIncident")).await.ok();
        assert_eq!(of_rule.at("/0/latestIncident/identifier"), listed.at("/0/identifier"));

        let comments = format!("{path}comments/");
        client.post(&comments, json!({"comment": " "})).await.assert(400);
        let made = client.post(&comments, json!({"comment": "We know."})).await.assert(201);
        assert_eq!(
            (made.at("/type"), made.text("/comment").as_str()),
            (&json!(3), "We know.")
        );
        let own = format!("{comments}{}/", made.text("/id"));
        assert_eq!(
            client
                .put(&own, json!({"comment": "We knew."}))
                .await
                .ok()
                .text("/comment"),
            "We knew."
        );
        assert_eq!(*client.get(&path).await.ok().at("/isSubscribed"), json!(true));
        client.delete(&format!("{path}subscriptions/")).await.ok();
        assert_eq!(*client.get(&path).await.ok().at("/isSubscribed"), json!(false));
        client
            .post(&format!("{path}subscriptions/"), json!({}))
            .await
            .assert(201);

        let activity = client.get(&format!("{path}activity/")).await.ok();
        assert_eq!(activity.each("/type"), [json!(3), json!(2), json!(1), json!(4)]);
        assert_eq!(activity.text("/0/user/email"), "owner@example.com");
        let stats = client.get(&format!("{path}stats/")).await.ok();
        assert_eq!(stats.at("/totalEvents").as_f64(), Some(2.0));

        client.put(&path, json!({"status": 20})).await.assert(400);
        client.put(&path, json!({})).await.assert(400);
        let closed = client.put(&path, json!({"status": 2, "comment": "Over."})).await.ok();
        assert_eq!(
            (closed.at("/status"), closed.at("/statusMethod")),
            (&json!(2), &json!(1))
        );
        assert_eq!(closed.text("/activities/0/comment"), "Over.");
        assert_eq!(
            client.get(&format!("{INCIDENTS}?status=open")).await.ok().body,
            json!([])
        );
        assert_eq!(
            client
                .get(&format!("{INCIDENTS}?status=closed"))
                .await
                .ok()
                .each("/status"),
            [json!(2)]
        );
        client.delete(&own).await.assert(204);
        client.delete(&own).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn incidents_are_seen_by_those_who_see_their_projects() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    api.incident().await;
    let path = format!("{INCIDENTS}1/");
    api.client().get(&path).await.ok();
    for absent in ["2/", "0/", "x/", "-1/"] {
        api.client().get(&format!("{INCIDENTS}{absent}")).await.assert(404);
    }
    api.stranger().await.get(&path).await.assert(404);
    let reader = api.client_for(&[Scope::AlertsRead]).await;
    reader.get(&path).await.ok();
    reader.put(&path, json!({"status": 2})).await.assert(403);
    reader
        .post(&format!("{path}comments/"), json!({"comment": "x"}))
        .await
        .assert(403);
    let made = api
        .client()
        .post(&format!("{path}comments/"), json!({"comment": "Mine."}))
        .await
        .assert(201);
    let other = api.member("other", model::OrganizationRole::Owner).await;
    other
        .put(
            &format!("{path}comments/{}/", made.text("/id")),
            json!({"comment": "Yours."}),
        )
        .await
        .assert(403);
    // Its rule is deleted: it is closed and stays.
    let rule = api.client().get(RULES).await.ok().text("/0/id");
    api.client().delete(&format!("{RULES}{rule}/")).await.assert(204);
    let shown = api.client().get(&path).await.ok();
    assert_eq!((shown.at("/status"), shown.at("/statusMethod")), (&json!(2), &json!(2)));
}
