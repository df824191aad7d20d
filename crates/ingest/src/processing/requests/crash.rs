//! Crashes: forms with a dump in them, and archives of the Unreal Engine.

use std::borrow::Cow;

use bytes::Bytes;
use protocol::{
    crash::{
        form::{CrashForm, Dump},
        minidump::Minidump,
    },
    envelope::{ItemHeaders, ItemType},
    items::{Invalid, attachment::AttachmentType},
};
use serde_json::Value;

use super::{RawItem, Request};

/// The header of an archive that names the user.
pub(in crate::processing) const USER_ID: &str = "user_id";

/// The event first, for what is said of the request is said of it, then the files.
pub(super) fn form(request: &Request<'_>) -> Result<Vec<RawItem>, Invalid> {
    let form = CrashForm::parse(request.content_type(), &request.body)?;
    let event = Value::Object(form.event()).to_string();
    let mut items = vec![request.item(0, ItemHeaders::new(ItemType::Event), event)];
    let mut file = |kind: AttachmentType, name: Option<String>, content_type: Option<String>, bytes: Bytes| {
        let mut headers = ItemHeaders::new(ItemType::Attachment);
        headers.attachment_type = Some(kind.name().to_owned());
        headers.filename = name;
        headers.content_type = content_type;
        items.push(request.item(items.len(), headers, bytes));
    };
    let (name, bytes) = dump(&form.dump, &request.body)?;
    file(form.dump.kind, name, None, bytes);
    for (kind, part) in form.files {
        file(
            kind,
            part.filename,
            part.content_type,
            request.body.slice_ref(part.body),
        );
    }
    Ok(items)
}

/// A dump out of what it was packed in.
fn dump(dump: &Dump<'_>, body: &Bytes) -> Result<(Option<String>, Bytes), Invalid> {
    if dump.kind != AttachmentType::Minidump {
        return Ok((dump.name.clone(), body.slice_ref(dump.bytes)));
    }
    let unpacked = Minidump::unpack(dump.bytes, dump.name.as_deref())?;
    let bytes = match unpacked.bytes {
        Cow::Borrowed(bytes) => body.slice_ref(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok((Some(unpacked.name), bytes))
}

/// The archive is taken apart with the items that it may stand beside.
pub(super) fn unreal(request: &Request<'_>) -> Vec<RawItem> {
    let mut headers = ItemHeaders::new(ItemType::UnrealReport);
    // Who it was, as the crash reporter says it.
    let mut query = protocol::query_pairs(request.query());
    if let Some((_, user)) = query.find(|(name, _)| name.eq_ignore_ascii_case("UserID")) {
        headers.other.insert(USER_ID.to_owned(), user.into());
    }
    vec![request.item(0, headers, request.body.clone())]
}
