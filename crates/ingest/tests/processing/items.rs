//! Items of every kind, from the request to what is kept and counted of them.

use std::io::Write as _;

use model::EventId;
use query::Dataset;
use serde_json::{Value, json};
use store::{
    IdPage,
    events::{EventPage, PageStart},
    stored_items::StoredItemKind,
};
use testkit::corpus::PUBLIC_KEY;

use crate::endpoints::{Endpoints, Lines};

const EVENT_ID: &str = "9ec79c33ec9942ab8353589fcb2e04dc";
const TRACE_ID: &str = "6cf173d587eb48568a9b2e12dcfbea52";
/// Of the clock that the endpoints go by: 2026-11-21T03:00:00Z.
const NOW: f64 = 1_795_230_000.0;

/// An envelope of items: headers and payload.
fn envelope(items: &[(Value, &[u8])]) -> Vec<u8> {
    let mut body = json!({"event_id": EVENT_ID}).to_string().into_bytes();
    for (headers, payload) in items {
        let mut headers = headers.clone();
        headers["length"] = payload.len().into();
        body.extend_from_slice(format!("\n{headers}\n").as_bytes());
        body.extend_from_slice(payload);
    }
    body
}

fn lines(expected: &[(&str, i64)]) -> Lines {
    expected
        .iter()
        .map(|(line, quantity)| ((*line).to_owned(), *quantity))
        .collect()
}

#[track_caller]
fn assert_counted(counted: &Lines, expected: &[(&str, i64)]) {
    assert_eq!(*counted, lines(expected));
}

impl Endpoints {
    async fn items(&mut self, items: &[(Value, &[u8])]) -> Lines {
        let (status, _, counted) = self.envelope(envelope(items)).await;
        assert!(status.is_success(), "{status}");
        counted
    }

    /// The payloads of a kind, newest first.
    async fn stored(&self, kind: StoredItemKind) -> Vec<Vec<u8>> {
        let page = IdPage::newest(100);
        let list = services::stored_items::list(&self.app, &self.scope, kind, None, page)
            .await
            .unwrap();
        let mut payloads = Vec::new();
        for item in list {
            payloads.push(
                services::stored_items::payload(&self.app, &item)
                    .await
                    .unwrap()
                    .to_vec(),
            );
        }
        payloads
    }

    async fn stored_json(&self, kind: StoredItemKind) -> Vec<Value> {
        let payloads = self.stored(kind).await;
        payloads
            .iter()
            .map(|payload| serde_json::from_slice(payload).unwrap())
            .collect()
    }

    /// The spans or logs that are in the event index, newest first.
    async fn rows(&self, dataset: Dataset) -> Vec<Value> {
        let page = EventPage {
            start: PageStart::Newest,
            limit: 100,
        };
        let rows = services::stored_items::list_rows(&self.app, &self.scope, dataset, None, page).await;
        let rows = rows.unwrap().into_iter();
        rows.map(|row| serde_json::from_slice(&row.payload).unwrap()).collect()
    }

    /// Name, type and content of an event's attachments, oldest first.
    async fn attachments(&self, event: &str) -> Vec<(String, String, Vec<u8>)> {
        let id: EventId = event.parse().unwrap();
        let list = services::attachments::list_of_event(&self.app, &self.scope, id, IdPage::newest(100));
        let mut found = Vec::new();
        for attachment in list.await.unwrap() {
            let mut reader = services::attachments::read(&self.app, &attachment).await.unwrap();
            let content = reader.read(1 << 20).await.unwrap().to_vec();
            found.insert(0, (attachment.name, attachment.attachment_type, content));
        }
        found
    }

    async fn event(&self, id: &str) -> Value {
        let id: EventId = id.parse().unwrap();
        let found = services::events::get(&self.app, self.scope.project.id, id).await;
        serde_json::from_str(&found.expect("the event is stored").stored.payload).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_kept_without_whose_they_are() {
    let mut endpoints = Endpoints::new().await;
    let attributes = json!({"release": "shop@1", "environment": "production", "ip_address": "203.0.113.7"});
    let update =
        json!({"sid": EVENT_ID, "did": "anna@example.com", "init": true, "started": NOW - 60.0, "attrs": attributes});
    let old = json!({"sid": EVENT_ID, "started": "2026-11-01T00:00:00Z", "attrs": attributes});
    let counts =
        json!({"aggregates": [{"started": NOW - 60.0, "exited": 3, "did": "anna@example.com"}], "attrs": attributes});
    let counted = endpoints
        .items(&[
            (json!({"type": "session"}), update.to_string().as_bytes()),
            (json!({"type": "session"}), old.to_string().as_bytes()),
            (json!({"type": "session"}), b"{}"),
            (json!({"type": "sessions"}), counts.to_string().as_bytes()),
        ])
        .await;
    assert_counted(
        &counted,
        &[
            ("session accepted", 2),
            ("session invalid invalid_json", 1),
            ("session invalid timestamp", 1),
        ],
    );
    let session = &endpoints.stored_json(StoredItemKind::Session).await[0];
    let sessions = &endpoints.stored_json(StoredItemKind::Sessions).await[0];
    assert_eq!((&session["seq"], &session["status"]), (&json!(0), &json!("ok")));
    assert_eq!(session["did"], sessions["aggregates"][0]["did"]);
    assert_eq!(session["did"].as_str().unwrap().len(), 40);
    assert_eq!(
        session["attrs"],
        json!({"release": "shop@1", "environment": "production"})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_ins_by_item_and_by_url_are_the_same() {
    let mut endpoints = Endpoints::new().await;
    let item = json!({"monitor_slug": "Nightly", "status": "ok", "duration": 1.5});
    let counted = endpoints
        .items(&[(json!({"type": "check_in"}), item.to_string().as_bytes())])
        .await;
    assert_counted(&counted, &[("monitor accepted", 1)]);
    let url = "/api/1/cron/Nightly/?status=ok&duration=1.5";
    let (status, _, counted) = endpoints.post(url, "", "").await;
    assert_eq!(status, 202);
    assert_counted(&counted, &[("monitor accepted", 1)]);
    let (_, _, counted) = endpoints.post("/api/1/cron/nightly/?status=late", "", "").await;
    assert_counted(&counted, &[("monitor invalid invalid_json", 1)]);
    let stored = endpoints.stored_json(StoredItemKind::CheckIn).await;
    assert_eq!((stored.len(), &stored[0]), (2, &stored[1]));
    assert_eq!(stored[0]["monitor_slug"], "nightly");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_of_clients_and_old_metrics_are_only_counted() {
    let mut endpoints = Endpoints::new().await;
    let report = json!({"discarded_events": [{"reason": "sample_rate", "category": "transaction", "quantity": 7}]});
    let counted = endpoints
        .items(&[
            (json!({"type": "client_report"}), report.to_string().as_bytes()),
            (json!({"type": "statsd"}), b"a@none:1|c\nb@none:2|d"),
        ])
        .await;
    assert_counted(
        &counted,
        &[
            ("transaction client_discard sample_rate", 7),
            ("metric_bucket invalid feature_disabled", 2),
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_containers_stand_or_fall_alone() {
    let mut endpoints = Endpoints::new().await;
    let log = json!({"timestamp": NOW, "trace_id": TRACE_ID, "level": "info", "body": "card 4571 2345 6789 0111",
        "attributes": {"password": {"type": "string", "value": "hunter2"}}});
    let logs = json!({"items": [log, {"body": "no time"}]}).to_string();
    let headers = |kind: &str, count: u64| {
        json!({"type": kind, "item_count": count,
        "content_type": format!("application/vnd.sentry.items.{}+json", if kind == "span" { "span.v2" } else { kind })})
    };
    let counted = endpoints.items(&[(headers("log", 2), logs.as_bytes())]).await;
    let count = |line: &str| counted.get(line).copied().unwrap_or(0);
    assert_eq!(
        (count("log_item accepted"), count("log_item invalid invalid_log")),
        (1, 1)
    );
    assert!(
        count("log_byte accepted") > 100 && count("log_byte invalid invalid_log") > 0,
        "{counted:?}"
    );
    let stored = &endpoints.rows(Dataset::Logs).await[0];
    assert_eq!(stored["body"], "card [Filtered]");
    assert!(!stored.to_string().contains("hunter2"), "{stored}");
    assert!(stored["_meta"]["body"][""]["rem"].is_array(), "{stored}");

    // `ingest.md` §13.6, 4.
    let three = json!({"items": [log, log, log]}).to_string();
    let counted = endpoints.items(&[(headers("log", 2), three.as_bytes())]).await;
    assert_eq!(counted["log_item invalid invalid_json"], 2);

    let span = json!({"trace_id": TRACE_ID, "span_id": "438f40bd3b4a41ee", "name": "GET /", "status": "ok",
        "start_timestamp": NOW - 2.0, "end_timestamp": NOW - 1.0});
    let spans = json!({"items": [span, {"name": "no time"}]}).to_string();
    let legacy =
        json!({"trace_id": TRACE_ID, "span_id": "438f40bd3b4a41ee", "start_timestamp": NOW - 2.0, "timestamp": NOW});
    let counted = endpoints
        .items(&[
            (headers("span", 2), spans.as_bytes()),
            (json!({"type": "span"}), legacy.to_string().as_bytes()),
            (json!({"type": "span"}), b"{}"),
        ])
        .await;
    assert_counted(&counted, &[("span accepted", 2), ("span invalid invalid_span", 2)]);
    assert_eq!(endpoints.rows(Dataset::Spans).await.len(), 2);

    let metric = json!({"timestamp": NOW, "trace_id": TRACE_ID, "name": "clicks", "type": "counter", "value": 1});
    let metrics = json!({"items": [metric]}).to_string();
    let counted = endpoints
        .items(&[(headers("trace_metric", 1), metrics.as_bytes())])
        .await;
    assert_counted(&counted, &[("trace_metric accepted", 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_than_sdks_send_spans_and_logs() {
    let mut endpoints = Endpoints::new().await;
    let span = json!({"traceId": TRACE_ID, "spanId": "438f40bd3b4a41ee", "name": "GET /",
        "startTimeUnixNano": "1795229998000000000", "endTimeUnixNano": "1795229999000000000"});
    let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span, {"name": "no id"}]}]}]}).to_string();
    let path = "/api/1/integration/otlp/v1/traces";
    let (_, _, counted) = endpoints.post(path, "application/json", body).await;
    assert_counted(&counted, &[("span accepted", 1), ("span invalid invalid_span", 1)]);
    let (_, _, counted) = endpoints.post(path, "application/json", "[]").await;
    assert_counted(&counted, &[("span invalid invalid_json", 1)]);
    let (_, _, counted) = endpoints.post(path, "application/x-protobuf", "\x0a").await;
    assert_counted(&counted, &[("span invalid invalid_proto", 1)]);

    let line = json!({"message": "hello", "timestamp": 1_795_229_999_000_u64, "level": "error", "source": "lambda"});
    let (_, _, counted) = endpoints
        .post("/api/1/integration/vercel/logs", "application/json", line.to_string())
        .await;
    assert_eq!(counted["log_item accepted"], 1);
    let line = "<187>1 2026-11-21T02:59:00+00:00 host app web.1 - it broke";
    let body = format!("{} {line}", line.len());
    let (_, _, counted) = endpoints
        .post("/api/1/integration/heroku/logs", "application/logplex-1", body)
        .await;
    assert_eq!(counted["log_item accepted"], 1);
    let stored = endpoints.rows(Dataset::Logs).await;
    let bodies: Vec<_> = stored.iter().map(|log| log["body"].clone()).collect();
    assert_eq!(bodies, ["hello", "it broke"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_follows_the_event_of_its_replay() {
    let mut endpoints = Endpoints::new().await;
    let event =
        json!({"replay_id": EVENT_ID, "segment_id": 0, "timestamp": NOW, "urls": ["http://a/?password=hunter2"]});
    let recording = b"{\"segment_id\":0}\n[{\"type\":3,\"data\":{\"text\":\"card 4571 2345 6789 0111\"}}]";
    let items = |event: &Value| {
        [
            (json!({"type": "replay_recording"}), recording.to_vec()),
            (json!({"type": "replay_event"}), event.to_string().into_bytes()),
        ]
    };
    let send = async |endpoints: &mut Endpoints, event: &Value| {
        let items = items(event);
        let borrowed: Vec<_> = items
            .iter()
            .map(|(headers, payload)| (headers.clone(), &payload[..]))
            .collect();
        endpoints.items(&borrowed).await
    };
    assert_counted(&send(&mut endpoints, &event).await, &[("replay accepted", 2)]);
    assert_counted(&send(&mut endpoints, &event).await, &[("replay invalid duplicate", 2)]);
    let bad = json!({"replay_id": EVENT_ID, "segment_id": 0, "error_ids": ["x"]});
    assert_counted(
        &send(&mut endpoints, &bad).await,
        &[("replay invalid invalid_replay", 2)],
    );
    let stored = &endpoints.stored_json(StoredItemKind::ReplayEvent).await[0];
    assert_eq!((&stored["type"], stored.get("level")), (&json!("replay_event"), None));
    let stored = &endpoints.stored(StoredItemKind::ReplayRecording).await[0];
    let mut unpacked = Vec::new();
    let body = &stored[stored.iter().position(|byte| *byte == b'\n').unwrap() + 1..];
    flate2::write::ZlibDecoder::new(&mut unpacked).write_all(body).unwrap();
    assert_eq!(
        String::from_utf8(unpacked).unwrap(),
        r#"[{"type":3,"data":{"text":"card [Filtered]"}}]"#
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profiles_belong_to_a_transaction() {
    let mut endpoints = Endpoints::new().await;
    let profile = json!({
        "version": "1", "event_id": "98adca8e7d524f9bbc9c3d50dce15cfb", "platform": "python", "device": {"architecture": "x86"},
        "os": {"name": "Linux", "version": ""}, "transaction": {"id": EVENT_ID, "name": "/", "trace_id": TRACE_ID},
        "profile": {"stacks": [[0]], "frames": [{"function": "f"}], "samples": [
            {"stack_id": 0, "thread_id": "0", "elapsed_since_start_ns": 1}, {"stack_id": 0, "thread_id": "0", "elapsed_since_start_ns": 9},
        ]},
    })
    .to_string();
    let transaction = json!({"type": "transaction", "start_timestamp": NOW - 1.0, "timestamp": NOW, "transaction": "/",
        "contexts": {"trace": {"trace_id": TRACE_ID, "span_id": "438f40bd3b4a41ee"}}})
    .to_string();
    let profile = (json!({"type": "profile"}), profile.as_bytes());
    let counted = endpoints.items(std::slice::from_ref(&profile)).await;
    assert_counted(&counted, &[("profile invalid profiling_no_transaction_associated", 1)]);
    let transaction = (json!({"type": "transaction"}), transaction.as_bytes());
    let counted = endpoints.items(&[profile.clone(), transaction.clone()]).await;
    assert_eq!(
        (counted["profile accepted"], counted["transaction accepted"]),
        (1, 1),
        "{counted:?}"
    );
    let stored = endpoints.event(EVENT_ID).await;
    assert_eq!(
        stored["contexts"]["profile"]["profile_id"],
        "98adca8e7d524f9bbc9c3d50dce15cfb"
    );
    let counted = endpoints.items(&[profile, transaction]).await;
    assert_eq!(counted["profile invalid duplicate"], 1, "{counted:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attachments_share_the_fate_of_their_event() {
    let mut endpoints = Endpoints::new().await;
    let file = (
        json!({"type": "attachment", "filename": "../a.txt", "content_type": "text/plain"}),
        &b"text"[..],
    );
    let event = (json!({"type": "event"}), &br#"{"message":"oops"}"#[..]);
    let counted = endpoints.items(&[file.clone(), event.clone()]).await;
    assert_counted(
        &counted,
        &[
            ("error accepted", 1),
            ("attachment accepted", 4),
            ("attachment_item accepted", 1),
        ],
    );
    let counted = endpoints.items(&[file.clone(), event]).await;
    assert_counted(
        &counted,
        &[
            ("error invalid duplicate", 1),
            ("attachment invalid duplicate", 4),
            ("attachment_item invalid duplicate", 1),
        ],
    );
    let broken = (json!({"type": "event"}), &b"{"[..]);
    let counted = endpoints.items(&[file, broken]).await;
    assert_eq!(counted["attachment_item invalid invalid_json"], 1);
    let placeholder = json!({"type": "attachment", "content_type": "application/vnd.sentry.attachment-ref"});
    let counted = endpoints
        .items(&[(placeholder, &br#"{"location":"/nowhere"}"#[..])])
        .await;
    assert_eq!(counted["attachment_item invalid payload"], 1);

    let form = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"b.txt\"\r\n\r\nmore\r\n--b--";
    let path = format!("/api/1/events/{EVENT_ID}/attachments/");
    let (status, _, counted) = endpoints.post(&path, "multipart/form-data; boundary=b", form).await;
    assert_eq!((status.as_u16(), counted["attachment_item accepted"]), (201, 1));
    let plain = "event.attachment".to_owned();
    assert_eq!(
        endpoints.attachments(EVENT_ID).await,
        [
            ("a.txt".to_owned(), plain.clone(), b"text".to_vec()),
            ("b.txt".to_owned(), plain, b"more".to_vec())
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_small_in_the_spool_and_large_in_memory_is_taken_piece_by_piece() {
    let mut endpoints = Endpoints::new().await;
    // 32 MB when decompressed, and so little in the spool that it is read at once.
    let (requests, spaces) = (40, " ".repeat(800 << 10));
    for number in 0..requests {
        let body =
            format!("{{\"event_id\":\"{number:032x}\"}}\n{{\"type\":\"event\"}}\n{{\"message\":\"large\"}}{spaces}");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(body.as_bytes()).unwrap();
        let request = http::Request::post("/api/1/envelope/")
            .header("x-sentry-auth", format!("Sentry sentry_key={PUBLIC_KEY}"))
            .header("content-encoding", "gzip");
        let body = gzip.finish().unwrap();
        assert!(body.len() < 4 << 10, "{} bytes", body.len());
        let (status, _) = endpoints.accept(request.body(body.into()).unwrap()).await;
        assert_eq!(status, 200);
    }
    endpoints.process().await;
    assert_counted(&endpoints.newly_counted().await, &[("error accepted", requests)]);
    let (events, counted) = crate::parts::stored(&endpoints.app, &endpoints.scope).await;
    assert_eq!((events.len(), counted), (40, requests));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_minidump_is_an_event_with_its_file() {
    let mut endpoints = Endpoints::new().await;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"MDMP and memory").unwrap();
    let part = |name: &str, filename: &str, bytes: &[u8]| {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{filename}\r\n\r\n");
        [head.as_bytes(), bytes, b"\r\n"].concat()
    };
    let form = [
        part("sentry[event_id]", "", EVENT_ID.as_bytes()),
        part("sentry[release]", "", b"shop@1"),
        part("guid", "", b"7"),
        part(
            "upload_file_minidump",
            "; filename=\"a.dmp.gz\"",
            &gzip.finish().unwrap(),
        ),
        part("log", "; filename=\"app.log\"", b"started"),
        b"--b--".to_vec(),
    ]
    .concat();
    let (status, _, counted) = endpoints
        .post("/api/1/minidump/", "multipart/form-data; boundary=b", form)
        .await;
    assert_eq!(status, 200);
    assert_counted(
        &counted,
        &[
            ("error accepted", 1),
            ("attachment accepted", 22),
            ("attachment_item accepted", 2),
        ],
    );
    let event = endpoints.event(EVENT_ID).await;
    assert_eq!(
        (&event["platform"], &event["level"], &event["release"]),
        (&json!("native"), &json!("fatal"), &json!("shop@1"))
    );
    assert_eq!(
        (&event["exception"]["values"][0]["type"], &event["extra"]["guid"]),
        (&json!("Minidump"), &json!("7"))
    );
    let attachments = endpoints.attachments(EVENT_ID).await;
    assert_eq!(
        attachments[0],
        (
            "a.dmp".to_owned(),
            "event.minidump".to_owned(),
            b"MDMP and memory".to_vec()
        )
    );
    assert_eq!(attachments[1].0, "app.log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_a_crash_handler_are_parts_of_the_event() {
    let mut endpoints = Endpoints::new().await;
    let attachment = |kind: &str| json!({"type": "attachment", "attachment_type": kind, "filename": "f"});
    let items = [
        (attachment("event.minidump"), &b"MDMP"[..]),
        (attachment("event.payload"), &b"\x81\xa7release\xa6shop@1"[..]),
        (attachment("event.breadcrumbs"), &b"\x81\xa7message\xa3one"[..]),
    ];
    let counted = endpoints.items(&items).await;
    assert_eq!(
        (counted["error accepted"], counted["attachment_item accepted"]),
        (1, 3),
        "{counted:?}"
    );
    let event = endpoints.event(EVENT_ID).await;
    assert_eq!(
        (&event["release"], &event["breadcrumbs"]["values"][0]["message"]),
        (&json!("shop@1"), &json!("one"))
    );
    assert_eq!(endpoints.attachments(EVENT_ID).await.len(), 1);

    let transaction = (json!({"type": "transaction"}), &b"{}"[..]);
    let counted = endpoints.items(&[items[0].clone(), transaction]).await;
    assert_eq!(
        counted["attachment_item invalid transaction_attachment"], 1,
        "{counted:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreal_crash_is_taken_apart() {
    let mut endpoints = Endpoints::new().await;
    let text = |text: &str| [&u32::try_from(text.len()).unwrap().to_le_bytes()[..], text.as_bytes()].concat();
    let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes().to_vec();
    let context = "<C><RuntimeProperties><ErrorMessage>boom</ErrorMessage><UserDescription>I jumped</UserDescription>\
        </RuntimeProperties></C>";
    let files = [
        ("CrashContext.runtime-xml", context),
        ("game.log", "LogInit: started"),
        ("UE4Minidump.dmp", "MDMP"),
    ];
    let mut archive = [
        b"CR1".to_vec(),
        text("dir"),
        text("file"),
        number(0),
        number(files.len()),
    ]
    .concat();
    for (index, (name, content)) in files.iter().enumerate() {
        archive.extend(
            [
                number(index),
                text(name),
                number(content.len()),
                content.as_bytes().to_vec(),
            ]
            .concat(),
        );
    }
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(&archive).unwrap();
    let path = format!("/api/1/unreal/{PUBLIC_KEY}/?UserID=anna");
    let request = http::Request::post(path).body(zlib.finish().unwrap().into()).unwrap();
    let (status, body, counted) = endpoints.send(request).await;
    assert_eq!(status, 200);
    assert_eq!(
        (
            counted["error accepted"],
            counted["attachment_item accepted"],
            counted["feedback accepted"]
        ),
        (1, 3, 1),
        "{counted:?}"
    );
    let id = std::str::from_utf8(&body).unwrap();
    let event = endpoints.event(id).await;
    assert_eq!(
        (&event["user"]["id"], &event["logentry"]["formatted"]),
        (&json!("anna"), &json!("boom"))
    );
    let types: Vec<_> = endpoints
        .attachments(id)
        .await
        .into_iter()
        .map(|(_, kind, _)| kind)
        .collect();
    assert_eq!(types, ["unreal.context", "unreal.logs", "event.minidump"]);
    let report = services::user_reports::find(&endpoints.app, endpoints.scope.project.id, id.parse().unwrap());
    assert_eq!(report.await.unwrap().unwrap().comments, "I jumped");

    let path = format!("/api/1/unreal/{PUBLIC_KEY}/");
    let (_, _, counted) = endpoints
        .send(http::Request::post(path).body("no archive".into()).unwrap())
        .await;
    assert_counted(&counted, &[("error invalid process_unreal", 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_wrote_is_kept_with_the_event() {
    let mut endpoints = Endpoints::new().await;
    let report = json!({"event_id": EVENT_ID, "name": "Anna", "email": "anna@example.com", "comments": "my card is 4571 2345 6789 0111"});
    let long = json!({"event_id": EVENT_ID, "comments": "x".repeat(4097)});
    let headers = json!({"type": "user_report"});
    let counted = endpoints
        .items(&[
            (headers.clone(), report.to_string().as_bytes()),
            (headers, long.to_string().as_bytes()),
        ])
        .await;
    assert_counted(&counted, &[("feedback accepted", 1), ("feedback invalid payload", 1)]);
    let found = services::user_reports::find(&endpoints.app, endpoints.scope.project.id, EVENT_ID.parse().unwrap());
    let found = found.await.unwrap().unwrap();
    assert_eq!(
        (found.name.as_str(), found.comments.as_str()),
        ("Anna", "my card is [Filtered]")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_waits_for_the_envelope_that_names_it() {
    let mut endpoints = Endpoints::new().await;
    let upload = |version: &str, length: &str, content_type: &str| {
        http::Request::post(format!("/api/1/upload/?sentry_key={PUBLIC_KEY}"))
            .header("tus-resumable", version)
            .header("upload-length", length)
            .header("content-type", content_type)
            .body("bytes".into())
            .unwrap()
    };
    const TYPE: &str = "application/offset+octet-stream";
    for (request, status) in [
        (upload("0.2.0", "5", TYPE), 412),
        (upload("1.0.0", "5", "text/plain"), 415),
        (upload("1.0.0", "6", TYPE), 400),
        (upload("1.0.0", "x", TYPE), 400),
        (upload("1.0.0", "9999999999", TYPE), 413),
    ] {
        assert_eq!(endpoints.send(request).await.0, status);
    }
    let headers = endpoints.head(upload("1.0.0", "5", TYPE)).await;
    assert_eq!(headers["upload-offset"], "5");
    assert_eq!(headers["tus-resumable"], "1.0.0");
    let location = headers["location"].to_str().unwrap().to_owned();

    let item = json!({"type": "attachment", "filename": "big.bin", "attachment_length": 5,
        "content_type": "application/vnd.sentry.attachment-ref"});
    let placeholder = json!({"location": location, "content_type": "image/png"}).to_string();
    let counted = endpoints.items(&[(item.clone(), placeholder.as_bytes())]).await;
    assert_counted(&counted, &[("attachment accepted", 5), ("attachment_item accepted", 1)]);
    let plain = ("big.bin".to_owned(), "event.attachment".to_owned(), b"bytes".to_vec());
    assert_eq!(endpoints.attachments(EVENT_ID).await, [plain]);
    // It is taken once.
    let counted = endpoints.items(&[(item, placeholder.as_bytes())]).await;
    assert_eq!(counted["attachment_item invalid payload"], 1);
}
