//! A check-in by URL, as the item that it would have been.

use protocol::{
    envelope::{ItemHeaders, ItemType},
    items::{Invalid, check_in::CheckIn},
};

use super::{RawItem, Request};

pub(super) fn items(request: &Request<'_>) -> Result<Vec<RawItem>, Invalid> {
    let slug = request.meta.monitor.as_deref().unwrap_or_default();
    let check_in = if request.content_type().starts_with("application/json") {
        CheckIn::from_url_json(slug, &request.body)?
    } else {
        CheckIn::from_url_query(slug, request.query())?
    };
    let payload = check_in.to_json().to_string();
    Ok(vec![request.item(0, ItemHeaders::new(ItemType::CheckIn), payload)])
}
