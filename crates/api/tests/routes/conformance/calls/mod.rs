//! The calls, by tag. Each writes what it needs beyond the seeded data, and leaves that as it was.

mod bare;
mod discover;
mod environments;
mod events;
mod members;
mod monitors;
mod notifications;
mod organizations;
mod project_keys;
mod projects;
mod releases;
mod replays;
mod teams;

use model::{DataCategory, EventId, IssueId, MemberId, OrganizationRole, Outcome};
use serde_json::{Value, json};
use store::members::Member;

use super::caller::Caller;
use crate::{
    api::{Api, NOW},
    seed::{message, minutes, rich},
};

const ORGANIZATION: &str = "/api/0/organizations/acme/";
const PROJECT: &str = "/api/0/projects/acme/shop/";

/// What is in the installation when the calls begin: two of everything that a list shows.
struct Seed {
    /// Has two events, of two environments and users.
    issue: IssueId,
    event: EventId,
    transaction: EventId,
}

pub(super) async fn all(api: &Api, caller: &Caller<'_>) {
    let seed = seed(api).await;
    discover::call(caller).await;
    environments::call(caller).await;
    events::call(api, caller, &seed).await;
    members::call(caller).await;
    monitors::call(caller).await;
    notifications::call(caller).await;
    organizations::call(api, caller, &seed).await;
    project_keys::call(caller).await;
    projects::call(caller, &seed).await;
    releases::call(caller).await;
    replays::call(api, caller).await;
    teams::call(caller).await;
    bare::call(api, caller).await;
}

fn organization(path: &str) -> String {
    format!("{ORGANIZATION}{path}")
}

fn project(path: &str) -> String {
    format!("{PROJECT}{path}")
}

async fn seed(api: &Api) -> Seed {
    join_another(api).await;
    let client = api.client();
    let members = client.get(&organization("members/")).await.ok();
    for member in members.each("/id") {
        let team = format!("members/{}/teams/acme/", member.as_str().unwrap());
        let joined = client.post(&organization(&team), json!({})).await;
        assert!(joined.status.is_success(), "{}", joined.body);
    }
    client
        .post("/api/0/teams/acme/acme/projects/", json!({ "name": "Blog" }))
        .await
        .assert(201);
    client
        .post(&organization("teams/"), json!({ "slug": "ops" }))
        .await
        .assert(201);
    client.post(&project("teams/ops/"), json!({})).await.assert(201);
    // So every issue has somebody who may see to it.
    let owned = json!({ "raw": "tags.level:* #acme\npath:* #acme" });
    client.put(&project("ownership/"), owned).await.assert(202);
    client
        .post(&project("keys/"), json!({ "name": "Second" }))
        .await
        .assert(201);

    let (issue, event) = api.save(rich(NOW - minutes(5))).await;
    let mut second = rich(NOW - minutes(25));
    second["event_id"] = json!("fc6d8c0c43fc4630ad850ee518f1b9d1");
    second["environment"] = json!("staging");
    second["release"] = json!("shop@1.1.0");
    second["user"] =
        json!({ "id": "8", "username": "bo", "name": "Bo", "email": "bo@example.com", "ip_address": "192.0.2.2" });
    second["tags"] = json!({ "region": "us" });
    let (_, second) = api.save(second).await;
    api.save(message("other", NOW - minutes(20))).await;
    let transaction = api.save_transaction(transaction()).await;

    api.attach(event, "app.log", "event.attachment", b"line\n").await;
    api.attach(event, "more.log", "event.attachment", b"more\n").await;
    for (event, name) in [(event, "Ada"), (second, "Bo")] {
        client
            .post(&project("user-feedback/"), feedback(event, name))
            .await
            .ok();
    }
    for ago in [30, 90] {
        api.count(minutes(ago), DataCategory::Error, Outcome::ACCEPTED, 5).await;
        api.count(minutes(ago), DataCategory::Transaction, Outcome::ACCEPTED, 3)
            .await;
    }
    Seed {
        issue,
        event,
        transaction,
    }
}

fn transaction() -> Value {
    json!({
        "type": "transaction",
        "transaction": "/checkout",
        "start_timestamp": (NOW - minutes(9)).to_string(),
        "timestamp": (NOW - minutes(8)).to_string(),
        "contexts": { "trace": { "trace_id": "4c79f60c11214eb38604f4ae0781bfb2", "span_id": "fa90fdead5f74052", "op": "http.server" } },
        "measurements": { "lcp": { "value": 2.5, "unit": "millisecond" } },
        "spans": [{
            "trace_id": "4c79f60c11214eb38604f4ae0781bfb2", "span_id": "ba90fdead5f74052", "parent_span_id": "fa90fdead5f74052",
            "op": "db", "start_timestamp": (NOW - minutes(9)).to_string(), "timestamp": (NOW - minutes(8)).to_string(),
        }],
    })
}

fn feedback(event: EventId, name: &str) -> Value {
    json!({ "event_id": event.to_string(), "name": name, "email": "ada@example.com", "comments": format!("{name} saw it") })
}

/// The owner of `acme` is in another organization too, and its owner is in `acme`.
async fn join_another(api: &Api) {
    api.other_installation().await;
    let mut tx = api.app.store.begin().await.unwrap();
    let organizations = store::organizations::list_all(&mut tx).await.unwrap();
    let mut users = Vec::new();
    for organization in &organizations {
        users.push(
            store::members::list(&mut tx, organization.id)
                .await
                .unwrap()
                .remove(0)
                .1
                .id,
        );
    }
    users.reverse();
    for (id, (organization, user)) in (1..).zip(organizations.iter().zip(users)) {
        let member = Member {
            id: MemberId(id),
            organization: organization.id,
            user,
            role: OrganizationRole::Manager,
            created_at: NOW,
        };
        store::members::create(&mut tx, &member).await.unwrap();
    }
    tx.commit().await.unwrap();
}
