use std::fmt;

use model::{DataCategory, EventId, Timestamp};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::ItemType;
use crate::{dsn::Dsn, event::Object};

/// The first line of an envelope.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EnvelopeHeaders {
    pub event_id: Option<EventId>,
    pub dsn: Option<Dsn>,
    pub sent_at: Option<Timestamp>,
    /// The origin that a relaying server saw.
    pub origin: Option<String>,
    /// The dynamic sampling context (`ingest.md` §7.2), as it was sent.
    pub trace: Option<Object>,
    pub sdk: Option<SdkName>,
    pub other: Object,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdkName {
    pub name: String,
    pub version: String,
}

/// The line before a payload.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemHeaders {
    pub item_type: ItemType,
    pub length: Option<u64>,
    pub content_type: Option<String>,
    pub filename: Option<String>,
    pub attachment_type: Option<String>,
    pub item_count: Option<u32>,
    pub platform: Option<String>,
    pub other: Object,
}

/// Why a line of headers cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("missing field `type`")]
    MissingType,
    #[error("invalid `{field}`: {reason}")]
    Field { field: &'static str, reason: String },
}

impl EnvelopeHeaders {
    pub(super) fn parse(line: &[u8]) -> Result<Self, HeaderError> {
        let mut other = parse_object(line)?;
        let sdk = match take(&mut other, "sdk") {
            Some(Value::Object(mut sdk)) => SdkName::take(&mut sdk),
            _ => None,
        };
        Ok(Self {
            event_id: parsed(&mut other, "event_id")?,
            dsn: parsed(&mut other, "dsn")?,
            sent_at: parsed(&mut other, "sent_at")?,
            origin: text(&mut other, "origin"),
            // A context that is no object is passed over: it must not cost the envelope.
            trace: match take(&mut other, "trace") {
                Some(Value::Object(trace)) => Some(trace),
                _ => None,
            },
            sdk,
            other,
        })
    }

    pub(super) fn to_json(&self) -> Value {
        let mut map = Object::new();
        put(&mut map, "event_id", self.event_id.map(|id| id.to_string()));
        put(&mut map, "dsn", self.dsn.as_ref().map(Dsn::to_string));
        put(&mut map, "sent_at", self.sent_at.map(|time| time.to_string()));
        put(&mut map, "origin", self.origin.clone());
        put(&mut map, "trace", self.trace.clone());
        if let Some(sdk) = &self.sdk {
            put(
                &mut map,
                "sdk",
                Some(serde_json::json!({"name": sdk.name, "version": sdk.version})),
            );
        }
        map.extend(self.other.clone());
        Value::Object(map)
    }
}

impl SdkName {
    fn take(sdk: &mut Object) -> Option<Self> {
        Some(Self {
            name: text(sdk, "name")?,
            version: text(sdk, "version").unwrap_or_default(),
        })
    }
}

impl ItemHeaders {
    pub fn new(item_type: ItemType) -> Self {
        Self {
            item_type,
            length: None,
            content_type: None,
            filename: None,
            attachment_type: None,
            item_count: None,
            platform: None,
            other: Object::new(),
        }
    }

    pub(super) fn parse(line: &[u8]) -> Result<Self, HeaderError> {
        let mut other = parse_object(line)?;
        let item_type = match take(&mut other, "type") {
            Some(Value::String(name)) => ItemType::from(name.as_str()),
            Some(_) => {
                return Err(HeaderError::Field {
                    field: "type",
                    reason: "expected a string".to_owned(),
                });
            }
            None => return Err(HeaderError::MissingType),
        };
        Ok(Self {
            item_type,
            length: number(&mut other, "length")?,
            content_type: text(&mut other, "content_type"),
            filename: text(&mut other, "filename"),
            attachment_type: text(&mut other, "attachment_type"),
            item_count: number(&mut other, "item_count")?.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
            platform: text(&mut other, "platform"),
            other,
        })
    }

    pub(super) fn to_json(&self) -> Value {
        let mut map = Object::new();
        put(&mut map, "type", Some(self.item_type.name()));
        put(&mut map, "length", self.length);
        put(&mut map, "content_type", self.content_type.clone());
        put(&mut map, "filename", self.filename.clone());
        put(&mut map, "attachment_type", self.attachment_type.clone());
        put(&mut map, "item_count", self.item_count);
        put(&mut map, "platform", self.platform.clone());
        map.extend(self.other.clone());
        Value::Object(map)
    }

    /// Whether the payload is a list of members (`{"items": […]}`) with their number in the headers.
    pub fn is_container(&self) -> bool {
        matches!(self.item_type, ItemType::Log | ItemType::TraceMetric | ItemType::Span)
            && self
                .content_type
                .as_deref()
                .is_some_and(|content_type| content_type.starts_with("application/vnd.sentry.items."))
    }

    /// Whether an event comes of this item: at most one such item makes sense in an envelope.
    pub fn creates_event(&self) -> bool {
        match self.item_type {
            ItemType::Event
            | ItemType::Transaction
            | ItemType::Security
            | ItemType::RawSecurity
            | ItemType::Feedback
            | ItemType::UnrealReport => true,
            ItemType::Attachment => matches!(
                self.attachment_type.as_deref(),
                Some(
                    "event.minidump"
                        | "event.applecrashreport"
                        | "event.payload"
                        | "event.breadcrumbs"
                        | "playstation.prosperodump"
                )
            ),
            _ => false,
        }
    }

    /// Whether this item is dropped with the event of its envelope.
    pub fn follows_event(&self) -> bool {
        matches!(
            self.item_type,
            ItemType::Attachment | ItemType::UserReport | ItemType::FormData | ItemType::Profile
        )
    }

    /// Whether this item belongs to an event, which then must have an id.
    pub fn needs_event(&self) -> bool {
        self.creates_event()
            || matches!(
                self.item_type,
                ItemType::Attachment
                    | ItemType::UserReport
                    | ItemType::FormData
                    | ItemType::Profile
                    | ItemType::ReplayEvent
                    | ItemType::ReplayRecording
                    | ItemType::ReplayVideo
            )
    }

    /// What an outcome of this item counts, by category (`ingest.md` §1.6).
    pub fn quantities(&self, payload_length: u64) -> Vec<(DataCategory, u64)> {
        // No payload holds more members than bytes, whatever the headers say.
        let members = if self.is_container() {
            u64::from(self.item_count.unwrap_or(1)).min(payload_length.max(1))
        } else {
            1
        };
        match (&self.item_type, self.item_type.data_category()) {
            (ItemType::Attachment, _) => {
                vec![
                    (DataCategory::Attachment, payload_length.max(1)),
                    (DataCategory::AttachmentItem, 1),
                ]
            }
            (ItemType::Log, _) => vec![
                (DataCategory::LogByte, payload_length),
                (DataCategory::LogItem, members),
            ],
            (ItemType::ProfileChunk, _) if self.is_ui_profile() => vec![(DataCategory::ProfileChunkUi, 1)],
            (_, Some(category)) => vec![(category, members)],
            (_, None) => Vec::new(),
        }
    }

    fn is_ui_profile(&self) -> bool {
        matches!(self.platform.as_deref(), Some("cocoa" | "android" | "javascript"))
    }
}

fn take(map: &mut Object, key: &str) -> Option<Value> {
    map.shift_remove(key).filter(|value| !value.is_null())
}

fn put(map: &mut Object, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value.into());
    }
}

/// A header that may be of any form: what is no text is passed over, the envelope is worth more.
fn text(map: &mut Object, key: &str) -> Option<String> {
    match take(map, key)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn parsed<T: std::str::FromStr<Err: fmt::Display>>(
    map: &mut Object,
    field: &'static str,
) -> Result<Option<T>, HeaderError> {
    match take(map, field) {
        None => Ok(None),
        Some(Value::String(text)) => match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(HeaderError::Field {
                field,
                reason: error.to_string(),
            }),
        },
        Some(_) => Err(HeaderError::Field {
            field,
            reason: "expected a string".to_owned(),
        }),
    }
}

fn number(map: &mut Object, field: &'static str) -> Result<Option<u64>, HeaderError> {
    match take(map, field) {
        None => Ok(None),
        Some(value) => match value.as_u64() {
            Some(number) => Ok(Some(number)),
            None => Err(HeaderError::Field {
                field,
                reason: "expected an unsigned integer".to_owned(),
            }),
        },
    }
}

/// The line must be one object that names no key twice; nothing may follow it on the line (a `\r` neither).
fn parse_object(line: &[u8]) -> Result<Object, HeaderError> {
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    let Unique(map) = Unique::deserialize(&mut deserializer)?;
    if line.last() != Some(&b'}') {
        return Err(HeaderError::Json(de::Error::custom(
            "trailing characters after the headers",
        )));
    }
    deserializer.end()?;
    Ok(map)
}

/// An object whose keys are unique, where serde_json alone would keep the last of two.
struct Unique(Object);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Unique;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Unique, A::Error> {
                let mut map = Object::new();
                while let Some((key, value)) = access.next_entry::<String, Value>()? {
                    match map.entry(key) {
                        serde_json::map::Entry::Vacant(entry) => entry.insert(value),
                        serde_json::map::Entry::Occupied(entry) => {
                            return Err(de::Error::custom(format_args!("duplicate field `{}`", entry.key())));
                        }
                    };
                }
                Ok(Unique(map))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}
