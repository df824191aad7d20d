//! Broken and hostile requests: each is answered, nothing breaks, and every item that was accepted ends in an outcome.

use serde_json::{Value, json};

use crate::endpoints::{Endpoints, Lines};

const ID: &str = "9ec79c33ec9942ab8353589fcb2e04dc";

fn lines(expected: &[(&str, i64)]) -> Lines {
    expected
        .iter()
        .map(|(line, quantity)| ((*line).to_owned(), *quantity))
        .collect()
}

/// Every call has an event id of its own.
struct Hostile {
    endpoints: Endpoints,
    sent: u32,
}

impl Hostile {
    async fn new() -> Self {
        Self {
            endpoints: Endpoints::new().await,
            sent: 0,
        }
    }

    fn event_id(&mut self) -> String {
        self.sent += 1;
        format!("{:032x}", self.sent)
    }

    async fn envelope(&mut self, items: &[(Value, &[u8])], status: u16, expected: &[(&str, i64)]) {
        let mut body = format!("{}\n", json!({"event_id": self.event_id()})).into_bytes();
        for (headers, payload) in items {
            let mut headers = headers.clone();
            headers["length"] = payload.len().into();
            body.extend(format!("{headers}\n").into_bytes());
            body.extend_from_slice(payload);
            body.push(b'\n');
        }
        let (found, answer, counted) = self.endpoints.envelope(body).await;
        let shown: Vec<_> = items.iter().map(|(headers, _)| headers).collect();
        assert_eq!(found, status, "{shown:?}: {}", String::from_utf8_lossy(&answer));
        assert_eq!(counted, lines(expected), "{shown:?}");
    }

    /// An item of a kind with each payload, all of one outcome.
    async fn each(&mut self, kind: &str, payloads: &[&str], expected: &[(&str, i64)]) {
        for payload in payloads {
            self.envelope(&[(json!({"type": kind}), payload.as_bytes())], 200, expected)
                .await;
        }
    }

    async fn post(&mut self, target: &str, content_type: &str, body: &[u8], status: u16, expected: &[(&str, i64)]) {
        let (found, answer, counted) = self.endpoints.post(target, content_type, body.to_vec()).await;
        assert_eq!(found, status, "{target}: {}", String::from_utf8_lossy(&answer));
        assert_eq!(counted, lines(expected), "{target}");
    }

    /// No step broke.
    fn done(self) {
        assert_eq!(self.endpoints.quarantine.count(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_what_the_headers_say_or_nothing_is_taken() {
    let mut hostile = Hostile::new().await;
    let log = json!({"timestamp": 1_795_229_000.0, "trace_id": ID, "level": "info", "body": "b", "attributes": {}});
    let container = |count: usize| json!({"items": vec![&log; count]}).to_string();
    let headers = |count: Value| json!({"type": "log", "item_count": count, "content_type": "application/vnd.sentry.items.log+json"});
    let three = container(3);
    let bytes = i64::try_from(three.len()).unwrap();
    for announced in [2, 4] {
        let refused = [
            ("log_byte invalid invalid_json", bytes),
            ("log_item invalid invalid_json", announced),
        ];
        hostile
            .envelope(&[(headers(announced.into()), three.as_bytes())], 200, &refused)
            .await;
    }
    let one = container(1);
    let bytes = i64::try_from(one.len()).unwrap();
    let refused = [
        ("log_byte invalid invalid_json", bytes),
        ("log_item invalid invalid_json", 1),
    ];
    hostile
        .envelope(&[(headers(Value::Null), one.as_bytes())], 200, &refused)
        .await;
    // No request counts for more than its bytes can hold.
    let announced = headers(u32::MAX.into());
    let refused = [
        ("log_byte invalid invalid_json", bytes),
        ("log_item invalid invalid_json", bytes),
    ];
    hostile.envelope(&[(announced, one.as_bytes())], 200, &refused).await;
    for nonsense in [json!(-1), json!("1"), json!([])] {
        hostile.envelope(&[(headers(nonsense), one.as_bytes())], 400, &[]).await;
    }
    hostile.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_events_in_an_envelope_the_first_is_taken_and_the_rest_is_not_lost_track_of() {
    let mut hostile = Hostile::new().await;
    let (event, feedback) = (br#"{"message":"m"}"#, br#"{"contexts":{"feedback":{"message":"m"}}}"#);
    let of = |kind: &str| json!({"type": kind});
    let twice = [("error accepted", 1), ("error invalid duplicate_item", 1)];
    hostile
        .envelope(&[(of("event"), event), (of("event"), event)], 200, &twice)
        .await;
    let mixed: [(Value, &[u8]); 6] = [
        (of("event"), event),
        (of("feedback"), feedback),
        (of("transaction"), b"{}"),
        (json!({"type": "attachment", "filename": "empty"}), b""),
        (of("session"), b"{}"),
        (of("something_new"), b"x"),
    ];
    let expected = [
        ("error accepted", 1),
        ("feedback invalid duplicate_item", 1),
        ("transaction invalid duplicate_item", 1),
        ("attachment accepted", 1),
        ("attachment_item accepted", 1),
        ("session invalid invalid_json", 1),
        ("unknown invalid unknown_item", 1),
    ];
    hostile.envelope(&mixed, 200, &expected).await;
    hostile.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_files_are_kept_but_never_obeyed() {
    let mut hostile = Hostile::new().await;
    for name in [
        "../../etc/passwd",
        "a\0b",
        "\u{202e}gpj.exe",
        "a\r\nX: y",
        "",
        "C:\\x\\y",
        "\"",
        &"n".repeat(5000),
    ] {
        let headers = json!({"type": "attachment", "filename": name});
        let accepted = [("attachment accepted", 3), ("attachment_item accepted", 1)];
        hostile.envelope(&[(headers, b"abc")], 200, &accepted).await;
    }
    hostile.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packed_messages_that_lie_about_their_size_cost_nothing() {
    let mut hostile = Hostile::new().await;
    let many_empty = [&[0xdd, 0, 0x0f, 0xff, 0xff][..], &[0x90; 0xfffff]].concat();
    let bombs = [
        vec![0xdd, 0xff, 0xff, 0xff, 0xff],
        vec![0xdf, 0xff, 0xff, 0xff, 0xff],
        vec![0xc6, 0xff, 0xff, 0xff, 0xff],
        vec![0x91; 1 << 20],
        [0x81, 0xa1, b'a'].repeat(100_000),
        many_empty,
    ];
    for bomb in bombs {
        let bytes = i64::try_from(bomb.len()).unwrap();
        let of = |kind: &str| json!({"type": "attachment", "attachment_type": kind});
        let reason = if bytes > 1 << 20 {
            "too_large:event"
        } else {
            "invalid_msgpack"
        };
        let (attachment, item) = (
            format!("attachment invalid {reason}"),
            format!("attachment_item invalid {reason}"),
        );
        let refused = [(attachment.as_str(), bytes), (item.as_str(), 1)];
        hostile.envelope(&[(of("event.payload"), &bomb)], 200, &refused).await;
        // Breadcrumbs are a crash, even if they cannot be read.
        let kept = [
            ("attachment accepted", bytes),
            ("attachment_item accepted", 1),
            ("error accepted", 1),
        ];
        hostile.envelope(&[(of("event.breadcrumbs"), &bomb)], 200, &kept).await;
        let refused = [("replay invalid invalid_replay_video", 1)];
        hostile
            .envelope(&[(json!({"type": "replay_video"}), &bomb)], 200, &refused)
            .await;
    }
    hostile.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn protobuf_that_lies_is_invalid() {
    let mut hostile = Hostile::new().await;
    let nested = (0..100).fold(Vec::new(), |inner: Vec<u8>, _| {
        let (low, high) = ((inner.len() & 127) as u8 | 128, (inner.len() >> 7) as u8);
        [&[0x0a, low, high][..], &inner].concat()
    });
    let lies = [
        vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
        vec![0xff; 64],
        nested,
        vec![0x0b, 0x0c],
        vec![0x02, 0x00],
    ];
    for lie in lies {
        let bytes = i64::try_from(lie.len()).unwrap();
        let spans = [("span invalid invalid_proto", 1)];
        let logs = [
            ("log_byte invalid invalid_proto", bytes),
            ("log_item invalid invalid_proto", 1),
        ];
        let of = |signal: &str| format!("/api/1/integration/otlp/v1/{signal}/");
        hostile
            .post(&of("traces"), "application/x-protobuf", &lie, 202, &spans)
            .await;
        hostile
            .post(&of("logs"), "application/x-protobuf", &lie, 202, &logs)
            .await;
    }
    let nothing = [0x0a_u8, 0].repeat(500_000);
    hostile
        .post(
            "/api/1/integration/otlp/v1/traces/",
            "application/x-protobuf",
            &nothing,
            202,
            &[],
        )
        .await;
    let deep = format!(r#"{{"resourceSpans":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let refused = [("span invalid invalid_json", 1)];
    hostile
        .post(
            "/api/1/integration/otlp/v1/traces/",
            "application/json",
            deep.as_bytes(),
            202,
            &refused,
        )
        .await;
    hostile.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_without_an_end_or_a_dump_are_refused() {
    let mut hostile = Hostile::new().await;
    let dump = "--b\r\nContent-Disposition: form-data; name=\"upload_file_minidump\"; filename=\"x\"\r\n\r\n";
    let many = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n\r\n".repeat(20_000) + "--b--";
    let form = "multipart/form-data; boundary=b";
    for (content_type, body) in [
        ("multipart/form-data", "x"),
        ("multipart/form-data; boundary=", "--\r\n"),
        (form, ""),
        (form, &format!("{dump}MDMP")),
        (form, dump.trim_end()),
        (form, &many),
    ] {
        let attachments = format!("/api/1/events/{ID}/attachments/");
        hostile
            .post("/api/1/minidump/", content_type, body.as_bytes(), 400, &[])
            .await;
        hostile
            .post(&attachments, content_type, body.as_bytes(), 400, &[])
            .await;
    }
    for body in ["--b--", &format!("{dump}ELF!\r\n--b--"), &format!("{dump}\r\n--b--")] {
        hostile.post("/api/1/minidump/", form, body.as_bytes(), 400, &[]).await;
    }
    hostile
        .post("/api/1/minidump/", "application/x-dmp", b"", 400, &[])
        .await;
    hostile.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_that_cannot_be_read_end_in_the_reason_of_their_kind() {
    let mut hostile = Hostile::new().await;
    let one = |line: &'static str| [(line, 1)];
    let not_json = ["", "{", "[]", "7"];
    for (kind, line) in [
        ("event", "error invalid invalid_json"),
        ("transaction", "transaction invalid invalid_json"),
        ("feedback", "feedback invalid invalid_json"),
        ("session", "session invalid invalid_json"),
        ("sessions", "session invalid invalid_json"),
        ("check_in", "monitor invalid invalid_json"),
        ("user_report", "feedback invalid invalid_json"),
        ("profile_chunk", "profile_chunk invalid profiling_invalid_json"),
        ("replay_event", "replay invalid invalid_replay"),
        ("span", "span invalid invalid_json"),
        ("otel_span", "span invalid invalid_json"),
    ] {
        hostile.each(kind, &not_json, &one(line)).await;
    }
    let release = |rest: &str| format!(r#"{{"started":"2026-11-21T02:00:00Z","attrs":{{"release":"a"}}{rest}}}"#);
    hostile.each("session", &[&release("")], &one("session accepted")).await;
    hostile
        .each(
            "session",
            &[&release(r#","status":"wat""#)],
            &one("session invalid invalid_json"),
        )
        .await;
    let old = release("").replace("11-21", "11-01");
    hostile
        .each("session", &[&old], &one("session invalid timestamp"))
        .await;
    hostile
        .each(
            "check_in",
            &[r#"{"monitor_slug":"","status":"ok"}"#],
            &one("monitor invalid invalid_json"),
        )
        .await;
    // What says nothing is nothing (`ingest.md` §7.1, §11).
    hostile
        .each("transaction", &["{}"], &one("transaction invalid invalid_transaction"))
        .await;
    let empty = ["{}", r#"{"contexts":{"feedback":{"message":""}}}"#];
    hostile.each("feedback", &empty, &one("feedback invalid no_data")).await;
    hostile
        .each("user_report", &["{}"], &one("feedback invalid payload"))
        .await;
    hostile
        .each(
            "profile",
            &["{}"],
            &one("profile invalid profiling_no_transaction_associated"),
        )
        .await;
    let recordings = ["{}", "{\"segment_id\":0}\nx", "{\"segment_id\":-1}\n[]"];
    hostile
        .each(
            "replay_recording",
            &recordings,
            &one("replay invalid invalid_replay_recording"),
        )
        .await;
    hostile
        .each(
            "replay_recording",
            &[""],
            &one("replay invalid invalid_replay_no_payload"),
        )
        .await;
    hostile
        .each("raw_security", &["{}"], &one("security invalid security_report_type"))
        .await;
    hostile
        .each("unreal_report", &["x"], &one("error invalid process_unreal"))
        .await;
    hostile
        .each("statsd", &["\0"], &one("metric_bucket invalid feature_disabled"))
        .await;
    // Of servers among themselves: from outside they are nothing.
    for kind in ["nel", "form_data", "client_report"] {
        hostile.each(kind, &["x"], &[]).await;
    }
    hostile
        .each("integration", &["x"], &one("unknown invalid unknown_item"))
        .await;
    hostile.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_of_endless_many_stops_no_counter() {
    let mut hostile = Hostile::new().await;
    let line = json!({"reason": "before_send", "category": "error", "quantity": u64::MAX});
    let report = json!({"discarded_events": [line]}).to_string();
    let item = (json!({"type": "client_report"}), report.as_bytes());
    for items in [&[item.clone()][..], &[item.clone(), item.clone(), item]] {
        let mut body = b"{}\n".to_vec();
        for (headers, payload) in items {
            body.extend(format!("{headers}\n").into_bytes());
            body.extend_from_slice(payload);
            body.push(b'\n');
        }
        let (status, _, counted) = hostile.endpoints.envelope(body).await;
        assert_eq!(status, 200);
        let more = counted.get("error client_discard before_send");
        assert!(more.is_some_and(|more| *more > 0), "{counted:?}");
    }
    // Another reason of the category, so that sums have something to add up.
    let line = json!({"reason": "sample_rate", "category": "error", "quantity": u64::MAX});
    let report = json!({"discarded_events": [line]}).to_string();
    hostile
        .endpoints
        .envelope(format!("{{}}\n{{\"type\":\"client_report\"}}\n{report}\n"))
        .await;
    let scope = hostile.endpoints.scope.whole();
    let now = hostile.endpoints.app.now();
    let period = services::outcomes::Period {
        start: now - std::time::Duration::from_secs(7200),
        end: now + std::time::Duration::from_secs(7200),
        interval: std::time::Duration::from_secs(3600),
    };
    let filter = store::outcomes::OutcomeFilter::default();
    let groups = [store::outcomes::OutcomeGroup::Category];
    let sums = services::outcomes::sums(&hostile.endpoints.app, scope, &filter, &groups, period).await;
    assert!(sums.unwrap().iter().all(|sum| sum.quantity > 0));
    hostile.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_of_browsers_monitors_and_platforms_are_answered_whatever_is_in_them() {
    let mut hostile = Hostile::new().await;
    let (csp, batch) = ("application/csp-report", "application/reports+json");
    hostile.post("/api/1/security/", csp, b"", 400, &[]).await;
    hostile.post("/api/1/security/", csp, b"x", 400, &[]).await;
    hostile.post("/api/1/security/", "text/plain", b"{}", 415, &[]).await;
    hostile
        .post(
            "/api/1/security/",
            csp,
            b"{}",
            200,
            &[("security invalid security_report_type", 1)],
        )
        .await;
    hostile
        .post(
            "/api/1/security/",
            batch,
            b"[]",
            200,
            &[("security invalid no_data", 1)],
        )
        .await;
    hostile.post("/api/1/cron/a/", "", b"", 400, &[]).await;
    hostile.post("/api/1/cron/a/", "application/json", b"{", 400, &[]).await;
    let refused = [("monitor invalid invalid_json", 1)];
    hostile.post("/api/1/cron/a/?status=nope", "", b"", 202, &refused).await;
    hostile.post("/api/1/cron/%00/?status=ok", "", b"", 202, &refused).await;
    let refused = [
        ("log_byte invalid invalid_json", 1),
        ("log_item invalid invalid_json", 1),
    ];
    hostile
        .post(
            "/api/1/integration/vercel/logs",
            "application/json",
            b"x",
            202,
            &refused,
        )
        .await;
    let refused = [("log_byte invalid payload", 16), ("log_item invalid payload", 1)];
    let lie = b"99999999999999 x";
    hostile
        .post(
            "/api/1/integration/heroku/logs",
            "application/logplex-1",
            lie,
            202,
            &refused,
        )
        .await;
    hostile.done();
}
