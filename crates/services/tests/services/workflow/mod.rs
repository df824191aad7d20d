//! What becomes of issues: states, snoozes, escalation, owners.

mod activities;
mod escalation;
mod machine;
mod model;
mod ownership;
mod snoozes;
mod states;

use std::time::Duration;

use ::model::{ActivityKind, IssueId, IssueStatus, Substatus, Timestamp};
use services::{
    events::{self, NewEvent, Saved},
    issues::{self, ArchivedUntil, IssueChange, More, NewStatus, ResolvedIn},
};
use store::issues::{Issue, Tracked};

use crate::{installation::Installation, moving::Sent};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3_600);

pub(crate) fn of_release(release: &str) -> Sent<'_> {
    Sent {
        name: "a",
        release,
        ..Sent::default()
    }
}

pub(crate) fn of_user(user: &str) -> Sent<'_> {
    Sent {
        name: "a",
        user,
        ..Sent::default()
    }
}

/// A condition on which an archived issue comes back.
pub(crate) fn until(after: Option<Duration>, events: Option<More>, users: Option<More>) -> NewStatus {
    NewStatus::Archived(ArchivedUntil::Condition { after, events, users })
}

pub(crate) fn more(count: i64, window: Option<Duration>) -> Option<More> {
    Some(More { count, window })
}

impl Installation {
    /// Saves events of this moment in one transaction, without their documents.
    pub(crate) async fn save_all(&self, sent: &[Sent<'_>]) -> Vec<Saved> {
        let mut new = Vec::new();
        for sent in sent {
            new.push(self.new_event(sent, self.app.now()).await);
        }
        self.save_new(new).await
    }

    pub(crate) async fn save_new(&self, new: Vec<NewEvent>) -> Vec<Saved> {
        let mut tx = self.app.store.begin().await.unwrap();
        let saved = events::save(&self.app, &mut tx, &new.iter().collect::<Vec<_>>())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        saved
    }

    /// A moment later one event comes.
    pub(crate) async fn later(&self, sent: &Sent<'_>) -> IssueId {
        self.clock.advance(Duration::from_secs(1));
        self.save_all(std::slice::from_ref(sent)).await[0].issue().unwrap()
    }

    pub(crate) async fn set_status(&self, id: IssueId, status: NewStatus) -> Issue {
        let change = IssueChange {
            status: Some(status),
            ..IssueChange::default()
        };
        self.change(id, change).await
    }

    pub(crate) async fn resolve(&self, id: IssueId, kind: ResolvedIn) -> Issue {
        self.set_status(id, NewStatus::Resolved(kind)).await
    }

    pub(crate) async fn change(&self, id: IssueId, change: IssueChange) -> Issue {
        let changed = issues::update(&self.app, &self.organization(), &[self.issue(id).await], change).await;
        changed.unwrap().remove(0)
    }

    pub(crate) async fn state(&self, id: IssueId) -> (IssueStatus, Substatus) {
        let issue = self.issue(id).await;
        (issue.status, issue.substatus)
    }

    pub(crate) async fn tracked(&self, id: IssueId) -> Tracked {
        let mut db = self.app.store.read().await.unwrap();
        let found = store::issues::states(&mut db, &[self.scope.project.id], &[id]).await;
        found.unwrap().remove(0)
    }

    /// What was told of an issue, the newest first.
    pub(crate) async fn told(&self, id: IssueId) -> Vec<ActivityKind> {
        let found = issues::activities(&self.app, &self.issue(id).await, 1_000)
            .await
            .unwrap();
        found.into_iter().map(|activity| activity.kind).collect()
    }

    pub(crate) async fn wait_until(&self, at: Timestamp) {
        self.clock.set(at);
        self.run_jobs().await;
    }

    /// Lets the jobs do all that waits.
    pub(crate) async fn run_jobs(&self) {
        for _ in 0..1_000 {
            if !services::jobs::step(&self.app).await.unwrap() {
                return;
            }
        }
        panic!("the jobs never end");
    }
}
