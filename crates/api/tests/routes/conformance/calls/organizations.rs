use serde_json::json;

use super::{ORGANIZATION, Seed, organization};
use crate::{api::Api, conformance::caller::Caller};

pub(super) async fn call(api: &Api, caller: &Caller<'_>, seed: &Seed) {
    caller.list("/api/0/organizations/").await;
    let shown = caller.get(ORGANIZATION).await;
    let name = caller.text(&shown, "/name");
    let change =
        json!({ "name": "Acme Corporation", "slug": "acme", "dataScrubber": true, "sensitiveFields": ["card"] });
    let written = caller.put(ORGANIZATION, change).await;
    written
        .shows(ORGANIZATION, "/name", "Acme Corporation")
        .await
        .shows(ORGANIZATION, "/sensitiveFields/0", "card")
        .await;
    let written = caller
        .put(ORGANIZATION, json!({ "openMembership": false, "defaultRole": "admin" }))
        .await;
    let written = written.shows(ORGANIZATION, "/openMembership", false).await;
    written.shows(ORGANIZATION, "/defaultRole", "admin").await;
    caller
        .put(ORGANIZATION, json!({ "openMembership": true }))
        .await
        .shows(ORGANIZATION, "/openMembership", true)
        .await;
    caller
        .put(ORGANIZATION, json!({ "name": name, "sensitiveFields": [] }))
        .await
        .shows(ORGANIZATION, "/name", name.as_str())
        .await;

    caller.get(&organization(&format!("eventids/{}/", seed.event))).await;
    let listed = api.client().get(&organization("issues/")).await;
    caller
        .get(&organization(&format!(
            "shortids/{}/",
            caller.text(&listed, "/0/shortId")
        )))
        .await;
    caller.list(&organization("project-keys/")).await;
    caller.list(&organization("projects/")).await;
    let question = "field=sum(quantity)&groupBy=category&groupBy=outcome&statsPeriod=1d&interval=1h";
    caller.get(&organization(&format!("stats_v2/?{question}"))).await;
    caller
        .get(&organization("stats-summary/?field=sum(quantity)&statsPeriod=1d"))
        .await;
}
