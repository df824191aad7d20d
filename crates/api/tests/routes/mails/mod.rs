//! Mail addresses, and answers by mail.

use axum::body::Body;
use http::Request;
use model::OrganizationRole;
use serde_json::json;
use testkit::on_every_database;

use crate::api::Api;

const ADDRESSES: &str = "/api/0/organizations/acme/mail-addresses/";

#[tokio::test]
async fn eml3_owners_register_addresses_and_members_read_them() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let owner = api.client();
        let added = owner
            .post(
                ADDRESSES,
                json!({ "address": "OnCall@example.com", "purpose": "on_call" }),
            )
            .await
            .assert(201);
        assert_eq!(added.text("/address"), "oncall@example.com");
        assert_eq!(added.at("/isConfirmed"), &json!(false));
        for (body, field) in [
            (json!({ "address": "oncall@example.com" }), "address"),
            (json!({ "address": "nobody" }), "address"),
            (json!({}), "address"),
            (json!({ "address": "x@example.com", "purpose": "fun" }), "purpose"),
        ] {
            let refused = owner.post(ADDRESSES, body.clone()).await.assert(400);
            assert!(refused.at(&format!("/{field}")).is_array(), "{body}");
        }
        let member = api.member("member", OrganizationRole::Member).await;
        let listed = member.get(ADDRESSES).await.ok();
        assert_eq!(listed.each("/address").len(), 1);
        member
            .post(ADDRESSES, json!({ "address": "x@example.com" }))
            .await
            .assert(403);
        let one = format!("{ADDRESSES}{}/", added.text("/id"));
        owner.put(&one, json!({ "purpose": "all_hands" })).await.assert(204);
        let listed = member.get(ADDRESSES).await.ok();
        assert_eq!(listed.each("/purpose"), ["all_hands"]);
        member.delete(&one).await.assert(403);
        owner.delete(&one).await.assert(204);
        owner.delete(&one).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn eml7_the_eleventh_confirmation_in_a_minute_is_429() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let emails = "/api/0/users/me/emails/";
        client
            .post(emails, json!({ "email": "second@example.com" }))
            .await
            .assert(201);
        let confirm = format!("{emails}confirm/");
        for _ in 0..9 {
            client
                .post(&confirm, json!({ "email": "second@example.com" }))
                .await
                .assert(204);
        }
        let refused = client
            .post(&confirm, json!({ "email": "second@example.com" }))
            .await
            .assert(429);
        assert!(refused.text("/detail").contains("try again"));
        client
            .post(&confirm, json!({ "email": "nobody@example.com" }))
            .await
            .assert(404);
        let listed = client.get(emails).await.ok();
        assert_eq!(listed.each("/email"), ["owner@example.com", "second@example.com"]);
        assert_eq!(listed.each("/isVerified")[1], false);
    })
    .await;
}

#[tokio::test]
async fn eml2_an_unsigned_answer_is_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let body = "timestamp=1800000000&token=t&signature=00&recipient=x%40reply.example.com&sender=a%40example.com";
        let request = Request::post("/api/hooks/mailgun/inbound/")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        api.anonymous().request(request).await.assert(403);
    })
    .await;
}
