//! Files that were sent with an event, or for one.

use bytes::Bytes;
use protocol::items::{
    Invalid,
    attachment::{AttachmentHeaders, AttachmentType, Placeholder},
};
use services::{attachments::NewAttachment, project_config::ProjectConfig};

use super::{
    item::{Content, Processed, Quantities, RawItem, Save},
    stored,
};

pub(super) fn process(raw: &RawItem, config: &ProjectConfig, done: &mut Vec<Processed>) {
    let read = if Placeholder::is(&raw.headers) {
        uploaded(raw, config)
    } else {
        sent(raw, config)
    };
    done.push(match read {
        Ok((what, quantities)) => Processed::Save {
            what,
            quantities,
            item: raw.spooled(),
        },
        Err(error) => stored::refused(raw, &error),
    });
}

type Read = Result<(Save, Quantities), Invalid>;

fn sent(raw: &RawItem, config: &ProjectConfig) -> Read {
    let headers = AttachmentHeaders::of(&raw.headers);
    let content = scrubbed(&headers, raw, config);
    let attachment = attachment(headers, raw, config)?;
    Ok((
        Save::Attachment(Box::new(attachment), Content::Bytes(content)),
        raw.quantities(),
    ))
}

/// A placeholder stands for a file that was sent before.
fn uploaded(raw: &RawItem, config: &ProjectConfig) -> Read {
    let placeholder = Placeholder::parse(&raw.payload)?;
    let upload = placeholder
        .upload()
        .ok_or_else(|| invalid("the location of the placeholder is none of ours"))?;
    let headers = AttachmentHeaders {
        content_type: placeholder.content_type,
        ..AttachmentHeaders::of(&raw.headers)
    };
    let length = raw
        .headers
        .other
        .get("attachment_length")
        .and_then(serde_json::Value::as_u64);
    let attachment = attachment(headers, raw, config)?;
    let quantities = raw.headers.quantities(length.unwrap_or(0));
    Ok((Save::Upload(Box::new(attachment), upload), quantities))
}

fn attachment(mut headers: AttachmentHeaders, raw: &RawItem, config: &ProjectConfig) -> Result<NewAttachment, Invalid> {
    // Rules name an attachment by its name, so that comes last.
    config.scrubber.attachment_name(&mut headers.name);
    Ok(NewAttachment {
        organization: raw.meta.organization,
        project: raw.meta.project,
        event_id: raw
            .event_id()
            .ok_or_else(|| invalid("the attachment belongs to no event"))?,
        name: headers.name,
        content_type: headers.content_type,
        attachment_type: headers.attachment_type.name().to_owned(),
        received_at: raw.meta.received_at,
    })
}

fn invalid(detail: &str) -> Invalid {
    Invalid {
        reason: "payload",
        detail: detail.to_owned(),
    }
}

fn scrubbed(headers: &AttachmentHeaders, raw: &RawItem, config: &ProjectConfig) -> Bytes {
    let scrubber = &config.scrubber;
    if scrubber.is_empty() {
        return raw.payload.clone();
    }
    let mut content = raw.payload.to_vec();
    match headers.attachment_type {
        AttachmentType::Minidump => scrubber.minidump(&headers.name, &mut content),
        _ => scrubber.attachment(&headers.name, &mut content),
    }
    // Mostly there is nothing to hide, and one copy is enough.
    if content == raw.payload {
        raw.payload.clone()
    } else {
        content.into()
    }
}
