//! OpenTelemetry's own protocol over HTTP: traces and logs, in Protocol Buffers or in JSON, become the spans and logs that
//! envelopes have (`ingest.md` §1.1, §7.3, §11).
//!
//! [`json`] and [`protobuf`] read the two forms into [`model`]; [`spans`] and [`logs`] say what that means.

mod json;
mod logs;
mod model;
mod protobuf;
mod spans;
mod wire;

use ::model::Timestamp;

use crate::items::{
    Invalid,
    container::{IngestSettings, Members},
    log::Log,
    span::StandaloneSpan,
};

/// Spans or logs of one request; beyond it, it is refused.
pub const MAX_MEMBERS: usize = 50_000;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Protobuf,
}

impl Form {
    /// By the content type without parameters, in lower case.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        match content_type {
            "application/json" => Some(Self::Json),
            "application/x-protobuf" | "application/protobuf" => Some(Self::Protobuf),
            _ => None,
        }
    }
}

/// Reads the body of `…/v1/traces`.
pub fn traces(form: Form, body: &[u8]) -> Result<Members<StandaloneSpan>, Invalid> {
    let groups = match form {
        Form::Json => json::traces(body)?,
        Form::Protobuf => protobuf::traces(body)?,
    };
    let mut members = none();
    for group in groups {
        for span in group.members {
            spans::convert(span, &group.resource, &group.scope, &mut members);
        }
    }
    Ok(members)
}

/// Reads the payload of an item `otel_span`: one span of the JSON form.
pub fn span(payload: &[u8]) -> Result<Members<StandaloneSpan>, Invalid> {
    let mut members = none();
    let scope = model::Scope::default();
    spans::convert(
        json::single_span(payload)?,
        &crate::event::Object::new(),
        &scope,
        &mut members,
    );
    Ok(members)
}

/// Reads the body of `…/v1/logs`.
pub fn logs(form: Form, body: &[u8], received_at: Timestamp) -> Result<Members<Log>, Invalid> {
    let groups = match form {
        Form::Json => json::logs(body)?,
        Form::Protobuf => protobuf::logs(body)?,
    };
    let mut members = none();
    for group in groups {
        for record in group.members {
            logs::convert(record, &group.resource, &group.scope, received_at, &mut members);
        }
    }
    Ok(members)
}

fn none<T>() -> Members<T> {
    Members {
        valid: Vec::new(),
        invalid: Vec::new(),
        settings: IngestSettings::default(),
    }
}

#[cfg(test)]
mod tests;
