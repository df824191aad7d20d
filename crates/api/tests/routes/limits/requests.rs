use axum::body::Body;
use http::{Method, Request, header};
use serde_json::json;
use services::options::{self, Definition, OptionChannel, Setting, Target};

use crate::api::{Api, Client};

/// Sets an option of the installation.
pub(super) async fn set(api: &Api, definition: &Definition, value: serde_json::Value) {
    let actor = services::Actor::command();
    let by = Setting {
        actor: &actor,
        organization: None,
        target: Target::System,
        channel: OptionChannel::Cli,
    };
    options::set(&api.app, by, definition, &value).await.unwrap();
}

fn numbers(answer: &crate::api::Answer) -> Vec<i64> {
    let names = ["limit", "remaining", "reset", "concurrentlimit", "concurrentremaining"];
    let number = |name: &str| {
        let value = answer.headers.get(format!("x-sentry-rate-limit-{name}"));
        value.and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(-1)
    };
    names.map(number).to_vec()
}

#[tokio::test]
async fn cor3_the_third_call_within_a_limit_of_two_a_second_is_429_with_headers() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        set(&api, &options::PER_SECOND, json!(2)).await;
        let client = api.client();
        let path = "/api/0/organizations/acme/projects/";
        // NOW is a whole second; the window ends with it.
        let reset = crate::api::NOW.0 / 1_000_000 + 1;
        for remaining in [1, 0] {
            let answer = client.get(path).await.ok();
            assert_eq!(numbers(&answer), [2, remaining, reset, 500, 499]);
        }
        let refused = client.get(path).await.assert(429);
        assert_eq!(
            refused.text("/detail"),
            "Too many requests to this endpoint: the limit is 2 in 1 second."
        );
        assert_eq!(numbers(&refused), [2, 0, reset, 500, 500]);
        assert_eq!(refused.headers[header::RETRY_AFTER], "1");
        // Another endpoint, another method and somebody else have counts of their own.
        client.get("/api/0/organizations/acme/").await.ok();
        client.post(path, json!({})).await.assert(400);
        api.stranger().await.get("/api/0/organizations/").await.ok();
        api.clock.advance(std::time::Duration::from_secs(1));
        client.get(path).await.ok();
    })
    .await;
}

#[tokio::test]
async fn cor3_limits_of_command_line_tools_are_apart() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    set(&api, &options::PER_SECOND, json!(1)).await;
    set(&api, &options::CLI_PER_SECOND, json!(2)).await;
    let client = api.client();
    let releases = "/api/0/organizations/acme/releases/";
    assert_eq!(numbers(&client.get(releases).await.ok())[..2], [2, 1]);
    client.get(releases).await.ok();
    client.get(releases).await.assert(429);
}

async fn invite(client: &Client, email: &str) -> crate::api::Answer {
    let body = json!({ "email": email, "orgRole": "member" });
    client.post("/api/0/organizations/acme/members/", body).await
}

#[tokio::test]
async fn cor3_the_eleventh_invitation_to_one_address_in_a_day_is_429() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        for _ in 0..10 {
            let invited = invite(&client, "new@example.com").await.assert(201);
            let member = format!("/api/0/organizations/acme/members/{}/", invited.text("/id"));
            client.delete(&member).await.assert(204);
        }
        let refused = invite(&client, "NEW@example.com").await.assert(429);
        assert_eq!(
            refused.text("/detail"),
            "There are too many invitations to one address: the limit is 10 in 24 hours."
        );
        assert!(refused.headers.contains_key(header::RETRY_AFTER));
        invite(&client, "other@example.com").await.assert(201);
        api.clock.advance(std::time::Duration::from_secs(24 * 3_600));
        invite(&client, "new@example.com").await.assert(201);
    })
    .await;
}

#[tokio::test]
async fn cor3_a_hundred_invitations_a_day_are_all_that_a_member_makes() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    set(&api, &options::INVITATIONS_A_DAY, json!(3)).await;
    let client = api.client();
    for number in 0..3 {
        invite(&client, &format!("n{number}@example.com")).await.assert(201);
    }
    invite(&client, "n4@example.com").await.assert(429);
}

#[tokio::test]
async fn aut5_pages_of_allowed_origins_alone_may_ask() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    set(&api, &options::ALLOWED_ORIGINS, json!(["https://status.example"])).await;
    let ask = async |method: Method, origin: &'static str| {
        let request = Request::builder().method(method).uri("/api/0/organizations/");
        let request = request
            .header("origin", origin)
            .header("access-control-request-method", "GET");
        api.client().request(request.body(Body::empty()).unwrap()).await
    };
    let allowed = ask(Method::GET, "https://status.example").await.ok();
    assert_eq!(
        allowed.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN],
        "https://status.example"
    );
    assert!(!allowed.headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    let before = ask(Method::OPTIONS, "https://status.example").await.assert(204);
    assert_eq!(
        before.headers[header::ACCESS_CONTROL_ALLOW_METHODS],
        "GET, POST, PUT, DELETE"
    );
    for method in [Method::GET, Method::OPTIONS] {
        let other = ask(method, "https://status.example.evil").await;
        assert!(!other.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    }
}
