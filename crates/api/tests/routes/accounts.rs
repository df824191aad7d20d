use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Value, json};
use services::{
    Scope,
    access::Actor,
    browser_sessions::{self, Sender, SignedIn},
    users::{self, FirstStep, NewAccount, NewUser},
};
use testkit::on_every_database;

use crate::api::{Answer, Api, Client, NOW};

pub(crate) const OWNER: &str = "owner@example.com";
const PASSWORD: &str = "correct horse";
const TOKENS: &str = "/api/0/api-tokens/";
const ORGANIZATION_TOKENS: &str = "/api/0/organizations/acme/org-auth-tokens/";

/// Somebody's signed-in browser, whose pages call the API.
pub(crate) struct Browser {
    client: Client,
    pub(crate) signed_in: SignedIn,
    cookie: String,
}

impl Browser {
    pub(crate) async fn of(api: &Api, email: &str) -> Self {
        let step = users::sign_in(&api.app, email, PASSWORD, None, &Sender::default()).await;
        let Ok(FirstStep::SignedIn(session)) = step else {
            panic!("{step:?}");
        };
        let signed_in = browser_sessions::authenticate(&api.app, &session.token).await.unwrap();
        Self {
            client: api.anonymous(),
            signed_in: signed_in.unwrap(),
            cookie: format!("{}={}", httpkit::SESSION_COOKIE, session.token),
        }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        let csrf = &self.signed_in.session.csrf_token;
        self.send_with(method, path, body, Some(csrf)).await
    }

    async fn send_with(&self, method: Method, path: &str, body: Value, csrf: Option<&str>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(csrf) = csrf {
            request = request.header(httpkit::CSRF_HEADER, csrf);
        }
        self.client
            .request(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, Value::Null).await
    }
}

/// Somebody who belongs to no organization.
pub(crate) async fn add_user(api: &Api, email: &str) -> String {
    let account = NewAccount {
        user: NewUser {
            email,
            name: "Somebody",
            password: PASSWORD,
        },
        is_administrator: false,
    };
    let user = users::create_account(&api.app, &Actor::command(), &account).await;
    user.unwrap().id.to_string()
}

#[tokio::test]
async fn aut1_the_api_tells_a_token_once() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let browser = Browser::of(&api, OWNER).await;
        let new =
            json!({ "name": "script", "scopes": ["org:read", "project:read"], "expiresAt": "2026-12-01T00:00:00Z" });
        let made = browser.post(TOKENS, new).await.assert(201);
        let (id, secret) = (made.text("/id").to_owned(), made.text("/token").to_owned());
        assert!(secret.starts_with("sntryu_") && secret.len() == 7 + 64, "{secret}");
        assert_eq!(made.at("/expiresAt"), "2026-12-01T00:00:00Z");
        let one = format!("{TOKENS}{id}/");
        for path in [TOKENS, one.as_str()] {
            let shown = browser.get(path).await.ok();
            assert!(!shown.body.to_string().contains(&secret), "{path} tells the token");
            assert!(shown.body.to_string().contains(&secret[secret.len() - 4..]), "{path}");
        }
        api.client_with(&secret).get("/api/0/organizations/").await.ok();
        browser.put(&one, json!({ "name": "other script" })).await.assert(204);
        assert_eq!(browser.get(&one).await.ok().at("/name"), "other script");
        browser.put(&one, json!({ "name": " " })).await.assert(400);
        let wrong = json!({ "name": "x", "scopes": ["org:nonsense"], "expiresAt": "tomorrow" });
        let refused = browser.post(TOKENS, wrong).await.assert(400);
        assert_eq!(refused.text("/scopes/0"), "\"org:nonsense\" is not a valid choice.");
        assert!(refused.text("/expiresAt/0").starts_with("Expected a point in time"));
        let past = json!({ "scopes": ["org:read"], "expiresAt": "2026-01-01T00:00:00Z" });
        browser.post(TOKENS, past).await.assert(400);
        browser.delete(&one).await.assert(204);
        browser.delete(&one).await.assert(404);
        let gone = api.client_with(&secret).get("/api/0/organizations/").await.assert(401);
        assert_eq!(gone.body, json!({ "detail": "Invalid token" }));
        // Who got hold of a token does not make another, nor see which there are.
        api.client().get(TOKENS).await.assert(403);
        api.client()
            .post(TOKENS, json!({ "scopes": ["org:read"] }))
            .await
            .assert(403);
    })
    .await;
}

#[tokio::test]
async fn aut1_each_broken_header_has_a_text_of_its_own() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let owner = Browser::of(&api, OWNER).await;
        let short = json!({ "scopes": ["org:read"], "expiresAt": "2026-11-21T03:00:00Z" });
        let short = owner.post(TOKENS, short).await.assert(201).text("/token").to_owned();
        api.clock.set(NOW + std::time::Duration::from_secs(1_200));
        let asked = async |value: &[u8]| {
            let request = Request::get("/api/0/organizations/").header(header::AUTHORIZATION, value);
            let answer = api.anonymous().request(request.body(Body::empty()).unwrap()).await;
            answer.assert(401).text("/detail").to_owned()
        };
        let not_given = "Authentication credentials were not provided.";
        let ended = format!("Bearer {short}");
        let cases: [(&[u8], &str); 7] = [
            (b"Bearer", "Invalid token header. No credentials provided."),
            (
                b"Bearer a b",
                "Invalid token header. Token string should not contain spaces.",
            ),
            (
                b"Bearer \xff",
                "Invalid token header. Token string should not contain invalid characters.",
            ),
            (b"bearer sntryu_0", "Invalid token"),
            (b"Bearer sntrys_e30=_0", "Invalid token"),
            (b"Basic eDp5", not_given),
            (ended.as_bytes(), "Token expired"),
        ];
        for (value, expected) in cases {
            assert_eq!(asked(value).await, expected, "{}", String::from_utf8_lossy(value));
        }
    })
    .await;
}

#[tokio::test]
async fn aut1_a_token_of_an_organization_is_for_its_pipelines_alone() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let other = api.other_installation().await;
        let admin = api.client_for(&[Scope::OrgAdmin]).await;
        let made = admin
            .post(ORGANIZATION_TOKENS, json!({ "name": "pipeline" }))
            .await
            .assert(201);
        let secret = made.text("/token").to_owned();
        assert!(secret.starts_with("sntrys_"), "{secret}");
        let one = format!("{ORGANIZATION_TOKENS}{}/", made.text("/id"));
        let reader = api.client_for(&[Scope::OrgRead]).await;
        for path in [ORGANIZATION_TOKENS, one.as_str()] {
            let shown = reader.get(path).await.ok();
            assert!(!shown.body.to_string().contains(&secret), "{path} tells the token");
        }
        reader
            .post(ORGANIZATION_TOKENS, json!({ "name": "x" }))
            .await
            .assert(403);
        admin.post(ORGANIZATION_TOKENS, json!({})).await.assert(400);

        let pipeline = api.client_with(&secret);
        pipeline.get("/api/0/organizations/acme/releases/").await.ok();
        pipeline.get("/api/0/projects/acme/shop/releases/").await.ok();
        assert_eq!(
            reader.get(&one).await.ok().at("/projectLastUsedId"),
            &json!(api.project().to_string())
        );
        for forbidden in [
            "/api/0/organizations/acme/issues/",
            "/api/0/organizations/acme/members/",
            "/api/0/projects/acme/shop/keys/",
            ORGANIZATION_TOKENS,
        ] {
            pipeline.get(forbidden).await.assert(403);
        }
        pipeline.get("/api/0/organizations/globex/releases/").await.assert(404);
        pipeline.get("/api/0/users/me/").await.assert(404);
        pipeline.get(TOKENS).await.assert(403);
        let stranger = api.client_with(&other.auth_token);
        stranger.get(&one).await.assert(404);
        stranger.delete(&one.replace("acme", "globex")).await.assert(404);

        admin.put(&one, json!({ "name": "old pipeline" })).await.assert(204);
        admin.delete(&one).await.assert(204);
        admin.delete(&one).await.assert(404);
        let refused = pipeline.get("/api/0/organizations/acme/releases/").await.assert(401);
        assert_eq!(refused.text("/detail"), "User inactive or deleted");
        let listed = reader.get(ORGANIZATION_TOKENS).await.ok();
        assert_eq!(listed.each("/name"), ["old pipeline"]);
        assert_eq!(listed.each("/isActive"), [json!(false)]);
    })
    .await;
}

#[tokio::test]
async fn aut5_cookie_post_without_token_is_403() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let browser = Browser::of(&api, OWNER).await;
        let new = || json!({ "scopes": ["org:read"] });
        for csrf in [None, Some(""), Some("wrong")] {
            let refused = browser.send_with(Method::POST, TOKENS, new(), csrf).await.assert(403);
            assert_eq!(refused.text("/detail"), "CSRF Failed: CSRF token missing or incorrect.");
        }
        browser.post(TOKENS, new()).await.assert(201);
        // A call with a token comes from no browser that another site could use.
        api.client()
            .put("/api/0/users/me/", json!({ "name": "Ada" }))
            .await
            .ok();
    })
    .await;
}

#[tokio::test]
async fn aut5_sudo_for_org_delete() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let browser = Browser::of(&api, OWNER).await;
        api.clock.set(NOW + std::time::Duration::from_secs(3 * 3_600));
        let refused = browser.delete("/api/0/organizations/acme/").await.assert(401);
        let expected = json!({ "code": "sudo-required", "message": refused.at("/detail/message"), "extra": { "username": OWNER } });
        assert_eq!(refused.at("/detail"), &expected);
        let wrong = browser_sessions::give_password(&api.app, &browser.signed_in, "wrong").await;
        wrong.unwrap_err();
        browser.delete("/api/0/organizations/acme/").await.assert(401);
        browser_sessions::give_password(&api.app, &browser.signed_in, PASSWORD)
            .await
            .unwrap();
        browser.delete("/api/0/organizations/acme/").await.assert(202);
    })
    .await;
}

#[tokio::test]
async fn org2_self_view_has_more() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let me = client.get("/api/0/users/me/").await.ok();
        assert_eq!(me.at("/options/timezone"), "UTC");
        assert_eq!(me.at("/identities"), &json!([]));
        assert_eq!(me.at("/authenticators"), &json!([]));
        assert_eq!(
            me.at("/permissions"),
            &json!(["broadcasts.admin", "options.admin", "superuser", "users.admin"])
        );
        let members = client.get("/api/0/organizations/acme/members/").await.ok();
        let member = members.at("/0/user");
        for own in ["options", "identities", "authenticators", "permissions"] {
            assert!(member.get(own).is_none(), "{own} is nobody else's concern");
        }
        for shared in ["id", "name", "username", "email", "emails", "avatar", "lastActive"] {
            assert!(member.get(shared).is_some(), "{shared} is missing");
        }
        for text in [me.body.to_string(), members.body.to_string()] {
            for secret in ["nonce", "password_hash", "argon2", "secret"] {
                assert!(!text.contains(secret), "{secret}: {text}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn users_change_their_name_and_time_zone() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let change = json!({ "name": "Ada", "options": { "timezone": "europe/vienna" } });
        let changed = client.put("/api/0/users/me/", change).await.ok();
        assert_eq!(
            (changed.at("/name"), changed.at("/options/timezone")),
            (&json!("Ada"), &json!("Europe/Vienna"))
        );
        assert_eq!(client.put("/api/0/users/me/", json!({})).await.ok().at("/name"), "Ada");
        for wrong in [
            json!({ "options": { "timezone": "Mars/Olympus" } }),
            json!({ "name": "x".repeat(201) }),
        ] {
            client.put("/api/0/users/me/", wrong).await.assert(400);
        }
        let kept = client.get("/api/0/users/me/").await.ok();
        assert_eq!(kept.at("/options/timezone"), "Europe/Vienna");
    })
    .await;
}

#[tokio::test]
async fn aut6_permissions_change_in_superuser_mode_only() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let user = add_user(&api, "ops@example.com").await;
        let list = format!("/api/0/users/{user}/permissions/");
        let admin = format!("{list}users.admin/");
        // A permission does not act by itself: not with a token, nor in a browser, before the password was given.
        api.client().post(&admin, Value::Null).await.assert(403);
        let owner = Browser::of(&api, OWNER).await;
        let refused = owner.post(&admin, Value::Null).await.assert(403);
        assert_eq!(refused.at("/detail/code"), "superuser-required");
        browser_sessions::enter_superuser(&api.app, &owner.signed_in, PASSWORD)
            .await
            .unwrap();
        owner.post(&admin, Value::Null).await.assert(201);
        owner.post(&admin, Value::Null).await.assert(200);
        owner
            .post(&format!("{list}broadcasts.admin/"), Value::Null)
            .await
            .assert(201);
        owner.post(&format!("{list}nonsense/"), Value::Null).await.assert(404);
        let listed = owner.get(&list).await.ok();
        assert_eq!(
            listed.body,
            json!({ "permissions": ["broadcasts.admin", "users.admin"] })
        );
        owner.delete(&admin).await.assert(204);
        owner.delete(&admin).await.assert(404);
        let own = format!("/api/0/users/{}/permissions/superuser/", owner.signed_in.user().id);
        owner.delete(&own).await.assert(409);
        // Who is no administrator is told so, and is not asked for a password.
        let ops = Browser::of(&api, "ops@example.com").await;
        let refused = ops.get(&list).await.assert(403);
        assert!(refused.at("/detail").is_string(), "{}", refused.body);
        let log = services::audit::list_of_installation(&api.app, store::IdPage::newest(20))
            .await
            .unwrap();
        let kinds: Vec<&str> = log.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "user.permission-remove",
                "user.permission-add",
                "user.permission-add",
                "superuser.enter",
                "user.create"
            ]
        );
        assert_eq!(log[0].actor_label, OWNER);
    })
    .await;
}
