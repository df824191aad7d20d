//! What others than SDKs send: OpenTelemetry, and platforms that drain their logs. The body stays as it is; the content
//! type of the item says how it is to be read.

use protocol::{
    envelope::{ItemHeaders, ItemType},
    items::Invalid,
    otlp::Form,
};

use super::{RawItem, Request};
use crate::RecordKind;

pub(crate) const OTLP_SPANS_JSON: &str = "application/vnd.sentry.integration.otel.spans+json";
pub(crate) const OTLP_SPANS_PROTOBUF: &str = "application/vnd.sentry.integration.otel.spans+protobuf";
pub(crate) const OTLP_LOGS_JSON: &str = "application/vnd.sentry.integration.otel.logs+json";
pub(crate) const OTLP_LOGS_PROTOBUF: &str = "application/vnd.sentry.integration.otel.logs+protobuf";
pub(crate) const VERCEL_LOGS: &str = "application/vnd.sentry.integration.vercel.logs+json";
pub(crate) const HEROKU_LOGS: &str = "application/vnd.sentry.integration.heroku.logs";

pub(super) fn items(request: &Request<'_>) -> Result<Vec<RawItem>, Invalid> {
    let content_type = request.content_type().split(';').next().unwrap_or_default();
    let content_type = content_type.trim().to_ascii_lowercase();
    let form = Form::of_content_type(&content_type);
    let (item_type, content_type) = match (request.meta.kind, form) {
        (RecordKind::OtlpTraces, Some(Form::Json)) => (ItemType::Span, OTLP_SPANS_JSON),
        (RecordKind::OtlpTraces, Some(Form::Protobuf)) => (ItemType::Span, OTLP_SPANS_PROTOBUF),
        (RecordKind::OtlpLogs, Some(Form::Json)) => (ItemType::Log, OTLP_LOGS_JSON),
        (RecordKind::OtlpLogs, Some(Form::Protobuf)) => (ItemType::Log, OTLP_LOGS_PROTOBUF),
        (RecordKind::VercelLogs, _) => (ItemType::Log, VERCEL_LOGS),
        (RecordKind::HerokuLogs, _) => (ItemType::Log, HEROKU_LOGS),
        (_, _) => {
            return Err(Invalid {
                reason: "content_type",
                detail: content_type,
            });
        }
    };
    let mut headers = ItemHeaders::new(item_type);
    headers.content_type = Some(content_type.to_owned());
    Ok(vec![request.item(0, headers, request.body.clone())])
}
