use serde_json::json;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::message,
};

const PATH: &str = "/api/0/organizations/acme/projects/";

#[tokio::test]
async fn projects_are_created_and_listed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let created = client
            .post(PATH, json!({ "name": "My Depot (EU)", "platform": "go" }))
            .await
            .assert(201);
        assert_eq!(created.at("/slug"), "my-depot-eu");
        assert_eq!(
            (created.at("/name"), created.at("/platform")),
            (&json!("My Depot (EU)"), &json!("go"))
        );
        assert_eq!(created.at("/team/slug"), "acme");
        assert_eq!(
            (created.at("/isMember"), created.at("/firstEvent")),
            (&json!(true), &json!(null))
        );
        let again = client.post(PATH, json!({ "name": "My Depot (EU)" })).await.assert(201);
        assert_eq!(again.at("/slug"), "my-depot-eu-2");
        let taken = client
            .post(PATH, json!({ "name": "x", "slug": "shop" }))
            .await
            .assert(409);
        assert_eq!(taken.at("/detail"), "A project with the slug shop exists.");
        let expected = json!({ "name": ["This field is required."] });
        assert_eq!(
            client.post(PATH, json!({ "slug": "x" })).await.assert(400).body,
            expected
        );
        let long = client.post(PATH, json!({ "name": "x".repeat(201) })).await.assert(400);
        assert_eq!(long.at("/name/0"), "The name may have at most 200 characters.");
        assert!(
            client
                .post(PATH, json!({ "name": "x", "slug": "Not A Slug" }))
                .await
                .assert(400)
                .body["slug"]
                .is_array()
        );

        let mut event = message("a", NOW);
        event["environment"] = json!("production");
        api.save(event).await;
        let listed = client.get(PATH).await.ok();
        assert_eq!(listed.each("/slug"), ["my-depot-eu", "my-depot-eu-2", "shop"]);
        assert_eq!(listed.at("/2/environments"), &json!(["production"]));
        assert_eq!(listed.at("/2/firstEvent"), "2026-11-21T02:40:00Z");
        assert_eq!(listed.at("/2/platforms"), &json!(["python"]));
        assert_eq!(listed.at("/2/teams/0/slug"), "acme");
        assert_eq!(listed.at("/0/environments"), &json!([]));
        assert_eq!(
            client.get(&format!("{PATH}?query=DEPOT")).await.ok().each("/slug"),
            ["my-depot-eu", "my-depot-eu-2"]
        );
    })
    .await;
}

#[tokio::test]
async fn whole_lists_are_paged_through() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        for name in ["a", "b", "c", "d"] {
            api.client().post(PATH, json!({ "name": name })).await.assert(201);
        }
        let forward = api
            .client()
            .pages(&format!("{PATH}?per_page=2&query="), "next", "/slug")
            .await;
        assert_eq!(forward, [vec!["a", "b"], vec!["c", "d"], vec!["shop"]]);
        let last = api.client().get(&format!("{PATH}?per_page=2&cursor=0:4:0")).await.ok();
        assert_eq!(last.link("next"), (format!("{PATH}?per_page=2&cursor=0:6:0"), false));
        assert_eq!(last.link("previous"), (format!("{PATH}?per_page=2&cursor=0:2:1"), true));
        let back = api.client().pages(&last.link("previous").0, "previous", "/slug").await;
        assert_eq!(back, [vec!["c", "d"], vec!["a", "b"]]);
        assert_eq!(
            api.client().get(&format!("{PATH}?cursor=0:99:0")).await.ok().body,
            json!([])
        );
        for bad in [
            "cursor=x",
            "cursor=0:-1:0",
            "per_page=0",
            "per_page=101",
            "per_page=x",
            "limit=0",
            "limit=-1",
        ] {
            let refused = api.client().get(&format!("{PATH}?{bad}")).await.assert(400);
            assert!(refused.text("/detail").starts_with("Invalid "), "{bad}");
        }
    })
    .await;
}
