use serde_json::{Value, json};

use super::organization;
use crate::conformance::caller::Caller;

/// What an organization is told of by which service.
pub(super) async fn call(caller: &Caller<'_>) {
    let all = organization("notifications/actions/");
    let action = |more: Value| {
        let mut body = json!({ "trigger_type": "spike-protection", "service_type": "sentry_notification" });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        body
    };
    let mut ids = Vec::new();
    for projects in [json!(["shop"]), json!([])] {
        let created = caller.post(&all, action(json!({ "projects": projects }))).await;
        let id = created.number("/id");
        let one = format!("{all}{id}/");
        created.shows(&one, "/targetDisplay", "default").await;
        ids.push(one);
    }
    caller.list(&all).await;
    caller.get(&ids[0]).await;
    let changed = action(json!({ "target_display": "everybody" }));
    // Without projects it would be the same as the other one.
    caller.delete(&ids[1]).await.absent(&ids[1]).await;
    caller
        .put(&ids[0], changed)
        .await
        .shows(&ids[0], "/targetDisplay", "everybody")
        .await;
    caller.delete(&ids[0]).await.absent(&ids[0]).await;
}
