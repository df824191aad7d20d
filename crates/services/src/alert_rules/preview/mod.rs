//! What a rule would have done: it is replayed on the events of the last days, as they are in the event index.
//!
//! The issues' assignees, priorities and states are those of now, and the latest release is; what was counted, and when an
//! issue was new, came back or became important, is as it was.

mod history;
mod replay;

use std::{collections::HashMap, time::Duration};

use alerts::{Check, CompiledRule, Facts, Frequency, Interval, IssueRule};
use model::{AlertRuleId, EventId, IssueId, Timestamp};
use protocol::event::Event;
use store::events::{EventPage, EventsOf, PageStart, StoredEvent};

use self::{history::History, replay::Replay};
use super::LATELY;
use crate::{
    App,
    access::ProjectScope,
    events::{self, EventSearch},
};

/// How many events are looked at, the newest ones.
pub const MOST_EVENTS: usize = 5_000;

/// How many are read at once.
const STEP: i64 = 250;

/// How many of the times it would have fired are told one by one, the newest ones.
const MOST_TOLD: usize = 50;

/// The category of issues that are made of errors.
const ERRORS: i64 = 1;

/// What a rule would have done.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preview {
    /// From when on.
    pub since: Timestamp,
    pub events: usize,
    /// There were more events than are looked at, so it does not begin seven days ago.
    pub is_cut: bool,
    /// How often it would have fired.
    pub times: usize,
    /// For how many issues.
    pub issues: usize,
    /// The newest first.
    pub fired: Vec<WouldFire>,
    /// Why it would not have, for how many events; the most frequent first.
    pub silences: Vec<(String, usize)>,
    /// Conditions on sessions cannot be replayed: of these nothing is kept.
    pub lacks_sessions: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WouldFire {
    pub issue: IssueId,
    pub title: String,
    pub short_id: String,
    pub event: EventId,
    pub at: Timestamp,
    pub reasons: Vec<String>,
}

/// Replays a rule, whether it is saved or not.
pub async fn preview(app: &App, scope: &ProjectScope, rule: &IssueRule) -> Result<Preview, store::Error> {
    let compiled = CompiledRule::new(AlertRuleId(0), 0, rule.clone());
    let week_ago = app.now() - LATELY;
    // What is counted first was received before.
    let (mut seen, is_cut) = read(app, scope, &compiled, week_ago - longest(rule)).await?;
    seen.sort_by_key(|event| (event.received_at, event.timestamp));
    let mut later: HashMap<IssueId, u64> = HashMap::new();
    for event in seen.iter_mut().rev() {
        let later = later.entry(event.issue).or_default();
        event.later = *later;
        *later += 1;
    }
    let since = match seen.first() {
        Some(first) if is_cut => first.received_at.max(week_ago),
        _ => week_ago,
    };
    let history = History::read(app, scope, &seen, since).await?;
    let work = move || {
        let mut replay = Replay::new(&compiled, &history, since);
        for event in &seen {
            replay.see(event);
        }
        Preview {
            is_cut,
            ..replay.finish()
        }
    };
    let replayed = tokio::task::spawn_blocking(work).await;
    Ok(replayed.expect("replaying does not panic"))
}

/// The newest events after a moment, and whether there were more of them.
async fn read(
    app: &App,
    scope: &ProjectScope,
    compiled: &CompiledRule,
    since: Timestamp,
) -> Result<(Vec<Seen>, bool), store::Error> {
    let mut seen = Vec::new();
    let mut start = PageStart::Newest;
    loop {
        let search = EventSearch {
            since,
            ..EventSearch::all(EventsOf::Project(scope.project.id))
        };
        let page = EventPage { start, limit: STEP };
        let found = events::list(app, search, page).await?;
        let (is_last, last) = ((found.len() as i64) < STEP, found.last().map(StoredEvent::place));
        let compiled = compiled.clone();
        let work = move || found.iter().filter_map(|event| Seen::new(&compiled, event)).collect();
        let some: Vec<Seen> = tokio::task::spawn_blocking(work)
            .await
            .expect("reading events does not panic");
        seen.extend(some);
        match last {
            Some(place) if !is_last => start = PageStart::OlderThan(place),
            _ => return Ok((seen, false)),
        }
        if seen.len() >= MOST_EVENTS {
            return Ok((seen, true));
        }
    }
}

/// All counts that a rule asks for.
fn frequencies(rule: &IssueRule) -> impl Iterator<Item = &Frequency> {
    let of_branches = rule.more.iter().flat_map(|branch| &branch.filters);
    let checks = rule.conditions.iter().chain(&rule.filters).chain(of_branches);
    checks.filter_map(|check| match check {
        Check::Frequency(frequency) => Some(frequency),
        _ => None,
    })
}

/// The longest time over which a rule counts, with what it compares it to.
fn longest(rule: &IssueRule) -> Duration {
    let spans = frequencies(rule).map(|frequency| {
        let change = frequency.change.map_or(Duration::ZERO, Interval::duration);
        frequency.interval.duration() + change
    });
    spans.max().unwrap_or_default()
}

/// What is kept of an event while a rule is replayed.
#[derive(Debug)]
struct Seen {
    id: EventId,
    issue: IssueId,
    timestamp: Timestamp,
    received_at: Timestamp,
    environment: String,
    user: String,
    release: Option<String>,
    facts: Facts,
    /// How many of its issue came later.
    later: u64,
    /// Whether it counts, for each of the rule's counts in their order.
    counts: Vec<bool>,
}

impl Seen {
    fn new(compiled: &CompiledRule, stored: &StoredEvent) -> Option<Self> {
        let event = Event::from_stored(&stored.payload).ok()?;
        let asks_for_tags = compiled.asks_for_tags() || frequencies(compiled.rule()).any(|one| !one.filters.is_empty());
        let tags = if asks_for_tags {
            normalize::index_tags(&event)
        } else {
            Vec::new()
        };
        let is_counted = |frequency: &Frequency| frequency.filters.iter().all(|check| check.holds(&event, &tags));
        Some(Self {
            id: stored.id,
            issue: stored.issue?,
            timestamp: stored.timestamp,
            received_at: stored.received_at,
            environment: stored.environment.clone(),
            user: stored.user_tag.clone(),
            facts: compiled.facts(&event, &tags),
            counts: frequencies(compiled.rule()).map(is_counted).collect(),
            release: event.release.clone(),
            later: 0,
        })
    }
}
