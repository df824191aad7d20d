//! `/organizations/{organization}/alert-rules/`, the same under projects, and combined rules.

mod incidents;

use model::OrganizationRole;
use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::api::Api;

pub(crate) const RULES: &str = "/api/0/organizations/acme/alert-rules/";

/// The rule of the reference.
pub(crate) fn rule(more: Value) -> Value {
    let mut wire = json!({
        "name": "Many errors", "aggregate": "count()", "dataset": "events", "eventTypes": ["error"],
        "query": "is:unresolved", "timeWindow": 60, "thresholdType": 0, "resolveThreshold": 50, "environment": null,
        "projects": ["shop"], "owner": null,
        "triggers": [
            {"label": "critical", "alertThreshold": 100, "actions": [
                {"type": "email", "targetType": "specific", "targetIdentifier": "oncall@tocsin.example"}]},
            {"label": "warning", "alertThreshold": 70.5, "actions": []},
        ],
    });
    wire.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    wire
}

#[tokio::test]
async fn a_rule_is_made_shown_changed_and_deleted() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let made = client.post(RULES, rule(json!({}))).await.assert(201);
        let id = made.text("/id");
        for (pointer, expected) in [
            ("/name", json!("Many errors")),
            ("/status", json!(0)),
            ("/queryType", json!(0)),
            ("/dataset", json!("events")),
            ("/aggregate", json!("count()")),
            ("/timeWindow", json!(60)),
            ("/resolution", json!(1)),
            ("/thresholdType", json!(0)),
            ("/thresholdPeriod", json!(1)),
            ("/resolveThreshold", json!(50)),
            ("/comparisonDelta", Value::Null),
            ("/detectionType", json!("static")),
            ("/projects", json!(["shop"])),
            ("/snooze", json!(false)),
            ("/originalAlertRuleId", Value::Null),
            ("/createdBy/email", json!("owner@example.com")),
            ("/triggers/0/label", json!("critical")),
            ("/triggers/0/alertRuleId", json!(id)),
            ("/triggers/0/alertThreshold", json!(100)),
            (
                "/triggers/0/actions/0/desc",
                json!("Send an email to oncall@tocsin.example"),
            ),
            ("/triggers/1/alertThreshold", json!(70.5)),
        ] {
            assert_eq!(*made.at(pointer), expected, "{pointer}");
        }
        let path = format!("{RULES}{id}/");
        assert_eq!(client.get(&path).await.ok().body["triggers"], made.body["triggers"]);
        // What is left out stays; triggers that are sent back keep their ids.
        let changed = client
            .put(
                &path,
                json!({"name": "More errors", "triggers": made.body["triggers"], "owner": "user:1"}),
            )
            .await
            .assert(400);
        assert_eq!(
            changed.body["owner"],
            json!(["This owner does not belong to the organization."])
        );
        let change = json!({"name": "More errors", "timeWindow": 30, "triggers": made.body["triggers"]});
        let changed = client.put(&path, change).await.ok();
        assert_eq!(
            (changed.text("/name").as_str(), changed.at("/query")),
            ("More errors", &json!("is:unresolved"))
        );
        assert_eq!(changed.at("/triggers/0/id"), made.at("/triggers/0/id"));
        assert_eq!(
            changed.at("/triggers/0/actions/0/id"),
            made.at("/triggers/0/actions/0/id")
        );
        // Comparing with before instead of a number.
        let percent = client.put(&path, json!({"comparisonDelta": 1440})).await.ok();
        assert_eq!(
            (percent.text("/detectionType").as_str(), percent.at("/comparisonDelta")),
            ("percent", &json!(1440))
        );
        let back = client.put(&path, json!({"comparisonDelta": null})).await.ok();
        assert_eq!(back.text("/detectionType"), "static");
        let off = client.put(&path, json!({"status": 4})).await.ok();
        assert_eq!(*off.at("/status"), json!(4));
        client.delete(&path).await.assert(204);
        client.get(&path).await.assert(404);
        let log = client.get("/api/0/organizations/acme/audit-logs/").await.ok();
        let events = log.each_in("/rows", "/event");
        for event in [
            "alertrule.create",
            "alertrule.edit",
            "alertrule.disable",
            "alertrule.remove",
        ] {
            assert!(events.contains(&json!(event)), "{event} {events:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let client = api.client();
    for (change, field) in [
        (json!({"name": ""}), "name"),
        (json!({"aggregate": "cont()"}), "aggregate"),
        (json!({"query": "level:"}), "query"),
        (json!({"timeWindow": 2_000}), "timeWindow"),
        (json!({"triggers": []}), "triggers"),
        (json!({"resolveThreshold": 500}), "resolveThreshold"),
        (json!({"projects": []}), "projects"),
        (json!({"projects": ["nowhere"]}), "projects"),
        (json!({"owner": "ada"}), "owner"),
        (json!({"thresholdPeriod": 21}), "thresholdPeriod"),
    ] {
        let refused = client.post(RULES, rule(change.clone())).await.assert(400);
        assert!(refused.body.get(field).is_some(), "{change} {}", refused.body);
    }
    client.post(RULES, json!({})).await.assert(400);
    client.post(RULES, json!([])).await.assert(400);
    assert_eq!(client.get(RULES).await.ok().body, json!([]));
    for path in ["1/", "x/", "99999999999999999999/"] {
        client.get(&format!("{RULES}{path}")).await.assert(404);
    }
}

#[tokio::test]
async fn rules_stand_under_their_projects_and_can_be_snoozed() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    api.add_project("web").await;
    let client = api.client();
    let of_shop = "/api/0/projects/acme/shop/alert-rules/";
    let mut wire = rule(json!({}));
    wire.as_object_mut().unwrap().remove("projects");
    let made = client.post(of_shop, wire).await.assert(201);
    assert_eq!(*made.at("/projects"), json!(["shop"]));
    let id = made.text("/id");
    client
        .post(RULES, rule(json!({"name": "Of web", "projects": ["web"]})))
        .await
        .assert(201);
    assert_eq!(client.get(of_shop).await.ok().each("/name"), [json!("Many errors")]);
    assert_eq!(
        client.get(&format!("{RULES}?project=web")).await.ok().each("/name"),
        [json!("Of web")]
    );
    client
        .get(&format!("/api/0/projects/acme/web/alert-rules/{id}/"))
        .await
        .assert(404);

    let snooze = format!("{of_shop}{id}/snooze/");
    client.post(&snooze, json!({"target": "somebody"})).await.assert(400);
    client
        .post(&snooze, json!({"target": "me", "until": "2001-01-01T00:00:00Z"}))
        .await
        .assert(400);
    let kept = client
        .post(&snooze, json!({"target": "everyone", "until": "2100-01-01T00:00:00Z"}))
        .await
        .assert(201);
    assert_eq!(
        (kept.at("/userId"), kept.at("/alertRuleId").to_string()),
        (&json!("everyone"), id.clone())
    );
    let shown = client.get(&format!("{of_shop}{id}/")).await.ok();
    assert_eq!(
        (shown.at("/snooze"), shown.at("/snoozeForEveryone")),
        (&json!(true), &json!(true))
    );
    assert_eq!(shown.text("/snoozeCreatedBy"), "You");
    client.delete(&snooze).await.assert(204);
    client.delete(&snooze).await.assert(404);

    client
        .put(&format!("{of_shop}{id}/"), json!({"name": "Renamed"}))
        .await
        .ok();
    client.delete(&format!("{of_shop}{id}/")).await.assert(204);
    assert_eq!(client.get(of_shop).await.ok().body, json!([]));
}

#[tokio::test]
async fn who_may_not_write_or_see_is_kept_out() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let id = api.client().post(RULES, rule(json!({}))).await.assert(201).text("/id");
    let path = format!("{RULES}{id}/");
    let reader = api.client_for(&[Scope::AlertsRead]).await;
    reader.get(&path).await.ok();
    reader.put(&path, json!({"name": "x"})).await.assert(403);
    reader.delete(&path).await.assert(403);
    reader.post(RULES, rule(json!({}))).await.assert(403);
    api.stranger().await.get(&path).await.assert(404);
    api.anonymous().get(&path).await.assert(401);
    // Members write alerts, as long as the organization lets them.
    let member = api.member("member", OrganizationRole::Member).await;
    member.put(&path, json!({"name": "By a member"})).await.ok();
    api.client()
        .put("/api/0/organizations/acme/", json!({"alertsMemberWrite": false}))
        .await
        .ok();
    member.put(&path, json!({"name": "Not any more"})).await.assert(403);
    member.get(&path).await.ok();
}

#[tokio::test]
async fn combined_rules_hold_both_kinds() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let client = api.client();
    client.post(RULES, rule(json!({"name": "Zeta"}))).await.assert(201);
    client.post(RULES, rule(json!({"name": "Alpha"}))).await.assert(201);
    let combined = "/api/0/organizations/acme/combined-rules/";
    let all = client.get(&format!("{combined}?sort=name&asc=1")).await.ok();
    let types = all.each("/type");
    assert!(
        types.contains(&json!("rule")) && types.contains(&json!("alert_rule")),
        "{types:?}"
    );
    let metric = client
        .get(&format!("{combined}?sort=name&asc=1&alertType=alert_rule"))
        .await
        .ok();
    assert_eq!(metric.each("/name"), [json!("Alpha"), json!("Zeta")]);
    let named = client.get(&format!("{combined}?name=zet")).await.ok();
    assert_eq!(named.each("/name"), [json!("Zeta")]);
    let pages = client
        .pages(&format!("{combined}?per_page=1&sort=date_triggered"), "next", "/name")
        .await;
    assert_eq!(pages.len(), all.each("/name").len());
    client.get(&format!("{combined}?sort=colour")).await.assert(400);
    let actions = client.get(&format!("{RULES}available-actions/")).await.ok();
    assert_eq!(actions.each("/type")[0], json!("email"));
}
