use serde_json::json;
use testkit::on_every_database;

use crate::api::Api;

#[tokio::test]
async fn a_team_is_shown_changed_and_deleted() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        client
            .post("/api/0/organizations/acme/teams/", json!({ "name": "ops" }))
            .await
            .assert(201);
        let team = client.get("/api/0/teams/acme/ops/").await.ok();
        assert_eq!(
            (team.at("/name"), team.at("/organization/slug")),
            (&json!("ops"), &json!("acme"))
        );
        let by_id = format!("/api/0/teams/acme/{}/", team.text("/id"));
        let changed = client
            .put(&by_id, json!({ "slug": "operations", "name": "Operations" }))
            .await
            .ok();
        assert_eq!(
            (changed.at("/slug"), changed.at("/name")),
            (&json!("operations"), &json!("Operations"))
        );
        let taken = client.put(&by_id, json!({ "slug": "acme" })).await.assert(400);
        assert_eq!(taken.body, json!({ "slug": ["Another team uses the slug acme."] }));
        assert_eq!(
            client
                .put(&by_id, json!({ "slug": "" }))
                .await
                .assert(400)
                .at("/slug/0"),
            "This field may not be blank."
        );
        client.delete(&by_id).await.assert(204);
        client.get(&by_id).await.assert(404);
        client.delete(&by_id).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn a_team_gets_projects() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        client
            .post("/api/0/organizations/acme/teams/", json!({ "name": "ops" }))
            .await
            .assert(201);
        let created = client
            .post("/api/0/teams/acme/ops/projects/", json!({ "name": "Tools" }))
            .await
            .assert(201);
        assert_eq!(
            (created.at("/slug"), created.at("/team/slug")),
            (&json!("tools"), &json!("ops"))
        );
        assert_eq!(
            client.get("/api/0/teams/acme/ops/projects/").await.ok().each("/slug"),
            ["tools"]
        );
        assert_eq!(
            client.get("/api/0/teams/acme/acme/projects/").await.ok().each("/slug"),
            ["shop"]
        );
        client
            .post("/api/0/teams/acme/absent/projects/", json!({ "name": "x" }))
            .await
            .assert(404);
        let teams = client.get("/api/0/projects/acme/tools/teams/").await.ok();
        assert_eq!(teams.each("/slug"), ["ops"]);
    })
    .await;
}
