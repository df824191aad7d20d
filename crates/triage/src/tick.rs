//! What time alone changes.

use std::time::Duration;

use model::{ActivityKind, InboxReason, IssueStatus, Substatus, Timestamp};

use crate::state::{Activity, Resolution, ResolutionKind, Review, Snooze, State, Step};

/// After this an issue is no longer new, regressed or escalating.
pub const UNTIL_ONGOING: Duration = Duration::from_secs(7 * 24 * 3600);

/// The times of an issue that are no part of its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// The project resolves what was not seen for as long as this.
    pub resolve_after: Option<Duration>,
}

/// When [`tick`] has something to do for an issue next, but for resolving by age; `None`: never.
pub fn due(state: &State, first_seen: Timestamp) -> Option<Timestamp> {
    match (state.status, state.substatus) {
        (IssueStatus::Unresolved, Substatus::New) => Some(first_seen + UNTIL_ONGOING),
        (IssueStatus::Unresolved, Substatus::Regressed | Substatus::Escalating) => Some(state.since + UNTIL_ONGOING),
        (IssueStatus::Ignored, _) => match &state.snooze {
            Some(Snooze::UntilCondition { until, .. }) => *until,
            _ => None,
        },
        _ => None,
    }
}

/// What has become of an issue by now. `None`: nothing.
pub fn tick(state: &State, age: &Age, now: Timestamp) -> Option<Step> {
    if state.status == IssueStatus::Unresolved
        && let Some(after) = age.resolve_after
        && now.since(age.last_seen) >= after
    {
        return Some(resolve_by_age(state, after, now));
    }
    if due(state, age.first_seen)? > now {
        return None;
    }
    Some(match state.status {
        IssueStatus::Ignored => lift(state, now),
        IssueStatus::Unresolved | IssueStatus::Resolved => become_ongoing(state, now),
    })
}

fn resolve_by_age(state: &State, after: Duration, now: Timestamp) -> Step {
    let hours = after.as_secs() / 3600;
    Step {
        state: State {
            resolution: Some(Resolution {
                at: now,
                by: None,
                kind: ResolutionKind::ByAge,
            }),
            ..state.resolved(now)
        },
        activities: vec![Activity::new(ActivityKind::SetResolvedByAge, [("age", hours.into())])],
    }
}

/// The end of a snooze.
pub(crate) fn lift(state: &State, now: Timestamp) -> Step {
    Step {
        state: State {
            review: Some(Review {
                reason: InboxReason::Unignored,
                since: now,
            }),
            ..state.reopened(Substatus::Ongoing, now)
        },
        activities: vec![Activity::bare(ActivityKind::SetUnresolved)],
    }
}

fn become_ongoing(state: &State, now: Timestamp) -> Step {
    let days = UNTIL_ONGOING.as_secs() / (24 * 3600);
    let mut after = state.reopened(Substatus::Ongoing, now);
    let mut activities = vec![Activity::new(
        ActivityKind::AutoSetOngoing,
        [("after_days", days.into())],
    )];
    if state.substatus == Substatus::Escalating {
        activities.extend(after.prioritize(state.initial_priority, "ongoing"));
    }
    Step {
        state: after,
        activities,
    }
}
