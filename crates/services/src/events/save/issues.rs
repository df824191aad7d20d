//! Finding the issue of an event, or making one.

use model::{BindingId, IssueId, IssueStatus, Priority};
use store::{
    Connection,
    issues::{Bound, NewIssue},
};
use triage::State;

use super::{Saved, Saving, all_hashes};
use crate::events::NewEvent;

/// An issue that hashes belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KnownIssue {
    pub(super) id: IssueId,
    /// It is resolved or archived: events may change that.
    pub(super) is_watched: bool,
    /// Of the owners that it has by its rules.
    pub(super) owners_key: i64,
}

impl KnownIssue {
    pub(super) fn of(bound: &Bound) -> Self {
        Self {
            id: bound.issue,
            is_watched: bound.status != IssueStatus::Unresolved,
            owners_key: bound.owners_key,
        }
    }
}

impl Saving<'_> {
    pub(super) fn is_discarded(&self, event: &NewEvent) -> bool {
        let is_discarded = |hash: &String| self.discarded.contains(&(event.project, hash.clone()));
        !self.discarded.is_empty() && event.hashes.iter().any(is_discarded)
    }

    /// By one of its hashes, the newest strategy's first. Where only a hash of the strategy that the project moves away
    /// from is known, the event stays in its issue and brings the new hashes along (`ingest.md` §6.9).
    pub(super) async fn find_or_create_issue(
        &mut self,
        db: &mut Connection,
        event: &NewEvent,
    ) -> Result<(Saved, KnownIssue), store::Error> {
        let project = event.project;
        let found = all_hashes(event).find_map(|hash| self.bound.get(&(project, hash.clone())).copied());
        let (saved, issue) = match found {
            Some(issue) => (Saved::KnownIssue(issue.id), issue),
            None => {
                let id = self.create_issue(db, event).await?;
                let issue = KnownIssue {
                    id,
                    is_watched: false,
                    owners_key: 0,
                };
                (Saved::NewIssue(id), issue)
            }
        };
        let unbound: Vec<(String, BindingId)> = all_hashes(event)
            .filter(|hash| !self.bound.contains_key(&(project, (*hash).clone())))
            .map(|hash| (hash.clone(), BindingId(self.app.ids.next())))
            .collect();
        if !unbound.is_empty() {
            store::issues::bind_hashes(db, project, issue.id, &unbound).await?;
            let bound = unbound.into_iter().map(|(hash, _)| ((project, hash), issue));
            self.bound.extend(bound);
        }
        Ok((saved, issue))
    }

    async fn create_issue(&self, db: &mut Connection, event: &NewEvent) -> Result<IssueId, store::Error> {
        let first = &event.seen;
        let new = NewIssue {
            id: IssueId(self.app.ids.next()),
            project: event.project,
            short_number: store::projects::next_short_number(db, event.project).await?,
            state: State::of_new_issue(Priority::of_level(first.level), self.app.now()),
        };
        store::issues::create(db, &new, first).await?;
        tracing::debug!(
            project.id = %event.project,
            issue.id = %new.id,
            event.received_at = %event.received_at,
            "new issue"
        );
        Ok(new.id)
    }
}
