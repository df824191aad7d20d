use axum::body::Body;
use http::Request;
use spool::Position;
use testkit::corpus;

use super::Fixture;
use crate::RecordMeta;

/// What the recorder answered otherwise than Sentry would (`ingest.md` §1.1): reports 201, OpenTelemetry 200.
fn expected_status(path: &str, recorded: u16) -> u16 {
    match recorded {
        201 if path.ends_with("/security/") || path.ends_with("/nel/") => 200,
        200 if path.contains("/otlp/") => 202,
        429 => 200, // it was told to refuse these
        other => other,
    }
}

#[tokio::test]
async fn recorded_requests_are_answered_as_they_were() {
    let fixture = Fixture::new().await;
    let mut sent = 0;
    let mut position = Position::START;
    for recording in corpus::requests().into_iter().filter(corpus::Recording::is_ingestion) {
        let meta = &recording.meta;
        let path = if recording.is_tunneled() {
            "/api/1/envelope/"
        } else {
            meta.path.as_str()
        };
        let target = if meta.query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", meta.query)
        };
        let mut request = Request::builder().method(meta.method.as_str()).uri(target);
        for (name, value) in &meta.headers {
            request = request.header(name.as_str(), value.as_str());
        }
        let answer = fixture
            .send(request.body(Body::from(recording.body.clone())).unwrap())
            .await;
        let name = &recording.name;
        assert_eq!(
            answer.status,
            expected_status(path, meta.response.status),
            "{name}: {answer:?}"
        );
        let recorded: Option<serde_json::Value> = serde_json::from_str(&meta.response.body).ok();
        // The recorder did not unpack brotli, and answered `{}` to all of it.
        let understood = meta.response.status == 200 && recording.header("content-encoding") != Some("br");
        if let Some(recorded) = recorded.filter(|_| understood) {
            assert_eq!(answer.json(), recorded, "{name}");
        } else if meta.expected.kind == "envelope"
            && let Some(id) = answer.json()["id"].as_str()
        {
            assert!(
                meta.expected.event_ids.iter().any(|expected| expected == id),
                "{name}: {id}"
            );
        }
        let batch = fixture.spool.read_from(position, 1 << 20, 2).await.unwrap();
        let [entry] = &batch.entries[..] else {
            panic!("{name}: one record, not {}", batch.entries.len())
        };
        let record: RecordMeta = serde_json::from_slice(&entry.meta).unwrap();
        position = batch.next;
        if meta.method == "POST" {
            assert_eq!(entry.body, recording.body, "{name}");
        }
        assert_eq!(u64::try_from(record.project.0), Ok(corpus::PROJECT_ID), "{name}");
        sent += 1;
    }
    assert!(sent >= 20, "{sent}");
}
