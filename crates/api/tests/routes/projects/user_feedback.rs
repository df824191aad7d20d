use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::{
    api::{Answer, Api, NOW},
    seed::{message, minutes},
};

const PATH: &str = "/api/0/projects/acme/shop/user-feedback/";

fn written(event: &str) -> Value {
    json!({ "event_id": event, "name": " Ada ", "email": "ada@example.com", "comments": "It broke!" })
}

async fn post_with(api: &Api, path: &str, authorization: &str, body: &Value) -> Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, authorization);
    api.anonymous()
        .request(request.body(Body::from(body.to_string())).unwrap())
        .await
}

#[tokio::test]
async fn feedback_is_sent_and_listed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        assert_eq!(client.get(PATH).await.ok().body, json!([]));
        let (issue, event) = api.save(message("crash", NOW)).await;
        let (issue, event) = (issue.to_string(), event.to_string());
        let sent = client.post(PATH, written(&event)).await.ok();
        let expected = json!({
            "id": sent.text("/id"), "eventID": event, "name": "Ada", "email": "ada@example.com",
            "comments": "It broke!", "dateCreated": "2026-11-21T02:40:00Z", "user": null,
            "event": { "id": event, "eventID": event }, "issue": null,
        });
        assert_eq!(sent.body, expected);
        // A DSN is as good as a token, and the event need not be there.
        let unknown = "0000000000000000000000000000000a";
        let dsn = format!("DSN {}", api.installation.dsn);
        let sent = post_with(&api, PATH, &dsn, &written(unknown)).await.ok();
        assert_eq!(sent.at("/event"), &json!({ "id": null, "eventID": unknown }));

        let listed = client.get(PATH).await.ok();
        assert_eq!(listed.each("/eventID"), [unknown, &event]);
        assert_eq!(listed.at("/1/issue/id"), &json!(issue));
        assert_eq!(
            client.get("/api/0/projects/acme/shop/user-reports/").await.ok().body,
            listed.body
        );
        for path in [
            format!("/api/0/issues/{issue}/user-reports/"),
            format!("/api/0/organizations/acme/issues/{issue}/user-reports/"),
        ] {
            assert_eq!(client.get(&path).await.ok().each("/eventID"), [event.as_str()]);
        }
        let of_all = client
            .get("/api/0/organizations/acme/user-feedback/?per_page=1")
            .await
            .ok();
        assert_eq!(
            (of_all.each("/eventID"), of_all.link("next").1),
            (vec![json!(unknown)], true)
        );
        let details = client.get(&format!("/api/0/issues/{issue}/")).await.ok();
        assert_eq!(details.at("/userReportCount"), &json!(1));
        let shown = client
            .get(&format!("/api/0/projects/acme/shop/events/{event}/"))
            .await
            .ok();
        assert_eq!(shown.at("/userReport/comments"), "It broke!");
    })
    .await;
}

#[tokio::test]
async fn feedback_can_be_written_again_for_a_short_time_only() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let (_, event) = api.save(message("crash", NOW)).await;
        let mut body = written(&event.to_string());
        let first = client.post(PATH, body.clone()).await.ok();
        api.clock.advance(minutes(4));
        body["comments"] = json!("It still does.");
        let second = client.post(PATH, body.clone()).await.ok();
        assert_eq!(
            (second.at("/id"), second.at("/comments")),
            (first.at("/id"), &json!("It still does."))
        );
        api.clock.advance(minutes(2));
        let late = client.post(PATH, body).await.assert(409);
        assert!(late.body["detail"].is_string());
        assert_eq!(client.get(PATH).await.ok().each("/comments"), ["It still does."]);
        let (_, old) = api.save(message("old", NOW - minutes(31))).await;
        client.post(PATH, written(&old.to_string())).await.assert(409);
    })
    .await;
}

#[tokio::test]
async fn feedback_that_is_wrong_or_foreign_is_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let id = "0000000000000000000000000000000a";
        for (field, value) in [
            ("event_id", json!("abc")),
            ("event_id", json!(null)),
            ("name", json!("")),
            ("email", json!("ada")),
            ("comments", json!("x".repeat(4_097))),
        ] {
            let mut body = written(id);
            body[field] = value;
            let refused = client.post(PATH, body).await.assert(400);
            assert!(refused.body[field][0].is_string(), "{field} {}", refused.body);
        }
        let empty = client.post(PATH, json!({})).await.assert(400);
        assert_eq!(
            empty.body.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["comments", "email", "event_id", "name"]
        );
        api.client_for(&[Scope::ProjectRead])
            .await
            .post(PATH, written(id))
            .await
            .assert(403);
        api.client_for(&[Scope::EventRead]).await.get(PATH).await.assert(403);
        api.anonymous().post(PATH, written(id)).await.assert(401);
        let other = api.other_installation().await;
        let foreign = format!("DSN {}", other.dsn);
        post_with(&api, PATH, &foreign, &written(id)).await.assert(404);
        post_with(
            &api,
            "/api/0/projects/acme/depot/user-feedback/",
            &foreign,
            &written(id),
        )
        .await
        .assert(404);
        post_with(&api, PATH, "DSN nonsense", &written(id)).await.assert(401);
        let key = &api.installation.public_key;
        client
            .put(
                &format!("/api/0/projects/acme/shop/keys/{key}/"),
                json!({ "isActive": false }),
            )
            .await
            .ok();
        let dsn = format!("DSN {}", api.installation.dsn);
        post_with(&api, PATH, &dsn, &written(id)).await.assert(401);
        let stranger = api.client_with(&other.auth_token);
        stranger.get(PATH).await.assert(404);
        stranger
            .get("/api/0/organizations/acme/user-feedback/")
            .await
            .assert(404);
        let own = stranger.get("/api/0/organizations/globex/user-feedback/").await.ok();
        assert_eq!(own.body, json!([]));
    })
    .await;
}
