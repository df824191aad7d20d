use serde_json::json;

use super::{organization, project};
use crate::conformance::caller::Caller;

pub(super) async fn call(caller: &Caller<'_>) {
    let teams = organization("teams/");
    caller.list(&teams).await;
    caller.list(&project("teams/?detailed=0")).await;
    caller.list("/api/0/teams/acme/acme/projects/").await;

    let written = caller.post(&teams, json!({ "slug": "brief", "name": "Brief" })).await;
    written.lists(&teams, "/slug", "brief").await;
    let one = "/api/0/teams/acme/brief/";
    caller.get(one).await;
    let written = caller.put(one, json!({ "slug": "brief", "name": "Renamed" })).await;
    written.shows(one, "/name", "Renamed").await;
    caller.delete(one).await.absent(one).await;
}
