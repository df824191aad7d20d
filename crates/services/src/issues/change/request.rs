//! What status people ask for, before it is known what that means for an issue.

use std::time::Duration;

use model::{IssueStatus, ProjectId, Substatus, Timestamp};
use store::{Connection, issues::Tracked};
use triage::{Action, ResolutionKind, Snooze, Target};

use super::IssueChangeError;

/// How many releases tell how a project names them.
pub(crate) const RECENT: i64 = 10;

/// The longest window in which events or users of an archived issue are counted.
pub const LONGEST_WINDOW: Duration = Duration::from_secs(7 * 24 * 3_600);

/// A status as people set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewStatus {
    Resolved(ResolvedIn),
    Archived(ArchivedUntil),
    /// Without a substatus it becomes ongoing, if it is not unresolved already.
    Unresolved(Option<Substatus>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedIn {
    Now,
    /// One of the project's releases, by its version.
    Release(String),
    LatestRelease,
    /// The one after those that the project has.
    NextRelease,
    Commit {
        repository: String,
        commit: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchivedUntil {
    Forever,
    Escalating,
    /// The first of these; at least one is there.
    Condition {
        after: Option<Duration>,
        events: Option<More>,
        users: Option<More>,
    },
}

/// So many more than there are, or so many within a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct More {
    pub count: i64,
    /// Whole minutes.
    pub window: Option<Duration>,
}

impl From<IssueStatus> for NewStatus {
    /// Without any condition.
    fn from(status: IssueStatus) -> Self {
        match status {
            IssueStatus::Unresolved => Self::Unresolved(None),
            IssueStatus::Resolved => Self::Resolved(ResolvedIn::Now),
            IssueStatus::Ignored => Self::Archived(ArchivedUntil::Forever),
        }
    }
}

impl NewStatus {
    pub fn status(&self) -> IssueStatus {
        match self {
            Self::Resolved(_) => IssueStatus::Resolved,
            Self::Archived(_) => IssueStatus::Ignored,
            Self::Unresolved(_) => IssueStatus::Unresolved,
        }
    }

    /// It means something only within one project.
    pub(super) fn names_release(&self) -> bool {
        matches!(
            self,
            Self::Resolved(
                ResolvedIn::Release(_)
                    | ResolvedIn::LatestRelease
                    | ResolvedIn::NextRelease
                    | ResolvedIn::Commit { .. }
            )
        )
    }

    pub(super) fn has_long_window(&self) -> bool {
        let Self::Archived(ArchivedUntil::Condition { events, users, .. }) = self else {
            return false;
        };
        let mut windows = [events, users].into_iter().flatten().filter_map(|more| more.window);
        windows.any(|window| window > LONGEST_WINDOW)
    }

    /// Looks up the releases that it names, which are those of the one project.
    pub(super) async fn prepare(
        &self,
        db: &mut Connection,
        projects: &[ProjectId],
    ) -> Result<Prepared, IssueChangeError> {
        Ok(match self {
            Self::Resolved(resolved) => Prepared::Resolve(resolved.prepare(db, projects.first().copied()).await?),
            Self::Archived(until) => Prepared::Archive(until.clone()),
            Self::Unresolved(substatus) => Prepared::Unresolve(*substatus),
        })
    }
}

impl ResolvedIn {
    async fn prepare(
        &self,
        db: &mut Connection,
        project: Option<ProjectId>,
    ) -> Result<ResolutionKind, IssueChangeError> {
        match (self, project) {
            (Self::Now, _) => Ok(ResolutionKind::Now),
            (Self::Commit { repository, commit }, None) => Ok(in_commit(repository, commit)),
            (_, None) => Err(IssueChangeError::NoRelease),
            (Self::Commit { repository, commit }, Some(project)) => {
                let released = store::releases::first_with_commit(db, project, repository, commit).await?;
                Ok(released.map_or_else(|| in_commit(repository, commit), ResolutionKind::InRelease))
            }
            (Self::Release(version), Some(project)) => {
                let release = store::releases::in_project(db, project, version).await?;
                let release = release.ok_or_else(|| IssueChangeError::UnknownRelease(version.clone()))?;
                Ok(ResolutionKind::InRelease(release))
            }
            (Self::LatestRelease, Some(project)) => {
                let release = store::releases::newest(db, project).await?;
                Ok(ResolutionKind::InRelease(release.ok_or(IssueChangeError::NoRelease)?))
            }
            (Self::NextRelease, Some(project)) => {
                let recent = store::releases::recent(db, project, RECENT).await?;
                let newest = recent.first().ok_or(IssueChangeError::NoRelease)?.clone();
                let versions: Vec<String> = recent.into_iter().map(|release| release.version).collect();
                let after = if triage::follows_semver(&newest.version, &versions) {
                    store::releases::greatest_semver(db, project).await?
                } else {
                    None
                };
                Ok(ResolutionKind::InNextRelease {
                    after: after.unwrap_or(newest),
                })
            }
        }
    }
}

/// Until a release has it.
fn in_commit(repository: &str, commit: &str) -> ResolutionKind {
    ResolutionKind::InCommit {
        repository: repository.to_owned(),
        commit: commit.to_owned(),
    }
}

/// A status whose releases are known.
#[derive(Debug)]
pub(super) enum Prepared {
    Resolve(ResolutionKind),
    Archive(ArchivedUntil),
    Unresolve(Option<Substatus>),
}

impl Prepared {
    pub(super) fn action(&self, issue: &Tracked, now: Timestamp) -> Option<Action> {
        Some(match self {
            Self::Resolve(kind) => Action::Resolve(kind.clone()),
            Self::Archive(until) => Action::Archive(snooze(until, issue, now)),
            Self::Unresolve(None) => Action::Reopen,
            Self::Unresolve(Some(substatus)) => Action::SetSubstatus(*substatus),
        })
    }
}

fn snooze(until: &ArchivedUntil, issue: &Tracked, now: Timestamp) -> Snooze {
    match until {
        ArchivedUntil::Forever => Snooze::Forever,
        ArchivedUntil::Escalating => Snooze::UntilEscalating,
        ArchivedUntil::Condition { after, events, users } => {
            let target = |more: &Option<More>, base: i64| {
                more.map(|more| Target {
                    more: more.count,
                    window: more.window,
                    base,
                })
            };
            Snooze::UntilCondition {
                events: target(events, issue.times_seen),
                users: target(users, issue.users_seen),
                until: after.map(|after| now + after),
            }
        }
    }
}
