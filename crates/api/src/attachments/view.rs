use model::{EventId, Timestamp};
use serde::Serialize;
use store::attachments::Attachment;

#[derive(Debug, Serialize)]
pub(crate) struct AttachmentView {
    id: String,
    event_id: EventId,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    mimetype: String,
    #[serde(rename = "dateCreated")]
    created_at: Timestamp,
    size: u64,
    headers: HeadersView,
    sha1: String,
}

#[derive(Debug, Serialize)]
struct HeadersView {
    #[serde(rename = "Content-Type")]
    content_type: String,
}

impl AttachmentView {
    pub(super) fn of(attachment: Attachment) -> Self {
        Self {
            id: attachment.id.to_string(),
            event_id: attachment.event_id,
            kind: attachment.attachment_type,
            name: attachment.name,
            mimetype: attachment.content_type.clone(),
            created_at: attachment.received_at,
            size: attachment.size,
            headers: HeadersView {
                content_type: attachment.content_type,
            },
            sha1: attachment.checksum.to_string(),
        }
    }
}
