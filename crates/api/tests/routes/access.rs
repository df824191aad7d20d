use axum::body::Body;
use http::{Method, Request, header};
use serde_json::json;
use services::{Scope, users};
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::message,
};

const ORGANIZATION: &str = "/api/0/organizations/acme";
const PROJECT: &str = "/api/0/projects/acme/shop";

#[tokio::test]
async fn nothing_is_told_without_credentials() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(message("a", NOW)).await;
        for path in [
            "/api/0/organizations/".to_owned(),
            "/api/0/projects/".to_owned(),
            format!("{ORGANIZATION}/issues/"),
            format!("{ORGANIZATION}/issues/{issue}/events/latest/"),
            format!("{PROJECT}/keys/"),
            "/api/0/organizations/absent/issues/".to_owned(),
        ] {
            let refused = api.anonymous().get(&path).await.assert(401);
            assert_eq!(
                refused.body,
                json!({ "detail": "Authentication credentials were not provided." })
            );
            assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"api\""));
            assert_eq!(refused.header("content-type"), Some("application/json"));
            api.client_with("sntryu_wrong").get(&path).await.assert(401);
        }
        let request = Request::get("/api/0/organizations/").header(header::AUTHORIZATION, "Basic eDp5");
        api.anonymous()
            .request(request.body(Body::empty()).unwrap())
            .await
            .assert(401);
    })
    .await;
}

#[tokio::test]
async fn organizations_see_nothing_of_each_other() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let other = api.other_installation().await;
        let stranger = api.client_with(&other.auth_token);
        let (issue, event) = api.save(message("secret", NOW)).await;
        let (own, _) = api.save_in(other.project_id, message("own", NOW)).await;
        let key = &api.installation.public_key;
        for path in [
            format!("{ORGANIZATION}/"),
            format!("{ORGANIZATION}/projects/"),
            format!("{ORGANIZATION}/teams/"),
            format!("{ORGANIZATION}/members/"),
            format!("{ORGANIZATION}/issues/"),
            format!("{ORGANIZATION}/issues/{issue}/"),
            format!("{ORGANIZATION}/shortids/SHOP-1/"),
            format!("{ORGANIZATION}/eventids/{event}/"),
            format!("{PROJECT}/"),
            format!("{PROJECT}/issues/"),
            format!("{PROJECT}/events/"),
            format!("{PROJECT}/keys/{key}/"),
            "/api/0/teams/acme/acme/".to_owned(),
            // Own organization, foreign things.
            format!("/api/0/organizations/globex/issues/{issue}/"),
            format!("/api/0/organizations/globex/issues/{issue}/hashes/"),
            "/api/0/organizations/globex/shortids/SHOP-1/".to_owned(),
            "/api/0/organizations/globex/issues/SHOP-1/".to_owned(),
            format!("/api/0/organizations/globex/eventids/{event}/"),
            "/api/0/projects/globex/shop/".to_owned(),
            format!("/api/0/projects/globex/{}/", api.project()),
            format!("/api/0/projects/globex/depot/events/{event}/"),
            format!("/api/0/projects/globex/depot/keys/{key}/"),
            "/api/0/teams/globex/acme/".to_owned(),
            format!("/api/0/issues/{issue}/"),
            format!("/api/0/issues/{issue}/tags/"),
            format!("/api/0/groups/{issue}/events/"),
        ] {
            stranger.get(&path).await.assert(404);
        }
        let listed = stranger.get("/api/0/organizations/globex/issues/?query=").await.ok();
        assert_eq!(listed.each("/id"), [json!(own.to_string())]);
        assert_eq!(
            stranger.get("/api/0/organizations/").await.ok().each("/slug"),
            ["globex"]
        );
        assert_eq!(stranger.get("/api/0/projects/").await.ok().each("/slug"), ["depot"]);
        // A search for a foreign event or issue finds nothing, a foreign project is refused.
        let search = format!("/api/0/organizations/globex/issues/?query={event}");
        assert_eq!(stranger.get(&search).await.ok().body, json!([]));
        let search = format!("/api/0/organizations/globex/issues/?group={issue}");
        assert_eq!(stranger.get(&search).await.ok().body, json!([]));
        let search = format!("/api/0/organizations/globex/issues/?project={}", api.project());
        stranger.get(&search).await.assert(403);
        // Changes do not reach over either.
        let bulk = format!("/api/0/organizations/globex/issues/?id={issue}");
        stranger.put(&bulk, json!({ "status": "resolved" })).await.assert(204);
        stranger.delete(&bulk).await.assert(204);
        stranger
            .put(&format!("/api/0/issues/{issue}/"), json!({ "status": "resolved" }))
            .await
            .assert(404);
        stranger
            .delete(&format!("{ORGANIZATION}/issues/{issue}/"))
            .await
            .assert(404);
        stranger.delete(&format!("{PROJECT}/")).await.assert(404);
        let kept = api.client().get(&format!("{ORGANIZATION}/issues/{issue}/")).await.ok();
        assert_eq!(kept.at("/status"), "unresolved");
    })
    .await;
}

#[tokio::test]
async fn a_token_may_do_what_its_scopes_say() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(message("a", NOW)).await;
        let issue = format!("{ORGANIZATION}/issues/{issue}/");
        let reader = api.client_for(&[Scope::EventRead]).await;
        reader.get(&issue).await.ok();
        let refused = reader.put(&issue, json!({ "status": "resolved" })).await.assert(403);
        assert_eq!(
            refused.text("/detail"),
            "You do not have permission to perform this action."
        );
        reader.delete(&issue).await.assert(403);
        reader.get("/api/0/organizations/").await.assert(403);
        reader.get("/api/0/projects/").await.assert(403);
        reader.get(&format!("{PROJECT}/")).await.assert(403);
        reader.get(&format!("{ORGANIZATION}/teams/")).await.assert(403);
        reader.get(&format!("{ORGANIZATION}/members/")).await.assert(403);

        let writer = api.client_for(&[Scope::EventWrite]).await;
        writer.put(&issue, json!({ "status": "resolved" })).await.ok();
        writer.delete(&issue).await.assert(403);
        writer.delete(&format!("{ORGANIZATION}/issues/")).await.assert(403);
        let admin = api.client_for(&[Scope::EventAdmin]).await;
        admin.delete(&issue).await.assert(202);

        let projects = api.client_for(&[Scope::ProjectRead]).await;
        projects.get(&format!("{PROJECT}/keys/")).await.ok();
        projects.post(&format!("{PROJECT}/keys/"), json!({})).await.assert(403);
        projects
            .put(&format!("{PROJECT}/"), json!({ "name": "x" }))
            .await
            .assert(403);
        let writer = api.client_for(&[Scope::ProjectWrite]).await;
        writer.put(&format!("{PROJECT}/"), json!({ "name": "x" })).await.ok();
        writer.delete(&format!("{PROJECT}/")).await.assert(403);
        let teams = api.client_for(&[Scope::TeamWrite]).await;
        teams
            .post(&format!("{ORGANIZATION}/teams/"), json!({ "name": "x" }))
            .await
            .assert(201);
        teams.delete("/api/0/teams/acme/x/").await.assert(403);
    })
    .await;
}

#[tokio::test]
async fn a_browser_reads_with_its_cookie_and_writes_with_the_token_of_its_forms() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(message("a", NOW)).await;
        let sender = services::browser_sessions::Sender::default();
        let first = users::sign_in(&api.app, "owner@example.com", "correct horse", None, &sender).await;
        let Ok(users::FirstStep::SignedIn(signed_in)) = first else {
            panic!("{first:?}");
        };
        let cookie = format!("theme=dark; {}={}", httpkit::SESSION_COOKIE, signed_in.token);
        let path = format!("{ORGANIZATION}/issues/{issue}/");
        let request = |method: Method, token: Option<&str>| {
            let mut request = Request::builder()
                .method(method)
                .uri(&path)
                .header(header::COOKIE, &cookie);
            if let Some(token) = token {
                request = request.header(httpkit::CSRF_HEADER, token);
            }
            request.body(Body::from(r#"{"status":"resolved"}"#)).unwrap()
        };
        let browser = api.anonymous();
        browser.request(request(Method::GET, None)).await.ok();
        browser.request(request(Method::PUT, None)).await.assert(403);
        browser.request(request(Method::PUT, Some("wrong"))).await.assert(403);
        let changed = browser
            .request(request(Method::PUT, Some(&signed_in.session.csrf_token)))
            .await
            .ok();
        assert_eq!(changed.at("/status"), "resolved");
        let root = Request::get("/api/0/")
            .header(header::COOKIE, &cookie)
            .body(Body::empty())
            .unwrap();
        let root = browser.request(root).await.ok();
        assert_eq!(
            (root.at("/auth"), root.at("/user/email")),
            (&json!(null), &json!("owner@example.com"))
        );
    })
    .await;
}

#[tokio::test]
async fn what_the_api_does_not_have_is_said_in_json() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let absent = client.get("/api/0/no/such/path/").await.assert(404);
        assert_eq!(
            absent.body,
            json!({ "detail": "The requested resource does not exist" })
        );
        client
            .post("/api/0/organizations/acme/nothing/", json!({}))
            .await
            .assert(404);
        for path in ["/api/0", "/api/0/organizations", "/api/0/organizations/acme/issues"] {
            let slashless = client.get(path).await.assert(404);
            assert!(slashless.text("/detail").contains("slash"), "{path}");
        }
        let refused = client.delete("/api/0/organizations/").await.assert(405);
        assert_eq!(refused.body, json!({ "detail": "Method \"DELETE\" not allowed." }));
        assert_eq!(refused.header("allow"), Some("GET,HEAD,POST"));
        let refused = client
            .post("/api/0/organizations/acme/issues/", json!({}))
            .await
            .assert(405);
        assert_eq!(refused.body, json!({ "detail": "Method \"POST\" not allowed." }));
        for path in [
            "/api/0/organizations/%FF/",
            "/api/0/projects/acme/%00/",
            "/api/0/issues/99999999999999999999999/",
        ] {
            client.get(path).await.assert(404);
        }
    })
    .await;
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let send = async |kind: Option<&str>, body: Vec<u8>| {
            let mut request = Request::put(format!("{PROJECT}/"));
            if let Some(kind) = kind {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            api.client().request(request.body(Body::from(body)).unwrap()).await
        };
        let broken = send(Some("application/json"), b"{\"name\": ".to_vec())
            .await
            .assert(400);
        assert!(
            broken.text("/detail").starts_with("JSON parse error - "),
            "{}",
            broken.body
        );
        let list = send(Some("application/json"), b"[]".to_vec()).await.assert(400);
        assert_eq!(
            list.body,
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary."] })
        );
        send(Some("application/json"), vec![0xff]).await.assert(400);
        send(Some("application/json"), vec![b' '; 3 << 20]).await.assert(413);
        let kind = send(Some("text/plain"), b"{}".to_vec()).await.assert(415);
        assert_eq!(
            kind.body,
            json!({ "detail": "Unsupported media type \"text/plain\" in request." })
        );
        assert_eq!(
            send(None, br#"{"name": "bare"}"#.to_vec()).await.ok().at("/name"),
            "bare"
        );
        let form = send(Some("application/x-www-form-urlencoded"), b"name=by+form".to_vec())
            .await
            .ok();
        assert_eq!(form.at("/name"), "by form");
        assert_eq!(
            send(Some("application/json; charset=utf-8"), Vec::new())
                .await
                .ok()
                .at("/name"),
            "by form"
        );
        let many = send(
            Some("application/json"),
            br#"{"name": "", "slug": {}, "platform": []}"#.to_vec(),
        )
        .await
        .assert(400);
        let expected = json!({
            "name": ["This field may not be blank."],
            "slug": ["Not a valid string."],
            "platform": ["Not a valid string."],
        });
        assert_eq!(many.body, expected);
    })
    .await;
}
