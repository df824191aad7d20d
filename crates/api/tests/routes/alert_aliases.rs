//! The newer names of alert rules: workflows and detectors are the same rules.

use model::OrganizationRole;
use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::api::{Api, Client};

const WORKFLOWS: &str = "/api/0/organizations/acme/workflows/";
const DETECTORS: &str = "/api/0/organizations/acme/detectors/";
const OF_SHOP: &str = "/api/0/organizations/acme/projects/shop/detectors/";
const RULES: &str = "/api/0/projects/acme/shop/rules/";
const MAIL: &str = "sentry.mail.actions.NotifyEmailAction";

fn workflow(name: &str, level: i64) -> Value {
    json!({
        "name": name, "enabled": true, "environment": null, "config": {"frequency": 60}, "owner": null,
        "triggers": {"logicType": "any-short", "conditions": [{"type": "first_seen_event", "comparison": true, "conditionResult": true}], "actions": []},
        "action_filters": [{
            "logicType": "all",
            "conditions": [{"type": "level", "comparison": {"level": level, "match": "gte"}, "conditionResult": true}],
            "actions": [{
                "type": "email", "integrationId": null, "data": {"fallthroughType": "NoOne"},
                "config": {"targetType": "issue_owners", "targetIdentifier": null, "targetDisplay": null}, "status": "active",
            }],
        }],
    })
}

fn detector(name: &str, threshold: i64) -> Value {
    json!({
        "name": name, "type": "metric_issue", "enabled": true, "owner": null,
        "data_sources": [{"aggregate": "count()", "dataset": "events", "eventTypes": ["error"], "query": "", "queryType": 0, "timeWindow": 300}],
        "config": {"detectionType": "static"},
        "condition_group": {"logicType": "any", "conditions": [
            {"type": "gt", "comparison": threshold, "conditionResult": 75}, {"type": "lte", "comparison": threshold, "conditionResult": 0},
        ]},
    })
}

async fn create(client: &Client, path: &str, body: Value) -> String {
    client.post(path, body).await.assert(201).text("/id")
}

/// The detector of the errors of `shop`.
async fn errors(client: &Client) -> String {
    let listed = client
        .get(&format!("{DETECTORS}?query=type:error&project=shop"))
        .await
        .ok();
    let ids = listed.each("/id");
    assert_eq!(ids.len(), 1, "{ids:?}");
    ids[0].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn alr1_a_workflow_is_the_rule_of_its_project() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let errors = errors(&client).await;
        let mut body = workflow("Fatal ones", 50);
        body["detector_ids"] = json!([errors.parse::<i64>().unwrap()]);
        let created = client.post(WORKFLOWS, body).await.assert(201);
        assert_eq!(created.at("/detectorIds"), &json!([errors]));
        assert_eq!(created.at("/config/frequency"), 60);
        assert_eq!(created.at("/triggers/conditions/0/type"), "first_seen_event");
        let id = created.text("/id");

        // The older API knows it as a rule, and what is changed there is changed here.
        let rule = client.get(&format!("{RULES}{id}/")).await.ok();
        assert_eq!(rule.at("/filters/0/level"), "50");
        assert_eq!(
            (rule.at("/actionMatch"), rule.at("/frequency")),
            (&json!("any"), &json!(60))
        );
        client
            .put(&format!("{RULES}{id}/"), json!({ "frequency": 1440 }))
            .await
            .ok();
        let shown = client.get(&format!("{WORKFLOWS}{id}/")).await.ok();
        assert_eq!(shown.at("/config/frequency"), 1440);
        let monitor = client.get(&format!("{DETECTORS}{errors}/")).await.ok();
        assert!(monitor.at("/workflowIds").as_array().unwrap().contains(&json!(id)));

        // What a change does not name stays, and a whole one can be sent back as it came.
        let renamed = client
            .put(&format!("{WORKFLOWS}{id}/"), json!({ "name": "All", "enabled": false }))
            .await
            .ok();
        assert_eq!(
            (renamed.at("/name"), renamed.at("/enabled")),
            (&json!("All"), &json!(false))
        );
        assert_eq!(renamed.at("/actionFilters"), shown.at("/actionFilters"));
        let again = client
            .put(&format!("{WORKFLOWS}{id}/"), renamed.body.clone())
            .await
            .ok();
        assert_eq!(again.body, renamed.body);

        client.delete(&format!("{WORKFLOWS}{id}/")).await.assert(204);
        client.get(&format!("{WORKFLOWS}{id}/")).await.assert(404);
        client.get(&format!("{RULES}{id}/")).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn a_rule_with_counts_and_branches_is_shown_and_kept() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let client = api.client();
    let frequency = json!({
        "id": "sentry.rules.conditions.event_frequency.EventFrequencyCondition", "value": 20, "operator": "gte", "interval": "5m",
    });
    let level = json!({"id": "sentry.rules.filters.level.LevelFilter", "match": "eq", "level": "50"});
    let mail = json!({"id": MAIL, "targetType": "IssueOwners", "fallthroughType": "NoOne"});
    let body = json!({
        "name": "r", "actionMatch": "all", "filterMatch": "all", "conditions": [frequency], "filters": [], "actions": [mail],
        "branches": [{"filterMatch": "any", "filters": [level], "actions": [mail]}],
    });
    let id = create(&client, RULES, body).await;
    let shown = client.get(&format!("{WORKFLOWS}{id}/")).await.ok();
    assert_eq!(shown.at("/triggers/logicType"), "all");
    assert_eq!(
        shown.at("/triggers/conditions/0/comparison"),
        &json!({"value": 20, "operator": "gte", "interval": "5m"})
    );
    assert_eq!(shown.at("/actionFilters/1/logicType"), "any-short");
    let before = client.get(&format!("{RULES}{id}/")).await.ok();
    client.put(&format!("{WORKFLOWS}{id}/"), shown.body.clone()).await.ok();
    let after = client.get(&format!("{RULES}{id}/")).await.ok();
    assert_eq!(
        (after.at("/conditions"), after.at("/branches")),
        (before.at("/conditions"), before.at("/branches"))
    );
}

#[tokio::test]
async fn workflows_are_listed_sorted_and_changed_together() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let stock = client.get(WORKFLOWS).await.ok().each("/id").len();
        for (name, level) in [("beta", 50), ("Alpha", 40), ("gamma", 30)] {
            create(&client, WORKFLOWS, workflow(name, level)).await;
            api.clock.advance(std::time::Duration::from_secs(1));
        }
        let names = async |query: &str| client.get(&format!("{WORKFLOWS}?{query}")).await.ok().each("/name");
        assert_eq!(names("query=alpha").await, ["Alpha"]);
        assert_eq!(names("sortBy=-dateCreated&per_page=2").await, ["gamma", "Alpha"]);
        assert_eq!(names("sortBy=name").await[..2], ["Alpha", "beta"]);
        assert_eq!(names("project=shop").await.len(), stock + 3);
        client.get(&format!("{WORKFLOWS}?sortBy=colour")).await.assert(400);
        client.get(&format!("{WORKFLOWS}?id=x")).await.assert(400);
        client.get(&format!("{WORKFLOWS}?project=nothing")).await.assert(403);

        let ids = client
            .get(&format!("{WORKFLOWS}?sortBy=-id&per_page=2"))
            .await
            .ok()
            .each("/id");
        let two = format!(
            "{WORKFLOWS}?id={}&id={}",
            ids[0].as_str().unwrap(),
            ids[1].as_str().unwrap()
        );
        let disabled = client.put(&two, json!({ "enabled": false })).await.ok();
        assert_eq!(disabled.each("/enabled"), [false, false]);
        client.put(WORKFLOWS, json!({ "enabled": false })).await.assert(400);
        client.put(&two, json!({})).await.assert(400);
        client.delete(WORKFLOWS).await.assert(400);
        client.delete(&two).await.assert(204);
        assert_eq!(names("").await.len(), stock + 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_workflow_is_told_by_its_own_fields() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let client = api.client();
    let refused = async |change: Value, field: &str| {
        let mut body = workflow("w", 40);
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let answer = client.post(WORKFLOWS, body).await.assert(400);
        assert!(answer.body[field].is_array(), "{change}: {}", answer.body);
    };
    refused(json!({"name": ""}), "name").await;
    refused(json!({"config": {"frequency": 2}}), "config").await;
    refused(json!({"triggers": {"conditions": [{"type": "full_moon"}]}}), "triggers").await;
    refused(json!({"action_filters": []}), "actionFilters").await;
    refused(json!({"detector_ids": [1]}), "detectorIds").await;
    refused(json!({"owner": "team:1"}), "owner").await;
    // One that does the same is there already.
    create(&client, WORKFLOWS, workflow("w", 40)).await;
    refused(json!({"name": "another"}), "workflowId").await;
    // Where there are several projects, one has to be named.
    api.add_project("till").await;
    refused(json!({"config": {"frequency": 30}}), "detectorIds").await;
}

#[tokio::test]
async fn alr2_a_detector_is_a_metric_alert_rule() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let created = client.post(OF_SHOP, detector("Many errors", 100)).await.assert(201);
        let id = created.text("/id");
        let path = format!("{DETECTORS}{id}/");
        assert_eq!(created.at("/dataSources/0/queryObj/snubaQuery/timeWindow"), 300);
        let older = format!("/api/0/organizations/acme/alert-rules/{id}/");
        let rule = client.get(&older).await.ok();
        assert_eq!((rule.at("/timeWindow"), rule.at("/thresholdType")), (&json!(5), &json!(0)));
        assert_eq!(rule.at("/triggers/0/alertThreshold"), 100.0);

        // Actions that were set in the older model stay when the thresholds change here.
        let mut triggers = rule.at("/triggers").clone();
        let team = client.get("/api/0/organizations/acme/teams/").await.ok().each("/id").remove(0);
        triggers[0]["actions"] = json!([{"type": "email", "targetType": "team", "targetIdentifier": team}]);
        client.put(&older, json!({ "triggers": triggers })).await.ok();
        let conditions = json!({"logicType": "any", "conditions": [
            {"type": "gt", "comparison": 7, "conditionResult": 75}, {"type": "lte", "comparison": 3, "conditionResult": 0},
        ]});
        let changed = client.put(&path, json!({ "conditionGroup": conditions, "owner": format!("team:{}", team.as_str().unwrap()) })).await.ok();
        assert_eq!(changed.at("/conditionGroup/conditions/1/comparison"), 3);
        assert_eq!(changed.at("/owner/type"), "team");
        let rule = client.get(&older).await.ok();
        assert_eq!(rule.at("/triggers/0/alertThreshold"), 7.0);
        assert_eq!(rule.at("/triggers/0/actions/0/targetIdentifier"), &team);
        let named = client.put(&path, json!({ "name": "Few" })).await.ok();
        assert_eq!(named.at("/owner"), changed.at("/owner"));
        assert_eq!(named.at("/conditionGroup"), changed.at("/conditionGroup"));

        let many = format!("{DETECTORS}?id={id}");
        assert_eq!(client.put(&many, json!({ "enabled": false })).await.ok().each("/enabled"), [false]);
        client.delete(&path).await.assert(204);
        client.get(&path).await.assert(404);
        client.get(&older).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn the_monitor_of_errors_is_there_and_stays() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let client = api.client();
    let errors = errors(&client).await;
    let path = format!("{DETECTORS}{errors}/");
    let shown = client.get(&path).await.ok();
    assert_eq!(
        (shown.at("/type"), shown.at("/projectId")),
        (&json!("error"), &json!(errors))
    );
    client.put(&path, json!({ "name": "x" })).await.assert(400);
    client.delete(&path).await.assert(400);
    client.delete(&format!("{DETECTORS}?id={errors}")).await.assert(400);
    client.delete(DETECTORS).await.assert(400);
    let refused = async |change: Value, field: &str| {
        let mut body = detector("d", 1);
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let answer = client.post(OF_SHOP, body).await.assert(400);
        assert!(answer.body[field].is_array(), "{change}: {}", answer.body);
    };
    refused(json!({"type": "uptime"}), "type").await;
    refused(json!({"workflow_ids": [4]}), "workflowIds").await;
    refused(json!({"data_sources": []}), "dataSources").await;
    refused(json!({"condition_group": {"conditions": []}}), "conditionGroup").await;
    refused(json!({"owner": "nobody"}), "owner").await;
    create(&client, OF_SHOP, detector("b", 5)).await;
    create(&client, OF_SHOP, detector("a", 6)).await;
    let names = client
        .get(&format!("{DETECTORS}?sortBy=-name&query=type:metric_issue"))
        .await
        .ok();
    assert_eq!(names.each("/name"), ["b", "a"]);
    let disabled = {
        let mut body = detector("c", 7);
        body["enabled"] = json!(false);
        client.post(OF_SHOP, body).await.assert(201)
    };
    assert_eq!(disabled.at("/enabled"), false);
}

#[tokio::test]
async fn only_those_who_may_write_alerts_do() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let client = api.client();
    let id = create(&client, WORKFLOWS, workflow("w", 40)).await;
    let path = format!("{WORKFLOWS}{id}/");
    let reader = api.client_for(&[Scope::AlertsRead]).await;
    reader.get(WORKFLOWS).await.ok();
    reader.get(DETECTORS).await.ok();
    reader.post(WORKFLOWS, workflow("v", 30)).await.assert(403);
    reader.put(&path, json!({ "name": "x" })).await.assert(403);
    reader.delete(&path).await.assert(403);
    reader.post(OF_SHOP, detector("d", 1)).await.assert(403);
    api.anonymous().get(WORKFLOWS).await.assert(401);
    api.stranger().await.get(WORKFLOWS).await.assert(404);
    // Somebody who sees none of the project does not see its alerts.
    client
        .put(
            "/api/0/organizations/acme/",
            json!({ "openMembership": false, "allowJoinRequests": false }),
        )
        .await
        .ok();
    let outsider = api.member("outsider", OrganizationRole::Member).await;
    assert_eq!(outsider.get(WORKFLOWS).await.ok().each("/id").len(), 0);
    outsider.get(&path).await.assert(404);
    outsider.delete(&path).await.assert(404);
}
