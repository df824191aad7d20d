use std::collections::HashMap;

use model::{Timestamp, UserId};
use serde::Serialize;
use store::issues::Tracked;
use triage::{ResolutionKind, Snooze, Target};

use crate::users::UserView;

/// How an issue is resolved or archived; empty where the status says it all.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusDetailsView {
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_resolved: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_next_release: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_release: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_commit: Option<String>,
    #[serde(flatten)]
    snooze: Option<SnoozeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<UserView>,
}

/// How many are still missing, where no window counts them anew.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct SnoozeView {
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_user_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_user_window: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_window: Option<i64>,
}

impl StatusDetailsView {
    pub(super) fn of(issue: &Tracked, users: &HashMap<UserId, UserView>) -> Self {
        let mut view = Self::default();
        let by = |user: Option<UserId>| user.and_then(|user| users.get(&user).cloned());
        if let Some(resolution) = &issue.state.resolution {
            match &resolution.kind {
                ResolutionKind::Now => return view,
                ResolutionKind::ByAge => view.auto_resolved = Some(true),
                ResolutionKind::InNextRelease { .. } => view.in_next_release = Some(true),
                ResolutionKind::InRelease(release) => view.in_release = Some(release.version.clone()),
                ResolutionKind::InCommit { commit, .. } => view.in_commit = Some(commit.clone()),
            }
            view.actor = by(resolution.by);
        }
        if let Some(Snooze::UntilCondition { events, users, until }) = issue.state.snooze {
            view.snooze = Some(SnoozeView {
                ignore_count: missing(events, issue.times_seen),
                ignore_until: until,
                ignore_user_count: missing(users, issue.users_seen),
                ignore_user_window: users.and_then(Target::window_minutes),
                ignore_window: events.and_then(Target::window_minutes),
            });
            view.actor = by(issue.archived_by);
        }
        view
    }
}

fn missing(target: Option<Target>, seen: i64) -> Option<i64> {
    target.map(|target| match target.window {
        Some(_) => target.more,
        None => target.more.saturating_sub(seen.saturating_sub(target.base)),
    })
}
