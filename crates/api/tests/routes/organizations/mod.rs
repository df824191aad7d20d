mod audit_logs;
mod lifecycle;
mod members;
mod project_keys;
mod projects;
mod releases;
mod reports;
mod settings;
mod stats;
mod teams;

use serde_json::json;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::message,
};

#[tokio::test]
async fn organizations_are_listed_and_shown() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let listed = api.client().get("/api/0/organizations/?per_page=100").await.ok();
        assert!(!listed.link("next").1);
        let expected = json!({
            "id": listed.text("/0/id"),
            "slug": "acme",
            "status": { "id": "active", "name": "active" },
            "name": "acme",
            "dateCreated": "2026-11-21T02:40:00Z",
            "isEarlyAdopter": false,
            "require2FA": false,
            "requireEmailVerification": false,
            "avatar": { "avatarType": "letter_avatar", "avatarUuid": null, "avatarUrl": null },
            "links": { "organizationUrl": "https://tocsin.example", "regionUrl": "https://tocsin.example" },
            "hasAuthProvider": false,
            "allowMemberInvite": true,
            "allowMemberProjectCreation": true,
            "allowSuperuserAccess": true,
            "features": [],
        });
        assert_eq!(listed.body, json!([expected]));

        let shown = api.client().get("/api/0/organizations/acme/").await.ok();
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&shown.body[key], value, "{key}");
        }
        assert!(shown.at("/access").as_array().unwrap().contains(&json!("org:read")));
        assert_eq!(shown.at("/projects/0/slug"), "shop");
        assert_eq!(shown.at("/teams/0/slug"), "acme");
        let by_id = format!("/api/0/organizations/{}/?detailed=0", listed.text("/0/id"));
        let short = api.client().get(&by_id).await.ok();
        assert_eq!((short.body.get("projects"), short.body.get("teams")), (None, None));
    })
    .await;
}

#[tokio::test]
async fn environments_and_members_are_listed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        for environment in ["staging", "production", "staging"] {
            let mut event = message("a", NOW);
            event["environment"] = json!(environment);
            api.save(event).await;
        }
        let environments = api.client().get("/api/0/organizations/acme/environments/").await.ok();
        assert_eq!(environments.each("/name"), ["production", "staging"]);
        let members = api.client().get("/api/0/organizations/acme/members/").await.ok();
        assert_eq!(members.each("/email"), ["owner@example.com"]);
        assert_eq!(members.at("/0/orgRole"), "owner");
        assert_eq!(members.at("/0/roleName"), "Owner");
        assert_eq!(members.at("/0/user/email"), "owner@example.com");
        assert_eq!(members.at("/0/flags/sso:linked"), false);
        assert_ne!(members.at("/0/id"), members.at("/0/user/id"));
    })
    .await;
}
