use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Value, json};
use services::oauth::{self, AuthorizationRequest, ConsentError};
use testkit::on_every_database;

use super::{APPLICATIONS, AUTHORIZATIONS, CALLBACK, ORGANIZATIONS, OTHER_CALLBACK, Stage, assert_refused};
use crate::{
    accounts::{Browser, OWNER, add_user},
    api::Api,
};

#[tokio::test]
async fn what_an_application_asks_for_is_looked_at_before_the_user_is_asked() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let good = AuthorizationRequest {
            state: "s&t".to_owned(),
            ..stage.request("openid org:read")
        };
        let consent = oauth::check(&api.app, good.clone()).await.unwrap();
        let denied = oauth::deny(&consent);
        assert_eq!(
            (denied.redirect_uri.as_str(), denied.fields),
            (
                CALLBACK,
                vec![("error", "access_denied".to_owned()), ("state", "s&t".to_owned())]
            )
        );
        // Where it is not sure who asks, nobody is sent anywhere.
        let shown = async |request: AuthorizationRequest| {
            let refused = oauth::check(&api.app, request).await.unwrap_err();
            assert!(!matches!(refused, ConsentError::Returned(_)), "{refused:?}");
            refused.to_string()
        };
        let with = |change: fn(&mut AuthorizationRequest)| {
            let mut request = good.clone();
            change(&mut request);
            request
        };
        assert_eq!(
            shown(with(|request| request.client_id = "nobody".to_owned())).await,
            "there is no such application"
        );
        for uri in [
            "https://evil.example/callback",
            "https://board.example/callback/",
            "https://board.example/callback?x",
            "https://board.example/Callback",
            "http://board.example/callback",
            "https://board.example/callback%2F..",
        ] {
            let request = AuthorizationRequest {
                redirect_uri: uri.to_owned(),
                ..good.clone()
            };
            assert!(shown(request).await.contains("not registered"), "{uri}");
        }
        shown(with(|request| request.redirect_uri.clear())).await;
        shown(with(|request| request.state = "x".repeat(2_001))).await;
        let told = async |request: AuthorizationRequest, expected: &str| {
            let refused = oauth::check(&api.app, request).await.unwrap_err();
            let ConsentError::Returned(returned) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(returned.redirect_uri, CALLBACK);
            assert_eq!(returned.fields[0], ("error", expected.to_owned()));
            assert_eq!(returned.fields[2], ("state", "s&t".to_owned()));
        };
        told(
            with(|request| request.response_type = "token".to_owned()),
            "unsupported_response_type",
        )
        .await;
        told(with(|request| request.response_type.clear()), "invalid_request").await;
        told(
            with(|request| request.scope = "org:nonsense".to_owned()),
            "invalid_scope",
        )
        .await;
        told(with(|request| request.scope.clear()), "invalid_scope").await;
        told(
            with(|request| request.code_challenge = "short".to_owned()),
            "invalid_request",
        )
        .await;
        told(
            with(|request| request.code_challenge_method = "S512".to_owned()),
            "invalid_request",
        )
        .await;
        let path = format!("{APPLICATIONS}{}/", stage.id);
        stage.browser.put(&path, json!({ "isActive": false })).await.ok();
        assert_eq!(shown(good).await, "the application is switched off");
    })
    .await;
}

#[tokio::test]
async fn an_application_is_managed_by_its_maker_and_tells_its_secret_once() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let one = format!("{APPLICATIONS}{}/", stage.id);
        let rotate = format!("{one}rotate-secret/");
        for path in [APPLICATIONS, one.as_str()] {
            let shown = stage.browser.get(path).await.ok();
            assert!(
                !shown.body.to_string().contains(&stage.secret),
                "{path} tells the secret"
            );
            assert!(shown.body.to_string().contains(&stage.id), "{path}");
        }
        let hash = {
            let mut db = api.app.store.read().await.unwrap();
            let known = store::oauth::applications::find_by_client(&mut db, &stage.id)
                .await
                .unwrap()
                .unwrap();
            store::oauth::applications::secret_hash(&mut db, known.id)
                .await
                .unwrap()
                .unwrap()
        };
        assert!(hash.len() == 64 && hash != stage.secret);
        let changed = json!({ "name": "Board", "privacyUrl": "https://board.example/privacy", "homepageUrl": null });
        let changed = stage.browser.put(&one, changed).await.ok();
        assert_eq!(changed.at("/name"), "Board");
        assert_eq!(changed.at("/privacyUrl"), "https://board.example/privacy");
        assert_eq!(changed.at("/homepageUrl"), &Value::Null);
        assert_eq!(changed.at("/redirectUris"), &json!([CALLBACK, OTHER_CALLBACK]));
        for (field, wrong) in [
            ("name", json!(" ")),
            ("name", json!("x".repeat(65))),
            ("redirectUris", json!(["javascript:alert(1)"])),
            ("redirectUris", json!(["https://board.example/#part"])),
            ("redirectUris", json!(vec![CALLBACK; 21])),
            ("allowedOrigins", json!(["*"])),
            ("allowedOrigins", json!(["https://board.example/page"])),
            ("homepageUrl", json!("javascript:alert(1)")),
            ("termsUrl", json!("board.example")),
        ] {
            let refused = stage.browser.put(&one, json!({ field: wrong })).await.assert(400);
            assert!(refused.body[field].is_array(), "{field}: {}", refused.body);
        }
        stage.browser.post(APPLICATIONS, json!({})).await.assert(400);
        let rotated = stage.browser.post(&rotate, json!({})).await.ok();
        let (_, refresh) = {
            let new = Stage {
                api: &api,
                browser: Browser::of(&api, OWNER).await,
                id: stage.id.clone(),
                secret: rotated.text("/clientSecret"),
            };
            new.tokens("org:read").await
        };
        assert_refused(&stage.refresh(&refresh).await, 401, "invalid_client");
        // Nobody else sees or changes it, and no token does.
        add_user(&api, "grace@example.com").await;
        let grace = Browser::of(&api, "grace@example.com").await;
        assert_eq!(grace.get(APPLICATIONS).await.ok().body, json!([]));
        grace.get(&one).await.assert(404);
        grace.put(&one, json!({ "name": "mine" })).await.assert(404);
        grace.post(&rotate, json!({})).await.assert(404);
        grace.delete(&one).await.assert(404);
        for (method, path) in [
            (Method::GET, APPLICATIONS),
            (Method::POST, APPLICATIONS),
            (Method::GET, one.as_str()),
            (Method::PUT, one.as_str()),
            (Method::DELETE, one.as_str()),
            (Method::POST, rotate.as_str()),
            (Method::GET, AUTHORIZATIONS),
            (Method::DELETE, AUTHORIZATIONS),
        ] {
            let body = json!({ "authorization": "1" });
            api.client().send(method.clone(), path, Some(body)).await.assert(403);
            api.anonymous().send(method, path, Some(json!({}))).await.assert(401);
        }
        stage.browser.delete(&one).await.assert(204);
        stage.browser.delete(&one).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn who_goes_takes_the_tokens_along() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let one = format!("{APPLICATIONS}{}/", stage.id);
        let (access, refresh) = stage.tokens("org:read").await;
        let waiting = stage.code("event:read").await;
        // The user takes it back.
        let listed = stage.browser.get(AUTHORIZATIONS).await.ok();
        assert_eq!(listed.each("/application/clientID"), [json!(stage.id)]);
        assert_eq!(listed.at("/0/scopes"), &json!(["org:read", "event:read"]));
        let id = json!({ "authorization": listed.text("/0/id") });
        add_user(&api, "grace@example.com").await;
        let grace = Browser::of(&api, "grace@example.com").await;
        grace.send(Method::DELETE, AUTHORIZATIONS, id.clone()).await.assert(404);
        let revoked = stage.browser.send(Method::DELETE, AUTHORIZATIONS, id.clone()).await;
        revoked.assert(204);
        stage.browser.send(Method::DELETE, AUTHORIZATIONS, id).await.assert(404);
        stage.organizations(&access).await.assert(401);
        assert_refused(&stage.refresh(&refresh).await, 400, "invalid_grant");
        assert_refused(&stage.exchange(&waiting).await, 400, "invalid_grant");
        assert_eq!(stage.browser.get(AUTHORIZATIONS).await.ok().body, json!([]));
        // The application is switched off, and on again.
        let (access, refresh) = stage.tokens("org:read").await;
        stage.browser.put(&one, json!({ "isActive": false })).await.ok();
        let refused = stage.organizations(&access).await.assert(401);
        assert_eq!(refused.body, json!({ "detail": "Application inactive" }));
        assert_refused(&stage.refresh(&refresh).await, 401, "invalid_client");
        stage.browser.put(&one, json!({ "isActive": true })).await.ok();
        stage.organizations(&access).await.ok();
        // It is deleted.
        stage.browser.delete(&one).await.assert(204);
        let refused = stage.organizations(&access).await.assert(401);
        assert_eq!(refused.body, json!({ "detail": "Invalid token" }));
        assert_refused(&stage.refresh(&refresh).await, 401, "invalid_client");
    })
    .await;
}

#[tokio::test]
async fn pages_elsewhere_use_a_token_only_if_its_application_lists_them() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let (access, _) = stage.tokens("org:read").await;
        let send = async |method: Method, origin: &str| {
            let request = Request::builder()
                .method(method)
                .uri(ORGANIZATIONS)
                .header(header::ORIGIN, origin)
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET");
            api.client_with(&access)
                .request(request.body(Body::empty()).unwrap())
                .await
        };
        let allowed = "access-control-allow-origin";
        let page = "https://board.example";
        assert_eq!(send(Method::OPTIONS, page).await.header(allowed), Some(page));
        assert_eq!(send(Method::GET, page).await.ok().header(allowed), Some(page));
        for other in [
            "https://evil.example",
            "https://board.example.evil.example",
            "http://board.example",
            "null",
            "%",
        ] {
            assert_eq!(send(Method::OPTIONS, other).await.header(allowed), None, "{other}");
            let refused = send(Method::GET, other).await.assert(403);
            assert_eq!(refused.header(allowed), None, "{other}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_done_to_applications_is_noted() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let one = format!("{APPLICATIONS}{}/", stage.id);
        stage.browser.put(&one, json!({ "name": "Board" })).await.ok();
        stage
            .browser
            .post(&format!("{one}rotate-secret/"), json!({}))
            .await
            .ok();
        stage.code("org:read").await;
        let id = stage.browser.get(AUTHORIZATIONS).await.ok().text("/0/id");
        let revoked = stage
            .browser
            .send(Method::DELETE, AUTHORIZATIONS, json!({ "authorization": id }))
            .await;
        revoked.assert(204);
        stage.browser.delete(&one).await.assert(204);
        let mut db = api.app.store.read().await.unwrap();
        let entries = store::audit::list_of_installation(&mut db, store::IdPage::newest(6))
            .await
            .unwrap();
        let actions: Vec<&str> = entries.iter().rev().map(|entry| entry.action.as_str()).collect();
        assert_eq!(
            actions,
            [
                "api-application.create",
                "api-application.edit",
                "api-application.rotate-secret",
                "api-authorization.create",
                "api-authorization.remove",
                "api-application.remove",
            ]
        );
        for entry in &entries {
            assert_eq!(
                (entry.actor_label.as_str(), entry.target_kind.as_str()),
                (OWNER, "application")
            );
            let told = format!("{:?}{:?}", entry.before, entry.after);
            assert!(!told.contains(&stage.secret), "{told}");
        }
    })
    .await;
}
