//! Attachments: what their headers say (`ingest.md` §2), and references to files that were sent before.

use model::EventId;
use serde_json::Value;

use super::{Invalid, field};
use crate::envelope::ItemHeaders;

/// The content type of a reference to a file that was uploaded before (`ingest.md` §1.1).
pub const PLACEHOLDER: &str = "application/vnd.sentry.attachment-ref";
const PLACEHOLDER_JSON: &str = "application/vnd.sentry.attachment-ref+json";

const MAX_NAME_CHARS: usize = 255;
const UNNAMED: &str = "Unnamed Attachment";

/// What an attachment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AttachmentType {
    #[default]
    Attachment,
    Minidump,
    AppleCrashReport,
    /// An event in MessagePack.
    Payload,
    /// Breadcrumbs in MessagePack.
    Breadcrumbs,
    ViewHierarchy,
    UnrealContext,
    UnrealLogs,
    Prosperodump,
}

impl AttachmentType {
    /// What is unknown is a plain file.
    pub fn from_name(name: &str) -> Self {
        match name {
            "event.minidump" => Self::Minidump,
            "event.applecrashreport" => Self::AppleCrashReport,
            "event.payload" => Self::Payload,
            "event.breadcrumbs" => Self::Breadcrumbs,
            "event.view_hierarchy" => Self::ViewHierarchy,
            "unreal.context" => Self::UnrealContext,
            "unreal.logs" => Self::UnrealLogs,
            "playstation.prosperodump" => Self::Prosperodump,
            _ => Self::Attachment,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Attachment => "event.attachment",
            Self::Minidump => "event.minidump",
            Self::AppleCrashReport => "event.applecrashreport",
            Self::Payload => "event.payload",
            Self::Breadcrumbs => "event.breadcrumbs",
            Self::ViewHierarchy => "event.view_hierarchy",
            Self::UnrealContext => "unreal.context",
            Self::UnrealLogs => "unreal.logs",
            Self::Prosperodump => "playstation.prosperodump",
        }
    }

    /// A part of the event, not a file that belongs to it.
    pub fn is_part_of_event(self) -> bool {
        matches!(self, Self::Payload | Self::Breadcrumbs)
    }

    /// An event can be made of it alone.
    pub fn is_crash(self) -> bool {
        matches!(self, Self::Minidump | Self::AppleCrashReport | Self::Prosperodump)
    }
}

/// The headers of an attachment, as far as they are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentHeaders {
    pub attachment_type: AttachmentType,
    pub name: String,
    pub content_type: Option<String>,
}

impl AttachmentHeaders {
    pub fn of(headers: &ItemHeaders) -> Self {
        let name = headers.filename.as_deref().unwrap_or_default();
        Self {
            attachment_type: AttachmentType::from_name(headers.attachment_type.as_deref().unwrap_or_default()),
            name: file_name(name),
            content_type: headers.content_type.as_deref().and_then(content_type),
        }
    }
}

/// The name of a file without its folders and without what cannot be shown.
pub fn file_name(text: &str) -> String {
    let name = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|character| !character.is_control())
        .take(MAX_NAME_CHARS)
        .collect();
    if name.trim().is_empty() {
        UNNAMED.to_owned()
    } else {
        name
    }
}

/// A content type that can be sent back in a header.
fn content_type(text: &str) -> Option<String> {
    let valid = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    (text.len() <= 200 && text.contains('/') && text.bytes().all(valid)).then(|| text.to_owned())
}

/// Stands for a file that was uploaded before the envelope came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Where the upload said that it is kept.
    pub location: String,
    /// The content type of the file itself.
    pub content_type: Option<String>,
}

impl Placeholder {
    pub fn is(headers: &ItemHeaders) -> bool {
        let content_type = headers.content_type.as_deref().unwrap_or_default();
        let content_type = content_type.split(';').next().unwrap_or_default().trim();
        matches!(content_type, PLACEHOLDER | PLACEHOLDER_JSON)
    }

    pub fn parse(payload: &[u8]) -> Result<Self, Invalid> {
        let mut map = field::object(payload)?;
        let location =
            field::text(&mut map, "location").filter(|location| !location.is_empty() && location.len() <= 2048);
        Ok(Self {
            location: location.ok_or_else(|| Invalid::json("`location` is missing"))?,
            content_type: field::text(&mut map, "content_type").as_deref().and_then(content_type),
        })
    }
}

impl Placeholder {
    /// The id of the upload: the last segment of its location, which may be a whole address.
    pub fn upload(&self) -> Option<EventId> {
        let path = self.location.split(['?', '#']).next().unwrap_or_default();
        path.trim_end_matches('/').rsplit('/').next()?.parse().ok()
    }
}

/// The id that an attached event names.
pub fn event_id(event: &Value) -> Option<EventId> {
    event.get("event_id")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::ItemType;

    #[test]
    fn types_have_names_and_unknown_ones_are_plain() {
        for kind in [
            AttachmentType::Attachment,
            AttachmentType::Minidump,
            AttachmentType::AppleCrashReport,
            AttachmentType::Payload,
            AttachmentType::Breadcrumbs,
            AttachmentType::ViewHierarchy,
            AttachmentType::UnrealContext,
            AttachmentType::UnrealLogs,
            AttachmentType::Prosperodump,
        ] {
            assert_eq!(AttachmentType::from_name(kind.name()), kind);
        }
        assert_eq!(AttachmentType::from_name("nintendo.x"), AttachmentType::Attachment);
    }

    #[test]
    fn names_are_those_of_files() {
        let check = |name: &str, expected: &str| assert_eq!(file_name(name), expected, "{name}");
        check("a.txt", "a.txt");
        check("/etc/passwd", "passwd");
        check(r"C:\Temp\größe.log", "größe.log");
        check("a\r\nb", "ab");
        check("", UNNAMED);
        check("a/", UNNAMED);
        check(&"x".repeat(300), &"x".repeat(255));
    }

    #[test]
    fn headers_are_taken_as_far_as_they_are_safe() {
        let mut headers = ItemHeaders::new(ItemType::Attachment);
        assert_eq!(
            AttachmentHeaders::of(&headers).attachment_type,
            AttachmentType::Attachment
        );
        headers.content_type = Some("text/plain; charset=utf-8".to_owned());
        assert_eq!(
            AttachmentHeaders::of(&headers).content_type.as_deref(),
            Some("text/plain; charset=utf-8")
        );
        for bad in ["text", "text/plain\r\nx: y", "text/ü"] {
            headers.content_type = Some(bad.to_owned());
            assert_eq!(AttachmentHeaders::of(&headers).content_type, None, "{bad}");
        }
        headers.content_type = Some(PLACEHOLDER.to_owned());
        assert!(Placeholder::is(&headers));
    }

    #[test]
    fn placeholders_name_a_location() {
        let placeholder =
            Placeholder::parse(br#"{"location":"/api/1/upload/x/","content_type":"text/plain"}"#).unwrap();
        assert_eq!(
            (placeholder.location.as_str(), placeholder.upload()),
            ("/api/1/upload/x/", None)
        );
        for location in [
            "/api/1/upload/9ec79c33ec9942ab8353589fcb2e04dc/?length=5",
            "http://a/9ec79c33ec9942ab8353589fcb2e04dc",
        ] {
            let placeholder = Placeholder {
                location: location.to_owned(),
                content_type: None,
            };
            assert_eq!(
                placeholder.upload().unwrap().to_string(),
                "9ec79c33ec9942ab8353589fcb2e04dc"
            );
        }
        for bad in [&b"{}"[..], br#"{"location":""}"#, b"[]", b""] {
            assert_eq!(Placeholder::parse(bad).unwrap_err().reason, "invalid_json");
        }
    }
}
