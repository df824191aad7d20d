//! Errors and what belongs to them: events, transactions, reports, feedback, files.

use serde_json::{Value, json};
use testkit::http;

use super::{envelope, envelope_request, now, request};
use crate::{installation::event_id, secrets::garden::Garden};

fn frames(garden: &mut Garden, place: &str) -> Value {
    let vars = garden.object(place);
    json!([{"filename": "app.py", "function": "pay", "lineno": 3, "in_app": true, "vars": vars}])
}

pub(super) fn error(garden: &mut Garden) -> http::Request {
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

pub(super) fn message(garden: &mut Garden) -> http::Request {
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

pub(super) fn browser_event(garden: &mut Garden) -> http::Request {
    let event = json!({
        "event_id": event_id(),
        "platform": "javascript",
        "message": "seen",
        "user": {"ip_address": "{{auto}}"},
        "request": {
            "url": format!("https://shop.example/?password={}", garden.password("the query of request.url")),
            "headers": {"Cookie": format!("theme=a; sessionid={}", garden.cookie("a Cookie header"))},
        },
    });
    envelope(&[("event", event)]).header("X-Forwarded-For", &garden.ip("the address of the client"))
}

pub(super) fn store(garden: &mut Garden) -> http::Request {
    let event = json!({
        "event_id": event_id(),
        "message": "stored",
        "extra": garden.object("extra"),
        "sentry.interfaces.User": garden.user(),
        "sentry.interfaces.Http": garden.request(),
    });
    request("/api/1/store/").body(event.to_string())
}

pub(super) fn transaction(garden: &mut Garden) -> http::Request {
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

pub(super) fn report(garden: &mut Garden) -> http::Request {
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

pub(super) fn feedback(garden: &mut Garden) -> http::Request {
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

pub(super) fn user_report(garden: &mut Garden) -> http::Request {
    let report = json!({
        "event_id": event_id(),
        "name": "Jane",
        "email": "jane@example.com",
        "comments": garden.text("comments"),
    });
    envelope(&[("user_report", report)])
}

pub(super) fn attachment(garden: &mut Garden) -> http::Request {
    let name = format!("card {} from {}.txt", garden.card("name"), garden.ip("name"));
    let content = format!("{}\n{}\n", garden.text("content"), garden.pem("content"));
    let headers = json!({"type": "attachment", "length": content.len(), "filename": name});
    let event = json!({"event_id": event_id()});
    envelope_request(format!("{event}\n{headers}\n{content}\n").into_bytes())
}

pub(super) fn attachments_form(garden: &mut Garden) -> http::Request {
    let content = garden.text("content");
    let body = format!(
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"paid {}.log\"\r\n\r\n{content}\r\n--xyz--\r\n",
        garden.card("name")
    );
    request(&format!("/api/1/events/{}/attachments/", event_id()))
        .header("Content-Type", "multipart/form-data; boundary=xyz")
        .body(body)
}

pub(super) fn minidump_form(garden: &mut Garden) -> http::Request {
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
    part(
        "sentry[extra][password]",
        None,
        garden.password("a field `sentry[…]`").as_bytes(),
    );
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

pub(super) fn dialog(garden: &mut Garden) -> http::Request {
    let dsn = format!("http://{}@127.0.0.1/1", testkit::corpus::PUBLIC_KEY);
    http::Request::new(
        "POST",
        &format!("/api/embed/error-page/?eventId={}&dsn={dsn}", event_id()),
    )
    .header("Host", "127.0.0.1")
    .header("Connection", "close")
    .form(&[
        ("name", "Jane"),
        ("email", "jane@example.com"),
        ("comments", &garden.text("comments")),
    ])
}

pub(super) fn user_feedback(garden: &mut Garden) -> http::Request {
    let dsn = format!("http://{}@127.0.0.1/1", testkit::corpus::PUBLIC_KEY);
    let report = json!({
        "event_id": event_id(), "name": "Jane", "email": "jane@example.com", "comments": garden.text("comments"),
    });
    http::Request::new("POST", "/api/0/projects/acme/shop/user-feedback/")
        .header("Host", "127.0.0.1")
        .header("Connection", "close")
        .header("Authorization", &format!("DSN {dsn}"))
        .header("Content-Type", "application/json")
        .body(report.to_string())
}
