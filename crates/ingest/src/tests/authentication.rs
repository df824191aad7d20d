use model::{DataCategory, KeyStatus, Timestamp};
use services::project_keys::{self, KeyChange};
use tokio_util::sync::CancellationToken;

use super::{AUTH, ENVELOPE, EVENT, EVENT_ID, Fixture, request};

const KEY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BASIC: &str = "Basic YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE6c2VjcmV0";

#[tokio::test]
async fn every_form_of_authentication_is_accepted_on_both_endpoints() {
    let fixture = Fixture::new().await;
    let dsn = format!("DSN http://{KEY}@127.0.0.1:9000/1");
    let lower = AUTH.replacen("Sentry", "sentry", 1);
    let query = format!("?sentry_key={KEY}&sentry_version=7&sentry_client=raven-js%2F1.0");
    let forms: [(&[(&str, &str)], &str); 7] = [
        (&[("x-sentry-auth", AUTH)], ""),
        (&[("x-sentry-auth", &lower)], ""),
        (&[("authorization", AUTH)], ""),
        (&[("authorization", BASIC)], ""),
        (&[("authorization", &dsn)], ""),
        (&[], &query),
        (&[("authorization", "Bearer of-a-proxy")], &query),
    ];
    for (headers, query) in forms {
        for (path, body) in [
            ("/api/1/envelope/", ENVELOPE),
            ("/api/1/store/", EVENT),
            ("/api/store/", EVENT),
        ] {
            let answer = fixture
                .send(request("POST", &format!("{path}{query}"), headers, body))
                .await;
            assert_eq!(
                answer.assert(200).json(),
                serde_json::json!({ "id": EVENT_ID }),
                "{headers:?} {path}{query}"
            );
        }
    }
    assert_eq!(fixture.records().await.len(), 3 * forms.len());
}

#[tokio::test]
async fn the_dsn_in_the_envelope_is_enough_and_must_agree_with_the_rest() {
    let fixture = Fixture::new().await;
    let check = async |path: &str, headers: &[(&str, &str)], dsn: &str, status: u16| {
        let header = if dsn.is_empty() {
            "{}".to_owned()
        } else {
            format!("{{\"dsn\":\"{dsn}\"}}")
        };
        let envelope = format!("{header}\n{{\"type\":\"session\"}}\n{{}}");
        fixture
            .send(request("POST", path, headers, envelope))
            .await
            .assert(status)
            .json()
    };
    let dsn = &format!("https://{KEY}@tunnel.example/1");
    let auth = &[("x-sentry-auth", AUTH)];
    assert_eq!(check("/api/1/envelope/", &[], dsn, 200).await, serde_json::json!({}));
    check("/api/1/envelope/", auth, dsn, 200).await;
    let other_project = &format!("https://{KEY}@tunnel.example/2");
    let other_key = "https://bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@tunnel.example/1";
    let mismatch = check("/api/1/envelope/", auth, other_project, 400).await;
    assert_eq!(
        mismatch["detail"],
        "project id header mismatch between envelope and request"
    );
    let mismatch = check("/api/1/envelope/", auth, other_key, 400).await;
    assert_eq!(
        mismatch["detail"],
        "public key header mismatch between envelope and request"
    );
    check("/api/2/envelope/", &[], dsn, 400).await;
    check("/api/1/envelope/", &[], other_key, 403).await;
    let missing = check("/api/1/envelope/", &[], "", 401).await;
    assert_eq!(missing["detail"], "missing authorization information");
    assert_eq!(fixture.records().await.len(), 2);

    let envelope = "{\"origin\":\"https://a.example\"}\n{\"type\":\"session\"}\n{}";
    let origin = |origin| [("x-sentry-auth", AUTH), ("origin", origin)];
    fixture
        .send(request(
            "POST",
            "/api/1/envelope/",
            &origin("https://a.example"),
            envelope,
        ))
        .await
        .assert(200);
    fixture
        .send(request(
            "POST",
            "/api/1/envelope/",
            &origin("https://b.example"),
            envelope,
        ))
        .await
        .assert(400);
}

#[tokio::test]
async fn bad_authentication_is_refused_as_sentry_does() {
    let fixture = Fixture::new().await;
    let check = async |path: &str, headers: &[(&str, &str)], status: u16, detail: &str| {
        let answer = fixture.send(request("POST", path, headers, EVENT)).await;
        assert_eq!(answer.assert(status).detail(), detail, "{path} {headers:?}");
        assert_eq!(answer.header("x-sentry-error"), Some(detail));
    };
    let query = &format!("/api/1/store/?sentry_key={KEY}");
    let auth = ("x-sentry-auth", AUTH);
    check("/api/1/store/", &[], 401, "missing authorization information").await;
    check(query, &[auth], 401, "multiple authorization payloads detected").await;
    check(
        query,
        &[("authorization", BASIC)],
        401,
        "multiple authorization payloads detected",
    )
    .await;
    check(
        "/api/1/store/",
        &[auth, ("authorization", AUTH)],
        401,
        "multiple authorization payloads detected",
    )
    .await;
    check(
        "/api/1/store/",
        &[("x-sentry-auth", "nonsense")],
        401,
        "bad authorization: expected `Sentry`",
    )
    .await;
    check("/api/1/store/?sentry_key=x", &[], 400, "bad sentry dsn public key").await;
    check(
        &format!("{query}&sentry_version=9"),
        &[],
        400,
        "unsupported protocol version (9)",
    )
    .await;
    for project in ["x", "+1", "-1", "%20", "99999999999999999999", "1.0"] {
        check(
            &format!("/api/{project}/store/"),
            &[auth],
            400,
            "bad project path parameter",
        )
        .await;
    }
    assert!(fixture.records().await.is_empty());
}

#[tokio::test]
async fn unknown_disabled_revoked_and_foreign_keys_are_told_apart() {
    let fixture = Fixture::new().await;
    let app = &fixture.app;
    let status = async |status: KeyStatus| {
        let mut db = app.store.read().await.unwrap();
        let (_, key) = store::project_keys::find_by_public_key(&mut db, KEY)
            .await
            .unwrap()
            .unwrap();
        drop(db);
        let scope = fixture.scope().await;
        match status {
            KeyStatus::Revoked => project_keys::revoke(app, &scope, &key).await.unwrap(),
            status => {
                let change = KeyChange {
                    label: None,
                    active: Some(status == KeyStatus::Active),
                    ..KeyChange::default()
                };
                project_keys::update(app, &scope, &key, &change).await.unwrap();
            }
        }
    };
    let check = async |path: &str, key: &str, why: &str| {
        let header = format!("Sentry sentry_key={key}");
        let answer = fixture
            .send(request("POST", path, &[("x-sentry-auth", &header)], ENVELOPE))
            .await;
        let expected = format!("event submission rejected with_reason: ProjectId: {why}");
        assert_eq!(answer.assert(403).detail(), expected);
    };
    let unknown = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    check("/api/1/envelope/", unknown, "the project key is unknown").await;
    check("/api/2/envelope/", KEY, "the project key belongs to another project").await;
    status(KeyStatus::Disabled).await;
    check("/api/1/envelope/", KEY, "the project key is disabled").await;
    check("/api/1/envelope/", KEY, "the project key is disabled").await;
    status(KeyStatus::Active).await;
    fixture.post("/api/1/envelope/", &[], ENVELOPE).await.assert(200);
    status(KeyStatus::Revoked).await;
    check("/api/1/envelope/", KEY, "the project key is revoked").await;

    let stop = CancellationToken::new();
    stop.cancel();
    fixture.state.clone().write_refusals(stop).await;
    let mut db = app.store.read().await.unwrap();
    let totals = store::outcomes::totals(&mut db, model::ProjectId(1), Timestamp(0))
        .await
        .unwrap();
    let totals: Vec<_> = totals
        .iter()
        .map(|total| (total.category, total.reason.as_str(), total.quantity))
        .collect();
    let error = DataCategory::Error.number();
    assert_eq!(
        totals,
        [
            (error, "disabled_key", 2),
            (error, "project_id", 1),
            (error, "revoked_key", 1)
        ]
    );
}
