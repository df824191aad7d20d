use model::ProjectId;
use serde_json::json;

use super::organization;
use crate::{
    api::{Api, NOW},
    conformance::caller::Caller,
    seed::message,
};

/// The least that there can be: what has nothing that is optional conforms too.
pub(super) async fn call(api: &Api, caller: &Caller<'_>) {
    let written = caller.post(&organization("projects/"), json!({ "name": "Bare" })).await;
    let (slug, id) = (written.text("/slug"), written.text("/id").parse());
    let project = format!("/api/0/projects/acme/{slug}/");
    written.shows(&project, "/platform", ()).await;
    let teams = caller.get(&format!("{project}teams/")).await;
    let team = format!("{project}teams/{}/", caller.text(&teams, "/0/slug"));
    caller.delete(&team).await.shows(&project, "/teams", json!([])).await;
    for path in [
        "",
        "environments/",
        "filters/",
        "keys/",
        "members/",
        "ownership/",
        "stats/",
        "users/",
    ] {
        caller.get(&format!("{project}{path}")).await;
    }
    events(api, caller, &project, ProjectId(id.unwrap())).await;
    releases(caller, &slug).await;

    let queries = organization("discover/saved/");
    let written = caller
        .post(&queries, json!({ "name": "Bare", "projects": [], "fields": ["title"] }))
        .await;
    let query = format!("{queries}{}/", written.text("/id"));
    written.shows(&query, "/name", "Bare").await;
    caller.get(&query).await;
    caller.delete(&query).await.absent(&query).await;
    caller.delete(&project).await.absent(&project).await;
}

/// A message, and an exception without frames.
async fn events(api: &Api, caller: &Caller<'_>, project: &str, id: ProjectId) {
    let exception = json!({ "exception": { "values": [{ "type": "E", "value": "v" }] }, "timestamp": NOW.to_string() });
    for event in [message("bare", NOW), exception] {
        let (issue, event) = api.save_in(id, event).await;
        let issue = organization(&format!("issues/{issue}/"));
        for path in [
            "",
            "events/",
            "events/latest/",
            "hashes/",
            "tags/level/",
            "tags/level/values/",
        ] {
            caller.get(&format!("{issue}{path}")).await;
        }
        for path in ["attachments/", ""] {
            caller.get(&format!("{project}events/{event}/{path}")).await;
        }
        caller.get(&organization(&format!("eventids/{event}/"))).await;
    }
    // Of issues in this list, the description knows no exception without a file.
    for path in ["events/", "issues/?query=bare", "tags/level/values/", "user-feedback/"] {
        caller.get(&format!("{project}{path}")).await;
    }
}

async fn releases(caller: &Caller<'_>, project: &str) {
    let (releases, bare) = (
        organization("releases/"),
        json!({ "version": "bare", "projects": [project] }),
    );
    let one = format!("{releases}bare/");
    caller.post(&releases, bare).await.shows(&one, "/commitCount", 0).await;
    let deploys = format!("{one}deploys/");
    let written = caller.post(&deploys, json!({ "environment": "bare" })).await;
    written.lists(&deploys, "/environment", "bare").await;
    for path in [one.as_str(), &deploys, &format!("{one}commits/")] {
        caller.get(path).await;
    }
    caller.delete(&one).await.absent(&one).await;
}
