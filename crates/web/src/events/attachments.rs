//! Files that came with an event, as a list.

use model::Timestamp;
use store::attachments::Attachment;

use crate::{number, text, urls::Links};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttachmentRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// `Minidump`, `Attachment`, …
    pub(crate) kind: &'static str,
    pub(crate) content_type: String,
    pub(crate) size: String,
    pub(crate) at: Timestamp,
    pub(crate) event: String,
    /// A picture that can be shown.
    pub(crate) is_image: bool,
    /// Something that a browser can show by itself: a picture or a text.
    pub(crate) view: Option<String>,
    pub(crate) download: String,
    pub(crate) delete: String,
}

/// Larger pictures are not fetched for a preview.
const MAX_PREVIEW: u64 = 10_000_000;

impl AttachmentRow {
    pub(crate) fn new(attachment: &Attachment, project: &str, links: &Links) -> Self {
        let event = attachment.event_id.to_string();
        let link = |verb: &str| links.attachment(project, &event, attachment.id.0, verb);
        let shown = shown_as(&attachment.content_type, &attachment.name);
        Self {
            id: attachment.id.0,
            name: text::line(&attachment.name, 300),
            kind: kind_in_words(&attachment.attachment_type),
            content_type: text::line(&attachment.content_type, 100),
            size: number::size(usize::try_from(attachment.size).unwrap_or(usize::MAX)),
            at: attachment.received_at,
            is_image: shown.is_some_and(|kind| kind.starts_with("image/")) && attachment.size <= MAX_PREVIEW,
            view: shown.map(|_| link("view")),
            download: link("download"),
            delete: link("delete"),
            event,
        }
    }

    pub(crate) fn event_short(&self) -> &str {
        self.event.get(..8).unwrap_or(&self.event)
    }
}

fn kind_in_words(attachment_type: &str) -> &'static str {
    match attachment_type {
        "event.minidump" => "Minidump",
        "event.applecrashreport" => "Apple crash report",
        "event.view_hierarchy" => "View hierarchy",
        "event.payload" | "event.breadcrumbs" => "Part of the event",
        "unreal.context" => "Unreal context",
        "unreal.logs" => "Unreal log",
        "playstation.prosperodump" => "PlayStation dump",
        _ => "Attachment",
    }
}

/// As what a browser may show it: pictures of pixels as they are, whatever is text as nothing but text. Pictures that
/// can hold script are files to download, as is everything else.
pub(crate) fn shown_as(content_type: &str, name: &str) -> Option<&'static str> {
    const PICTURES: [&str; 6] = [
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "image/bmp",
    ];
    const TEXT: &str = "text/plain; charset=utf-8";
    if let Some(picture) = PICTURES.iter().find(|picture| **picture == content_type) {
        return Some(picture);
    }
    let is_log = name
        .rsplit_once('.')
        .is_some_and(|(_, ending)| matches!(ending, "log" | "txt"));
    match content_type {
        "application/json" | "application/xml" | "text/xml" | "text/csv" | "text/plain" | "text/markdown" => Some(TEXT),
        "application/octet-stream" if is_log => Some(TEXT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_run_is_shown() {
        for (content_type, name, expected) in [
            ("image/png", "a.png", Some("image/png")),
            ("text/plain", "a.log", Some("text/plain; charset=utf-8")),
            ("application/json", "a.html", Some("text/plain; charset=utf-8")),
            ("application/octet-stream", "a.log", Some("text/plain; charset=utf-8")),
            ("image/svg+xml", "a.svg", None),
            ("text/html", "a.html", None),
            ("application/xhtml+xml", "a.txt", None),
            ("application/pdf", "a.pdf", None),
            ("application/octet-stream", "a.dmp", None),
            ("text/javascript", "a.txt", None),
        ] {
            assert_eq!(shown_as(content_type, name), expected, "{content_type} {name}");
        }
    }
}
