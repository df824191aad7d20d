//! Check-ins of monitors.

use protocol::items::check_in::CheckIn;
use store::stored_items::StoredItemKind;

use super::{
    item::{Processed, RawItem},
    stored::{self, Keys},
};

pub(super) fn process(raw: &RawItem, done: &mut Vec<Processed>) {
    done.push(match CheckIn::parse(&raw.payload) {
        Ok(check_in) => {
            let keys = Keys {
                key: check_in.id.map(|id| id.to_string()).unwrap_or_default(),
                part: check_in.monitor_slug.clone(),
                release: check_in.release.clone(),
                environment: check_in.environment.clone(),
                ..Keys::default()
            };
            let payload = check_in.to_json().to_string();
            stored::keep(raw, StoredItemKind::CheckIn, keys, payload, raw.quantities())
        }
        Err(error) => stored::refused(raw, &error),
    });
}
