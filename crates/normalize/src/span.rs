//! Spans that were sent alone: what a transaction gives to its spans, they get here (`ingest.md` §7.3).

use model::Timestamp;
use protocol::{
    event::{Measurement, Measurements, Object, Span},
    items::span::StandaloneSpan,
};
use serde_json::Value;

use crate::{Context, Invalid, timestamps, transaction, user_agent};

const INVALID: Invalid = Invalid { reason: "invalid_span" };

/// Normalizes a span in place; safe to do twice, but for the drift of a clock, which is taken off when it is received.
pub fn span(span: &mut StandaloneSpan, cx: &Context<'_>) -> Result<(), Invalid> {
    let drift = timestamps::drift_of(cx);
    for time in [&mut span.start_timestamp, &mut span.end_timestamp] {
        *time = Timestamp(time.0.saturating_add(drift));
    }
    if span.start_timestamp > span.end_timestamp || !timestamps::is_believable(span.end_timestamp, cx) {
        return Err(INVALID);
    }
    browser(span, cx);
    let embedded = as_embedded(span);
    let op = embedded.op.clone().unwrap_or_default();
    segment(span, &op);
    let attributes = &mut span.attributes;
    attributes.set_default("sentry.op", op);
    let micros = span.end_timestamp.0.saturating_sub(span.start_timestamp.0);
    attributes.set_default("sentry.exclusive_time", transaction::milliseconds(micros));
    for (tag, value) in transaction::span_tags(&embedded).0 {
        let name = match tag.as_str() {
            "description" => "sentry.normalized_description",
            "action" => "sentry.action",
            "category" => "sentry.category",
            "domain" => "sentry.domain",
            "group" => "sentry.group",
            "status_code" => "sentry.status_code",
            _ => continue,
        };
        // What is derived here can be compared, what an SDK sent cannot.
        attributes.set(name, Value::from(value));
    }
    scores(span);
    Ok(())
}

/// The same as a span of a transaction, as far as rules look at it.
fn as_embedded(span: &StandaloneSpan) -> Span {
    let text = |name: &str| span.attributes.text(name).map(str::to_owned);
    let values = span.attributes.as_object().iter();
    let data: Object = values
        .filter_map(|(name, attribute)| Some((name.clone(), attribute.get("value")?.clone())))
        .collect();
    let mut embedded = Span {
        op: text("sentry.op"),
        origin: text("sentry.origin"),
        description: text("sentry.description").or_else(|| Some(span.name.clone())),
        data,
        ..Span::default()
    };
    transaction::default_op(&mut embedded);
    embedded
}

/// Whether it is the root of its service's part of the trace. Web vitals belong to a page, not to a request.
fn segment(span: &mut StandaloneSpan, op: &str) {
    const ID: &str = "sentry.segment.id";
    if op.starts_with("ui.interaction.") || op.starts_with("ui.webvital.") {
        span.is_segment = false;
        span.parent_span_id = None;
        span.attributes.as_object_mut().shift_remove(ID);
        return;
    }
    let own = span.span_id.to_string();
    match span.attributes.text(ID) {
        Some(segment) => span.is_segment = segment == own,
        None => span.is_segment |= span.parent_span_id.is_none(),
    }
    if span.is_segment {
        span.attributes.set_default(ID, own);
    }
}

/// The browser that sent it, where it is one and the SDK did not say so.
fn browser(span: &mut StandaloneSpan, cx: &Context<'_>) {
    let known = ["browser.name", "sentry.browser.name"];
    if known.iter().any(|name| span.attributes.get(name).is_some()) {
        return;
    }
    let own = span.attributes.text("user_agent.original").map(str::to_owned);
    let Some(user_agent) = own.as_deref().or(cx.user_agent) else {
        return;
    };
    if let Some(browser) = &user_agent::parse(user_agent).browser {
        span.attributes.set_default("browser.name", browser.family.as_str());
        if !browser.version.is_empty() {
            span.attributes
                .set_default("browser.version", browser.version.join("."));
        }
    }
}

fn scores(span: &mut StandaloneSpan) {
    let mut vitals = Measurements::default();
    for vital in ["cls", "fcp", "inp", "lcp", "ttfb"] {
        let value = span.attributes.get(&format!("browser.web_vital.{vital}.value"));
        if let Some(value) = value.and_then(Value::as_f64) {
            vitals.set(vital, Measurement::new(value, "none"));
        }
    }
    transaction::rate(&mut vitals, span.attributes.text("browser.name"));
    for (name, measurement) in vitals.0 {
        if let Some(value) = measurement.value.filter(|_| name.starts_with("score.")) {
            span.attributes.set(&name, Value::from(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::items::container::Members;
    use serde_json::json;

    use super::*;
    use crate::tests::{NOW, context};

    const CHROME: &str =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";

    /// A span of today's form of half a second, with these fields and attributes.
    fn read(fields: Value, attributes: Value) -> StandaloneSpan {
        let typed = attributes.as_object().unwrap().iter().map(|(name, value)| {
            let kind = if value.is_string() { "string" } else { "double" };
            (name.clone(), json!({"type": kind, "value": value}))
        });
        let mut span = json!({
            "trace_id": "6cf173d587eb48568a9b2e12dcfbea52", "span_id": "438f40bd3b4a41ee", "name": "GET /", "status": "ok",
            "start_timestamp": NOW.seconds() - 2, "end_timestamp": (NOW.seconds() as f64) - 1.5,
            "attributes": typed.collect::<Object>(),
        });
        for (key, value) in fields.as_object().unwrap() {
            span[key] = value.clone();
        }
        let body = json!({"items": [span]}).to_string();
        let mut members = Members::parse(body.as_bytes(), Some(1)).unwrap();
        members.valid.remove(0).item
    }

    fn normalized(fields: Value, attributes: Value) -> StandaloneSpan {
        let cx = Context {
            user_agent: Some(CHROME),
            ..context()
        };
        let mut normalized = read(fields, attributes);
        span(&mut normalized, &cx).unwrap();
        let once = normalized.to_json();
        span(&mut normalized, &cx).unwrap();
        assert_eq!(normalized.to_json(), once, "twice is once");
        normalized
    }

    #[test]
    fn a_query_is_grouped_as_in_a_transaction() {
        let span = normalized(
            json!({"parent_span_id": "438f40bd3b4a41ef"}),
            json!({"sentry.op": "db.query", "sentry.description": "SELECT a FROM users WHERE id = 5", "db.system": "postgresql", "sentry.group": "forged"}),
        );
        for (name, expected) in [
            ("sentry.normalized_description", "SELECT a FROM users WHERE id = %s"),
            ("sentry.category", "db"),
            ("sentry.action", "SELECT"),
            ("sentry.domain", ",users,"),
            ("sentry.group", "2c75b324f3159c33"),
            ("browser.name", "Chrome"),
            ("browser.version", "120.0.0"),
        ] {
            assert_eq!(span.attributes.text(name), Some(expected), "{name}");
        }
        assert_eq!(span.attributes.get("sentry.exclusive_time"), Some(&json!(500.0)));
        assert!(!span.is_segment);
    }

    #[test]
    fn operations_are_never_missing() {
        let op = |attributes: Value| {
            normalized(json!({}), attributes)
                .attributes
                .text("sentry.op")
                .map(str::to_owned)
        };
        assert_eq!(op(json!({})).as_deref(), Some("default"));
        assert_eq!(op(json!({"messaging.system": "kafka"})).as_deref(), Some("message"));
        assert_eq!(op(json!({"sentry.op": "own"})).as_deref(), Some("own"));
    }

    #[test]
    fn roots_of_services_are_segments() {
        let check = |fields: Value, attributes: Value, is_segment: bool, id: Option<&str>| {
            let span = normalized(fields.clone(), attributes.clone());
            assert_eq!(span.is_segment, is_segment, "{fields} {attributes}");
            assert_eq!(span.attributes.text("sentry.segment.id"), id, "{fields} {attributes}");
        };
        let (own, other) = ("438f40bd3b4a41ee", "438f40bd3b4a41ef");
        let parent = || json!({"parent_span_id": other});
        check(json!({}), json!({}), true, Some(own));
        check(parent(), json!({}), false, None);
        check(
            json!({"parent_span_id": other, "is_segment": true}),
            json!({}),
            true,
            Some(own),
        );
        check(parent(), json!({"sentry.segment.id": other}), false, Some(other));
        check(parent(), json!({"sentry.segment.id": own}), true, Some(own));
        let interaction = json!({"sentry.op": "ui.interaction.click", "sentry.segment.id": own});
        check(json!({"is_segment": true}), interaction, false, None);
    }

    #[test]
    fn web_vitals_are_rated() {
        let span = normalized(
            json!({}),
            json!({"sentry.op": "ui.webvital.lcp", "browser.web_vital.lcp.value": 548.0}),
        );
        let total = span.attributes.get("score.total").and_then(Value::as_f64).unwrap();
        assert!((total - 0.996_84).abs() < 1e-5);
        assert_eq!(normalized(json!({}), json!({})).attributes.get("score.total"), None);
    }

    #[test]
    fn clocks_that_are_wrong_and_times_that_cannot_be() {
        let hours = |hours: i64| (NOW.seconds() + hours * 3_600) as f64;
        let at = |hours_from_now: i64| json!({"start_timestamp": hours(hours_from_now) - 1.0, "end_timestamp": hours(hours_from_now)});
        let mut late = read(at(5), json!({}));
        assert_eq!(span(&mut late, &context()), Err(INVALID));
        let cx = Context {
            sent_at: Some(Timestamp(NOW.0 + 5 * 3_600_000_000)),
            ..context()
        };
        let mut late = read(at(5), json!({}));
        assert_eq!(span(&mut late, &cx), Ok(()));
        assert_eq!(late.end_timestamp, NOW);
        assert_eq!(span(&mut read(at(-31 * 24), json!({})), &context()), Err(INVALID));
    }
}
