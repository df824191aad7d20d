//! Requests of every kind, with secrets at the places that are scrubbed (`ingest.md` §5). Each secret is there once.
//!
//! Not planted, because by the reference nothing is scrubbed there without a rule of the project's own: values of
//! exceptions, tags, names of transactions, URLs before their query, releases, known fields of known contexts, the message
//! of a feedback, what describes a span, names and addresses in user reports.

mod events;
mod items;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use testkit::http;

use super::garden::{Garden, Plant};

pub(super) struct Request {
    pub(super) what: &'static str,
    pub(super) request: http::Request,
}

/// All requests, and all secrets in them.
pub(super) fn all() -> (Vec<Request>, Vec<Plant>) {
    let mut garden = Garden {
        what: "",
        plants: Vec::new(),
    };
    let requests = [
        ("event", events::error as fn(&mut Garden) -> http::Request),
        ("message", events::message),
        ("browser event", events::browser_event),
        ("store request", events::store),
        ("transaction", events::transaction),
        ("security report", events::report),
        ("feedback", events::feedback),
        ("user report", events::user_report),
        ("attachment", events::attachment),
        ("attachments by form", events::attachments_form),
        ("minidump form", events::minidump_form),
        ("session", items::session),
        ("sessions", items::sessions),
        ("check-in", items::check_in),
        ("replay", items::replay),
        ("logs", items::logs),
        ("logs of a browser", items::logs_of_a_browser),
        ("trace metrics", items::trace_metrics),
        ("spans", items::spans),
        ("standalone span", items::standalone_span),
        ("OTLP spans", items::otlp_spans),
        ("OTLP logs", items::otlp_logs),
        ("Vercel's logs", items::vercel_logs),
        ("Heroku's logs", items::heroku_logs),
        ("replay of a mobile app", items::replay_video),
        ("crash-report dialog", events::dialog),
        ("user feedback by API", events::user_feedback),
    ]
    .map(|(what, make)| {
        garden.what = what;
        let request = make(&mut garden);
        Request { what, request }
    });
    (requests.into(), garden.plants)
}

fn container(kind: &str, content_type: &str, payload: &Value) -> http::Request {
    let payload = payload.to_string();
    let headers = json!({"type": kind, "length": payload.len(), "content_type": content_type, "item_count": 1});
    envelope_request(format!("{{}}\n{headers}\n{payload}\n").into_bytes())
}

fn envelope(items: &[(&str, Value)]) -> http::Request {
    let mut body = format!("{}\n", json!({"event_id": items[0].1["event_id"]}));
    for (kind, payload) in items {
        let payload = payload.to_string();
        body += &format!("{}\n{payload}\n", json!({"type": kind, "length": payload.len()}));
    }
    envelope_request(body.into_bytes())
}

fn envelope_request(body: Vec<u8>) -> http::Request {
    request("/api/1/envelope/")
        .header("Content-Type", "application/x-sentry-envelope")
        .body(body)
}

fn request(target: &str) -> http::Request {
    let key = testkit::corpus::PUBLIC_KEY;
    http::Request::new("POST", target)
        .header("Host", "127.0.0.1")
        .header("Connection", "close")
        .header("X-Sentry-Auth", &format!("Sentry sentry_version=7, sentry_key={key}"))
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;

    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn now() -> f64 {
    since_1970().as_secs_f64()
}

fn timestamp() -> String {
    model::Timestamp(i64::try_from(since_1970().as_micros()).expect("a time of today")).to_string()
}

#[expect(clippy::disallowed_methods, reason = "the server under test runs by the real clock")]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970")
}
