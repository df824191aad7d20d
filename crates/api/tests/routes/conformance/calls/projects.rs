use http::Method;
use serde_json::json;

use super::{PROJECT, Seed, feedback, organization, project};
use crate::conformance::caller::Caller;

pub(super) async fn call(caller: &Caller<'_>, seed: &Seed) {
    create_and_delete(caller).await;
    change(caller).await;
    teams(caller).await;
    ownership(caller).await;
    caller.list(&project("users/")).await;

    let filters = project("filters/");
    caller.list(&filters).await;
    let written = caller
        .put(&format!("{filters}localhost/"), json!({ "active": true }))
        .await;
    written
        .lists_with(&filters, ("/id", "localhost"), ("/active", true))
        .await;
    caller.get(&project("stats/?stat=received&resolution=1h")).await;
    caller.list(&project("tags/region/values/")).await;
    let reports = project("user-feedback/");
    let written = caller.post(&reports, feedback(seed.event, "Cy")).await;
    written.lists(&reports, "/name", "Cy").await;
    caller.list(&reports).await;

    let protection = organization("spike-protections/");
    let quotas = project("quotas/");
    let body = json!({ "projects": ["shop"] });
    let written = caller.post(&protection, body.clone()).await;
    written.shows(&quotas, "/spikeProtection/enabled", true).await;
    let written = caller.write(Method::DELETE, &protection, Some(body)).await;
    written.shows(&quotas, "/spikeProtection/enabled", false).await;
}

async fn create_and_delete(caller: &Caller<'_>) {
    let projects = organization("projects/");
    for path in [projects.as_str(), "/api/0/teams/acme/ops/projects/"] {
        let written = caller.post(path, json!({ "name": "Brief", "platform": "go" })).await;
        let slug = written.text("/slug");
        written.lists(&projects, "/slug", slug.as_str()).await;
        let one = format!("/api/0/projects/acme/{slug}/");
        caller.delete(&one).await.absent(&one).await;
    }
}

async fn change(caller: &Caller<'_>) {
    let shown = caller.get(PROJECT).await;
    let name = caller.text(&shown, "/name");
    let change = json!({ "name": "Shop 2", "platform": "python-django" });
    let written = caller
        .put(PROJECT, change)
        .await
        .shows(PROJECT, "/name", "Shop 2")
        .await;
    written.shows(PROJECT, "/platform", "python-django").await;
    caller
        .put(PROJECT, json!({ "name": name }))
        .await
        .shows(PROJECT, "/name", name.as_str())
        .await;
}

async fn teams(caller: &Caller<'_>) {
    let (teams, ops) = (project("teams/"), project("teams/ops/"));
    caller.delete(&ops).await.lists_no(&teams, "/slug", "ops").await;
    caller.post(&ops, json!({})).await.lists(&teams, "/slug", "ops").await;
}

async fn ownership(caller: &Caller<'_>) {
    let ownership = project("ownership/");
    let rules = "path:shop/* #acme\ntags.region:eu owner@example.com";
    let written = caller
        .put(&ownership, json!({ "raw": rules, "fallthrough": false }))
        .await;
    written
        .shows(&ownership, "/raw", rules)
        .await
        .shows(&ownership, "/fallthrough", false)
        .await;
    caller.get(&ownership).await;
}
