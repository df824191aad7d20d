//! How an issue is resolved or archived, in words.

use model::{Assignee, Timestamp, UserId};
use services::issues::People;
use store::issues::Tracked;
use triage::{ResolutionKind, Snooze, Target};

use super::{activity::span, row::natural};
use crate::{number, text};

/// A sentence, and when it ends to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) words: String,
    pub(crate) until: Option<Timestamp>,
}

/// A release or a commit stands in one line.
const LONGEST: usize = 100;

impl Settled {
    /// `None` for what says no more than the status does.
    pub(super) fn of(issue: &Tracked, people: &People) -> Option<Self> {
        let by = |user: Option<UserId>| match user.and_then(|user| people.name(Assignee::User(user))) {
            Some(name) => format!(" by {name}"),
            None => String::new(),
        };
        let state = &issue.state;
        if let Some(resolution) = &state.resolution {
            let kind = match &resolution.kind {
                ResolutionKind::Now => "Resolved".to_owned(),
                ResolutionKind::ByAge => "Resolved, because it was not seen for long".to_owned(),
                ResolutionKind::InNextRelease { after } => {
                    format!("Resolved in the release after {}", text::line(&after.version, LONGEST))
                }
                ResolutionKind::InRelease(release) => format!("Resolved in {}", text::line(&release.version, LONGEST)),
                ResolutionKind::InCommit { repository, commit } => format!(
                    "Resolved in commit {} of {}",
                    text::line(commit, LONGEST),
                    text::line(repository, LONGEST)
                ),
            };
            let words = kind + &by(resolution.by);
            return Some(Self { words, until: None });
        }
        let by = by(issue.archived_by);
        match state.snooze.as_ref()? {
            Snooze::Forever => Some(Self {
                words: format!("Archived forever{by}"),
                until: None,
            }),
            Snooze::UntilEscalating => Some(Self {
                words: format!("Archived{by} until it happens far more often"),
                until: None,
            }),
            Snooze::UntilCondition { events, users, until } => {
                let events = events.map(|target| missing(target, issue.times_seen, "event"));
                let users = users.map(|target| missing(target, issue.users_seen, "user"));
                let counts: Vec<String> = events.into_iter().chain(users).collect();
                let words = match counts.is_empty() {
                    true => format!("Archived for a while{by}"),
                    false => format!("Archived{by} until {}", counts.join(" or ")),
                };
                Some(Self { words, until: *until })
            }
        }
    }
}

/// `30 more events`, `100 events within 1 hour`.
fn missing(target: Target, seen: i64, what: &str) -> String {
    match target.window_minutes() {
        Some(minutes) => format!("{} within {}", number::of(natural(target.more), what), span(minutes)),
        None => {
            let left = target.more.saturating_sub(seen.saturating_sub(target.base)).max(1);
            let (count, word) = (number::grouped(natural(left)), if left == 1 { "" } else { "s" });
            format!("{count} more {what}{word}")
        }
    }
}
