//! What new events do to an issue that is resolved or archived.

use model::{ActivityKind, InboxReason, IssueStatus, Priority, Substatus, Timestamp};
use serde_json::Value;

use crate::{
    release_order::{follows_semver, holds},
    state::{Activity, Release, Resolution, ResolutionKind, Review, Snooze, State, Step, Target},
    tick,
};

/// Events that came to an issue together.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The newest event of each release; `None` for those without.
    pub releases: &'a [(Option<Release>, Timestamp)],
    /// The versions of the project's newest releases, the newest first.
    pub recent: &'a [String],
    /// With these events.
    pub times_seen: i64,
    pub users_seen: i64,
    /// Within the window of the snooze, with these events; 0 when it has none.
    pub events_in_window: i64,
    pub users_in_window: i64,
    /// Of an issue that is archived until it escalates: how many came this hour, and how many may.
    pub hour: Option<Hour>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour {
    pub events: i64,
    pub ceiling: i64,
}

/// What events make of their issue. `None`: it stays as it is.
pub fn events(state: &State, batch: &Batch<'_>, now: Timestamp) -> Option<Step> {
    match (state.status, &state.resolution, &state.snooze) {
        (IssueStatus::Resolved, Some(resolution), _) => regression(state, resolution, batch, now),
        (IssueStatus::Ignored, _, Some(snooze)) => end_of_snooze(state, snooze, batch, now),
        _ => None,
    }
}

/// The newest event behind the resolution for which it does not hold. One from before that arrives late reopens nothing.
fn regression(state: &State, resolution: &Resolution, batch: &Batch<'_>, now: Timestamp) -> Option<Step> {
    let reopening = batch
        .releases
        .iter()
        .filter(|(release, at)| *at > resolution.at && !holds(resolution, release.as_ref(), batch.recent))
        .max_by_key(|(_, at)| *at)?;
    let version = reopening.0.as_ref().map_or("", |release| release.version.as_str());
    let mut data = vec![("version", Value::from(version))];
    if let ResolutionKind::InRelease(resolved) | ResolutionKind::InNextRelease { after: resolved } = &resolution.kind {
        data.push(("resolved_in_version", resolved.version.as_str().into()));
        data.push(("follows_semver", follows_semver(version, batch.recent).into()));
    }
    let mut after = State {
        review: Some(Review {
            reason: InboxReason::Regression,
            since: now,
        }),
        ..state.reopened(Substatus::Regressed, now)
    };
    let mut activities = vec![Activity::new(ActivityKind::SetRegression, data)];
    activities.extend(after.prioritize(state.initial_priority, "ongoing"));
    Some(Step {
        state: after,
        activities,
    })
}

fn end_of_snooze(state: &State, snooze: &Snooze, batch: &Batch<'_>, now: Timestamp) -> Option<Step> {
    match snooze {
        Snooze::Forever => None,
        Snooze::UntilEscalating => {
            let hour = batch.hour.filter(|hour| hour.events > hour.ceiling)?;
            Some(escalation(state, hour.ceiling, now))
        }
        Snooze::UntilCondition { events, users, until } => {
            let reached = |target: &Option<Target>, seen: i64, in_window: i64| {
                target.is_some_and(|target| match target.window {
                    Some(_) => in_window >= target.more,
                    None => seen.saturating_sub(target.base) >= target.more,
                })
            };
            let is_over = reached(events, batch.times_seen, batch.events_in_window)
                || reached(users, batch.users_seen, batch.users_in_window)
                || until.is_some_and(|until| until <= now);
            is_over.then(|| tick::lift(state, now))
        }
    }
}

fn escalation(state: &State, ceiling: i64, now: Timestamp) -> Step {
    let mut after = State {
        review: Some(Review {
            reason: InboxReason::Unignored,
            since: now,
        }),
        ..state.reopened(Substatus::Escalating, now)
    };
    let raised = match state.priority {
        Priority::Low => Priority::Medium,
        Priority::Medium | Priority::High => Priority::High,
    };
    let mut activities = vec![Activity::new(
        ActivityKind::SetEscalating,
        [("forecast", Value::from(ceiling))],
    )];
    activities.extend(after.prioritize(raised, "escalating"));
    Step {
        state: after,
        activities,
    }
}
