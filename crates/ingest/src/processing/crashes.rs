//! Files that make the event of an envelope, or add to it: dumps, reports of crashes, archives, and the parts of an event
//! that a crash handler left behind (`ingest.md` §2).

use std::sync::Arc;

use model::Outcome;
use protocol::{
    crash::{
        assemble::{self, Assembled, Parts},
        attached_event,
        unreal::UnrealCrash,
    },
    envelope::{ItemHeaders, ItemType},
    items::{Invalid, attachment::AttachmentType},
    security,
};
use serde_json::json;
use spool::quarantine::QuarantineId;

use super::{
    item::{Processed, RawItem},
    requests::crash::USER_ID,
    stored,
};

/// Whether an item makes the event of its envelope. Files do not: [`assemble`] made an event of them.
pub(super) fn makes_event(headers: &ItemHeaders) -> bool {
    headers.creates_event() && headers.item_type != ItemType::Attachment
}

/// Puts everything that is the event into one item. Files that are no part of it stay.
pub(super) fn assemble(mut items: Vec<RawItem>, done: &mut Vec<Processed>) -> Vec<RawItem> {
    if !items.iter().any(adds_to_event) {
        return items;
    }
    if items.iter().any(|item| item.headers.item_type == ItemType::Transaction) {
        return without_crashes(items, done);
    }
    reports(&mut items, done);
    let unreal = unreal(&mut items, done);
    let event = items.iter().position(|item| makes_event(&item.headers));
    if event.is_some_and(|event| items[event].limited().is_some()) {
        items.extend(unreal.map(|(_, archive)| archive));
        return items;
    }
    let (attached, refused) = attached_event(&items);
    let fields = items.iter().find(|item| item.headers.item_type == ItemType::FormData);
    let parts = Parts {
        event: event.map(|event| &items[event].payload[..]),
        attached_event: attached,
        breadcrumbs: payloads(&items, AttachmentType::Breadcrumbs).collect(),
        fields: fields.and_then(|item| assemble::form_data(&item.payload).ok()),
        unreal: unreal.as_ref().map(|(crash, _)| crash),
        unreal_user: unreal
            .as_ref()
            .and_then(|(_, archive)| archive.headers.other.get(USER_ID)?.as_str()),
        minidump: payloads(&items, AttachmentType::Minidump).next(),
        apple_crash_report: payloads(&items, AttachmentType::AppleCrashReport).next(),
        has_prosperodump: payloads(&items, AttachmentType::Prosperodump).next().is_some(),
    };
    let is_event = event.is_some() || unreal.is_some() || parts.is_of_a_crash();
    if is_event {
        // An event that cannot be read is told so by its own step.
        if let Ok(assembled) = assemble::assemble(parts) {
            put(&mut items, event, unreal, assembled);
        }
    }
    consume(items, &refused, done)
}

/// Whether anything is to be done: for nearly all envelopes nothing is.
fn adds_to_event(item: &RawItem) -> bool {
    match item.headers.item_type {
        ItemType::UnrealReport | ItemType::RawSecurity | ItemType::FormData => true,
        ItemType::Attachment => {
            let kind = kind(item);
            kind.is_crash() || kind.is_part_of_event()
        }
        _ => false,
    }
}

fn kind(item: &RawItem) -> AttachmentType {
    AttachmentType::from_name(item.headers.attachment_type.as_deref().unwrap_or_default())
}

/// The attachments of a kind that are not over a limit.
fn payloads(items: &[RawItem], wanted: AttachmentType) -> impl Iterator<Item = &[u8]> {
    items
        .iter()
        .filter(move |item| {
            item.headers.item_type == ItemType::Attachment && kind(item) == wanted && item.limited().is_none()
        })
        .map(|item| &item.payload[..])
}

/// The event in MessagePack; with it why it cannot be read.
fn attached_event(items: &[RawItem]) -> (Option<protocol::event::Object>, Option<Invalid>) {
    match payloads(items, AttachmentType::Payload)
        .next()
        .map(attached_event::event)
    {
        None => (None, None),
        Some(Ok(event)) => (Some(event), None),
        Some(Err(error)) => (None, Some(error)),
    }
}

/// A browser's report as it was sent becomes the event of it.
fn reports(items: &mut Vec<RawItem>, done: &mut Vec<Processed>) {
    let mut kept = Vec::with_capacity(items.len());
    for mut item in items.drain(..) {
        if item.headers.item_type == ItemType::RawSecurity && item.limited().is_none() {
            let origin = security::Origin::from_item(&item.headers);
            let report = security::parse(&item.payload).and_then(|reports| {
                let first = reports.into_iter().next();
                first.unwrap_or(Err(security::Error::Empty))
            });
            match report {
                Ok(report) => {
                    let event = normalize::security::event(report, &origin, item.meta.received_at);
                    item.payload = event.to_json().into();
                    item.headers = ItemHeaders::new(ItemType::Security);
                }
                Err(error) => {
                    done.push(Processed::counted(&item, Outcome::invalid(error.reason())));
                    continue;
                }
            }
        }
        kept.push(item);
    }
    *items = kept;
}

/// Takes the archive of an Unreal crash out of the items.
fn unreal(items: &mut Vec<RawItem>, done: &mut Vec<Processed>) -> Option<(UnrealCrash, RawItem)> {
    let is_archive = |item: &RawItem| item.headers.item_type == ItemType::UnrealReport && item.limited().is_none();
    let item = items.remove(items.iter().position(is_archive)?);
    match UnrealCrash::parse(&item.payload) {
        Ok(crash) => Some((crash, item)),
        Err(error) => {
            done.push(stored::refused(&item, &error));
            None
        }
    }
}

/// A transaction is no crash (`ingest.md` §7.1).
fn without_crashes(items: Vec<RawItem>, done: &mut Vec<Processed>) -> Vec<RawItem> {
    let (refused, kept): (Vec<_>, Vec<_>) = items.into_iter().partition(adds_to_event);
    done.extend(
        refused
            .iter()
            .map(|item| Processed::counted(item, Outcome::invalid("transaction_attachment"))),
    );
    kept
}

/// Puts the event into its item, or into a new one, with the files of an archive behind it.
fn put(items: &mut Vec<RawItem>, event: Option<usize>, unreal: Option<(UnrealCrash, RawItem)>, assembled: Assembled) {
    let mut next = Next::after(items);
    match (event, &unreal) {
        (Some(event), _) => items[event].payload = assembled.event.into(),
        // In the place of the archive: what is said of that is said of the event.
        (None, Some((_, archive))) => items.push(RawItem {
            id: archive.id,
            ..next.item(archive, ItemHeaders::new(ItemType::Event), assembled.event)
        }),
        (None, None) => {
            let Some(source) = items.iter().find(|item| adds_to_event(item)) else {
                return;
            };
            let item = next.item(source, ItemHeaders::new(ItemType::Event), assembled.event);
            items.push(item);
        }
    }
    let Some((crash, archive)) = unreal else { return };
    for file in crash.files() {
        let mut headers = ItemHeaders::new(ItemType::Attachment);
        headers.filename = Some(file.name.to_owned());
        headers.attachment_type = Some(file.attachment_type().name().to_owned());
        items.push(next.item(&archive, headers, file.bytes.to_vec()));
    }
    if let Some(comments) = assembled.user_description {
        let report = json!({"name": "", "email": "", "comments": comments}).to_string();
        items.push(next.item(&archive, ItemHeaders::new(ItemType::UserReport), report.into_bytes()));
    }
}

/// The numbers of items that are made here: they follow those that came.
struct Next(u32);

impl Next {
    fn after(items: &[RawItem]) -> Self {
        Self(items.iter().map(|item| item.id.item + 1).max().unwrap_or(0).max(1))
    }

    fn item(&mut self, source: &RawItem, headers: ItemHeaders, payload: Vec<u8>) -> RawItem {
        let number = self.0;
        self.0 += 1;
        RawItem {
            id: QuarantineId {
                position: source.id.position,
                item: number,
            },
            meta: Arc::clone(&source.meta),
            envelope: Arc::clone(&source.envelope),
            headers,
            payload: payload.into(),
            trace_root: source.trace_root.clone(),
        }
    }
}

/// Counts the parts that are in the event now; files stay.
fn consume(items: Vec<RawItem>, refused: &Option<Invalid>, done: &mut Vec<Processed>) -> Vec<RawItem> {
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        let is_part = item.headers.item_type == ItemType::Attachment && kind(&item).is_part_of_event();
        if item.headers.item_type == ItemType::FormData {
            // It counts as nothing.
        } else if is_part && item.limited().is_none() {
            let outcome = match refused {
                Some(error) if kind(&item) == AttachmentType::Payload => stored::invalid(&item.meta, error),
                _ => Outcome::ACCEPTED,
            };
            done.push(Processed::counted(&item, outcome));
        } else {
            kept.push(item);
        }
    }
    kept
}
