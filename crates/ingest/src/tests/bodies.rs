use std::{
    io::{self, Write},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use flate2::{Compression, write};
use futures_util::{StreamExt, stream};
use spool::SpoolConfig;

use super::{ENVELOPE, EVENT, EVENT_ID, Fixture};
use crate::{IngestConfig, encoding::ContentEncoding};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = write::GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = write::ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// [`ENVELOPE`], by the reference implementation.
const BROTLI_ENVELOPE: &[u8] = include_bytes!("envelope.br");

/// An attachment of 1 GiB in 837 bytes.
const BROTLI_BOMB: &[u8] = include_bytes!("bomb.br");

#[tokio::test]
async fn every_content_encoding_is_understood_and_kept_as_it_came() {
    let fixture = Fixture::new().await;
    let encoded: [(&str, Vec<u8>, ContentEncoding); 9] = [
        ("gzip", gzip(ENVELOPE.as_bytes()), ContentEncoding::Gzip),
        ("x-gzip", gzip(ENVELOPE.as_bytes()), ContentEncoding::Gzip),
        ("GZip", gzip(ENVELOPE.as_bytes()), ContentEncoding::Gzip),
        ("deflate", zlib(ENVELOPE.as_bytes()), ContentEncoding::Deflate),
        ("br", BROTLI_ENVELOPE.to_vec(), ContentEncoding::Br),
        ("zstd", zstd(ENVELOPE.as_bytes()), ContentEncoding::Zstd),
        ("identity", ENVELOPE.into(), ContentEncoding::Identity),
        ("", ENVELOPE.into(), ContentEncoding::Identity),
        ("unheard-of", ENVELOPE.into(), ContentEncoding::Identity),
    ];
    for (name, body, encoding) in encoded {
        let answer = fixture
            .post("/api/1/envelope/", &[("content-encoding", name)], body.clone())
            .await;
        assert_eq!(answer.assert(200).json()["id"], EVENT_ID, "{name}");
        let (meta, kept) = fixture.last().await;
        assert_eq!((meta.encoding, &kept[..]), (encoding, &body[..]), "{name}");
    }
}

#[tokio::test]
async fn compressed_bodies_that_were_cut_or_garbled_are_refused() {
    let fixture = Fixture::new().await;
    let envelope = "{}\n{\"type\":\"session\"}\n{}\n";
    let whole = [
        ("gzip", gzip(envelope.as_bytes())),
        ("deflate", zlib(envelope.as_bytes())),
        ("zstd", zstd(envelope.as_bytes())),
        ("br", BROTLI_ENVELOPE.to_vec()),
    ];
    for (name, body) in whole {
        fixture
            .post("/api/1/envelope/", &[("content-encoding", name)], body.clone())
            .await
            .assert(200);
        for length in 0..body.len() {
            let cut = body[..length].to_vec();
            let answer = fixture
                .post("/api/1/envelope/", &[("content-encoding", name)], cut)
                .await;
            assert_eq!(
                answer.status,
                400,
                "{name} cut to {length} of {}: {answer:?}",
                body.len()
            );
        }
        let garbled: Vec<u8> = body.iter().map(|byte| byte ^ 0x55).collect();
        fixture
            .post("/api/1/envelope/", &[("content-encoding", name)], garbled)
            .await
            .assert(400);
    }
    assert_eq!(fixture.records().await.len(), 4);
}

/// Compressed bytes that become an attachment of a gigabyte.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let start = b"{}\n{\"type\":\"attachment\"}\n";
    let zeros = vec![b'a'; 64 << 20];
    let repeat = |compress: fn(&[u8]) -> Vec<u8>| {
        let mut bomb = compress(start);
        let part = compress(&zeros);
        (0..16).for_each(|_| bomb.extend_from_slice(&part));
        bomb
    };
    let mut deflate = write::ZlibEncoder::new(Vec::new(), Compression::fast());
    deflate.write_all(start).unwrap();
    (0..4).for_each(|_| deflate.write_all(&zeros).unwrap());
    vec![
        ("gzip", repeat(gzip)),
        ("zstd", repeat(zstd)),
        ("deflate", deflate.finish().unwrap()),
        ("br", BROTLI_BOMB.to_vec()),
    ]
}

/// The most memory that this process ever had, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn decompression_bombs_are_refused_in_flat_memory() {
    let fixture = Fixture::new().await;
    let bombs = bombs();
    let before = peak_memory();
    for (name, bomb) in bombs {
        for path in [
            "/api/1/envelope/",
            "/api/1/store/",
            "/api/1/security/",
            "/api/1/minidump/",
        ] {
            let content_type = match path {
                "/api/1/security/" => "application/json",
                "/api/1/minidump/" => "multipart/form-data; boundary=b",
                _ => "text/plain",
            };
            let headers = [("content-encoding", name), ("content-type", content_type)];
            let answer = fixture.post(path, &headers, bomb.clone()).await;
            assert_eq!(answer.status, 413, "{name} {path}: {answer:?}");
        }
    }
    let grown = peak_memory() - before;
    assert!(grown < 64 << 20, "{grown} bytes more than before");
    assert!(fixture.records().await.is_empty());
}

#[tokio::test]
async fn malformed_envelopes_are_refused_and_empty_ones_are_not() {
    let fixture = Fixture::new().await;
    let check = async |body: &[u8], status: u16, cause: &str| {
        let answer = fixture.post("/api/1/envelope/", &[], body.to_vec()).await;
        let answer = answer.assert(status).json();
        assert_eq!(answer["detail"], "invalid event envelope", "{body:?}");
        assert!(answer["causes"].to_string().contains(cause), "{answer} for {body:?}");
    };
    check(b"", 400, "missing envelope header").await;
    check(b"{", 400, "invalid envelope header").await;
    check(b"\xff\xfe{}\n", 400, "invalid envelope header").await;
    check(
        b"{}\n{\"type\":\"event\",\"length\":100}\n{}",
        400,
        "unexpected end of file",
    )
    .await;
    check(b"{}\n{\"type\":\"event\",\"length\":1}\n{}", 400, "missing newline").await;
    check(
        b"{}\n{\"type\":\"event\",\"length\":-1}\n{}",
        400,
        "invalid item header",
    )
    .await;
    check(b"{}\n{\"length\":1}\nx", 400, "invalid item header").await;
    check(b"{}\nnonsense\n", 400, "invalid item header").await;
    check(
        &[b"{\"a\":\"".as_slice(), &vec![b'x'; 1 << 20], b"\"}\n"].concat(),
        400,
        "header line longer",
    )
    .await;
    assert!(fixture.records().await.is_empty());
    let empty = fixture.post("/api/1/envelope/", &[], "{}").await;
    assert_eq!(empty.assert(200).json(), serde_json::json!({}));
}

#[tokio::test]
async fn items_beyond_their_limits_refuse_the_envelope() {
    let fixture = Fixture::new().await;
    let event = format!("{{}}\n{{\"type\":\"event\"}}\n{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    let answer = fixture.post("/api/1/envelope/", &[], event).await;
    assert_eq!(
        answer.assert(413).detail(),
        "envelope exceeded size limits for type 'event'"
    );
    let many = format!("{{}}\n{}", "{\"type\":\"unheard_of\"}\nx\n".repeat(1001));
    fixture.post("/api/1/envelope/", &[], many).await.assert(413);
    let announced = fixture
        .post("/api/1/envelope/", &[("content-length", "999999999999")], "{}")
        .await;
    announced.assert(413);
    assert!(fixture.records().await.is_empty());
}

#[tokio::test]
async fn store_bodies_come_in_every_form() {
    let fixture = Fixture::new().await;
    let base64 = |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes).into_bytes();
    let plain = EVENT.as_bytes().to_vec();
    let forms: [(&str, Vec<u8>); 7] = [
        ("", plain.clone()),
        ("", [b"\xef\xbb\xbf", EVENT.as_bytes()].concat()),
        ("", base64(EVENT.as_bytes())),
        ("", base64(&zlib(EVENT.as_bytes()))),
        ("gzip", gzip(EVENT.as_bytes())),
        ("gzip", gzip(&base64(&zlib(EVENT.as_bytes())))),
        ("deflate", zlib(EVENT.as_bytes())),
    ];
    for (encoding, body) in forms {
        for content_type in ["application/json", "application/octet-stream", "text/plain", ""] {
            let headers = [("content-encoding", encoding), ("content-type", content_type)];
            let answer = fixture.post("/api/1/store/", &headers, body.clone()).await;
            assert_eq!(answer.assert(200).json()["id"], EVENT_ID);
        }
    }
    let without_id = fixture
        .post("/api/1/store/", &[], "{\"message\":\"\\ud800 half a pair\"}")
        .await;
    let id = without_id.assert(200).json()["id"].as_str().unwrap().to_owned();
    assert_eq!(fixture.last().await.0.event_id, Some(id.parse().unwrap()));

    let envelope = fixture
        .post(
            "/api/1/store/",
            &[("content-type", "application/x-sentry-envelope")],
            ENVELOPE,
        )
        .await;
    envelope.assert(200);
    assert_eq!(fixture.last().await.0.kind, crate::RecordKind::Envelope);

    let msgpack = [b"\x81\xa8event_id\xd9\x20", EVENT_ID.as_bytes()].concat();
    for content_type in ["application/x-msgpack", "application/octet-stream"] {
        let answer = fixture
            .post("/api/1/store/", &[("content-type", content_type)], msgpack.clone())
            .await;
        assert_eq!(answer.assert(200).json()["id"], EVENT_ID);
    }
    let broken = &msgpack[..20];
    let answer = fixture.post("/api/1/store/", &[], broken.to_vec()).await;
    answer.assert(400);

    for (content_type, body, status) in [
        ("application/json", "", 400),
        ("application/json", "{\"a\":", 400),
        ("application/json", "[]", 400),
        ("application/json", "!!!", 400),
        ("application/json", "bm90aGluZw==", 400),
        ("application/x-msgpack", "\u{81}", 400),
    ] {
        fixture
            .post("/api/1/store/", &[("content-type", content_type)], body)
            .await
            .assert(status);
    }
    fixture
        .post("/api/1/store/", &[], format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20)))
        .await
        .assert(413);
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let fixture = Fixture::new().await;
    let pieces = [
        Ok(Bytes::from_static(ENVELOPE.as_bytes())),
        Err(io::Error::from(io::ErrorKind::ConnectionReset)),
    ];
    let answer = fixture
        .post("/api/1/envelope/", &[], Body::from_stream(stream::iter(pieces)))
        .await;
    assert_eq!(answer.assert(400).detail(), "failed to read request body");
    assert!(fixture.records().await.is_empty());
}

#[tokio::test]
async fn a_slow_client_is_refused_and_others_are_served_meanwhile() {
    let config = IngestConfig {
        body_pause_seconds: 1,
        ..IngestConfig::default()
    };
    let fixture = Fixture::with(config, SpoolConfig::default()).await;
    let start = stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"{}\n"))]);
    let slow = fixture.post(
        "/api/1/envelope/",
        &[],
        Body::from_stream(start.chain(stream::pending())),
    );
    let (slow, served) = tokio::join!(slow, fixture.post("/api/1/envelope/", &[], ENVELOPE));
    served.assert(200);
    slow.assert(408);
    assert_eq!(fixture.records().await.len(), 1);
}

#[tokio::test]
async fn when_memory_or_spool_is_full_clients_are_asked_to_come_back() {
    let config = IngestConfig {
        max_buffered_bytes: 16 << 10,
        ..IngestConfig::default()
    };
    let spool = SpoolConfig {
        max_bytes: 4 << 10,
        ..SpoolConfig::default()
    };
    let fixture = Fixture::with(config, spool).await;
    let large = "x".repeat(20 << 10);
    let answer = fixture.post("/api/1/envelope/", &[], large).await;
    assert_eq!(answer.assert(503).header("retry-after"), Some("5"));
    let mut accepted = 0;
    let full = loop {
        let answer = fixture.post("/api/1/envelope/", &[], ENVELOPE).await;
        if answer.status != 200 {
            break answer;
        }
        accepted += 1;
        assert!(accepted < 100);
    };
    assert_eq!(full.assert(503).header("retry-after"), Some("60"));
    assert_eq!(fixture.records().await.len(), accepted);
    fixture.spool.release(fixture.spool.end()).await.unwrap();
    fixture.post("/api/1/envelope/", &[], ENVELOPE).await.assert(200);
    fixture.spool.close().await;
    fixture.post("/api/1/envelope/", &[], ENVELOPE).await.assert(503);
    tokio::time::timeout(Duration::from_secs(1), fixture.spool.close())
        .await
        .unwrap();
}
