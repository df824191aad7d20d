//! Broken and hostile requests: a clear answer, nothing lost beside them, memory bounded.

use std::{fs, time::Duration};

use serde_json::json;
use testkit::http::Request;

use crate::installation::{Ready, event_id, ready, ready_with, zero_division};

/// Memory of the server in MiB, as the kernel counts it.
fn memory(ready: &Ready) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", ready.server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

async fn still_serves(ready: &Ready) {
    let id = event_id();
    ready.send_event(&zero_division(&id)).await.assert_status(200);
    let target = format!(
        "/api/0/projects/{}/{}/events/{id}/",
        ready.installation.organization, ready.installation.project
    );
    testkit::server::wait_until("an event is processed", async || {
        (ready.api().get(&target).await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn broken_envelopes_are_refused_with_a_reason() {
    let ready = ready().await;
    let long = format!(
        "{{}}\n{{\"type\":\"event\",\"length\":2000000}}\n{}",
        "x".repeat(2_000_000)
    );
    for (body, status) in [
        ("", 400),
        ("not json\n", 400),
        ("[]\n", 400),
        ("{}\n{\"type\":\"event\",\"length\":10}\n{}", 400),
        ("{}\n{\"type\":\"event\",\"length\":2}\n{}x", 400),
        ("{}\n{\"length\":2}\n{}", 400),
        ("{\"sent_at\":1,\"sent_at\":2}\n", 400),
        (long.as_str(), 413),
    ] {
        let answer = ready.server.http().send(&ready.envelope_request(body.as_bytes())).await;
        let shown: String = body.chars().take(60).collect();
        assert_eq!(answer.status, status, "{shown}: {}", answer.text());
        assert!(
            !answer.json()["detail"].as_str().unwrap_or_default().is_empty(),
            "{shown}"
        );
    }
    let invalid_utf8 = b"{}\n{\"type\":\"event\",\"length\":13}\n{\"a\":\"\xff\xfe\xfd\"}\n".to_vec();
    let answer = ready.server.http().send(&ready.envelope_request(&invalid_utf8)).await;
    assert!(answer.status == 200 || answer.status == 400, "{}", answer.status);
    still_serves(&ready).await;
}

#[tokio::test]
async fn keys_are_told_apart() {
    let ready = ready().await;
    let project = &ready.installation.project_id;
    let organization = &ready.installation.organization;
    let send = async |key: &str, project: &str| {
        let request = Request::new("POST", &format!("/api/{project}/envelope/"))
            .header("Host", "127.0.0.1")
            .header("Connection", "close")
            .header("X-Sentry-Auth", &format!("Sentry sentry_key={key}"))
            .body(b"{}\n");
        let answer = ready.server.http().send(&request).await;
        (
            answer.status,
            answer.json()["detail"].to_string() + &answer.json()["causes"].to_string(),
        )
    };
    let own = ready.installation.public_key.clone();
    let keys = format!("/api/0/projects/{organization}/{}/keys/", ready.installation.project);
    let make = async || {
        ready.api().post_json(&keys, &json!({"name": "other"})).await.json()["public"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (disabled, revoked) = (make().await, make().await);
    ready
        .api()
        .put_json(&format!("{keys}{disabled}/"), &json!({"isActive": false}))
        .await
        .assert_status(200);
    ready
        .api()
        .delete(&format!("{keys}{revoked}/"))
        .await
        .assert_status(204);
    let project = project.to_string();
    assert_eq!(send(&own, &project).await.0, 200);
    let answers = [
        send(&"f".repeat(32), &project).await,
        send(&disabled, &project).await,
        send(&revoked, &project).await,
        send(&own, "77").await,
    ];
    for (index, (status, text)) in answers.iter().enumerate() {
        assert_eq!(*status, 403, "{text}");
        assert!(
            !answers[..index].iter().any(|(_, other)| other == text),
            "{text} says the same twice"
        );
    }
    assert_eq!(send("nonsense", &project).await.0, 400);
}

#[tokio::test]
async fn a_hundred_thousand_headers_are_refused() {
    let ready = ready().await;
    let mut connection = ready.server.http().connect().await.unwrap();
    let mut request = format!(
        "POST /api/{}/envelope/ HTTP/1.1\r\nHost: x\r\n",
        ready.installation.project_id
    );
    for number in 0..100_000 {
        request.push_str(&format!("X-{number}: y\r\n"));
    }
    request.push_str("\r\n");
    // The server may hang up while the rest is still being written.
    let written = connection.write(request.as_bytes()).await;
    match connection.read_response().await {
        Ok(answer) => assert_eq!(answer.status, 431),
        Err(error) => assert!(
            written.is_err() || error.kind() != std::io::ErrorKind::TimedOut,
            "{error}"
        ),
    }
    still_serves(&ready).await;
}

#[tokio::test]
async fn slow_clients_are_cut_off_and_hold_up_nobody() {
    let ready = ready_with(&[
        ("TOCSIN_LIMITS_HEADER_SECONDS", "1"),
        ("TOCSIN_INGEST_BODY_PAUSE_SECONDS", "1"),
    ])
    .await;
    let mut stuck = Vec::new();
    for _ in 0..50 {
        let mut head = ready.server.http().connect().await.unwrap();
        head.write(b"POST /api/1/envelope/ HTTP/1.1\r\nHost: x\r\n")
            .await
            .unwrap();
        let mut body = ready.server.http().connect().await.unwrap();
        let request = format!(
            "POST /api/{}/envelope/ HTTP/1.1\r\nHost: x\r\nX-Sentry-Auth: Sentry sentry_key={}\r\nContent-Length: 100\r\n\r\n{{",
            ready.installation.project_id, ready.installation.public_key
        );
        body.write(request.as_bytes()).await.unwrap();
        stuck.push((head, body));
    }
    still_serves(&ready).await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    for (mut head, mut body) in stuck {
        if let Ok(answer) = head.read_response().await {
            assert_eq!(answer.status, 408);
        }
        assert_eq!(body.read_response().await.expect("an answer").status, 408);
    }
    still_serves(&ready).await;
}

#[tokio::test]
async fn hostile_payloads_are_stored_and_shown_as_they_are() {
    let ready = ready().await;
    let mut event = zero_division(&event_id());
    event["exception"]["values"][0]["value"] = "<script>alert(1)</script>\u{202e}\u{1f4a5}".into();
    event["tags"] = json!({"<b>": "\"><img src=x onerror=alert(1)>", "ok": "\u{0}nul"});
    event["extra"] = json!({"deep": (0..90).fold(json!(1), |inner, _| json!([inner]))});
    ready.send_event(&event).await.assert_status(200);
    let mut wrong = zero_division(&event_id());
    wrong["exception"] = json!("a text");
    wrong["tags"] = json!(5);
    wrong["user"] = json!([1]);
    wrong["timestamp"] = json!({});
    wrong["level"] = json!("loud");
    ready.send_event(&wrong).await.assert_status(200);
    let issues = ready.issues_with_events(2).await;
    let titles: Vec<&str> = issues.iter().map(|issue| issue["title"].as_str().unwrap()).collect();
    assert!(
        titles.iter().any(|title| title.contains("<script>alert(1)</script>")),
        "{titles:?}"
    );
}

#[tokio::test]
async fn bombs_cost_no_memory() {
    let ready = ready().await;
    still_serves(&ready).await;
    let before = memory(&ready);
    let header = b"{}\n{\"type\":\"attachment\"}\n";
    let bomb = gzip_of_zeros(header, 1 << 30);
    assert!(bomb.len() < 8 << 20, "{} bytes", bomb.len());
    let request = ready.envelope_request(&bomb).header("Content-Encoding", "gzip");
    for _ in 0..3 {
        let answer = ready.server.http().send(&request).await;
        assert_eq!(answer.status, 413, "{}", answer.text());
    }
    let after = memory(&ready);
    assert!(after < before + 64, "{before} MiB before, {after} MiB after");
    still_serves(&ready).await;
}

/// A gibibyte of zeros takes a few mebibytes.
fn gzip_of_zeros(head: &[u8], zeros: usize) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(head).unwrap();
    let chunk = vec![0; 1 << 20];
    for _ in 0..zeros >> 20 {
        encoder.write_all(&chunk).unwrap();
    }
    encoder.finish().unwrap()
}
