//! What browsers report of their own accord: violations of a content security policy, of certificate rules, and network
//! errors (`ingest.md` §1.1, §3.3 "Security reports").
//!
//! A browser posts one report, or a batch of the Reporting API; both come out as [`Report`]s with the interface that an
//! event of their type carries. What such an event says is written by `normalize::security`.

mod certificate;
mod csp;
mod fields;
mod nel;

use model::Timestamp;
use serde_json::Value;

pub use self::csp::{CspDirective, is_local, reduced_directive, reduced_uri};
use crate::event::{EventType, Object, json};

/// One report of a browser, in the form in which an event stores it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub kind: EventType,
    /// `csp`, `hpkp`, `expectct`, `expectstaple` or `nel` of the event: keys in snake case, unknown ones left out.
    pub interface: Object,
}

/// Why a report, or a whole body, is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("unsupported content type of a security report")]
    ContentType,
    #[error("empty security report")]
    Empty,
    #[error("a security report is a JSON object or an array of them")]
    InvalidJson,
    #[error("unknown type of security report")]
    UnknownType,
    #[error("invalid security report: {0}")]
    Malformed(&'static str),
}

impl Error {
    /// The reason of the outcome.
    pub fn reason(self) -> &'static str {
        match self {
            Self::ContentType => "content_type",
            Self::Empty => "no_data",
            Self::InvalidJson => "invalid_json",
            Self::UnknownType => "security_report_type",
            Self::Malformed(_) => "security_report",
        }
    }
}

/// The most reports that one body may hold: browsers send a hundred at the very most.
pub const MAX_REPORTS: usize = 1_000;

/// Whether the endpoint for security reports takes bodies of this type.
pub fn accepts(content_type: Option<&str>) -> bool {
    const TYPES: [&str; 6] = [
        "application/json",
        "application/csp-report",
        "application/expect-ct-report",
        "application/expect-ct-report+json",
        "application/expect-staple-report",
        "application/reports+json",
    ];
    let essence = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    TYPES.iter().any(|known| essence.eq_ignore_ascii_case(known))
}

/// The reports of a body, each by itself: one that is broken does not spoil its batch. An item `raw_security` or `nel`
/// is read the same way.
pub fn parse(body: &[u8]) -> Result<Vec<Result<Report, Error>>, Error> {
    if body.trim_ascii().is_empty() {
        return Err(Error::Empty);
    }
    let mut value = json::parse(body).map_err(|_| Error::InvalidJson)?;
    json::flatten(&mut value);
    json::replace_nul(&mut value);
    match value {
        Value::Array(reports) if reports.is_empty() => Err(Error::Empty),
        Value::Array(reports) if reports.len() > MAX_REPORTS => Err(Error::Malformed("too many reports")),
        Value::Array(reports) => Ok(reports.into_iter().map(one).collect()),
        report @ Value::Object(_) => Ok(vec![one(report)]),
        _ => Err(Error::InvalidJson),
    }
}

/// The type follows from the keys; only the Reporting API names it.
fn one(report: Value) -> Result<Report, Error> {
    let Value::Object(mut report) = report else {
        return Err(Error::Malformed("expected an object"));
    };
    for (key, read) in [
        ("csp-report", csp::read as fn(Object) -> Result<Report, Error>),
        ("expect-ct-report", certificate::expect_ct),
        ("expect-staple-report", certificate::expect_staple),
    ] {
        if let Some(body) = report.shift_remove(key) {
            return read(object(body)?);
        }
    }
    if report.contains_key("known-pins") {
        return certificate::hpkp(report);
    }
    match report.get("type").and_then(Value::as_str) {
        Some("csp-violation") => csp::read(object(report.shift_remove("body").unwrap_or_default())?),
        Some("network-error") => nel::read(report),
        Some(_) => Err(Error::UnknownType),
        // Without its envelope; some proxies unpack it.
        None if ["effectiveDirective", "effective-directive", "violated-directive"]
            .iter()
            .any(|key| report.contains_key(*key)) =>
        {
            csp::read(report)
        }
        None => Err(Error::UnknownType),
    }
}

fn object(value: Value) -> Result<Object, Error> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Error::Malformed("the report is no object")),
    }
}

/// What the address of the endpoint says of the page: `?sentry_release=…&sentry_environment=…`. As the header of an
/// item it has the same names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub release: Option<String>,
    pub environment: Option<String>,
}

impl Origin {
    pub fn from_query(query: &str) -> Self {
        let mut origin = Self::default();
        for (name, value) in crate::query_pairs(query) {
            match name.as_str() {
                "sentry_release" => origin.release = Some(value),
                "sentry_environment" => origin.environment = Some(value),
                _ => {}
            }
        }
        origin
    }

    /// From the headers of a `raw_security` item.
    pub fn from_item(headers: &crate::envelope::ItemHeaders) -> Self {
        let text = |name: &str| headers.other.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            release: text("sentry_release"),
            environment: text("sentry_environment"),
        }
    }
}

/// The point in time as these interfaces store it.
fn date(value: &Value) -> Option<Value> {
    let time: Timestamp = value.as_str()?.parse().ok()?;
    Some(Value::String(time.to_string()))
}

#[cfg(test)]
mod tests;
