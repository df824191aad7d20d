//! What people do to an issue.

use model::{ActivityKind, InboxReason, IssueStatus, Priority, Substatus, Timestamp, UserId};
use serde_json::Value;

use crate::state::{Action, Activity, Data, Resolution, ResolutionKind, Review, Snooze, State, Step};

/// What an action makes of an issue. `None`: nothing, it is so already.
pub fn act(state: &State, action: &Action, by: Option<UserId>, now: Timestamp) -> Option<Step> {
    match action {
        Action::Resolve(kind) => resolve(state, kind, by, now),
        Action::Archive(snooze) => archive(state, snooze, now),
        Action::Reopen if state.status == IssueStatus::Unresolved => None,
        Action::Reopen => set_substatus(state, Substatus::Ongoing, now),
        Action::SetSubstatus(substatus) => set_substatus(state, *substatus, now),
        Action::SetPriority(priority) => set_priority(state, *priority, now),
        Action::MarkReviewed => {
            state.review?;
            Some(Step {
                state: State {
                    review: None,
                    ..state.clone()
                },
                activities: vec![Activity::bare(ActivityKind::MarkReviewed)],
            })
        }
        Action::AskForReview if state.review.is_some() => None,
        Action::AskForReview => Some(Step {
            state: State {
                review: Some(Review {
                    reason: InboxReason::Manual,
                    since: now,
                }),
                ..state.clone()
            },
            activities: Vec::new(),
        }),
    }
}

fn resolve(state: &State, kind: &ResolutionKind, by: Option<UserId>, now: Timestamp) -> Option<Step> {
    if let Some(before) = &state.resolution
        && (*kind == ResolutionKind::Now || before.kind == *kind)
    {
        return None;
    }
    Some(Step {
        state: State {
            resolution: Some(Resolution {
                at: now,
                by,
                kind: kind.clone(),
            }),
            ..state.resolved(now)
        },
        activities: vec![resolved(kind)],
    })
}

fn resolved(kind: &ResolutionKind) -> Activity {
    let text = |text: &str| Value::from(text);
    match kind {
        ResolutionKind::Now => Activity::bare(ActivityKind::SetResolved),
        ResolutionKind::ByAge => Activity::bare(ActivityKind::SetResolvedByAge),
        ResolutionKind::InRelease(release) => Activity::new(
            ActivityKind::SetResolvedInRelease,
            [("version", text(&release.version))],
        ),
        // The version is filled in once the release is there.
        ResolutionKind::InNextRelease { after } => Activity::new(
            ActivityKind::SetResolvedInRelease,
            [("version", text("")), ("current_release_version", text(&after.version))],
        ),
        ResolutionKind::InCommit { repository, commit } => Activity::new(
            ActivityKind::SetResolvedInCommit,
            [("repository", text(repository)), ("commit", text(commit))],
        ),
    }
}

fn archive(state: &State, snooze: &Snooze, now: Timestamp) -> Option<Step> {
    if state.snooze.as_ref() == Some(snooze) {
        return None;
    }
    Some(Step {
        state: State {
            status: IssueStatus::Ignored,
            substatus: snooze.substatus(),
            since: now,
            resolution: None,
            snooze: Some(snooze.clone()),
            review: None,
            ..state.clone()
        },
        activities: vec![Activity::new(ActivityKind::SetIgnored, archived(snooze, now))],
    })
}

/// With the names of the fields by which the API asks for it.
fn archived(snooze: &Snooze, now: Timestamp) -> Vec<(&'static str, Value)> {
    let (events, users, until) = match snooze {
        Snooze::Forever | Snooze::UntilEscalating => (None, None, None),
        Snooze::UntilCondition { events, users, until } => (*events, *users, *until),
    };
    let window = |target: Option<crate::Target>| target.and_then(|target| target.window_minutes());
    let minutes = until.map(|until| until.since(now).as_secs() / 60);
    let mut data = vec![
        ("ignoreCount", events.map(|target| target.more).into()),
        ("ignoreDuration", minutes.into()),
        ("ignoreUntil", until.map(|until| until.to_string()).into()),
        ("ignoreUserCount", users.map(|target| target.more).into()),
        ("ignoreUserWindow", window(users).into()),
        ("ignoreWindow", window(events).into()),
    ];
    if *snooze == Snooze::UntilEscalating {
        data.push(("ignoreUntilEscalating", true.into()));
    }
    data
}

fn set_substatus(state: &State, substatus: Substatus, now: Timestamp) -> Option<Step> {
    if (state.status, state.substatus) == (IssueStatus::Unresolved, substatus)
        || substatus.status() != IssueStatus::Unresolved
    {
        return None;
    }
    let kind = match substatus {
        Substatus::Escalating => ActivityKind::SetEscalating,
        Substatus::Regressed => ActivityKind::SetRegression,
        _ => ActivityKind::SetUnresolved,
    };
    Some(Step {
        state: state.reopened(substatus, now),
        activities: vec![Activity::bare(kind)],
    })
}

fn set_priority(state: &State, priority: Priority, now: Timestamp) -> Option<Step> {
    (state.priority != priority).then(|| Step {
        state: State {
            priority,
            priority_locked_at: Some(now),
            ..state.clone()
        },
        activities: vec![prioritized(priority, None)],
    })
}

/// Tells of a priority; those that Tocsin sets have a reason.
pub(crate) fn prioritized(priority: Priority, reason: Option<&str>) -> Activity {
    let priority = Value::from(priority.name());
    Activity::new(
        ActivityKind::SetPriority,
        [("priority", priority), ("reason", reason.into())],
    )
}

impl State {
    /// Resolved, but for how.
    pub(crate) fn resolved(&self, now: Timestamp) -> Self {
        Self {
            status: IssueStatus::Resolved,
            substatus: Substatus::Ongoing,
            since: now,
            resolution: None,
            snooze: None,
            review: None,
            ..self.clone()
        }
    }

    pub(crate) fn reopened(&self, substatus: Substatus, now: Timestamp) -> Self {
        Self {
            status: IssueStatus::Unresolved,
            substatus,
            since: now,
            resolution: None,
            snooze: None,
            ..self.clone()
        }
    }

    /// With a priority that Tocsin finds fit; a person's stays. The activity, when that changes something.
    pub(crate) fn prioritize(&mut self, priority: Priority, reason: &str) -> Option<Activity> {
        if self.priority_locked_at.is_some() || self.priority == priority {
            return None;
        }
        self.priority = priority;
        Some(prioritized(priority, Some(reason)))
    }
}

impl Activity {
    pub(crate) fn new<'a>(kind: ActivityKind, data: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        let data = data.into_iter().map(|(name, value)| (name.to_owned(), value));
        Self {
            kind,
            data: data.collect(),
        }
    }

    pub(crate) fn bare(kind: ActivityKind) -> Self {
        Self {
            kind,
            data: Data::new(),
        }
    }
}
