//! What spans and logs say of themselves, by names of conventions and by names of their own.

use std::borrow::Cow;

use query::{Kind, Known};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::builder::Builder;

#[derive(Debug, Clone, Copy)]
pub(super) enum Attribute<'a> {
    Value(&'a Value),
    Text(&'a str),
    Number(f64),
}

impl<'a> Attribute<'a> {
    fn number(self) -> Option<f64> {
        match self {
            Self::Value(value) => value.as_f64(),
            Self::Text(_) => None,
            Self::Number(number) => Some(number),
        }
    }

    /// As it is compared; lists are their JSON.
    fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Value(Value::Null) => None,
            Self::Value(Value::String(text)) => Some(text.as_str().into()),
            Self::Value(value) => Some(value.to_string().into()),
            Self::Text(text) => Some(text.into()),
            Self::Number(number) => Some(number.to_string().into()),
        }
    }
}

/// As attributes are written: `{"type": "string", "value": "x"}`.
impl Serialize for Attribute<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = match self {
            Self::Value(Value::Bool(_)) => "boolean",
            Self::Value(Value::Number(number)) if number.is_f64() => "double",
            Self::Value(Value::Number(_)) => "integer",
            Self::Value(Value::Array(_)) => "array",
            Self::Number(_) => "double",
            Self::Value(_) | Self::Text(_) => "string",
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", kind)?;
        match self {
            // What has parts is told as its JSON.
            Self::Value(value @ Value::Object(_)) => map.serialize_entry("value", &value.to_string())?,
            Self::Value(value) => map.serialize_entry("value", value)?,
            Self::Text(text) => map.serialize_entry("value", text)?,
            Self::Number(number) => map.serialize_entry("value", number)?,
        }
        map.end()
    }
}

/// Fills what the attribute stands for: a field, or a tag or number under the name by which it is asked for.
pub(super) fn add(builder: &mut Builder, name: &str, attribute: Attribute<'_>) {
    if let Some(field) = field(name) {
        match field.kind() {
            Kind::Number | Kind::Duration => builder.number(field, attribute.number()),
            _ => builder.text(field, attribute.text().as_deref()),
        }
        // Under this name nothing but the field would be found.
        if name.starts_with("sentry.") || Known::from_name(name) == Some(field) {
            return;
        }
    }
    let Some(name) = shown(name) else { return };
    match attribute.number() {
        Some(number) => builder.named_number(&name, number),
        None => {
            if let Some(text) = attribute.text() {
                builder.tag(&name, &text);
            }
        }
    }
}

/// What all attributes together say.
pub(super) fn conclude(builder: &mut Builder) {
    let keys = [
        ("id", Known::UserId),
        ("username", Known::UserName),
        ("email", Known::UserEmail),
        ("ip", Known::UserIp),
    ];
    let user = keys
        .into_iter()
        .find_map(|(key, field)| Some(format!("{key}:{}", builder.get(field)?)));
    builder.text(Known::User, user.as_deref());
}

/// The field that an attribute fills. Of several names for one thing, the first in the order of attributes counts.
fn field(name: &str) -> Option<Known> {
    Some(match name {
        "sentry.environment" | "deployment.environment" | "deployment.environment.name" | "environment" => {
            Known::Environment
        }
        "sentry.release" | "release" => Known::Release,
        "sentry.dist" | "dist" => Known::Dist,
        "sentry.platform" | "platform" => Known::Platform,
        "sentry.segment.name" | "sentry.transaction" | "transaction" => Known::Transaction,
        "sentry.sdk.name" | "sdk.name" => Known::SdkName,
        "sentry.sdk.version" | "sdk.version" => Known::SdkVersion,
        "sentry.replay_id" | "sentry.replay.id" | "replay_id" => Known::Replay,
        "sentry.profile_id" | "profile_id" => Known::Profile,
        "server.address" => Known::ServerName,
        "logger.name" => Known::Logger,
        "sentry.user" => Known::User,
        "user.id" | "sentry.user.id" | "enduser.id" => Known::UserId,
        "user.email" | "sentry.user.email" => Known::UserEmail,
        "user.username" | "user.name" | "sentry.user.username" => Known::UserName,
        "user.ip" | "user.ip_address" | "sentry.user.ip" => Known::UserIp,
        "user.geo.country_code" | "sentry.user.geo.country_code" => Known::GeoCountry,
        "user.geo.region" => Known::GeoRegion,
        "user.geo.city" => Known::GeoCity,
        "user.geo.subdivision" => Known::GeoSubdivision,
        "http.request.method" | "http.method" => Known::HttpMethod,
        "http.response.status_code" | "http.status_code" | "sentry.status_code" => Known::HttpStatus,
        "url.full" | "http.url" => Known::HttpUrl,
        "sentry.op" => Known::Op,
        "sentry.status" => Known::Status,
        "sentry.description" => Known::Description,
        "sentry.group" => Known::SpanGroup,
        "sentry.category" => Known::SpanCategory,
        "sentry.action" => Known::SpanAction,
        "sentry.domain" => Known::SpanDomain,
        "sentry.segment.id" | "sentry.segment_id" => Known::Segment,
        "sentry.exclusive_time" => Known::SelfTime,
        "sentry.severity_number" => Known::SeverityNumber,
        _ => return None,
    })
}

/// The name that people know it by; `None` for what only machines need.
fn shown(name: &str) -> Option<Cow<'_, str>> {
    Some(match name {
        // As the time of receipt and the level, which are fields.
        "sentry.observed_timestamp_nanos" | "sentry.severity_text" | "sentry.is_segment" => return None,
        "sentry.origin" => "origin".into(),
        "sentry.kind" => "span.kind".into(),
        "sentry.system" => "span.system".into(),
        "sentry.message.template" => "message.template".into(),
        "sentry.payload_size_bytes" => "payload_size".into(),
        _ => match name.strip_prefix("sentry.message.parameter.") {
            Some(parameter) => format!("message.parameter.{parameter}").into(),
            None => name.into(),
        },
    })
}

/// The attributes of a span or log that was sent alone, with their values.
pub(super) fn of_json(member: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let attributes = member
        .get("attributes")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    attributes.filter_map(|(name, attribute)| Some((name.as_str(), attribute.get("value")?)))
}
