use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::{message, rich},
};

const PATH: &str = "/api/0/organizations/acme/";

#[tokio::test]
async fn an_organization_says_what_is_scrubbed_everywhere() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let shown = client.get(PATH).await.ok();
        for (key, expected) in [
            ("dataScrubber", json!(false)),
            ("dataScrubberDefaults", json!(false)),
            ("scrubIPAddresses", json!(false)),
            ("sensitiveFields", json!([])),
            ("safeFields", json!([])),
            ("relayPiiConfig", json!(null)),
        ] {
            assert_eq!(shown.body[key], expected, "{key}");
        }
        let body = json!({ "name": "Acme", "slug": "acme", "scrubIPAddresses": true, "sensitiveFields": ["iban"] });
        let changed = client.put(PATH, body).await.ok();
        assert_eq!(
            (changed.at("/name"), changed.at("/slug")),
            (&json!("Acme"), &json!("acme"))
        );
        assert_eq!(
            (changed.at("/scrubIPAddresses"), changed.at("/sensitiveFields")),
            (&json!(true), &json!(["iban"]))
        );
        let shown = client.get(PATH).await.ok();
        assert_eq!(
            (shown.at("/name"), shown.at("/sensitiveFields")),
            (&json!("Acme"), &json!(["iban"]))
        );
        // It holds for every project, though the project says nothing.
        let mut event = message("who", NOW);
        event["user"] = json!({ "ip_address": "192.0.2.7", "id": "7" });
        let (_, id) = api.save(event).await;
        let shown = client
            .get(&format!("/api/0/projects/acme/shop/events/{id}/"))
            .await
            .ok();
        assert_eq!(
            (shown.at("/user/ip_address"), shown.at("/user/id")),
            (&json!(null), &json!("7"))
        );
    })
    .await;
}

#[tokio::test]
async fn what_an_organization_cannot_be_is_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let refused = async |body: Value, field: &str| {
            let answer = client.put(PATH, body.clone()).await.assert(400);
            assert!(answer.body[field][0].is_string(), "{body} {}", answer.body);
        };
        refused(json!({ "relayPiiConfig": "{" }), "relayPiiConfig").await;
        refused(
            json!({ "sensitiveFields": "x".repeat(3), "dataScrubber": 7 }),
            "dataScrubber",
        )
        .await;
        refused(json!({ "name": " " }), "name").await;
        refused(json!({ "name": "x".repeat(65) }), "name").await;
        refused(json!({ "slug": "Not one" }), "slug").await;
        assert_eq!(client.get(PATH).await.ok().at("/sensitiveFields"), &json!([]));
        let reader = api.client_for(&[Scope::OrgRead]).await;
        reader.put(PATH, json!({ "dataScrubber": true })).await.assert(403);
        api.stranger().await.put(PATH, json!({})).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn quotas_of_an_organization_are_set_by_those_who_may() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (client, path) = (api.client(), format!("{PATH}quotas/"));
        assert_eq!(client.get(&path).await.ok().body, json!({ "limits": [] }));
        let limits = json!([{ "categories": ["log_byte"], "limit": 1_000_000, "window": 86_400 }]);
        let changed = client.put(&path, json!({ "limits": limits })).await.ok();
        assert_eq!(changed.body, json!({ "limits": limits }));
        assert_eq!(client.get(&path).await.ok().at("/limits"), &limits);
        let refused = client.put(&path, json!({ "limits": [{ "categories": ["x"] }] })).await;
        assert!(refused.assert(400).body["limits[0].categories"][0].is_string());
        let admin = api.client_for(&[Scope::ProjectAdmin, Scope::OrgRead]).await;
        admin.get(&path).await.ok();
        admin.put(&path, json!({ "limits": [] })).await.assert(403);
        let stranger = api.stranger().await;
        stranger.get(&path).await.assert(404);
        stranger.put(&path, json!({ "limits": [] })).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn spike_protection_is_switched_for_projects_by_name_or_for_all() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        api.add_project("depot").await;
        let (client, path) = (api.client(), format!("{PATH}spike-protections/"));
        let active = async |slug: &str| {
            let quotas = client.get(&format!("/api/0/projects/acme/{slug}/quotas/")).await.ok();
            quotas.at("/spikeProtection/enabled").as_bool().unwrap()
        };
        client.post(&path, json!({ "projects": ["depot"] })).await.assert(201);
        assert_eq!((active("shop").await, active("depot").await), (false, true));
        client.post(&path, json!({ "projects": ["$all"] })).await.assert(201);
        assert_eq!((active("shop").await, active("depot").await), (true, true));
        let off = async |body| client.send(http::Method::DELETE, &path, Some(body)).await;
        off(json!({ "projects": ["shop"] })).await.assert(200);
        assert_eq!((active("shop").await, active("depot").await), (false, true));
        for bad in [json!({}), json!({ "projects": 7 }), json!({ "projects": ["nonsense"] })] {
            let refused = client.post(&path, bad.clone()).await.assert(400);
            assert!(refused.body["projects"][0].is_string(), "{bad}");
        }
        let reader = api.client_for(&[Scope::ProjectRead]).await;
        reader.post(&path, json!({ "projects": ["$all"] })).await.assert(403);
        let stranger = api.stranger().await;
        stranger.post(&path, json!({ "projects": ["$all"] })).await.assert(404);
        let other = "/api/0/organizations/globex/spike-protections/";
        stranger.post(other, json!({ "projects": ["shop"] })).await.assert(400);
    })
    .await;
}

#[tokio::test]
async fn selectors_are_suggested_for_the_values_of_events() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (client, path) = (api.client(), format!("{PATH}data-scrubbing-selector-suggestions/"));
        assert_eq!(client.get(&path).await.ok().body, json!({ "suggestions": [] }));
        let (_, id) = api.save(rich(NOW)).await;
        let suggested = client.get(&path).await.ok();
        let suggestions = suggested.at("/suggestions").as_array().unwrap();
        assert!(!suggestions.is_empty());
        for suggestion in suggestions {
            assert_eq!(suggestion["type"], "value");
            assert!(
                suggestion["value"].is_string() && suggestion["examples"].is_array(),
                "{suggestion}"
            );
        }
        let one = client.get(&format!("{path}?eventId={id}")).await.ok();
        assert_eq!(one.body, suggested.body);
        for nothing in ["abc", "00000000000000000000000000000001"] {
            let none = client.get(&format!("{path}?eventId={nothing}")).await.ok();
            assert_eq!(none.body, json!({ "suggestions": [] }));
        }
        let stranger = api.stranger().await;
        stranger.get(&path).await.assert(404);
        let foreign = format!("/api/0/organizations/globex/data-scrubbing-selector-suggestions/?eventId={id}");
        assert_eq!(stranger.get(&foreign).await.ok().body, json!({ "suggestions": [] }));
        api.client_for(&[Scope::EventRead]).await.get(&path).await.assert(403);
    })
    .await;
}

#[tokio::test]
async fn versions_of_the_grouping_are_listed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        for path in [
            "/api/0/organizations/acme/grouping-configs/",
            "/api/0/projects/acme/shop/grouping-configs/",
        ] {
            let listed = api.client().get(path).await.ok();
            assert_eq!(listed.each("/id"), ["newstyle:2026-01-20", "newstyle:2023-01-11"]);
            assert_eq!(listed.each("/latest"), [json!(true), json!(false)]);
            api.client_for(&[Scope::EventRead]).await.get(path).await.assert(403);
        }
    })
    .await;
}
