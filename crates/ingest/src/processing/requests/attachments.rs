//! Files for an event: each file of the form is one, whatever its field is called.

use protocol::{
    envelope::{ItemHeaders, ItemType},
    form::multipart,
    items::Invalid,
};

use super::{RawItem, Request};

pub(super) fn items(request: &Request<'_>) -> Result<Vec<RawItem>, Invalid> {
    let invalid = |error: multipart::MultipartError| Invalid {
        reason: "invalid_multipart",
        detail: error.to_string(),
    };
    let boundary = multipart::boundary(request.content_type()).map_err(invalid)?;
    let parts = multipart::parts(&boundary, &request.body).map_err(invalid)?;
    let files = parts.into_iter().filter(|part| part.filename.is_some()).enumerate();
    let item = |(number, part): (usize, multipart::Part<'_>)| {
        let mut headers = ItemHeaders::new(ItemType::Attachment);
        headers.filename = part.filename;
        headers.content_type = part.content_type;
        request.item(number, headers, request.body.slice_ref(part.body))
    };
    Ok(files.map(item).collect())
}
