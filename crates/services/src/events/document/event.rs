//! What all events have.

use model::EventId;
use protocol::event::{Event, EventType, Object};
use query::{Dataset, Known};
use serde_json::Value;
use store::events::Document;

use super::{builder::Builder, exceptions, search_text, transaction};
use crate::events::ProcessedEvent;

pub(super) fn document(processed: &ProcessedEvent) -> Document {
    let ProcessedEvent {
        event,
        summary,
        received_at,
        ..
    } = processed;
    let dataset = match event.kind {
        EventType::Transaction => Dataset::Transactions,
        EventType::Feedback => Dataset::Occurrences,
        _ => Dataset::Errors,
    };
    let times = event.timestamp.into_iter().collect::<Vec<_>>();
    let mut builder = Builder::new(dataset, (processed.project, processed.id), &times, *received_at);
    if let Some(grouping) = &processed.grouping {
        builder.hash(grouping.hashes[0].to_string());
        builder.text(Known::GroupingConfig, Some(&grouping.strategy.to_string()));
    }
    let metadata = &summary.metadata;
    builder.text(Known::EventType, Some(event.kind.name()));
    builder.text(Known::Title, Some(&metadata.title));
    builder.text(Known::Culprit, Some(&metadata.culprit));
    builder.text(Known::Location, metadata.location.as_deref());
    // As Sentry has it: everything that a message is searched in, not only what was logged.
    builder.text(Known::Message, Some(&metadata.search_text));
    shared(&mut builder, event);
    tags(&mut builder, &summary.tags);
    request(&mut builder, event, &summary.tags);
    trace(&mut builder, event);
    match dataset {
        Dataset::Transactions => transaction::describe(&mut builder, event),
        Dataset::Errors => exceptions::describe(&mut builder, event),
        _ => {}
    }
    builder.search_text(search_text::of_event(event, summary));
    builder.finish(processed.payload.clone())
}

/// What the spans of a transaction have in common with it.
pub(super) fn shared(builder: &mut Builder, event: &Event) {
    builder.text(Known::Platform, event.platform.as_deref());
    builder.text(Known::Environment, event.environment.as_deref());
    builder.text(Known::Release, event.release.as_deref());
    builder.text(Known::Dist, event.dist.as_deref());
    builder.text(Known::Transaction, event.transaction.as_deref());
    if let Some(sdk) = &event.sdk {
        builder.text(Known::SdkName, sdk.name.as_deref());
        builder.text(Known::SdkVersion, sdk.version.as_deref());
    }
    if let Some(user) = &event.user {
        builder.text(Known::User, user.sentry_user.as_deref());
        builder.text(Known::UserId, user.id.as_deref());
        builder.text(Known::UserEmail, user.email.as_deref());
        builder.text(Known::UserName, user.username.as_deref());
        builder.text(Known::UserIp, user.ip_address.as_deref());
        let geo = |field: &str| user.geo.get(field).and_then(Value::as_str);
        builder.text(Known::GeoCountry, geo("country_code"));
        builder.text(Known::GeoRegion, geo("region"));
        builder.text(Known::GeoCity, geo("city"));
        builder.text(Known::GeoSubdivision, geo("subdivision"));
    }
    builder.text(Known::Trace, of_context(event, "trace", "trace_id"));
    let replay = of_context(event, "replay", "replay_id").or_else(|| event.tag("replayId"));
    builder.text(Known::Replay, id(replay).as_deref());
    builder.text(Known::Profile, of_context(event, "profile", "profile_id"));
}

/// Ids are compared as texts, so each has one form.
fn id(text: Option<&str>) -> Option<String> {
    Some(text?.parse::<EventId>().ok()?.to_string())
}

/// Those that are fields of events as well stand there only.
fn tags(builder: &mut Builder, tags: &[(String, String)]) {
    for (key, value) in tags {
        match Known::TAGS.iter().find(|(tag, _)| tag == key) {
            Some((_, field)) => builder.text(*field, Some(value)),
            None => builder.tag(key, value),
        }
    }
}

fn request(builder: &mut Builder, event: &Event, tags: &[(String, String)]) {
    let tag = |name: &str| {
        let found = tags.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    };
    builder.text(Known::HttpUrl, tag("url"));
    if let Some(request) = &event.request {
        builder.text(Known::HttpUrl, request.url.as_deref());
        builder.text(Known::HttpMethod, request.method.as_deref());
        builder.text(Known::HttpReferer, request.header("referer"));
    }
    builder.text(Known::HttpStatus, tag("http.status_code"));
    let response = event
        .context("response")
        .and_then(|response| response.get("status_code"));
    let data = trace_data(event);
    let attribute = |name: &str| data?.get(name);
    let status = [
        response,
        attribute("http.response.status_code"),
        attribute("http.status_code"),
    ];
    let status = status.into_iter().flatten().find_map(|status| match status {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    });
    builder.text(Known::HttpStatus, status.as_deref());
}

fn trace(builder: &mut Builder, event: &Event) {
    builder.text(Known::Span, of_context(event, "trace", "span_id"));
    builder.text(Known::ParentSpan, of_context(event, "trace", "parent_span_id"));
}

/// The attributes of the root span.
pub(super) fn trace_data(event: &Event) -> Option<&Object> {
    event.context("trace")?.get("data")?.as_object()
}

pub(super) fn of_context<'a>(event: &'a Event, context: &str, field: &str) -> Option<&'a str> {
    event.context(context)?.get(field)?.as_str()
}
