//! Events made of what browsers report of their own accord (`ingest.md` §3.3 "Security reports").
//!
//! A report says what happened in fields of its own; here it gets a message, a culprit, tags and a request, so that it
//! can be listed, searched and grouped as any other event. Reading the reports is `protocol::security`.

mod message;

use std::time::Duration;

use model::Timestamp;
use protocol::{
    event::{Event, EventType, LogEntry, Object, Request, User},
    security::{Origin, Report, reduced_directive},
};
use serde_json::Value;

use crate::Context;

/// The event of a report. It still is to be normalized as any other.
pub fn event(report: Report, origin: &Origin, received_at: Timestamp) -> Event {
    let interface = &report.interface;
    let mut event = Event {
        kind: report.kind,
        release: origin.release.clone(),
        environment: origin.environment.clone(),
        logentry: Some(LogEntry {
            formatted: Some(message::of(report.kind, interface)),
            ..LogEntry::default()
        }),
        ..Event::default()
    };
    match report.kind {
        EventType::Csp => csp(&mut event, interface),
        EventType::Nel => nel(&mut event, interface, received_at),
        kind => certificate(&mut event, kind, interface),
    }
    let place = match report.kind {
        EventType::Csp => &mut event.csp,
        EventType::Hpkp => &mut event.hpkp,
        EventType::ExpectCt => &mut event.expectct,
        EventType::ExpectStaple => &mut event.expectstaple,
        _ => &mut event.nel,
    };
    *place = report.interface;
    event
}

/// What every event with such an interface gets, also one that an SDK sent as JSON.
pub(crate) fn normalize(event: &mut Event, cx: &Context<'_>) {
    let is_security = [&event.csp, &event.hpkp, &event.expectct, &event.expectstaple]
        .iter()
        .any(|interface| !interface.is_empty());
    if !is_security && event.nel.is_empty() {
        return;
    }
    let logger = if is_security { "csp" } else { "nel" };
    event.logger.get_or_insert_with(|| logger.to_owned());
    // The browser that reports is the user's.
    let user = event.user.as_ref();
    if let Some(ip) = cx.client_ip
        && user.is_none_or(|user| user.ip_address.is_none())
    {
        event.user.get_or_insert_with(User::default).ip_address = Some(ip.to_string());
    }
    if let Some(user_agent) = cx.user_agent.filter(|user_agent| !user_agent.is_empty()) {
        let request = event.request.get_or_insert_with(Request::default);
        if request.header("User-Agent").is_none() {
            request.headers.push(("User-Agent".to_owned(), user_agent.to_owned()));
        }
    }
}

fn csp(event: &mut Event, csp: &Object) {
    let document = text(csp, "document_uri");
    let culprit = reduced_directive(text(csp, "violated_directive"), document);
    event.culprit = (!culprit.is_empty()).then_some(culprit);
    event.tags = vec![
        tag("effective-directive", text(csp, "effective_directive")),
        tag("blocked-uri", without_secrets(text(csp, "blocked_uri"))),
    ];
    let referrer = text(csp, "referrer");
    event.request = request(document, ("Referer", referrer));
}

/// Addresses of this API carry keys and card data in their query, and tags are shown everywhere.
fn without_secrets(uri: &str) -> &str {
    if !uri.starts_with("https://api.stripe.com/") {
        return uri;
    }
    uri.split(['#', '?']).next().unwrap_or(uri)
}

fn certificate(event: &mut Event, kind: EventType, report: &Object) {
    let hostname = text(report, "hostname");
    event.tags = vec![tag("hostname", hostname)];
    for (key, field) in [
        ("port", "port"),
        ("include-subdomains", "include_subdomains"),
        ("response_status", "response_status"),
        ("cert_status", "cert_status"),
    ] {
        match report.get(field) {
            Some(Value::String(value)) => event.tags.push(tag(key, value)),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => event.tags.push(tag(key, &value.to_string())),
            _ => {}
        }
    }
    if kind != EventType::Hpkp {
        event.culprit = Some(hostname.to_owned());
    }
    event.request = request(hostname, ("", ""));
}

fn nel(event: &mut Event, report: &Object, received_at: Timestamp) {
    event.logger = Some("nel".to_owned());
    if let Some(Value::Object(body)) = report.get("body") {
        for key in ["method", "protocol", "status_code", "server_ip"] {
            match body.get(key) {
                Some(Value::String(value)) => event.tags.push(tag(key, value)),
                Some(Value::Number(value)) => event.tags.push(tag(key, &value.to_string())),
                _ => {}
            }
        }
    }
    event.request = request(text(report, "url"), ("User-Agent", text(report, "user_agent")));
    // Browsers keep reports until the network is back.
    let age = report.get("age").and_then(Value::as_u64).unwrap_or_default();
    event.timestamp = Some(received_at - Duration::from_millis(age));
}

fn request(url: &str, (header, value): (&str, &str)) -> Option<Request> {
    if url.is_empty() && value.is_empty() {
        return None;
    }
    Some(Request {
        url: (!url.is_empty()).then(|| url.to_owned()),
        headers: if value.is_empty() {
            Vec::new()
        } else {
            vec![tag(header, value)]
        },
        ..Request::default()
    })
}

fn tag(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn text<'a>(map: &'a Object, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
