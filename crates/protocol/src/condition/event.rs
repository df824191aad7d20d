//! The names by which conditions know the fields of events and spans: those that Sentry's rules use.

use std::borrow::Cow;

use serde_json::Value;

use super::{FieldValue, Fields};
use crate::event::{Event, EventType, Exception, Object, Span};

impl Fields for Event {
    fn get(&self, path: &str) -> Option<FieldValue<'_>> {
        let path = path.strip_prefix("event.")?;
        match path {
            "type" => Some(self.kind.name().into()),
            "level" => Some(self.level?.name().into()),
            "release" => text(&self.release),
            "dist" => text(&self.dist),
            "environment" => text(&self.environment),
            "transaction" => text(&self.transaction),
            "logger" => text(&self.logger),
            "server_name" => text(&self.server_name),
            "platform" => Some(self.platform.as_deref().unwrap_or("other").into()),
            "logentry.formatted" => text(&self.logentry.as_ref()?.formatted),
            "logentry.message" => text(&self.logentry.as_ref()?.message),
            "sentry_user" => text(&self.user.as_ref()?.sentry_user),
            "sdk.name" => text(&self.sdk.as_ref()?.name),
            "sdk.version" => text(&self.sdk.as_ref()?.version),
            "duration" => self.duration_millis(),
            "transaction.source" => text(&self.transaction_info.as_ref()?.source),
            _ => {
                let (root, rest) = path.split_once('.')?;
                match root {
                    "user" => self.user_field(rest),
                    "request" => self.request_field(rest),
                    "contexts" => self.context_field(rest),
                    "tags" => self.tag(rest).map(FieldValue::from),
                    "extra" => at(&self.extra, rest),
                    "measurements" => {
                        let name = rest.strip_suffix(".value").unwrap_or(rest);
                        self.measurements.value(name).map(FieldValue::Float)
                    }
                    "breakdowns" => {
                        let (name, kind) = rest.split_once('.')?;
                        self.breakdowns.named(name)?.value(kind).map(FieldValue::Float)
                    }
                    "release" => release_part(self.release.as_deref()?, rest),
                    _ => None,
                }
            }
        }
    }

    fn list(&self, path: &str) -> Option<Vec<&dyn Fields>> {
        match path {
            "event.exceptions" | "event.exception.values" => Some(
                self.exception
                    .iter()
                    .map(|exception| exception as &dyn Fields)
                    .collect(),
            ),
            _ => None,
        }
    }
}

impl Event {
    fn duration_millis(&self) -> Option<FieldValue<'static>> {
        let (start, end) = self.start_timestamp.zip(self.timestamp)?;
        if self.kind != EventType::Transaction || start > end {
            return None;
        }
        Some(FieldValue::Float(end.since(start).as_secs_f64() * 1e3))
    }

    fn user_field(&self, name: &str) -> Option<FieldValue<'_>> {
        let user = self.user.as_ref()?;
        match name {
            "id" => filled(&user.id),
            "email" => filled(&user.email),
            "username" => filled(&user.username),
            "name" => filled(&user.name),
            "segment" => filled(&user.segment),
            "ip_address" => filled(&user.ip_address),
            _ => match name.split_once('.')? {
                ("geo", name) => at(&user.geo, name),
                ("data", name) => at(&user.data, name),
                _ => None,
            },
        }
    }

    fn request_field(&self, name: &str) -> Option<FieldValue<'_>> {
        let request = self.request.as_ref()?;
        match name {
            "url" => text(&request.url),
            "method" => text(&request.method),
            _ => match name.split_once('.')? {
                ("headers", name) => request.header(name).map(FieldValue::from),
                _ => None,
            },
        }
    }

    /// `os` alone is the name and the version of it, as the tag of that name has it.
    fn context_field(&self, path: &str) -> Option<FieldValue<'_>> {
        match path.split_once('.') {
            Some((name, path)) => at(self.context(name)?, path),
            None => {
                let context = self.context(path)?;
                let part = |key| context.get(key).and_then(Value::as_str);
                match (part(path), part("name"), part("version")) {
                    (Some(both), _, _) => Some(both.into()),
                    (None, Some(name), Some(version)) => Some(FieldValue::Text(format!("{name} {version}").into())),
                    (None, name, _) => name.map(FieldValue::from),
                }
            }
        }
    }
}

impl Fields for Exception {
    fn get(&self, path: &str) -> Option<FieldValue<'_>> {
        match path {
            "ty" | "type" => text(&self.kind),
            "value" => text(&self.value),
            "module" => text(&self.module),
            "mechanism.type" => text(&self.mechanism.as_ref()?.kind),
            "mechanism.handled" => self.mechanism.as_ref()?.handled.map(FieldValue::Bool),
            _ => None,
        }
    }
}

impl Fields for Span {
    fn get(&self, path: &str) -> Option<FieldValue<'_>> {
        match path.strip_prefix("span.")? {
            "op" => text(&self.op),
            "description" => text(&self.description),
            "origin" => text(&self.origin),
            "kind" => text(&self.kind),
            "platform" => text(&self.platform),
            "status" => self.status.map(|status| status.name().into()),
            "is_segment" => self.is_segment.map(FieldValue::Bool),
            "exclusive_time" => self.exclusive_time.map(FieldValue::Float),
            "duration" => {
                let (start, end) = self.start_timestamp.zip(self.timestamp)?;
                (start <= end).then(|| FieldValue::Float(end.since(start).as_secs_f64() * 1e3))
            }
            path => match path.split_once('.')? {
                ("data", name) => at(&self.data, name),
                ("tags", name) => entry(&self.tags, name),
                ("sentry_tags", name) => entry(&self.sentry_tags, name),
                ("measurements", name) => {
                    let name = name.strip_suffix(".value").unwrap_or(name);
                    self.measurements.value(name).map(FieldValue::Float)
                }
                _ => None,
            },
        }
    }
}

fn entry<'a>(entries: &'a [(String, String)], name: &str) -> Option<FieldValue<'a>> {
    let (_, value) = entries.iter().find(|(key, _)| key == name)?;
    Some(value.as_str().into())
}

fn text(field: &Option<String>) -> Option<FieldValue<'_>> {
    field.as_deref().map(FieldValue::from)
}

fn filled(field: &Option<String>) -> Option<FieldValue<'_>> {
    text(field).filter(|value| *value != FieldValue::Text(Cow::Borrowed("")))
}

/// A value in a tree by the names on the way to it. A key may have dots in it; the shortest that is there wins.
fn at<'a>(object: &'a Object, path: &str) -> Option<FieldValue<'a>> {
    if let Some(value) = object.get(path) {
        return FieldValue::from_json(value);
    }
    let (name, rest) = path.split_once('.')?;
    at(object.get(name)?.as_object()?, rest)
}

/// `package@version+build`, or the parts of it that there are.
fn release_part<'a>(release: &'a str, part: &str) -> Option<FieldValue<'a>> {
    let (package, version) = match release.split_once('@') {
        Some((package, version)) => (Some(package), version),
        None => (None, release),
    };
    let (short, build) = match version.split_once('+') {
        Some((short, build)) => (short, Some(build)),
        None => (version, None),
    };
    let value = match part {
        "package" => package?,
        "version.short" => short,
        "build" => build?,
        _ => return None,
    };
    Some(value.into())
}
