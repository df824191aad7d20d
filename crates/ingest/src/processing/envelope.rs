//! The items of one envelope together: what belongs to an event shares its fate (`ingest.md` §2).

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use model::{DataCategory, Outcome};
use protocol::envelope::ItemType;
use services::project_config::ProjectConfig;

use super::{
    attachments, check_ins, client_reports, crashes, event,
    item::{Processed, RawItem},
    logs, metrics,
    profiles::{self, Found},
    replays, sessions, spans, trace_metrics, user_reports,
};

/// Takes the items of one envelope through the pure steps.
pub(super) fn process(items: Vec<RawItem>, config: &ProjectConfig, done: &mut Vec<Processed>) {
    let mut items = crashes::assemble(items, done);
    // What others follow comes first.
    items.sort_by_key(|item| match item.headers.item_type {
        _ if crashes::makes_event(&item.headers) => 0,
        ItemType::ReplayEvent => 1,
        _ => 2,
    });
    let mut envelope = Items {
        event: Fate::Absent,
        replay: Fate::Absent,
        profile: profile(&items),
    };
    for item in &items {
        envelope.item(item, config, done);
    }
}

/// The profile of the envelope's transaction, which is to name it.
fn profile(items: &[RawItem]) -> Option<Found> {
    let is = |wanted: ItemType| move |item: &&RawItem| item.headers.item_type == wanted && item.limited().is_none();
    items.iter().find(is(ItemType::Transaction))?;
    items.iter().find(is(ItemType::Profile)).map(Found::read)
}

/// What became of the item that others follow.
#[derive(Debug, Clone)]
enum Fate {
    /// There is none, or none was met yet.
    Absent,
    Kept,
    Dropped(Outcome),
}

struct Items {
    event: Fate,
    /// Of the event of a replay, which its recording follows.
    replay: Fate,
    profile: Option<Found>,
}

impl Items {
    fn item(&mut self, raw: &RawItem, config: &ProjectConfig, done: &mut Vec<Processed>) {
        let makes_event = crashes::makes_event(&raw.headers);
        if let Some(outcome) = raw.limited() {
            if makes_event {
                self.event = Fate::Dropped(outcome.clone());
            }
            return done.push(Processed::counted(raw, outcome));
        }
        let before = done.len();
        if makes_event {
            if !matches!(self.event, Fate::Absent) {
                return done.push(Processed::counted(raw, Outcome::invalid("duplicate_item")));
            }
            let profile = self.profile.as_ref().and_then(Found::id);
            guarded(raw, done, |done| event::process(raw, config, profile, done));
            self.event = fate(&done[before..]);
            return;
        }
        let followed = match raw.headers.item_type {
            ItemType::ReplayRecording => &self.replay,
            _ if raw.headers.follows_event() => &self.event,
            _ => &Fate::Absent,
        };
        if let Fate::Dropped(outcome) = followed {
            return done.push(Processed::counted(raw, outcome.clone()));
        }
        let profile = match raw.headers.item_type {
            ItemType::Profile => self.profile.take(),
            _ => None,
        };
        guarded(raw, done, |done| step(raw, config, profile, done));
        if raw.headers.item_type == ItemType::ReplayEvent {
            self.replay = fate(&done[before..]);
        }
    }
}

/// One of the kinds that make no event.
fn step(raw: &RawItem, config: &ProjectConfig, profile: Option<Found>, done: &mut Vec<Processed>) {
    match &raw.headers.item_type {
        ItemType::Attachment => attachments::process(raw, config, done),
        ItemType::UserReport => user_reports::process(raw, config, done),
        ItemType::Session => sessions::update(raw, config, done),
        ItemType::Sessions => sessions::aggregates(raw, config, done),
        ItemType::CheckIn => check_ins::process(raw, done),
        ItemType::ClientReport => client_reports::process(raw, done),
        ItemType::Profile => profiles::process(raw, profile, done),
        ItemType::ProfileChunk => profiles::chunk(raw, done),
        ItemType::ReplayEvent => replays::event(raw, config, done),
        ItemType::ReplayRecording => replays::recording(raw, config, done),
        ItemType::ReplayVideo => replays::video(raw, config, done),
        ItemType::Log => logs::process(raw, config, done),
        ItemType::TraceMetric => trace_metrics::process(raw, config, done),
        ItemType::Span | ItemType::OtelSpan => spans::process(raw, config, done),
        ItemType::Statsd | ItemType::MetricBuckets | ItemType::MetricMeta => metrics::process(raw, done),
        // Made by servers for themselves; from outside it brings nothing and counts as nothing.
        ItemType::Nel | ItemType::FormData => {}
        ItemType::Unknown(name) => {
            tracing::debug!(item.name = %name.chars().take(64).collect::<String>(), "an item of an unknown type");
            done.push(Processed::Counted {
                origin: raw.origin(),
                outcome: Outcome::invalid("unknown_item"),
                quantities: vec![(DataCategory::Unknown, 1)],
            });
        }
        ItemType::Event
        | ItemType::Transaction
        | ItemType::Security
        | ItemType::RawSecurity
        | ItemType::Feedback
        | ItemType::UnrealReport => unreachable!("these make the event of their envelope"),
    }
}

/// What the results of an item say about those that follow it.
fn fate(results: &[Processed]) -> Fate {
    for result in results {
        match result {
            Processed::Save { .. } | Processed::Failed { .. } => return Fate::Kept,
            Processed::Counted { outcome, .. } if *outcome != Outcome::ACCEPTED => {
                return Fate::Dropped(outcome.clone());
            }
            _ => {}
        }
    }
    Fate::Kept
}

/// Whatever an SDK sends must not end the worker: a step that panics is a step that broke.
fn guarded(raw: &RawItem, done: &mut Vec<Processed>, step: impl FnOnce(&mut Vec<Processed>)) {
    let before = done.len();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| step(done))) {
        done.truncate(before);
        done.push(Processed::Failed {
            item: raw.spooled(),
            error: format!("a processing step panicked: {}", text_of(&*panic)),
        });
    }
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
