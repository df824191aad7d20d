use std::net::{IpAddr, SocketAddr};

use axum::{body::Body, extract::ConnectInfo};
use model::{Clock, EventId, ProjectId};
use serde_json::json;

use super::{AUTH, ENVELOPE, EVENT, EVENT_ID, Fixture, request};
use crate::RecordKind;

const KEY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn an_accepted_envelope_is_kept_with_what_the_request_said() {
    let fixture = Fixture::new().await;
    let headers = [
        ("x-sentry-auth", AUTH),
        ("user-agent", "Mozilla/5.0"),
        ("sec-ch-ua-platform", "\"Linux\""),
        ("content-type", "application/x-sentry-envelope"),
        ("cookie", "secret=1"),
    ];
    let mut posted = request("POST", "/api/1/envelope/?x=1", &headers, ENVELOPE);
    posted
        .extensions_mut()
        .insert(ConnectInfo(SocketAddr::from(([203, 0, 113, 9], 4711))));
    fixture.send(posted).await.assert(200);
    let (meta, body) = fixture.last().await;
    assert_eq!(body, ENVELOPE);
    assert_eq!(
        (meta.kind, meta.project, meta.received_at),
        (RecordKind::Envelope, ProjectId(1), fixture.clock.now())
    );
    assert_eq!(meta.event_id, Some(EVENT_ID.parse().unwrap()));
    assert_eq!(meta.client_ip, Some(IpAddr::from([203, 0, 113, 9])));
    assert_eq!(
        (meta.user_agent.as_deref(), meta.sdk_client.as_deref()),
        (Some("Mozilla/5.0"), Some("test/1.0"))
    );
    let kept: Vec<_> = meta
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let expected = [
        ("content-type", "application/x-sentry-envelope"),
        ("sec-ch-ua-platform", "\"Linux\""),
    ];
    assert_eq!(kept, expected, "and no cookie");

    fixture
        .post(
            "/api/1/envelope/",
            &[("x-forwarded-for", "198.51.100.1, 10.0.0.1")],
            ENVELOPE,
        )
        .await
        .assert(200);
    assert_eq!(fixture.last().await.0.client_ip, Some(IpAddr::from([198, 51, 100, 1])));
}

#[tokio::test]
async fn an_id_is_given_to_envelopes_that_need_one_and_lack_it() {
    let fixture = Fixture::new().await;
    let check = async |envelope: &str, gets_id: bool| {
        let answer = fixture.post("/api/1/envelope/", &[], envelope.to_owned()).await;
        let answer = answer.assert(200).json();
        let (meta, _) = fixture.last().await;
        assert_eq!(meta.event_id.is_some(), gets_id, "{envelope}");
        assert_eq!(answer, meta.event_id.map_or(json!({}), |id| json!({ "id": id })));
        meta.event_id
    };
    let dashed = "{\"event_id\":\"9EC79C33-EC99-42AB-8353-589FCB2E04DC\"}\n{\"type\":\"session\"}\n{}";
    assert_eq!(check(dashed, true).await, Some(EVENT_ID.parse().unwrap()));
    let first = check("{}\n{\"type\":\"event\"}\n{}", true).await;
    assert_ne!(
        first,
        check("{}\n{\"type\":\"attachment\",\"length\":1}\nx", true).await
    );
    check("{}\n{\"type\":\"session\"}\n{}", false).await;
    check("{}\n{\"type\":\"unheard_of\"}\nx", false).await;
}

#[tokio::test]
async fn the_query_of_an_old_client_is_an_event_and_answered_by_a_pixel() {
    let fixture = Fixture::new().await;
    let data = EVENT.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let query = format!("sentry_version=2.0&sentry_client=raven-js%2F1.0&sentry_key={KEY}&sentry_data={data}");
    for path in ["/api/1/store/", "/api/store/"] {
        let answer = fixture
            .send(request("GET", &format!("{path}?{query}"), &[], Body::empty()))
            .await;
        assert_eq!(answer.assert(200).header("content-type"), Some("image/gif"));
        assert!(answer.body.starts_with(b"GIF89a"));
        let (meta, body) = fixture.last().await;
        assert_eq!((body, meta.sdk_client.as_deref()), (EVENT.into(), Some("raven-js/1.0")));
    }
    let without = format!("/api/1/store/?sentry_key={KEY}");
    fixture
        .send(request("GET", &without, &[], Body::empty()))
        .await
        .assert(400);
}

#[tokio::test]
async fn preflights_are_answered_everywhere_and_answers_can_be_read_by_any_page() {
    let fixture = Fixture::new().await;
    let paths = [
        "/api/1/envelope/",
        "/api/1/store/",
        "/api/store/",
        "/api/1/security/",
        "/api/1/csp-report/",
        "/api/1/nel/",
        "/api/1/minidump/",
        "/api/1/minidump",
        "/api/1/unreal/k/",
        "/api/1/events/9ec79c33ec9942ab8353589fcb2e04dc/attachments/",
        "/api/1/cron/nightly/",
        "/api/1/cron/nightly/k",
        "/api/1/integration/otlp/v1/traces",
        "/api/1/integration/otlp/v1/logs/",
        "/api/1/otlp/v1/traces/",
    ];
    for path in paths {
        let answer = fixture
            .send(request(
                "OPTIONS",
                path,
                &[("origin", "https://a.example")],
                Body::empty(),
            ))
            .await;
        answer.assert(200);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("access-control-max-age"), Some("3600"));
        assert_eq!(answer.header("access-control-allow-methods"), Some("POST"));
        assert!(
            answer
                .header("access-control-allow-headers")
                .unwrap()
                .contains("x-sentry-auth")
        );
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let answer = fixture.send(request("PUT", path, &[], Body::empty())).await;
        assert_eq!(answer.assert(405).detail(), "method not allowed");
    }
    let refused = fixture.send(request("POST", "/api/1/envelope/", &[], ENVELOPE)).await;
    assert_eq!(refused.assert(401).header("access-control-allow-origin"), Some("*"));
    assert!(
        refused
            .header("access-control-expose-headers")
            .unwrap()
            .contains("x-sentry-error")
    );
    for path in [
        "/api/1/envelope",
        "/api/1/store",
        "/api/1/unheard-of/",
        "/api/1/",
        "/api/1/security",
    ] {
        fixture.post(path, &[], ENVELOPE).await.assert(404);
    }
}

#[tokio::test]
async fn browser_reports_are_taken_in_the_types_that_browsers_use() {
    let fixture = Fixture::new().await;
    let key = format!("?sentry_key={KEY}&sentry_release=1.0");
    for (path, kind) in [
        ("/api/1/security/", RecordKind::Security),
        ("/api/1/csp-report/", RecordKind::Security),
        ("/api/1/nel/", RecordKind::Nel),
    ] {
        let headers = [("content-type", "application/reports+json; charset=utf-8")];
        let answer = fixture
            .send(request("POST", &format!("{path}{key}"), &headers, "[{}]"))
            .await;
        assert!(answer.assert(200).body.is_empty());
        let (meta, body) = fixture.last().await;
        assert_eq!((meta.kind, meta.event_id, &body[..]), (kind, None, &b"[{}]"[..]));
        assert_eq!(meta.query.as_deref(), Some(&key[1..]));
        for (body, status) in [("", 400), ("{", 400)] {
            fixture
                .send(request("POST", &format!("{path}{key}"), &headers, body))
                .await
                .assert(status);
        }
    }
    let headers = [("content-type", "text/html")];
    fixture
        .send(request("POST", &format!("/api/1/security/{key}"), &headers, "{}"))
        .await
        .assert(415);
}

#[tokio::test]
async fn crash_reports_are_answered_by_the_id_of_their_event() {
    let fixture = Fixture::new().await;
    let check = async |path: &str, content_type: &str, body: &str, status: u16| {
        let path = if path.contains("unreal") {
            path.to_owned()
        } else {
            format!("{path}?sentry_key={KEY}")
        };
        let headers = [("content-type", content_type)];
        let answer = fixture.send(request("POST", &path, &headers, body.to_owned())).await;
        answer.assert(status);
        if status == 200 {
            let id: EventId = std::str::from_utf8(&answer.body).unwrap().parse().unwrap();
            assert_eq!(
                (answer.body.len(), answer.header("content-type")),
                (36, Some("text/plain"))
            );
            assert_eq!(fixture.last().await.0.event_id, Some(id));
        }
    };
    let form = "multipart/form-data; boundary=b";
    for path in ["/api/1/minidump", "/api/1/minidump/"] {
        let file = |bytes: &str| {
            format!(
                "--b\r\nContent-Disposition: form-data; name=\"upload_file_minidump\"; filename=\"a\"\r\n\r\n{bytes}\r\n--b--"
            )
        };
        check(path, form, &file("MDMP...."), 200).await;
        check(path, form, &file("nonsense"), 400).await;
        check(path, form, "--b--", 400).await;
        check(path, form, "--b\r\n", 400).await;
        check(path, "multipart/form-data", &file("MDMP...."), 400).await;
        check(path, "application/x-dmp", "MDMP....", 200).await;
        check(path, "application/octet-stream", "PMDM....", 200).await;
        check(path, "application/octet-stream", "nonsense", 400).await;
        check(path, "application/octet-stream", "", 400).await;
        check(path, "text/plain", "MDMP", 415).await;
    }
    let dump = "--b\r\nContent-Disposition: form-data; name=\"dump\"; filename=\"a.prosperodmp\"\r\n\r\nx\r\n--b--";
    check("/api/1/playstation/", form, dump, 200).await;
    check("/api/1/playstation/", form, "--b--", 400).await;
    check("/api/1/playstation/", "application/octet-stream", "x", 415).await;
    check(&format!("/api/1/unreal/{KEY}/"), "application/octet-stream", "CR1", 200).await;
    check("/api/1/unreal/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/", "", "CR1", 403).await;
    check("/api/1/unreal/x/", "", "CR1", 400).await;

    let attachments = |event: &str| format!("/api/1/events/{event}/attachments/");
    let answer = fixture
        .post(&attachments(EVENT_ID), &[("content-type", form)], "--b--")
        .await;
    assert!(answer.assert(201).body.is_empty());
    assert_eq!(fixture.last().await.0.event_id, Some(EVENT_ID.parse().unwrap()));
    fixture
        .post(&attachments("x"), &[("content-type", form)], "--b--")
        .await
        .assert(400);
    fixture.post(&attachments(EVENT_ID), &[], "--b--").await.assert(415);
    fixture
        .post(&attachments(EVENT_ID), &[("content-type", form)], "no form")
        .await
        .assert(400);
}

#[tokio::test]
async fn the_id_of_a_crash_is_that_of_its_event() {
    let fixture = Fixture::new().await;
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"sentry[event_id]\"\r\n\r\n{EVENT_ID}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"upload_file_minidump\"; filename=\"a\"\r\n\r\nMDMP\r\n--b--"
    );
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    let answer = fixture.post("/api/1/minidump/", &headers, form).await;
    assert_eq!(answer.assert(200).body, "9ec79c33-ec99-42ab-8353-589fcb2e04dc");
}

#[tokio::test]
async fn log_drains_have_content_types_of_their_own() {
    let fixture = Fixture::new().await;
    for (path, content_type, status) in [
        ("vercel/logs", "application/json", 202),
        ("vercel/logs/", "application/x-ndjson", 202),
        ("vercel/logs", "text/plain", 415),
        ("heroku/logs", "application/logplex-1", 202),
        ("heroku/logs/", "application/json", 415),
    ] {
        let path = format!("/api/1/integration/{path}");
        fixture
            .post(&path, &[("content-type", content_type)], "x")
            .await
            .assert(status);
        if status == 202 {
            let kind = if path.contains("vercel") {
                RecordKind::VercelLogs
            } else {
                RecordKind::HerokuLogs
            };
            assert_eq!(fixture.last().await.0.kind, kind);
        }
    }
}

#[tokio::test]
async fn check_ins_come_by_query_or_json_and_name_their_monitor() {
    let fixture = Fixture::new().await;
    let key = format!("/api/1/cron/nightly/{KEY}");
    let latest = "00000000000000000000000000000000";
    for (method, path, content_type, body, id) in [
        ("GET", format!("{key}/?status=in_progress"), "", "", latest),
        ("POST", format!("{key}?status=ok"), "", "", latest),
        (
            "GET",
            format!("{key}/?status=ok&check_in_id={EVENT_ID}"),
            "",
            "",
            EVENT_ID,
        ),
        (
            "POST",
            format!("/api/1/cron/nightly?sentry_key={KEY}&status=ok"),
            "",
            "",
            latest,
        ),
        (
            "POST",
            format!("{key}/"),
            "application/json",
            r#"{"status":"ok"}"#,
            latest,
        ),
    ] {
        let answer = fixture
            .send(request(method, &path, &[("content-type", content_type)], body))
            .await;
        assert_eq!(answer.assert(202).json(), json!({ "id": id }), "{path}");
        let (meta, kept) = fixture.last().await;
        assert_eq!(
            (meta.kind, meta.monitor.as_deref(), &kept[..]),
            (RecordKind::CheckIn, Some("nightly"), body.as_bytes())
        );
        assert_eq!(meta.query.as_deref(), path.split_once('?').map(|(_, query)| query));
    }
    for (query, content_type, body) in [
        ("", "", ""),
        ("?status=", "", ""),
        ("?status=ok&check_in_id=x", "", ""),
        ("", "application/json", "{}"),
        ("", "application/json", "["),
    ] {
        let path = format!("{key}/{query}");
        fixture
            .send(request("POST", &path, &[("content-type", content_type)], body))
            .await
            .assert(400);
    }
}

#[tokio::test]
async fn opentelemetry_is_answered_in_its_own_form() {
    let fixture = Fixture::new().await;
    for (path, kind) in [
        ("/api/1/integration/otlp/v1/traces", RecordKind::OtlpTraces),
        ("/api/1/integration/otlp/v1/logs/", RecordKind::OtlpLogs),
        ("/api/1/otlp/v1/traces/", RecordKind::OtlpTraces),
    ] {
        for (content_type, answer) in [("application/json", "{}"), ("application/x-protobuf", "")] {
            let answered = fixture.post(path, &[("content-type", content_type)], "x").await;
            assert_eq!(
                (&answered.assert(202).body[..], answered.header("content-type")),
                (answer.as_bytes(), Some(content_type))
            );
            assert_eq!(fixture.last().await.0.kind, kind);
        }
        fixture
            .post(path, &[("content-type", "text/plain")], "x")
            .await
            .assert(415);
    }
}

#[tokio::test]
async fn health_checks_of_relays_are_answered() {
    let fixture = Fixture::new().await;
    let get = async |path: &str| fixture.send(request("GET", path, &[], Body::empty())).await;
    assert_eq!(
        get("/api/relay/healthcheck/live/").await.assert(200).json(),
        json!({ "is_healthy": true })
    );
    get("/api/relay/healthcheck/ready/").await.assert(200);
    fixture.spool.close().await;
    get("/api/relay/healthcheck/ready/").await.assert(503);
}
