//! Every recorded report of a browser becomes an event that can be listed.

use normalize::{Context, security};
use protocol::{
    event::{Event, EventType},
    security::{Origin, accepts, parse},
};
use serde_json::Value;
use testkit::corpus::{self, Recording};

use crate::payloads::decoded;

fn events(recording: &Recording) -> Vec<Event> {
    let name = &recording.name;
    assert!(accepts(recording.header("content-type")), "{name}");
    let origin = Origin::from_query(&recording.meta.query);
    let reports = parse(&decoded(recording)).unwrap_or_else(|error| panic!("{name}: {error}"));
    reports
        .into_iter()
        .map(|report| {
            let report = report.unwrap_or_else(|error| panic!("{name}: {error}"));
            security::event(report, &origin, corpus::RECORDED_AT)
        })
        .collect()
}

#[test]
fn every_recorded_report_becomes_an_event() {
    let mut reports = 0;
    for recording in corpus::requests() {
        if recording.meta.expected.kind != "security" || recording.meta.method != "POST" {
            continue;
        }
        let events = events(&recording);
        assert_eq!(events.len(), recording.meta.expected.items.len(), "{}", recording.name);
        for event in events {
            reports += 1;
            check(&recording, event);
        }
    }
    let all = std::env::var_os("TOCSIN_CORPUS").is_some();
    assert!(!all || reports >= 22, "only {reports} reports were recorded");
}

fn check(recording: &Recording, mut event: Event) {
    let name = &recording.name;
    let cx = Context {
        client_ip: Some([192, 0, 2, 7].into()),
        user_agent: recording.header("user-agent"),
        ..Context::new(corpus::RECORDED_AT, model::EventId([1; 16]))
    };
    normalize::event(&mut event, &cx).expect("reports are never invalid events");
    let summary = normalize::summary(&event);
    let item = recording.items("csp").next();
    let expected = if item.is_some() { EventType::Csp } else { event.kind };
    assert_eq!(event.kind, expected, "{name}");
    assert_ne!(event.kind, EventType::Default, "{name}");
    assert!(
        !summary.metadata.title.is_empty() && !summary.metadata.title.starts_with('<'),
        "{name}"
    );
    let text = event.logentry.as_ref().and_then(|logentry| logentry.text());
    assert!(text.is_some_and(|text| !text.is_empty()), "{name}");
    assert_eq!(
        event.user.as_ref().and_then(|user| user.ip_address.as_deref()),
        Some("192.0.2.7"),
        "{name}"
    );
    if recording.meta.query.contains("sentry_release=shop-front%402.0.1") {
        assert_eq!(event.release.as_deref(), Some("shop-front@2.0.1"), "{name}");
        assert_eq!(event.environment.as_deref(), Some("production"), "{name}");
    }
    if let Some(item) = item {
        let report = &item["report"]["csp-report"];
        for (field, key) in [("blocked_uri", "blocked-uri"), ("document_uri", "document-uri")] {
            assert_eq!(
                event.csp.get(field),
                report.get(key).filter(|value| !Value::is_null(value)),
                "{name}"
            );
        }
        assert_eq!(
            event.tag("effective-directive"),
            report["effective-directive"].as_str(),
            "{name}"
        );
    }
    let stored = event.to_json();
    let mut again = Event::from_stored(&stored).expect("what was stored");
    normalize::event(&mut again, &cx).expect("the same event");
    assert_eq!(again.to_json(), stored, "{name}: twice is once");
}
