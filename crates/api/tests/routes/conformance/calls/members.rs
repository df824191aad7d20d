use serde_json::json;

use super::{organization, project};
use crate::conformance::caller::Caller;

pub(super) async fn call(caller: &Caller<'_>) {
    let members = organization("members/");
    let listed = caller.list(&members).await;
    caller.get(&format!("{members}me/")).await;
    caller.list(&project("members/")).await;
    caller.list("/api/0/teams/acme/acme/members/").await;
    caller.list(&organization("user-teams/")).await;

    let body = json!({ "email": "new@example.com", "orgRole": "member", "teamRoles": [{ "teamSlug": "ops", "role": "contributor" }] });
    let written = caller.post(&members, body).await;
    let invited = format!("{members}{}/", written.text("/id"));
    written
        .lists(&members, "/email", "new@example.com")
        .await
        .shows(&invited, "/teamRoles/0/teamSlug", "ops")
        .await;
    caller.get(&invited).await;
    caller.delete(&invited).await.absent(&invited).await;

    let other = if caller.text(&listed, "/0/orgRole") == "owner" {
        1
    } else {
        0
    };
    let member = format!("{members}{}/", caller.text(&listed, &format!("/{other}/id")));
    caller.get(&member).await;
    let written = caller.put(&member, json!({ "orgRole": "admin" })).await;
    written.shows(&member, "/orgRole", "admin").await;
    teams(caller, &member, &caller.text(&listed, &format!("/{other}/email"))).await;
}

/// Joins a team, changes the role there and leaves.
async fn teams(caller: &Caller<'_>, member: &str, email: &str) {
    let (team, of_team) = (format!("{member}teams/ops/"), "/api/0/teams/acme/ops/members/");
    let written = caller.post(&team, json!({})).await;
    written.lists(of_team, "/email", email).await;
    let written = caller.put(&team, json!({ "teamRole": "admin" })).await;
    written
        .lists_with(of_team, ("/email", email), ("/teamRole", "admin"))
        .await;
    caller.delete(&team).await.lists_no(of_team, "/email", email).await;
}
