use std::collections::{BTreeSet, HashMap};

use alerts::Change;
use model::{ActivityKind, EventId, IssueId, Priority, Timestamp};
use store::{
    alert_rules::{self, IssueChange},
    issues::Issue,
    releases::{self, ReleaseOrder},
};

use super::Seen;
use crate::{App, access::ProjectScope};

/// Changes of issues that are read.
const MOST_CHANGES: i64 = 10_000;

/// What the database knows of the issues that a rule is replayed on.
#[derive(Debug)]
pub(super) struct History {
    pub(super) issues: HashMap<IssueId, Issue>,
    /// What each event changed, where it changed anything.
    changes: HashMap<EventId, Change>,
    pub(super) latest_release: Option<String>,
}

impl History {
    pub(super) async fn read(
        app: &App,
        scope: &ProjectScope,
        seen: &[Seen],
        since: Timestamp,
    ) -> Result<Self, store::Error> {
        let ids: BTreeSet<IssueId> = seen.iter().map(|event| event.issue).collect();
        let ids: Vec<IssueId> = ids.into_iter().collect();
        let mut db = app.store.read().await?;
        let mut issues = HashMap::new();
        // Each id is a value of the statement.
        for some in ids.chunks(1_000) {
            let found = store::issues::find_all(&mut db, scope.organization.id, some).await?;
            issues.extend(found.into_iter().map(|issue| (issue.id, issue)));
        }
        let project = scope.project.id;
        let changes = alert_rules::changes(&mut db, project, since, MOST_CHANGES).await?;
        let environments = alert_rules::first_seen_in_environments(&mut db, &ids).await?;
        Ok(Self {
            latest_release: releases::latest(&mut db, project, &[], ReleaseOrder::Date).await?,
            changes: Changes::new(seen).of(&issues, environments, changes),
            issues,
        })
    }

    pub(super) fn change(&self, event: EventId) -> Change {
        self.changes.get(&event).copied().unwrap_or_default()
    }
}

/// Finds the events that changed something.
struct Changes<'a> {
    /// In the order of their receipt.
    by_issue: HashMap<IssueId, Vec<&'a Seen>>,
    found: HashMap<EventId, Change>,
}

impl<'a> Changes<'a> {
    fn new(seen: &'a [Seen]) -> Self {
        let mut by_issue: HashMap<IssueId, Vec<&Seen>> = HashMap::new();
        for event in seen {
            by_issue.entry(event.issue).or_default().push(event);
        }
        Self {
            by_issue,
            found: HashMap::new(),
        }
    }

    fn of(
        mut self,
        issues: &HashMap<IssueId, Issue>,
        environments: Vec<(IssueId, String, Timestamp)>,
        changes: Vec<IssueChange>,
    ) -> HashMap<EventId, Change> {
        for issue in issues.values() {
            let is_high = issue.initial_priority == Priority::High;
            self.mark(
                issue.id,
                |event| event.timestamp == issue.first_seen,
                |change| {
                    change.is_new = true;
                    change.became_high_priority |= is_high;
                },
            );
        }
        for (issue, environment, at) in environments {
            let is_first = |event: &Seen| event.environment == environment && event.timestamp == at;
            self.mark(issue, is_first, |change| change.is_new_in_environment = true);
        }
        for change in changes {
            self.mark_last(&change, |known| match change.kind {
                ActivityKind::SetRegression => known.is_regression = true,
                ActivityKind::SetPriority => known.became_high_priority |= change.is_high,
                _ => known.is_reappeared = true,
            });
        }
        self.found
    }

    /// Of the first event of an issue that is meant.
    fn mark(&mut self, issue: IssueId, is_meant: impl Fn(&Seen) -> bool, set: impl FnOnce(&mut Change)) {
        let events = self.by_issue.get(&issue).map(Vec::as_slice).unwrap_or_default();
        if let Some(event) = events.iter().find(|event| is_meant(event)) {
            set(self.found.entry(event.id).or_default());
        }
    }

    /// Of the event that was received last before a change was noted.
    fn mark_last(&mut self, change: &IssueChange, set: impl FnOnce(&mut Change)) {
        let events = self.by_issue.get(&change.issue).map(Vec::as_slice).unwrap_or_default();
        if let Some(event) = events.iter().rev().find(|event| event.received_at <= change.at) {
            set(self.found.entry(event.id).or_default());
        }
    }
}
