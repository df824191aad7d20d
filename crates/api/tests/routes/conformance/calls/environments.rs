use serde_json::json;

use super::{organization, project};
use crate::conformance::caller::Caller;

pub(super) async fn call(caller: &Caller<'_>) {
    caller.list(&organization("environments/")).await;
    let environments = project("environments/");
    caller.list(&environments).await;
    let staging = format!("{environments}staging/");
    caller.get(&staging).await;
    caller
        .put(&staging, json!({ "isHidden": true }))
        .await
        .shows(&staging, "/isHidden", true)
        .await;
    let both = json!({ "environmentNames": ["staging", "production"], "isHidden": false });
    caller
        .put(&environments, both)
        .await
        .shows(&staging, "/isHidden", false)
        .await;
}
