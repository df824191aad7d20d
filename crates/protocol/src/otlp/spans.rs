use serde_json::{Value, json};

use super::model::{RawLink, RawSpan, Scope, time};
use crate::{
    event::{Meta, Object, SpanId, SpanStatus, TraceId},
    items::{
        Invalid,
        attributes::Attributes,
        container::{Member, Members, Read, Refused, json_length},
        span::{Link, StandaloneSpan},
    },
};

/// The status code of OpenTelemetry for a failure.
const STATUS_ERROR: u64 = 2;

/// The flags of a link or span that say whether its parent is in another process, and whether that is known.
const HAS_IS_REMOTE: u64 = 0x100;
const IS_REMOTE: u64 = 0x200;
const SAMPLED: u64 = 1;

pub(super) fn convert(raw: RawSpan, resource: &Object, scope: &Scope, members: &mut Members<StandaloneSpan>) {
    let bytes = json_length(&raw.attributes) + json_length(&raw.name) + json_length(&raw.events);
    match span(raw, resource, scope).and_then(|span| span.check().map(|()| span)) {
        Ok(item) if bytes <= StandaloneSpan::MAX_BYTES => members.valid.push(Member { item, bytes }),
        Ok(_) => members.invalid.push(refused(bytes, "too large".to_owned())),
        Err(detail) => members.invalid.push(refused(bytes, detail)),
    }
}

fn refused(bytes: u64, detail: String) -> Refused {
    Refused {
        bytes,
        error: Invalid::new(StandaloneSpan::INVALID, detail),
    }
}

fn span(raw: RawSpan, resource: &Object, scope: &Scope) -> Result<StandaloneSpan, String> {
    let missing = |field: &str| format!("`{field}` is missing or invalid");
    let parent_span_id = span_id(&raw.parent_span_id);
    let is_remote = (raw.flags & HAS_IS_REMOTE != 0).then_some(raw.flags & IS_REMOTE != 0);
    let mut attributes = Attributes::read(Some(typed(raw.attributes)), &mut Meta::default());
    scope.describe(resource, &mut attributes);
    if let Some(kind) = kind_name(raw.kind) {
        attributes.set_default("sentry.kind", kind);
    }
    let op = op(&attributes, raw.kind);
    attributes.set_default("sentry.op", op);
    if let Some(is_remote) = is_remote {
        attributes.set_default("sentry.is_remote", is_remote);
    }
    let failed = raw.status_code == STATUS_ERROR;
    if let Some(status) = status(&attributes, failed) {
        attributes.set_default("sentry.status", status.name());
    }
    if !raw.status_message.is_empty() {
        attributes.set_default("sentry.status.message", raw.status_message);
    }
    if !raw.events.is_empty() {
        attributes.set_default("otel.events", Value::Array(raw.events).to_string());
    }
    Ok(StandaloneSpan {
        trace_id: trace_id(&raw.trace_id).ok_or_else(|| missing("trace_id"))?,
        span_id: span_id(&raw.span_id).ok_or_else(|| missing("span_id"))?,
        parent_span_id,
        name: raw.name,
        status: if failed { "error" } else { "ok" }.to_owned(),
        is_segment: parent_span_id.is_none() || is_remote == Some(true),
        start_timestamp: time(raw.start_nanos).ok_or_else(|| missing("start_time_unix_nano"))?,
        end_timestamp: time(raw.end_nanos).ok_or_else(|| missing("end_time_unix_nano"))?,
        links: raw.links.into_iter().filter_map(link).collect(),
        attributes,
        meta: Meta::default(),
    })
}

fn link(raw: RawLink) -> Option<Link> {
    Some(Link {
        trace_id: trace_id(&raw.trace_id)?,
        span_id: span_id(&raw.span_id)?,
        sampled: raw.flags & SAMPLED != 0,
        attributes: Attributes::read(Some(typed(raw.attributes)), &mut Meta::default()),
    })
}

/// Values that say no type, as attributes that do.
pub(super) fn typed(values: Object) -> Value {
    let mut attributes = Attributes::default();
    for (name, value) in values {
        attributes.set(&name, value);
    }
    json!(attributes)
}

pub(super) fn trace_id(bytes: &[u8]) -> Option<TraceId> {
    Some(TraceId(bytes.try_into().ok()?)).filter(|id| !id.is_zero())
}

pub(super) fn span_id(bytes: &[u8]) -> Option<SpanId> {
    Some(SpanId(bytes.try_into().ok()?)).filter(|id| id.0 != [0; 8])
}

fn kind_name(kind: u64) -> Option<&'static str> {
    ["internal", "server", "client", "producer", "consumer"]
        .get(usize::try_from(kind.checked_sub(1)?).ok()?)
        .copied()
}

/// What the span was busy with, by the conventions that its attributes follow.
fn op(attributes: &Attributes, kind: u64) -> String {
    let has = |names: &[&str]| names.iter().any(|name| attributes.get(name).is_some());
    if has(&["http.request.method", "http.method"]) {
        let side = match kind_name(kind) {
            Some("server") => ".server",
            Some("client") => ".client",
            _ => "",
        };
        format!("http{side}")
    } else if has(&["db.system.name", "db.system"]) {
        "db".to_owned()
    } else if has(&["rpc.service", "rpc.system"]) {
        "rpc".to_owned()
    } else if has(&["messaging.system"]) {
        "message".to_owned()
    } else {
        attributes.text("faas.trigger").unwrap_or("default").to_owned()
    }
}

/// How it ended, more exactly than OpenTelemetry's own code says.
fn status(attributes: &Attributes, failed: bool) -> Option<SpanStatus> {
    let number = |names: &[&str]| names.iter().find_map(|name| attributes.get(name)?.as_u64());
    if let Some(code) = number(&["rpc.grpc.status_code"]) {
        return SpanStatus::from_number(code);
    }
    let of_http = number(&["http.response.status_code", "http.status_code"]).and_then(http_status);
    match of_http {
        Some(status) if failed == status.is_failure() || !failed => Some(status),
        _ if failed => Some(SpanStatus::InternalError),
        _ => None,
    }
}

/// `ingest.md` §7.1.
fn http_status(code: u64) -> Option<SpanStatus> {
    Some(match code {
        200..=399 => SpanStatus::Ok,
        401 => SpanStatus::Unauthenticated,
        403 => SpanStatus::PermissionDenied,
        404 => SpanStatus::NotFound,
        409 => SpanStatus::AlreadyExists,
        429 => SpanStatus::ResourceExhausted,
        499 => SpanStatus::Cancelled,
        400..=498 => SpanStatus::InvalidArgument,
        501 => SpanStatus::Unimplemented,
        503 => SpanStatus::Unavailable,
        504 => SpanStatus::DeadlineExceeded,
        500..=599 => SpanStatus::InternalError,
        _ => return None,
    })
}
