//! Requests of every kind, with secrets at the places that are scrubbed (`ingest.md` §5). Each secret is there once.
//!
//! Not planted, because by the reference nothing is scrubbed there without a rule of the project's own: values of
//! exceptions, tags, names of transactions, URLs before their query, releases, known fields of known contexts, the message
//! of a feedback, what describes a span, names and addresses in user reports.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use testkit::http;

use crate::installation::event_id;

pub(super) struct Request {
    pub(super) what: &'static str,
    pub(super) request: http::Request,
}

/// A secret that was sent.
pub(super) struct Plant {
    pub(super) place: String,
    pub(super) kind: &'static str,
    pub(super) secret: String,
    /// Not even when nothing is scrubbed.
    pub(super) is_never_kept: bool,
}

/// All requests, and all secrets in them.
pub(super) fn requests() -> (Vec<Request>, Vec<Plant>) {
    let mut garden = Garden {
        what: "",
        plants: Vec::new(),
    };
    let requests = [
        ("event", error as fn(&mut Garden) -> http::Request),
        ("message", message),
        ("browser event", browser_event),
        ("store request", store),
        ("transaction", transaction),
        ("security report", report),
        ("feedback", feedback),
        ("user report", user_report),
        ("attachment", attachment),
        ("attachments by form", attachments_form),
        ("minidump form", minidump_form),
        ("session", session),
        ("sessions", sessions),
        ("check-in", check_in),
        ("replay", replay),
        ("logs", logs),
        ("trace metrics", trace_metrics),
        ("spans", spans),
        ("standalone span", standalone_span),
        ("OTLP spans", otlp_spans),
        ("OTLP logs", otlp_logs),
    ]
    .map(|(what, make)| {
        garden.what = what;
        let request = make(&mut garden);
        Request { what, request }
    });
    (requests.into(), garden.plants)
}

struct Garden {
    what: &'static str,
    plants: Vec<Plant>,
}

impl Garden {
    fn plant(&mut self, kind: &'static str, place: &str, secret: String) {
        self.plants.push(Plant {
            place: format!("{}, {place}", self.what),
            kind,
            secret,
            is_never_kept: false,
        });
    }

    fn word(&mut self, kind: &'static str, place: &str) -> String {
        let word = format!("zx9{:04}kq", self.plants.len());
        self.plant(kind, place, word.clone());
        word
    }

    /// The bare word: what is around it says that it is secret.
    fn password(&mut self, place: &str) -> String {
        self.word("password", place)
    }

    fn card(&mut self, place: &str) -> String {
        let card = format!("4929{:012}", 770_000_000 + self.plants.len());
        self.plant("card number", place, card.clone());
        card
    }

    fn bearer(&mut self, place: &str) -> String {
        format!("Bearer {}", self.word("bearer token", place))
    }

    fn pem(&mut self, place: &str) -> String {
        let body = self.word("PEM key", place);
        format!("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA{body}+aQ==\n-----END RSA PRIVATE KEY-----")
    }

    fn cookie(&mut self, place: &str) -> String {
        self.word("session cookie", place)
    }

    fn ip(&mut self, place: &str) -> String {
        let number = self.plants.len();
        let ip = format!("198.{}.{}.207", 100 + number / 100, 100 + number % 100);
        self.plant("IP address", place, ip.clone());
        ip
    }

    /// What is secret by what it looks like, wherever it stands in a text.
    fn text(&mut self, place: &str) -> String {
        let (card, bearer, ip) = (self.card(place), self.bearer(place), self.ip(place));
        let address = self.password(place);
        format!("paid with {card} from {ip} at https://shop:{address}@db.example/x by {bearer} today")
    }

    /// What is secret by its key or by its look, in the values of an object.
    fn object(&mut self, place: &str) -> Value {
        json!({
            "password": self.password(place),
            "api_key": [self.password(place)],
            "credentials": {"inner": self.password(place)},
            "note": format!("the secret is {}", self.password(place)),
            "key": self.pem(place),
            "text": self.text(place),
            "harmless": "kept",
        })
    }

    /// Members of the same for attributes, which are flat.
    fn attributes(&mut self, place: &str) -> Value {
        let values = [
            ("password", self.password(place)),
            ("note", self.text(place)),
            ("key", self.pem(place)),
            ("http.request.header.authorization", self.bearer(place)),
            ("http.request.header.cookie.sessionid", self.cookie(place)),
            ("http.request.header.cookie", format!("a=b; sessionid={}; c=d", self.cookie(place))),
            ("client.address", self.ip(place)),
        ];
        let attribute = |(key, value): (&str, String)| (key.to_owned(), json!({"value": value, "type": "string"}));
        values.into_iter().map(attribute).collect::<serde_json::Map<_, _>>().into()
    }

    fn request(&mut self) -> Value {
        json!({
            "url": "https://shop.example/pay",
            "method": "POST",
            "query_string": [["password", self.password("request.query_string")], ["card", self.card("request.query_string")]],
            "fragment": format!("password={}", self.password("request.fragment")),
            "cookies": [["sessionid", self.cookie("request.cookies")], ["csrftoken_card", self.card("request.cookies")]],
            "headers": {
                "Authorization": self.bearer("request.headers"),
                "X-Api-Key": self.password("request.headers"),
                "X-Forwarded-For": self.ip("request.headers"),
                "X-Note": self.text("request.headers"),
            },
            "env": {"REMOTE_ADDR": self.ip("request.env"), "DB_PASSWORD": self.password("request.env")},
            "data": self.object("request.data"),
        })
    }

    fn user(&mut self) -> Value {
        json!({
            "id": "7",
            "ip_address": self.ip("user.ip_address"),
            "data": self.object("user.data"),
            "api_token": self.password("user, an unknown key"),
        })
    }
}

fn frames(garden: &mut Garden, place: &str) -> Value {
    let vars = garden.object(place);
    json!([{"filename": "app.py", "function": "pay", "lineno": 3, "in_app": true, "vars": vars}])
}

fn error(garden: &mut Garden) -> http::Request {
    let event = json!({
        "event_id": event_id(),
        "platform": "python",
        "exception": {"values": [{
            "type": "PaymentError",
            "value": "refused",
            "mechanism": {
                "type": "chained",
                "description": garden.text("mechanism.description"),
                "data": garden.object("mechanism.data"),
            },
            "stacktrace": {"frames": frames(garden, "frame.vars of an exception")},
        }]},
        "threads": {"values": [{"id": 1, "stacktrace": {"frames": frames(garden, "frame.vars of a thread")}}]},
        "request": garden.request(),
        "user": garden.user(),
        "breadcrumbs": {"values": [
            {"message": garden.text("breadcrumb.message")},
            {"category": "http", "data": garden.object("breadcrumb.data")},
        ]},
        "extra": {"inner": garden.object("extra"), "auth": garden.password("extra"), "list": [[garden.text("extra, in lists")]]},
        "contexts": {
            "own": garden.object("a context of its own"),
            "response": {
                "headers": {"Set-Cookie-2": garden.text("response.headers"), "X-Secret": garden.password("response.headers")},
                "cookies": {"sessionid": garden.cookie("response.cookies")},
                "data": garden.object("response.data"),
            },
            "trace": {
                "trace_id": event_id(),
                "span_id": "00f067aa0ba902b7",
                "data": garden.object("trace.data"),
            },
            // Not an object, so it is an error, which shows what was sent.
            "device": format!("the password is {}", garden.password("the remark on an invalid context")),
        },
        "sdk": {"name": "sentry.python", "version": "2.0.0", "client_ip": garden.ip("sdk.client_ip")},
    });
    envelope(&[("event", event)])
}

fn message(garden: &mut Garden) -> http::Request {
    let event = json!({
        "event_id": event_id(),
        "platform": "ruby",
        // What it is put together from is scrubbed before its title is made.
        "logentry": {
            "message": "paid by %s with %s",
            "params": [garden.bearer("logentry.params"), garden.card("logentry.params")],
        },
        "user": {"ip_address": format!("{} ", garden.ip("the remark on an invalid address"))},
        "breadcrumbs": {"values": [{"data": garden.text("the remark on an invalid breadcrumb")}]},
    });
    envelope(&[("event", event)])
}

fn browser_event(garden: &mut Garden) -> http::Request {
    let event = json!({
        "event_id": event_id(),
        "platform": "javascript",
        "message": "seen",
        "user": {"ip_address": "{{auto}}"},
        "request": {"url": format!("https://shop.example/?password={}", garden.password("the query of request.url"))},
    });
    envelope(&[("event", event)]).header("X-Forwarded-For", &garden.ip("the address of the client"))
}

fn store(garden: &mut Garden) -> http::Request {
    let event = json!({
        "event_id": event_id(),
        "message": "stored",
        "extra": garden.object("extra"),
        "sentry.interfaces.User": garden.user(),
        "sentry.interfaces.Http": garden.request(),
    });
    request("/api/1/store/").body(event.to_string())
}

fn transaction(garden: &mut Garden) -> http::Request {
    let (now, trace) = (now(), event_id());
    let transaction = json!({
        "event_id": event_id(),
        "type": "transaction",
        "transaction": "pay",
        "start_timestamp": now - 2.0,
        "timestamp": now - 1.0,
        "contexts": {"trace": {
            "trace_id": trace, "span_id": "00f067aa0ba902b7", "op": "http.server", "data": garden.object("trace.data"),
        }},
        "spans": [{
            "trace_id": trace,
            "span_id": "00f067aa0ba902b8",
            "start_timestamp": now - 1.9,
            "timestamp": now - 1.8,
            "op": "http.client",
            "description": "GET https://db.example/",
            "data": garden.object("span.data"),
        }],
        "request": garden.request(),
        "user": garden.user(),
        "extra": garden.object("extra"),
    });
    envelope(&[("transaction", transaction)])
}

fn report(garden: &mut Garden) -> http::Request {
    let report = json!({"csp-report": {
        "document-uri": format!("https://shop.example/?password={}", garden.password("csp document-uri")),
        "referrer": format!("https://shop.example/?secret={}", garden.password("csp referrer")),
        "violated-directive": "img-src",
        "effective-directive": "img-src",
        "blocked-uri": "https://cdn.example/x.png",
    }});
    request("/api/1/security/")
        .header("Content-Type", "application/csp-report")
        .body(report.to_string())
}

fn feedback(garden: &mut Garden) -> http::Request {
    let feedback = json!({
        "event_id": event_id(),
        "type": "feedback",
        "contexts": {"feedback": {"message": "It does not work."}},
        "request": garden.request(),
        "user": garden.user(),
        "extra": garden.object("extra"),
    });
    envelope(&[("feedback", feedback)])
}

fn user_report(garden: &mut Garden) -> http::Request {
    let report = json!({
        "event_id": event_id(),
        "name": "Jane",
        "email": "jane@example.com",
        "comments": garden.text("comments"),
    });
    envelope(&[("user_report", report)])
}

fn attachment(garden: &mut Garden) -> http::Request {
    let name = format!("card {} from {}.txt", garden.card("name"), garden.ip("name"));
    let content = format!("{}\n{}\n", garden.text("content"), garden.pem("content"));
    let headers = json!({"type": "attachment", "length": content.len(), "filename": name});
    let event = json!({"event_id": event_id()});
    envelope_request(format!("{event}\n{headers}\n{content}\n").into_bytes())
}

fn attachments_form(garden: &mut Garden) -> http::Request {
    let content = garden.text("content");
    let body = format!(
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"paid {}.log\"\r\n\r\n{content}\r\n--xyz--\r\n",
        garden.card("name")
    );
    request(&format!("/api/1/events/{}/attachments/", event_id()))
        .header("Content-Type", "multipart/form-data; boundary=xyz")
        .body(body)
}

fn minidump_form(garden: &mut Garden) -> http::Request {
    let mut body = Vec::new();
    let mut part = |name: &str, file: Option<&str>, content: &[u8]| {
        let file = file.map_or(String::new(), |file| format!("; filename=\"{file}\""));
        let head = format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    };
    let text = garden.text("in the memory of the dump");
    part(
        "upload_file_minidump",
        Some("crash.dmp"),
        &dump_with_memory(text.as_bytes()),
    );
    part("log", Some("app.log"), garden.text("a log beside it").as_bytes());
    part("sentry[extra][password]", None, garden.password("a field `sentry[…]`").as_bytes());
    part("db_password", None, garden.password("a field of its own").as_bytes());
    part(
        "sentry[user][ip_address]",
        None,
        garden.ip("user.ip_address of a field").as_bytes(),
    );
    body.extend(b"--xyz--\r\n");
    request("/api/1/minidump/")
        .header("Content-Type", "multipart/form-data; boundary=xyz")
        .body(body)
}

/// A minidump with nothing in it but a piece of memory.
fn dump_with_memory(memory: &[u8]) -> Vec<u8> {
    const MEMORY_LIST: u32 = 5;
    // Behind the header the one stream of the directory, behind it the one range of the list, behind it the memory.
    let (directory, list, content) = (32_u32, 44_u32, 64_u32);
    let length = u32::try_from(memory.len()).expect("a short text");
    let header = [0x504d_444d, 0xa793, 1, directory, 0, 0, 0, 0];
    let stream = [MEMORY_LIST, content - list, list];
    let range = [1, 0x1000, 0, length, content];
    let numbers = header.iter().chain(&stream).chain(&range);
    let mut dump: Vec<u8> = numbers.flat_map(|number| number.to_le_bytes()).collect();
    dump.extend(memory);
    dump
}

/// Whose session it is is kept as a number that stands for it, and where from not at all.
fn session(garden: &mut Garden) -> http::Request {
    let session = json!({
        "sid": event_id(),
        "did": garden.ip("did"),
        "init": true,
        "started": timestamp(),
        "status": "ok",
        "attrs": {
            "release": "shop@1.0",
            "ip_address": garden.ip("attrs.ip_address"),
            "user_agent": garden.text("attrs.user_agent"),
        },
    });
    garden.never_kept();
    envelope(&[("session", session)])
}

fn sessions(garden: &mut Garden) -> http::Request {
    let sessions = json!({
        "aggregates": [{"started": timestamp(), "exited": 3, "did": garden.ip("did")}],
        "attrs": {"release": "shop@1.0", "ip_address": garden.ip("attrs.ip_address")},
    });
    garden.never_kept();
    envelope(&[("sessions", sessions)])
}

/// It has no place for anything personal: what is sent beyond its fields is not kept.
fn check_in(garden: &mut Garden) -> http::Request {
    let check_in = json!({
        "check_in_id": event_id(),
        "monitor_slug": "nightly",
        "status": "ok",
        "note": garden.text("an unknown key"),
        "contexts": {"own": garden.object("a context of its own")},
    });
    garden.never_kept();
    envelope(&[("check_in", check_in)])
}

fn replay(garden: &mut Garden) -> http::Request {
    let (id, now) = (event_id(), now());
    let event = json!({
        "type": "replay_event",
        "event_id": id,
        "replay_id": id,
        "segment_id": 0,
        "replay_type": "session",
        "timestamp": now,
        "replay_start_timestamp": now - 5.0,
        "urls": [format!("https://shop.example/?password={}", garden.password("replay_event.urls"))],
        "platform": "javascript",
        "user": garden.user(),
        "request": garden.request(),
    });
    // Each text for itself: here a key says nothing about its value (`ingest.md` §5.2).
    let seen = json!([
        {"type": 4, "timestamp": now, "data": {"href": garden.text("a page of the recording")}},
        {"type": 3, "timestamp": now, "data": {"source": 5, "text": garden.text("an input of the recording"), "id": 7}},
        {"type": 5, "timestamp": now, "data": {"tag": "breadcrumb", "payload": {
            "category": "console",
            "message": format!("the password is {}", garden.password("a breadcrumb of the recording")),
            "data": {"arguments": [garden.text("a breadcrumb of the recording"), garden.pem("a breadcrumb of the recording")]},
        }}},
    ]);
    let recording = [b"{\"segment_id\":0}\n", &zlib(seen.to_string().as_bytes())[..]].concat();
    let mut body = format!("{}\n", json!({"event_id": id, "sent_at": timestamp()})).into_bytes();
    let event = event.to_string().into_bytes();
    for (kind, payload) in [("replay_event", event), ("replay_recording", recording)] {
        body.extend(format!("{}\n", json!({"type": kind, "length": payload.len()})).into_bytes());
        body.extend(payload);
        body.push(b'\n');
    }
    envelope_request(body)
}

fn logs(garden: &mut Garden) -> http::Request {
    let log = json!({
        "timestamp": now(),
        "trace_id": event_id(),
        "level": "info",
        "body": format!("paid with {} by {}", garden.card("body"), garden.bearer("body")),
        "attributes": garden.attributes("attributes"),
    });
    container("log", "application/vnd.sentry.items.log+json", log)
}

fn trace_metrics(garden: &mut Garden) -> http::Request {
    let metric = json!({
        "timestamp": now(),
        "trace_id": event_id(),
        "name": "payments",
        "type": "counter",
        "value": 1,
        "attributes": garden.attributes("attributes"),
    });
    container("trace_metric", "application/vnd.sentry.items.trace-metric+json", metric)
}

fn spans(garden: &mut Garden) -> http::Request {
    let span = json!({
        "trace_id": event_id(),
        "span_id": "00f067aa0ba902b7",
        "name": "pay",
        "status": "ok",
        "is_segment": true,
        "start_timestamp": now() - 1.0,
        "end_timestamp": now(),
        "attributes": garden.attributes("attributes"),
    });
    container("span", "application/vnd.sentry.items.span.v2+json", span)
}

fn standalone_span(garden: &mut Garden) -> http::Request {
    let span = json!({
        "trace_id": event_id(),
        "span_id": "00f067aa0ba902b9",
        "start_timestamp": now() - 1.0,
        "timestamp": now(),
        "op": "ui.click",
        "description": "button",
        "data": {
            "password": garden.password("data"),
            "note": garden.text("data"),
            "key": garden.pem("data"),
            "client.address": garden.ip("data"),
        },
    });
    envelope(&[("span", span)])
}

fn otlp_spans(garden: &mut Garden) -> http::Request {
    let nanos = |seconds: f64| format!("{:.0}000", seconds * 1e6);
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [
            {"key": "password", "value": {"stringValue": garden.password("attributes of the resource")}},
            {"key": "note", "value": {"stringValue": garden.text("attributes of the resource")}},
        ]},
        "scopeSpans": [{"spans": [{
            "traceId": event_id(),
            "spanId": "00f067aa0ba902ba",
            "name": "pay",
            "startTimeUnixNano": nanos(now() - 1.0),
            "endTimeUnixNano": nanos(now()),
            "attributes": otlp_attributes(garden, "attributes of a span"),
        }]}],
    }]});
    request("/api/1/integration/otlp/v1/traces/")
        .header("Content-Type", "application/json")
        .body(body.to_string())
}

fn otlp_logs(garden: &mut Garden) -> http::Request {
    let body = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [{
        "timeUnixNano": format!("{:.0}000", now() * 1e6),
        "severityNumber": 9,
        "body": {"stringValue": format!("paid with {} by {}", garden.card("body"), garden.bearer("body"))},
        "attributes": otlp_attributes(garden, "attributes"),
    }]}]}]});
    request("/api/1/integration/otlp/v1/logs/")
        .header("Content-Type", "application/json")
        .body(body.to_string())
}

fn otlp_attributes(garden: &mut Garden, place: &str) -> Value {
    let Value::Object(attributes) = garden.attributes(place) else {
        unreachable!("attributes are an object")
    };
    attributes
        .into_iter()
        .map(|(key, attribute)| json!({"key": key, "value": {"stringValue": attribute["value"]}}))
        .collect()
}

impl Garden {
    /// All secrets of the request at hand are in places that are dropped whatever is set.
    fn never_kept(&mut self) {
        let of_request = format!("{}, ", self.what);
        let plants = self.plants.iter_mut();
        for plant in plants.filter(|plant| plant.place.starts_with(&of_request)) {
            plant.is_never_kept = true;
        }
    }
}

fn container(kind: &str, content_type: &str, member: Value) -> http::Request {
    let payload = json!({"items": [member]}).to_string();
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
