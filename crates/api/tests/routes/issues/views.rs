use model::OrganizationRole;
use serde_json::{Value, json};
use testkit::on_every_database;

use crate::api::{Api, Client};

const VIEWS: &str = "/api/0/organizations/acme/group-search-views/";
const RECENT: &str = "/api/0/organizations/acme/recent-searches/";

fn view(name: &str) -> Value {
    json!({ "name": name, "query": "is:unresolved level:error", "querySort": "freq", "projects": [], "environments": ["production"],
        "timeFilters": { "period": "7d" } })
}

async fn make(client: &Client, body: Value) -> String {
    client.post(VIEWS, body).await.assert(201).text("/id")
}

fn path(id: &str) -> String {
    format!("{VIEWS}{id}/")
}

#[tokio::test]
async fn a_view_keeps_a_search() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        assert_eq!(client.get(VIEWS).await.ok().body, json!([]));
        let id = make(&client, view("Errors")).await;
        let kept = client.get(&path(&id)).await.ok();
        for (key, value) in view("Errors").as_object().unwrap() {
            assert_eq!(kept.at(&format!("/{key}")), value);
        }
        assert_eq!(
            (kept.at("/visibility"), kept.at("/starred"), kept.at("/lastVisited")),
            (&json!("owner"), &json!(false), &Value::Null)
        );
        assert_eq!(kept.at("/createdBy/email"), "owner@example.com");

        let mut other = view("  All errors ");
        other["projects"] = json!([api.project().0]);
        other["visibility"] = json!("organization");
        other["timeFilters"] = json!({ "start": "2026-11-01T00:00:00", "end": "2026-11-02T00:00:00" });
        let changed = client.put(&path(&id), other).await.ok();
        assert_eq!(
            (changed.at("/name"), changed.at("/projects"), changed.at("/visibility")),
            (&json!("All errors"), &json!([api.project().0]), &json!("organization"))
        );
        assert_eq!(changed.at("/timeFilters/end"), "2026-11-02T00:00:00");
        client
            .post(&format!("{}visit/", path(&id)), json!({}))
            .await
            .assert(204);
        assert!(client.get(&path(&id)).await.ok().at("/lastVisited").is_string());
        client.delete(&path(&id)).await.assert(204);
        client.get(&path(&id)).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn a_view_is_refused_with_the_field_that_is_wrong() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let with = |key: &str, value: Value| {
            let mut body = view("x");
            body[key] = value;
            body
        };
        for (key, value) in [
            ("name", json!("  ")),
            ("name", json!("n".repeat(129))),
            ("query", json!("is:nonsense")),
            ("query", json!("x".repeat(4_097))),
            ("querySort", json!("sideways")),
            ("projects", json!([999])),
            ("projects", json!(["x"])),
            ("visibility", json!("everybody")),
            ("timeFilters", json!({ "period": "often" })),
            ("timeFilters", json!({ "start": "2026-11-01T00:00:00" })),
        ] {
            let refused = client.post(VIEWS, with(key, value.clone())).await.assert(400);
            assert!(
                refused.at(&format!("/{key}/0")).is_string(),
                "{key} {value}: {}",
                refused.body
            );
        }
        client.get(&path("999")).await.assert(404);
        client.get(&path("x")).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn views_of_others_are_seen_when_they_are_shared_and_changed_by_their_owners() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let owner = api.client();
        let (_, ada) = api.colleague("ada@example.com", OrganizationRole::Member).await;
        let (_, grace) = api.colleague("grace@example.com", OrganizationRole::Member).await;
        let own = make(&ada, view("Own")).await;
        let mut shared = view("Shared");
        shared["visibility"] = json!("organization");
        let shared = make(&ada, shared).await;
        assert_eq!(
            ada.get(&format!("{VIEWS}?sort=name")).await.ok().each("/name"),
            ["Own", "Shared"]
        );
        for other in [&owner, &grace] {
            assert_eq!(other.get(VIEWS).await.ok().each("/name"), ["Shared"]);
            other.get(&path(&own)).await.assert(404);
            other.put(&path(&own), view("x")).await.assert(404);
            other.delete(&path(&own)).await.assert(404);
        }
        grace.put(&path(&shared), view("x")).await.assert(403);
        grace.delete(&path(&shared)).await.assert(403);
        assert_eq!(grace.get(&format!("{VIEWS}?createdBy=me")).await.ok().body, json!([]));
        assert_eq!(
            grace
                .get(&format!("{VIEWS}?createdBy=others&query=sha"))
                .await
                .ok()
                .each("/name"),
            ["Shared"]
        );
        owner.delete(&path(&shared)).await.assert(204);
        api.stranger().await.get(VIEWS).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn starred_views_are_tabs_in_an_order_of_one_s_own() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (owner, starred) = (api.client(), format!("{VIEWS}starred/"));
        let (_, ada) = api.colleague("ada@example.com", OrganizationRole::Member).await;
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            let mut body = view(name);
            body["visibility"] = json!("organization");
            body["starred"] = json!(name != "c");
            ids.push(make(&owner, body).await);
        }
        assert_eq!(owner.get(&starred).await.ok().each("/name"), ["a", "b"]);
        let star = |id: &str| format!("{}starred/", path(id));
        owner
            .post(&star(&ids[2]), json!({ "starred": true, "position": 0 }))
            .await
            .assert(204);
        assert_eq!(owner.get(&starred).await.ok().each("/name"), ["c", "a", "b"]);
        let order = format!("{starred}order/");
        owner
            .put(&order, json!({ "view_ids": [ids[1], ids[0], ids[2]] }))
            .await
            .assert(204);
        assert_eq!(owner.get(&starred).await.ok().each("/name"), ["b", "a", "c"]);
        for wrong in [
            json!({}),
            json!({ "view_ids": [ids[0]] }),
            json!({ "view_ids": [ids[0], ids[0], ids[1]] }),
        ] {
            owner.put(&order, wrong).await.assert(400);
        }
        assert_eq!(ada.get(&starred).await.ok().body, json!([]));
        ada.post(&star(&ids[0]), json!({ "starred": true })).await.assert(204);
        ada.post(&star(&ids[0]), json!({ "starred": true })).await.assert(204);
        assert_eq!(owner.get(&path(&ids[0])).await.ok().at("/stars"), 2);
        owner
            .post(&star(&ids[0]), json!({ "starred": false }))
            .await
            .assert(204);
        owner.post(&star(&ids[0]), json!({})).await.assert(400);
        assert_eq!(owner.get(&starred).await.ok().each("/name"), ["b", "c"]);
        let popular = owner.get(&format!("{VIEWS}?sort=-popularity")).await.ok();
        assert_eq!(popular.each("/stars"), [1, 1, 1]);
        // Deleting a view takes it from all tabs.
        owner.delete(&path(&ids[0])).await.assert(204);
        assert_eq!(ada.get(&starred).await.ok().body, json!([]));
    })
    .await;
}

#[tokio::test]
async fn searches_are_remembered_for_whoever_made_them() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let search = |query: &str| json!({ "type": 0, "query": query });
        for (query, status) in [("is:unresolved", 201), ("level:error", 201), ("is:unresolved", 204)] {
            api.clock.advance(crate::seed::minutes(1));
            client.post(RECENT, search(query)).await.assert(status);
        }
        let recent = client.get(RECENT).await.ok();
        assert_eq!(recent.each("/query"), ["is:unresolved", "level:error"]);
        assert_eq!(
            client.get(&format!("{RECENT}?query=lev")).await.ok().each("/query"),
            ["level:error"]
        );
        client.post(RECENT, json!({ "type": 0, "query": "" })).await.assert(400);
        client
            .post(RECENT, json!({ "type": 1, "query": "x" }))
            .await
            .assert(400);
        for number in 0..40 {
            api.clock.advance(crate::seed::minutes(1));
            client
                .post(RECENT, search(&format!("number {number}")))
                .await
                .assert(201);
        }
        let recent = client.get(RECENT).await.ok();
        assert_eq!(
            (recent.each("/query").len(), recent.at("/0/query")),
            (30, &json!("number 39"))
        );
        let (_, ada) = api.colleague("ada@example.com", OrganizationRole::Member).await;
        assert_eq!(ada.get(RECENT).await.ok().body, json!([]));
    })
    .await;
}
