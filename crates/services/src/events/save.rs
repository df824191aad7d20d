//! Saving processed events into their issues: many at once, because what several events do to one issue is one change.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{EventId, IssueId, IssueStatus, Priority, ProjectId, Substatus, Timestamp};
use store::{
    Connection,
    issues::{Bound, EnvironmentSightings, NewIssue, Sightings, StatusChange},
    recent_event_ids::{self, RecentEvent},
};

use crate::App;

use super::NewEvent;

/// What saving an event did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It was counted before; nothing was written.
    Duplicate,
    NewIssue(IssueId),
    KnownIssue(IssueId),
    /// The issue was resolved and is open again.
    Regression(IssueId),
    /// It belongs to no issue, as a transaction.
    WithoutIssue,
    /// Its issue was deleted and discarded; nothing was written.
    Discarded,
}

impl Saved {
    /// `None` where nothing was written, and for what belongs to no issue.
    pub fn issue(self) -> Option<IssueId> {
        match self {
            Self::NewIssue(issue) | Self::KnownIssue(issue) | Self::Regression(issue) => Some(issue),
            Self::Duplicate | Self::WithoutIssue | Self::Discarded => None,
        }
    }

    /// Whether the event is counted and goes into the index.
    pub fn is_accepted(self) -> bool {
        !matches!(self, Self::Duplicate | Self::Discarded)
    }
}

/// Saves events: decides on duplicates, finds or makes their issues, counts them. The caller owns the transaction. The
/// answers are in the order of `events`.
pub async fn save(app: &App, db: &mut Connection, events: &[&NewEvent]) -> Result<Vec<Saved>, store::Error> {
    let mut saving = Saving::new(app, db, events).await?;
    let mut saved = Vec::with_capacity(events.len());
    for event in events {
        saved.push(saving.one(db, event).await?);
    }
    saving.finish(db).await?;
    Ok(saved)
}

/// What is known and what is to be written while events are saved.
struct Saving<'a> {
    app: &'a App,
    /// Of the events at hand, those that came before, in this call or an earlier one.
    known: HashSet<(ProjectId, EventId)>,
    discarded: HashSet<(ProjectId, String)>,
    bound: HashMap<(ProjectId, String), (IssueId, StatusChange)>,
    recent: Vec<RecentEvent>,
    first_received: BTreeMap<ProjectId, Timestamp>,
    environments: BTreeMap<(ProjectId, &'a str), Timestamp>,
    transaction_names: BTreeMap<(ProjectId, &'a str), Timestamp>,
    issues: BTreeMap<(ProjectId, IssueId), Changes<'a>>,
}

/// What the events do to one issue.
struct Changes<'a> {
    events: i64,
    first: &'a NewEvent,
    newest: &'a NewEvent,
    users: HashSet<&'a str>,
    environments: BTreeMap<&'a str, (Timestamp, Timestamp, i64)>,
}

impl<'a> Saving<'a> {
    /// Reads what is known about the events.
    async fn new(app: &'a App, db: &mut Connection, events: &[&'a NewEvent]) -> Result<Saving<'a>, store::Error> {
        let mut saving = Self {
            app,
            known: HashSet::new(),
            discarded: HashSet::new(),
            bound: HashMap::new(),
            recent: Vec::new(),
            first_received: BTreeMap::new(),
            environments: BTreeMap::new(),
            transaction_names: BTreeMap::new(),
            issues: BTreeMap::new(),
        };
        let mut by_project: BTreeMap<ProjectId, Vec<&NewEvent>> = BTreeMap::new();
        for event in events {
            by_project.entry(event.project).or_default().push(event);
        }
        for (project, events) in by_project {
            let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
            let known = recent_event_ids::known(db, project, &ids).await?;
            saving.known.extend(known.into_iter().map(|id| (project, id)));
            let hashes: HashSet<&str> = events
                .iter()
                .flat_map(|event| all_hashes(event))
                .map(String::as_str)
                .collect();
            let hashes: Vec<&str> = hashes.into_iter().collect();
            let discarded = store::issues::discarded(db, project, &hashes).await?;
            saving
                .discarded
                .extend(discarded.into_iter().map(|hash| (project, hash)));
            for Bound { hash, issue, status } in store::issues::bound(db, project, &hashes).await? {
                saving.bound.insert((project, hash), (issue, status));
            }
        }
        Ok(saving)
    }

    async fn one(&mut self, db: &mut Connection, event: &'a NewEvent) -> Result<Saved, store::Error> {
        let project = event.project;
        if self.known.contains(&(project, event.id)) {
            return Ok(Saved::Duplicate);
        }
        let saved = if event.hashes.is_empty() {
            Saved::WithoutIssue
        } else if self.is_discarded(event) {
            return Ok(Saved::Discarded);
        } else {
            self.find_or_create_issue(db, event).await?
        };
        self.known.insert((project, event.id));
        self.note(event, saved.issue());
        Ok(saved)
    }

    fn is_discarded(&self, event: &NewEvent) -> bool {
        let is_discarded = |hash: &String| self.discarded.contains(&(event.project, hash.clone()));
        !self.discarded.is_empty() && event.hashes.iter().any(is_discarded)
    }

    /// By one of its hashes, the newest strategy's first. Where only a hash of the strategy that the project moves away
    /// from is known, the event stays in its issue and brings the new hashes along (`ingest.md` §6.9).
    async fn find_or_create_issue(&mut self, db: &mut Connection, event: &NewEvent) -> Result<Saved, store::Error> {
        let project = event.project;
        let at = event.seen.at;
        let found = all_hashes(event).find_map(|hash| self.bound.get(&(project, hash.clone())).copied());
        let (saved, issue, status) = match found {
            Some((issue, status)) => {
                // An event from before the resolution that arrives late reopens nothing.
                if status.status == IssueStatus::Resolved && status.resolved_at.is_none_or(|resolved| at > resolved) {
                    let reopened = StatusChange {
                        status: IssueStatus::Unresolved,
                        substatus: Substatus::Regressed,
                        resolved_at: None,
                    };
                    store::issues::set_status(db, project, issue, reopened).await?;
                    (Saved::Regression(issue), issue, reopened)
                } else {
                    (Saved::KnownIssue(issue), issue, status)
                }
            }
            None => {
                let issue = self.create_issue(db, event).await?;
                let status = StatusChange {
                    status: IssueStatus::Unresolved,
                    substatus: Substatus::New,
                    resolved_at: None,
                };
                (Saved::NewIssue(issue), issue, status)
            }
        };
        let unbound: Vec<String> = all_hashes(event)
            .filter(|hash| !self.bound.contains_key(&(project, (*hash).clone())))
            .cloned()
            .collect();
        if !unbound.is_empty() {
            store::issues::bind_hashes(db, project, issue, &unbound).await?;
        }
        if !unbound.is_empty() || matches!(saved, Saved::Regression(_)) {
            // Every hash of the issue must know of a reopening, also those of other events.
            for known in self.bound.values_mut().filter(|(known, _)| *known == issue) {
                known.1 = status;
            }
            for hash in unbound {
                self.bound.insert((project, hash), (issue, status));
            }
        }
        Ok(saved)
    }

    async fn create_issue(&self, db: &mut Connection, event: &NewEvent) -> Result<IssueId, store::Error> {
        let first = &event.seen;
        let new = NewIssue {
            id: IssueId(self.app.ids.next()),
            project: event.project,
            short_number: store::projects::next_short_number(db, event.project).await?,
            priority: Priority::of_level(first.level),
        };
        store::issues::create(db, new, first).await?;
        tracing::debug!(
            project.id = %event.project,
            issue.id = %new.id,
            event.received_at = %event.received_at,
            "new issue"
        );
        Ok(new.id)
    }

    /// Adds an event to what is written at the end.
    fn note(&mut self, event: &'a NewEvent, issue: Option<IssueId>) {
        let (project, at) = (event.project, event.seen.at);
        self.recent.push(RecentEvent {
            project,
            id: event.id,
            issue,
            timestamp: at,
            received_at: event.received_at,
        });
        let first = self.first_received.entry(project).or_insert(event.received_at);
        *first = (*first).min(event.received_at);
        let environment = event.environment.as_str();
        if !environment.is_empty() {
            self.environments
                .entry((project, environment))
                .or_insert(event.received_at);
        }
        let Some(issue) = issue else {
            if let Some(name) = &event.transaction_name {
                self.transaction_names.insert((project, name), event.received_at);
            }
            return;
        };
        let changes = self.issues.entry((project, issue)).or_insert_with(|| Changes {
            events: 0,
            first: event,
            newest: event,
            users: HashSet::new(),
            environments: BTreeMap::new(),
        });
        changes.events += 1;
        if at < changes.first.seen.at {
            changes.first = event;
        }
        if at >= changes.newest.seen.at {
            changes.newest = event;
        }
        if !event.user.is_empty() {
            changes.users.insert(&event.user);
        }
        if !environment.is_empty() {
            let (first, last, events) = changes.environments.entry(environment).or_insert((at, at, 0));
            (*first, *last, *events) = ((*first).min(at), (*last).max(at), *events + 1);
        }
    }

    /// Writes what was gathered.
    async fn finish(self, db: &mut Connection) -> Result<(), store::Error> {
        recent_event_ids::add(db, &self.recent).await?;
        for ((project, environment), at) in &self.environments {
            store::projects::add_environment(db, *project, environment, *at).await?;
        }
        for (project, at) in &self.first_received {
            store::projects::set_first_event(db, *project, *at).await?;
        }
        for ((project, name), at) in &self.transaction_names {
            store::transaction_names::add(db, *project, name, *at).await?;
        }
        self.link(db).await?;
        let users: Vec<(IssueId, &str)> = self
            .issues
            .iter()
            .flat_map(|((_, issue), changes)| changes.users.iter().map(|user| (*issue, *user)))
            .collect();
        let mut new_users: HashMap<IssueId, i64> = HashMap::new();
        for issue in store::issues::add_users(db, &users).await? {
            *new_users.entry(issue).or_default() += 1;
        }
        let mut environments = Vec::new();
        for ((project, issue), changes) in &self.issues {
            let sightings = Sightings {
                events: changes.events,
                new_users: new_users.get(issue).copied().unwrap_or(0),
                first_at: changes.first.seen.at,
                first_release: changes.first.seen.release.as_deref(),
                newest: &changes.newest.seen,
            };
            store::issues::record(db, *project, *issue, &sightings).await?;
            environments.extend(changes.environments.iter().map(|(environment, (first, last, events))| {
                EnvironmentSightings {
                    issue: *issue,
                    environment,
                    first_at: *first,
                    last_at: *last,
                    events: *events,
                }
            }));
        }
        store::issues::record_environments(db, &environments).await
    }

    /// Lets what came before its event belong to the event's issue.
    async fn link(&self, db: &mut Connection) -> Result<(), store::Error> {
        let mut by_project: BTreeMap<ProjectId, BTreeMap<EventId, IssueId>> = BTreeMap::new();
        for event in &self.recent {
            if let Some(issue) = event.issue {
                by_project.entry(event.project).or_default().insert(event.id, issue);
            }
        }
        for (project, events) in by_project {
            let ids: Vec<EventId> = events.keys().copied().collect();
            for id in store::attachments::waiting(db, project, &ids).await? {
                store::attachments::link(db, project, id, events[&id]).await?;
            }
            for id in store::user_reports::waiting(db, project, &ids).await? {
                store::user_reports::link(db, project, id, events[&id]).await?;
            }
        }
        Ok(())
    }
}

/// Those of the newest strategy first.
fn all_hashes(event: &NewEvent) -> impl Iterator<Item = &String> {
    event.hashes.iter().chain(&event.previous_hashes)
}
