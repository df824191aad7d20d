//! Applications that act for users: what they are given, and every way in which they are refused.

mod applications;
mod tokens;

use axum::body::Body;
use http::{Request, header};
use serde_json::json;
use services::oauth::{self, AuthorizationRequest};

use crate::{
    accounts::{Browser, OWNER},
    api::{Answer, Api},
};

const APPLICATIONS: &str = "/api/0/api-applications/";
const AUTHORIZATIONS: &str = "/api/0/api-authorizations/";
const ORGANIZATIONS: &str = "/api/0/organizations/";
const CALLBACK: &str = "https://board.example/callback";
const OTHER_CALLBACK: &str = "https://board.example/other";
/// An application of the owner, and the owner's browser.
struct Stage<'a> {
    api: &'a Api,
    browser: Browser,
    id: String,
    secret: String,
}

impl<'a> Stage<'a> {
    async fn new(api: &'a Api) -> Self {
        let browser = Browser::of(api, OWNER).await;
        let new = json!({
            "name": "Status board",
            "redirectUris": [CALLBACK, OTHER_CALLBACK],
            "allowedOrigins": ["https://board.example"],
            "homepageUrl": "https://board.example/",
        });
        let made = browser.post(APPLICATIONS, new).await.assert(201);
        Self {
            api,
            browser,
            id: made.text("/clientID"),
            secret: made.text("/clientSecret"),
        }
    }

    fn request(&self, scope: &str) -> AuthorizationRequest {
        AuthorizationRequest {
            client_id: self.id.clone(),
            response_type: "code".to_owned(),
            redirect_uri: CALLBACK.to_owned(),
            scope: scope.to_owned(),
            ..AuthorizationRequest::default()
        }
    }

    /// The owner allows it.
    async fn allow(&self, request: AuthorizationRequest) -> String {
        let app = &self.api.app;
        let consent = oauth::check(app, request).await.unwrap();
        let signed_in = &self.browser.signed_in;
        let returned = oauth::allow(app, &signed_in.actor, signed_in.user(), consent)
            .await
            .unwrap();
        assert_eq!(
            (returned.redirect_uri.as_str(), returned.fields[0].0),
            (CALLBACK, "code")
        );
        returned.fields[0].1.clone()
    }

    async fn code(&self, scope: &str) -> String {
        self.allow(self.request(scope)).await
    }

    async fn exchange(&self, code: &str) -> Answer {
        self.fetch(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
        ])
        .await
    }

    async fn refresh(&self, refresh: &str) -> Answer {
        self.fetch(&[("grant_type", "refresh_token"), ("refresh_token", refresh)])
            .await
    }

    /// Asks for tokens with id and secret in the form.
    async fn fetch(&self, fields: &[(&str, &str)]) -> Answer {
        let own = [("client_id", self.id.as_str()), ("client_secret", self.secret.as_str())];
        fetch(self.api, &[&own[..], fields].concat()).await
    }

    /// Both tokens of a pair.
    async fn tokens(&self, scope: &str) -> (String, String) {
        let code = self.code(scope).await;
        pair(&self.exchange(&code).await.ok())
    }

    async fn organizations(&self, token: &str) -> Answer {
        self.api.client_with(token).get(ORGANIZATIONS).await
    }
}

fn pair(answer: &Answer) -> (String, String) {
    (answer.text("/access_token"), answer.text("/refresh_token"))
}

fn form(fields: &[(&str, &str)]) -> Request<Body> {
    let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
    Request::post("/oauth/token/")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(fields.join("&")))
        .unwrap()
}

async fn fetch(api: &Api, fields: &[(&str, &str)]) -> Answer {
    api.anonymous().request(form(fields)).await
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(
        (answer.status.as_u16(), answer.at("/error")),
        (status, &json!(error)),
        "{}",
        answer.body
    );
    assert!(answer.at("/error_description").is_string());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}
