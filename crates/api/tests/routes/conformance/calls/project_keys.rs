use serde_json::json;

use super::project;
use crate::conformance::caller::Caller;

pub(super) async fn call(caller: &Caller<'_>) {
    let keys = project("keys/");
    caller.list(&keys).await;
    let body = json!({ "name": "Third", "rateLimit": { "count": 9, "window": 60 } });
    let written = caller.post(&keys, body).await.lists(&keys, "/name", "Third").await;
    let id = written.text("/id");
    let one = format!("{keys}{id}/");
    written.shows(&one, "/rateLimit/count", 9).await;
    caller.get(&one).await;
    let change = json!({ "name": "Renamed", "isActive": false, "rateLimit": null, "browserSdkVersion": "10.x" });
    let written = caller.put(&one, change).await.shows(&one, "/name", "Renamed").await;
    written.shows(&one, "/isActive", false).await;
    caller.delete(&one).await.absent(&one).await;
}
