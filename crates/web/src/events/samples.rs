//! Made-up events that belong to no issue.

use serde_json::{Value, json};

use super::{EventSource, page::EventPage, trace::TraceOptions};
use crate::{
    gallery::{self, HOSTILE, NOW, Sample, ago},
    scope::Scope,
    shell::Part,
};

const PAGE: &str = "/organizations/acme/projects/shop/events/fc6d8c0c43fc4630ad850ee518f1b9d0/";

fn page(payload: &Value) -> EventPage {
    let source = EventSource {
        id: "fc6d8c0c43fc4630ad850ee518f1b9d0".to_owned(),
        at: ago(95),
        project: "shop".to_owned(),
        ..EventSource::default()
    };
    let shell = gallery::scoped_shell(Part::None, "Event", PAGE, Scope::default());
    let tags = vec![("environment".to_owned(), "production".to_owned())];
    EventPage::new(shell, "transaction", source, payload, tags, TraceOptions::default())
}

fn typical() -> Value {
    let start = NOW.seconds() as f64;
    let span = |id: &str, parent: &str, op: &str, description: &str, from: f64, to: f64, status: &str| {
        json!({"span_id": id, "parent_span_id": parent, "op": op, "description": description, "status": status,
            "start_timestamp": start + from, "timestamp": start + to})
    };
    json!({
        "type": "transaction", "transaction": "/checkout/", "start_timestamp": start, "timestamp": start + 1.24,
        "contexts": {"trace": {"trace_id": "771a43a4192642f0b136d5159a501700", "span_id": "a", "op": "http.server", "status": "internal_error"}},
        "request": {"method": "POST", "url": "http://shop.example/checkout/"},
        "spans": [
            span("b", "a", "middleware", "Session", 0.002, 1.2, "ok"),
            span("c", "b", "db.query", "SELECT * FROM carts WHERE id = %s", 0.01, 0.09, "ok"),
            span("d", "b", "http.client", "POST https://bank.example/charge", 0.1, 1.15, "internal_error"),
            span("e", "a", "template.render", "error.html", 1.2, 1.236, "ok"),
        ],
    })
}

pub(super) fn event_pages() -> Vec<Sample> {
    let hostile = json!({
        "transaction": HOSTILE, "start_timestamp": 1.0, "timestamp": 1e18,
        "contexts": {"trace": {"op": HOSTILE, "status": HOSTILE, "trace_id": HOSTILE}},
        "spans": [{"op": HOSTILE, "description": HOSTILE, "status": HOSTILE, "start_timestamp": -1e18, "timestamp": 1e18}, null, 7],
    });
    let start = NOW.seconds() as f64;
    let spans: Vec<Value> = (0..2_000)
        .map(|number| {
            json!({"span_id": number.to_string(), "parent_span_id": (number - 1).to_string(), "op": "db", "description": "q".repeat(5_000),
                "start_timestamp": start + f64::from(number) / 1e4, "timestamp": start + 1.0})
        })
        .collect();
    let huge = json!({"transaction": "/all/", "start_timestamp": start, "timestamp": start + 1.0, "spans": spans});
    vec![
        Sample::new("event-empty", &page(&json!({}))),
        Sample::new("event-typical", &page(&typical())),
        Sample::new("event-hostile", &page(&hostile)),
        Sample::new("event-huge", &page(&huge)),
    ]
}
