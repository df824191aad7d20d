use serde_json::json;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::message,
};

const OFFER: &str = "/api/0/projects/acme/shop/transfer/";
const ACCEPT: &str = "/api/0/accept-transfer/";

/// The secret in the newest mail.
async fn mailed(api: &Api) -> Option<String> {
    let mails = services::mails::list(&api.app, store::IdPage::newest(1)).await.unwrap();
    let (_, rest) = mails.first()?.body.split_once("/accept-transfer/")?;
    Some(rest.split('/').next()?.to_owned())
}

#[tokio::test]
async fn a_project_goes_to_another_organization_with_all_it_has() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (client, other) = (api.client(), api.stranger().await);
        let mut event = message("broken", NOW);
        (event["release"], event["environment"]) = (json!("shop@1.0.0"), json!("production"));
        let (issue, event) = api.save(event).await;
        client
            .put(
                &format!("/api/0/issues/{issue}/"),
                json!({ "assignedTo": "owner@example.com" }),
            )
            .await
            .ok();
        client
            .post(OFFER, json!({ "email": "Other@Example.com" }))
            .await
            .assert(204);
        let secret = mailed(&api).await.unwrap();
        let offer = format!("{ACCEPT}?data={secret}");
        let shown = other.get(&offer).await.ok();
        assert_eq!(
            (shown.at("/project/slug"), shown.each_in("/organizations", "/slug")),
            (&json!("shop"), vec![json!("globex")])
        );
        // It was sent to nobody else.
        client.get(&offer).await.assert(404);
        client
            .post(ACCEPT, json!({ "data": secret, "organization": "acme" }))
            .await
            .assert(404);
        other
            .post(ACCEPT, json!({ "data": secret, "organization": "acme" }))
            .await
            .assert(404);
        let accept = json!({ "data": secret, "organization": "globex", "team": "globex" });
        other.post(ACCEPT, accept.clone()).await.assert(204);
        other.post(ACCEPT, accept).await.assert(404);

        client.get("/api/0/projects/acme/shop/").await.assert(404);
        client.get(&format!("/api/0/issues/{issue}/")).await.assert(404);
        let moved = other.get("/api/0/projects/globex/shop/").await.ok();
        assert_eq!(moved.at("/id"), &json!(api.project().to_string()));
        let of_team = other.get("/api/0/projects/globex/shop/teams/").await.ok();
        assert_eq!(of_team.each("/slug"), ["globex"]);
        let shown = other
            .get(&format!("/api/0/organizations/globex/issues/{issue}/"))
            .await
            .ok();
        assert_eq!(shown.at("/assignedTo"), &json!(null));
        assert_eq!(
            shown.at("/participants"),
            &json!([]),
            "who was told about it is not there"
        );
        other
            .get(&format!("/api/0/projects/globex/shop/events/{event}/"))
            .await
            .ok();
        let releases = other.get("/api/0/organizations/globex/releases/").await.ok();
        assert_eq!(releases.each("/version"), ["shop@1.0.0"]);
        let owner = services::project_keys::find_owner(&api.app, &api.installation.public_key).await;
        assert_eq!(owner.unwrap().unwrap().project, api.project());
        // Both organizations keep it in mind.
        for (client, organization) in [(&client, "acme"), (&other, "globex")] {
            let log = format!("/api/0/organizations/{organization}/audit-logs/?event=project.accept-transfer");
            assert_eq!(client.get(&log).await.ok().each_in("/rows", "/targetLabel"), ["shop"]);
        }
    })
    .await;
}

#[tokio::test]
async fn an_offer_tells_nothing_of_others_and_ends() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        // One that nobody has, one that owns nothing else, and somebody who could.
        for email in ["nobody@example.com", "owner@example.com"] {
            client.post(OFFER, json!({ "email": email })).await.assert(204);
            assert_eq!(mailed(&api).await, None, "{email}");
        }
        client.post(OFFER, json!({ "email": "x" })).await.assert(400);
        let member = api.member("member", model::OrganizationRole::Member).await;
        member
            .post(OFFER, json!({ "email": "other@example.com" }))
            .await
            .assert(403);
        let other = api.stranger().await;
        client
            .post(OFFER, json!({ "email": "other@example.com" }))
            .await
            .assert(204);
        let offer = format!("{ACCEPT}?data={}", mailed(&api).await.unwrap());
        other.get(&offer).await.ok();
        // A project of the same slug is there already.
        other
            .post("/api/0/teams/globex/globex/projects/", json!({ "name": "shop" }))
            .await
            .assert(201);
        let accept = json!({ "data": mailed(&api).await.unwrap(), "organization": "globex" });
        other.post(ACCEPT, accept).await.assert(204);
        other.get("/api/0/projects/globex/shop-2/").await.ok();

        api.add_project("second").await;
        client
            .post(
                "/api/0/projects/acme/second/transfer/",
                json!({ "email": "other@example.com" }),
            )
            .await
            .assert(204);
        let offer = format!("{ACCEPT}?data={}", mailed(&api).await.unwrap());
        api.clock.advance(std::time::Duration::from_secs(7 * 86_400));
        other.get(&offer).await.assert(404);
    })
    .await;
}
