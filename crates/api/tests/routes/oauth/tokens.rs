use std::{net::SocketAddr, time::Duration};

use axum::{body::Body, extract::ConnectInfo};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Request, header};
use serde_json::{Value, json};
use services::oauth::AuthorizationRequest;
use testkit::on_every_database;

use super::{APPLICATIONS, CALLBACK, OTHER_CALLBACK, Stage, assert_refused, fetch, form, pair};
use crate::{
    accounts::OWNER,
    api::{Api, NOW},
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const S256: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[tokio::test]
async fn aut2_day_29_works_day_30_is_401_refresh_works_once() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let code = stage.code("org:read").await;
        let fetched = stage.exchange(&code).await.ok();
        assert_eq!(fetched.header("cache-control"), Some("no-store"));
        assert_eq!(fetched.at("/token_type"), "bearer");
        assert_eq!(fetched.at("/expires_in"), 30 * 24 * 3_600);
        assert_eq!(fetched.at("/scope"), "org:read");
        assert_eq!(fetched.at("/user/email"), OWNER);
        let (access, refresh) = pair(&fetched);
        assert!(access.starts_with("sntryu_") && access.len() == 7 + 64, "{access}");
        api.clock.set(NOW + 29 * DAY);
        stage.organizations(&access).await.ok();
        api.clock.set(NOW + 30 * DAY);
        let over = stage.organizations(&access).await.assert(401);
        assert_eq!(over.body, json!({ "detail": "Token expired" }));
        let (new_access, new_refresh) = pair(&stage.refresh(&refresh).await.ok());
        stage.organizations(&new_access).await.ok();
        assert_refused(&stage.refresh(&refresh).await, 400, "invalid_grant");
        // The replay took nothing from the pair that there is.
        stage.organizations(&new_access).await.ok();
        // A refresh before the end kills the token that it replaces.
        api.clock.set(NOW + 59 * DAY);
        let (newest, _) = pair(&stage.refresh(&new_refresh).await.ok());
        let gone = stage.organizations(&new_access).await.assert(401);
        assert_eq!(gone.body, json!({ "detail": "Invalid token" }));
        stage.organizations(&newest).await.ok();
        api.clock.set(NOW + 89 * DAY);
        stage.organizations(&newest).await.assert(401);
    })
    .await;
}

#[tokio::test]
async fn aut2_a_personal_token_has_no_refresh() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let own = json!({ "name": "script", "scopes": ["org:read"] });
        let own = stage.browser.post("/api/0/api-tokens/", own).await.assert(201);
        assert_eq!(own.at("/refreshToken"), &Value::Null);
        assert_refused(&stage.refresh(&own.text("/token")).await, 400, "invalid_grant");
        // Tokens of applications are not among those that one makes for oneself, nor found there.
        let (access, _) = stage.tokens("org:read").await;
        let listed = stage.browser.get("/api/0/api-tokens/").await.ok();
        let last = &access[access.len() - 4..];
        assert!(
            !listed.each("/tokenLastCharacters").contains(&json!(last)),
            "{}",
            listed.body
        );
        // All of them go together.
        let signed_in = &stage.browser.signed_in;
        services::tokens::delete_all(&api.app, &signed_in.actor, signed_in.user())
            .await
            .unwrap();
        stage.organizations(&access).await.assert(401);
    })
    .await;
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes_and_once() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let code = stage.code("org:read").await;
        api.clock.set(NOW + Duration::from_secs(600));
        assert_refused(&stage.exchange(&code).await, 400, "invalid_grant");
        let code = stage.code("org:read").await;
        api.clock.set(NOW + Duration::from_secs(1_199));
        let (access, refresh) = pair(&stage.exchange(&code).await.ok());
        let (other, _) = stage.tokens("org:read").await;
        let (access, refresh) = {
            stage.organizations(&access).await.ok();
            pair(&stage.refresh(&refresh).await.ok())
        };
        // The second use takes back what the first one gave, also what it was renewed into, and nothing else.
        assert_refused(&stage.exchange(&code).await, 400, "invalid_grant");
        stage.organizations(&access).await.assert(401);
        assert_refused(&stage.refresh(&refresh).await, 400, "invalid_grant");
        stage.organizations(&other).await.ok();
    })
    .await;
}

#[tokio::test]
async fn every_refusal_of_the_token_endpoint_has_its_code() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let other = json!({ "name": "Other", "redirectUris": [CALLBACK] });
        let other = stage.browser.post(APPLICATIONS, other).await.assert(201);
        let (id, secret) = (stage.id.as_str(), stage.secret.as_str());
        let (other_id, other_secret) = (other.text("/clientID"), other.text("/clientSecret"));
        let code = stage.code("org:read").await;
        let code = code.as_str();
        let (_, refresh) = stage.tokens("org:read").await;
        let grant = ("grant_type", "authorization_code");
        let own = [("client_id", id), ("client_secret", secret)];
        let foreign = [
            ("client_id", other_id.as_str()),
            ("client_secret", other_secret.as_str()),
        ];
        let check = async |client: &[(&str, &str)], fields: &[(&str, &str)], status, error| {
            let answer = fetch(&api, &[client, fields].concat()).await;
            assert_refused(&answer, status, error);
        };
        check(&own, &[], 400, "invalid_request").await;
        check(&own, &[grant], 400, "invalid_request").await;
        check(&own, &[grant, ("code", "")], 400, "invalid_request").await;
        check(&own, &[grant, ("code", code), ("code", code)], 400, "invalid_request").await;
        check(&own, &[("grant_type", "refresh_token")], 400, "invalid_request").await;
        check(&own, &[("grant_type", "password")], 400, "unsupported_grant_type").await;
        check(
            &own,
            &[("grant_type", "client_credentials")],
            400,
            "unsupported_grant_type",
        )
        .await;
        check(&[], &[grant, ("code", code)], 401, "invalid_client").await;
        check(&[("client_id", id)], &[grant, ("code", code)], 401, "invalid_client").await;
        let wrong = [("client_id", id), ("client_secret", other_secret.as_str())];
        check(&wrong, &[grant, ("code", code)], 401, "invalid_client").await;
        let unknown = [("client_id", "nobody"), ("client_secret", secret)];
        check(&unknown, &[grant, ("code", code)], 401, "invalid_client").await;
        check(&own, &[grant, ("code", "nonsense")], 400, "invalid_grant").await;
        check(&own, &[grant, ("code", code)], 400, "invalid_grant").await;
        let elsewhere = ("redirect_uri", OTHER_CALLBACK);
        check(&own, &[grant, ("code", code), elsewhere], 400, "invalid_grant").await;
        let here = ("redirect_uri", CALLBACK);
        check(&foreign, &[grant, ("code", code), here], 400, "invalid_grant").await;
        let of_other = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        check(&foreign, &of_other, 400, "invalid_grant").await;
        // None of it has used the code up, or the refresh token.
        stage.exchange(code).await.ok();
        stage.refresh(&refresh).await.ok();
        let json = Request::post("/oauth/token/").header(header::CONTENT_TYPE, "application/json");
        let json = api.anonymous().request(json.body(Body::from("{}")).unwrap()).await;
        assert_refused(&json, 400, "invalid_request");
    })
    .await;
}

#[tokio::test]
async fn an_application_proves_itself_in_the_header_too() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let code = stage.code("org:read").await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
        ];
        let send = async |value: String, more: &[(&str, &str)]| {
            let mut request = form(&[&fields[..], more].concat());
            request
                .headers_mut()
                .insert(header::AUTHORIZATION, value.parse().unwrap());
            api.anonymous().request(request).await
        };
        let basic = |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let refused = send(basic(&stage.id, "wrong"), &[]).await;
        assert_refused(&refused, 401, "invalid_client");
        assert_eq!(refused.header("www-authenticate"), Some("Basic realm=\"oauth\""));
        assert_refused(&send("Bearer x".to_owned(), &[]).await, 401, "invalid_client");
        let right = basic(&stage.id, &stage.secret);
        let twice = send(right.clone(), &[("client_secret", stage.secret.as_str())]).await;
        assert_refused(&twice, 400, "invalid_request");
        let two = send(right.clone(), &[("client_id", "other")]).await;
        assert_refused(&two, 400, "invalid_request");
        send(right, &[("client_id", stage.id.as_str())]).await.ok();
    })
    .await;
}

#[tokio::test]
async fn guesses_of_secrets_are_counted_by_address() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let (_, mut refresh) = stage.tokens("org:read").await;
        let send = async |secret: &str, refresh: &str, address: &str| {
            let mut request = form(&[
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh),
                ("client_id", stage.id.as_str()),
                ("client_secret", secret),
            ]);
            let peer: SocketAddr = address.parse().unwrap();
            request.extensions_mut().insert(ConnectInfo(peer));
            api.anonymous().request(request).await
        };
        for _ in 0..50 {
            assert_refused(&send("guess", &refresh, "203.0.113.1:9").await, 401, "invalid_client");
        }
        let held_back = send(&stage.secret, &refresh, "203.0.113.1:9").await.assert(429);
        assert!(held_back.header("retry-after").is_some());
        // The application itself is not locked out, and who is right may ask as often as they like.
        for _ in 0..60 {
            refresh = send(&stage.secret, &refresh, "203.0.113.2:9")
                .await
                .ok()
                .text("/refresh_token");
        }
    })
    .await;
}

#[tokio::test]
async fn only_who_asked_for_the_code_can_use_it() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let send = async |code: &str, verifier: Option<&str>| {
            let mut fields = vec![
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", CALLBACK),
            ];
            fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
            stage.fetch(&fields).await
        };
        for (challenge, method) in [(S256, "S256"), (VERIFIER, "plain"), (VERIFIER, "")] {
            let request = AuthorizationRequest {
                code_challenge: challenge.to_owned(),
                code_challenge_method: method.to_owned(),
                ..stage.request("org:read")
            };
            let code = stage.allow(request).await;
            assert_refused(&send(&code, None).await, 400, "invalid_grant");
            let wrong = "a".repeat(43);
            assert_refused(&send(&code, Some(&wrong)).await, 400, "invalid_grant");
            send(&code, Some(VERIFIER)).await.ok();
        }
        // One that belongs to no challenge was slipped in.
        let code = stage.code("org:read").await;
        assert_refused(&send(&code, Some(VERIFIER)).await, 400, "invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn a_token_does_no_more_than_it_was_allowed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let (access, _) = stage.tokens("org:read").await;
        let client = api.client_with(&access);
        let acme = "/api/0/organizations/acme/";
        client.get(acme).await.ok();
        client.put(acme, json!({ "name": "Other" })).await.assert(403);
        client.get(APPLICATIONS).await.assert(403);
        client.get("/oauth/userinfo/").await.assert(403);
        let (access, _) = stage.tokens("openid").await;
        let client = api.client_with(&access);
        client.get(acme).await.assert(403);
        let me = client.get("/oauth/userinfo/").await.ok();
        assert!(me.at("/sub").is_string());
        assert_eq!(me.body.as_object().unwrap().len(), 1, "{}", me.body);
        let (access, _) = stage.tokens("openid profile email").await;
        let me = api.client_with(&access).get("/oauth/userinfo/").await.ok();
        assert_eq!(me.at("/email"), OWNER);
        assert!(me.at("/email_verified").is_boolean() && me.at("/name").is_string());
        api.anonymous().get("/oauth/userinfo/").await.assert(401);
        api.client_with("sntryu_x").get("/oauth/userinfo/").await.assert(401);
    })
    .await;
}

#[tokio::test]
async fn an_application_has_the_tokens_of_the_newest_sign_ins() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stage = Stage::new(&api).await;
        let mut tokens = Vec::new();
        for _ in 0..21 {
            tokens.push(stage.tokens("org:read").await.0);
        }
        stage.organizations(&tokens[0]).await.assert(401);
        stage.organizations(&tokens[1]).await.ok();
        stage.organizations(&tokens[20]).await.ok();
    })
    .await;
}
