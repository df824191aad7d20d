//! What the kinds share that are kept whole until a part of the product reads them.

use bytes::Bytes;
use filter::{Browser, Client, Item, Reason};
use model::{Outcome, Timestamp};
use protocol::items::Invalid;
use services::{project_config::ProjectConfig, stored_items::NewStoredItem};
use store::stored_items::StoredItemKind;

use super::item::{Content, Processed, Quantities, RawItem, Save};
use crate::RecordMeta;

/// What a stored item is found by.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    /// The id that items which belong together share.
    pub(super) key: String,
    /// The id of the item within that.
    pub(super) part: String,
    /// The number of the item within that.
    pub(super) position: i64,
    /// What the item says of its time; else the time of receipt.
    pub(super) timestamp: Option<Timestamp>,
    pub(super) release: Option<String>,
    pub(super) environment: Option<String>,
}

/// An item to be kept whole.
pub(super) fn keep(
    raw: &RawItem,
    kind: StoredItemKind,
    keys: Keys,
    payload: impl Into<Bytes>,
    quantities: Quantities,
) -> Processed {
    let meta = &raw.meta;
    let item = NewStoredItem {
        organization: meta.organization,
        project: meta.project,
        kind,
        key: keys.key,
        part: keys.part,
        position: keys.position,
        event_id: raw.event_id(),
        timestamp: keys.timestamp.unwrap_or(meta.received_at),
        received_at: meta.received_at,
        release: keys.release,
        environment: keys.environment,
    };
    Processed::Save {
        what: Save::StoredItem(Box::new(item), Content::Bytes(payload.into())),
        quantities,
        item: raw.spooled(),
    }
}

/// The outcome of what cannot be read; the log says what exactly was wrong.
pub(super) fn invalid(meta: &RecordMeta, error: &Invalid) -> Outcome {
    tracing::debug!(project.id = %meta.project, reason = error.reason, detail = %error.detail, "an item is invalid");
    Outcome::invalid(error.reason)
}

/// The whole item cannot be read.
pub(super) fn refused(raw: &RawItem, error: &Invalid) -> Processed {
    Processed::counted(raw, invalid(&raw.meta, error))
}

/// Asks the filters of a project about an item. `user_agent` is that of the item, before that of the request.
pub(super) fn filtered(
    config: &ProjectConfig,
    meta: &RecordMeta,
    user_agent: Option<&str>,
    item: Item<'_>,
) -> Option<Reason> {
    let user_agent = user_agent.or(meta.user_agent.as_deref());
    // Telling the browser costs more than all filters together, and only few projects want it.
    let parsed = user_agent
        .filter(|_| config.filters.wants_browser())
        .map(normalize::user_agent::parse);
    let browser = parsed.as_ref().and_then(|parsed| parsed.browser.as_ref());
    let client = Client {
        ip: meta.client_ip,
        user_agent,
        browser: browser.map(|browser| Browser {
            family: &browser.family,
            major: browser.major().and_then(|major| major.try_into().ok()),
        }),
    };
    config.filters.item(&Item { client, ..item })
}
