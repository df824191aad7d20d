use serde_json::{Value, json};

use super::organization;
use crate::conformance::caller::Caller;

fn workflow(name: &str, level: i64) -> Value {
    json!({
        "name": name, "enabled": true, "config": {"frequency": 60}, "environment": null,
        "triggers": {"logicType": "any-short", "conditions": [{"type": "first_seen_event", "comparison": true, "conditionResult": true}], "actions": []},
        "action_filters": [{
            "logicType": "all",
            "conditions": [{"type": "level", "comparison": {"level": level, "match": "eq"}, "conditionResult": true}],
            "actions": [{
                "type": "email", "integrationId": null, "data": {}, "status": "active",
                "config": {"targetType": "issue_owners", "targetDisplay": null, "targetIdentifier": ""},
            }],
        }],
    })
}

fn detector(name: &str) -> Value {
    json!({
        "name": name, "type": "metric_issue", "config": {"detectionType": "static"},
        "data_sources": [{
            "aggregate": "count()", "dataset": "events", "environment": null, "eventTypes": ["default", "error"],
            "query": "is:unresolved", "queryType": 0, "timeWindow": 3600,
        }],
        "condition_group": {"logicType": "any", "conditions": [
            {"type": "gt", "comparison": 10, "conditionResult": 75}, {"type": "lte", "comparison": 10, "conditionResult": 0},
        ], "actions": []},
    })
}

pub(super) async fn call(caller: &Caller<'_>) {
    workflows(caller).await;
    detectors(caller).await;
}

async fn workflows(caller: &Caller<'_>) {
    let all = organization("workflows/");
    let errors = format!("{}?query=type:error&project=shop", organization("detectors/"));
    let listed = caller.get(&errors).await;
    let project: i64 = caller.text(&listed, "/0/id").parse().unwrap_or_default();
    let mut ids = Vec::new();
    for (name, level) in [("fatal", 50), ("warnings", 30)] {
        let mut body = workflow(name, level);
        body["detector_ids"] = json!([project]);
        let created = caller.post(&all, body).await;
        ids.push(created.text("/id"));
        created
            .shows(&format!("{all}{}/", ids[ids.len() - 1]), "/name", name)
            .await;
    }
    caller.list(&all).await;
    let one = format!("{all}{}/", ids[0]);
    caller.get(&one).await;
    caller
        .put(&one, json!({ "name": "renamed" }))
        .await
        .shows(&one, "/name", "renamed")
        .await;
    let both = format!("{all}?id={}&id={}", ids[0], ids[1]);
    caller
        .put(&both, json!({ "enabled": false }))
        .await
        .shows(&one, "/enabled", false)
        .await;
    caller.delete(&one).await.absent(&one).await;
    let other = format!("{all}{}/", ids[1]);
    caller
        .delete(&format!("{all}?id={}", ids[1]))
        .await
        .absent(&other)
        .await;
}

async fn detectors(caller: &Caller<'_>) {
    let all = organization("detectors/");
    let mut ids = Vec::new();
    for name in ["many", "more"] {
        let created = caller
            .post(&organization("projects/shop/detectors/"), detector(name))
            .await;
        ids.push(created.text("/id"));
        created
            .shows(&format!("{all}{}/", ids[ids.len() - 1]), "/name", name)
            .await;
    }
    caller.list(&all).await;
    let one = format!("{all}{}/", ids[0]);
    caller.get(&one).await;
    caller
        .put(&one, json!({ "name": "renamed" }))
        .await
        .shows(&one, "/name", "renamed")
        .await;
    let both = format!("{all}?id={}&id={}", ids[0], ids[1]);
    caller
        .put(&both, json!({ "enabled": false }))
        .await
        .shows(&one, "/enabled", false)
        .await;
    caller.delete(&one).await.absent(&one).await;
    let other = format!("{all}{}/", ids[1]);
    caller
        .delete(&format!("{all}?id={}", ids[1]))
        .await
        .absent(&other)
        .await;
}
