//! Counting events: what several of them do to one issue is written once, and beside it what each of its hashes brought.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{BindingId, EventId, IssueId, ProjectId, Timestamp};
use store::{
    Connection,
    issues::{BindingSightings, EnvironmentSightings, Sightings},
    recent_event_ids,
};

use super::{
    Saving,
    issues::KnownIssue,
    owners::{self, RuleOwners},
    releases,
    transitions::{self, Transition, Watched},
};
use crate::events::NewEvent;

/// What the events do to one issue.
#[derive(Debug)]
pub(super) struct Changes<'a> {
    pub(super) events: i64,
    seen: Seen<'a>,
    /// By the primary hash.
    hashes: BTreeMap<&'a str, OfHash<'a>>,
    /// Of the owners that it has by its rules.
    pub(super) owners_key: i64,
    /// Of issues that events may change.
    pub(super) watched: Option<Watched<'a>>,
}

/// What the events with one primary hash do to an issue.
#[derive(Debug)]
struct OfHash<'a> {
    events: i64,
    seen: Seen<'a>,
    users: HashSet<&'a str>,
    environments: BTreeMap<&'a str, (Timestamp, Timestamp, i64)>,
}

/// The oldest and the newest of some events.
#[derive(Debug, Clone, Copy)]
struct Seen<'a> {
    first: &'a NewEvent,
    newest: &'a NewEvent,
}

impl<'a> Seen<'a> {
    fn add(&mut self, event: &'a NewEvent) {
        if event.seen.at < self.first.seen.at {
            self.first = event;
        }
        if event.seen.at >= self.newest.seen.at {
            self.newest = event;
        }
    }
}

impl<'a> Changes<'a> {
    pub(super) fn new(event: &'a NewEvent, issue: KnownIssue) -> Self {
        Self {
            events: 0,
            seen: Seen {
                first: event,
                newest: event,
            },
            hashes: BTreeMap::new(),
            owners_key: issue.owners_key,
            watched: issue.is_watched.then(Watched::default),
        }
    }

    /// Whom the rules name for the newest event.
    pub(super) fn owners(&self) -> Option<&'a RuleOwners> {
        self.seen.newest.owners.as_ref()
    }

    pub(super) fn add(&mut self, event: &'a NewEvent) {
        self.events += 1;
        self.seen.add(event);
        // What belongs to an issue has a hash.
        let hash = event.hashes.first().map_or("", String::as_str);
        let of_hash = self.hashes.entry(hash).or_insert_with(|| OfHash {
            events: 0,
            seen: Seen {
                first: event,
                newest: event,
            },
            users: HashSet::new(),
            environments: BTreeMap::new(),
        });
        of_hash.add(event);
        if let Some(watched) = &mut self.watched {
            watched.add(event);
        }
    }

    pub(super) fn users(&self) -> HashSet<&'a str> {
        self.hashes
            .values()
            .flat_map(|of_hash| of_hash.users.iter().copied())
            .collect()
    }
}

impl<'a> OfHash<'a> {
    fn add(&mut self, event: &'a NewEvent) {
        let at = event.seen.at;
        self.events += 1;
        self.seen.add(event);
        if !event.user.is_empty() {
            self.users.insert(&event.user);
        }
        let environment = event.environment.as_str();
        if !environment.is_empty() {
            let (first, last, events) = self.environments.entry(environment).or_insert((at, at, 0));
            (*first, *last, *events) = ((*first).min(at), (*last).max(at), *events + 1);
        }
    }
}

/// The bindings of the primary hashes of events.
type Bindings = HashMap<(ProjectId, String), BindingId>;

impl<'a> Saving<'a> {
    /// Writes what was gathered.
    pub(super) async fn finish(self, db: &mut Connection) -> Result<Vec<Transition>, store::Error> {
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
        // A new release may end the waiting of issues, on which their state depends.
        releases::note(self.app, db, &self.releases).await?;
        // Bindings come before issues, here as in merges, so that neither waits for the other for ever.
        let bindings = self.record_bindings(db).await?;
        self.hold_issues(db).await?;
        let new_users = self.add_users(db, &bindings).await?;
        let sightings = |((project, issue), changes): (&(ProjectId, IssueId), &Changes<'a>)| Sightings {
            project: *project,
            issue: *issue,
            events: changes.events,
            new_users: new_users.get(issue).copied().unwrap_or(0),
            first_at: changes.seen.first.seen.at,
            first_release: changes.seen.first.seen.release.as_deref(),
            newest: &changes.seen.newest.seen,
        };
        let sightings: Vec<Sightings<'a>> = self.issues.iter().map(sightings).collect();
        store::issues::record(db, &sightings).await?;
        self.record_environments(db, &bindings).await?;
        owners::after(self.app, db, &self.issues).await?;
        transitions::after(self.app, db, &self.issues).await
    }

    fn hashes(&self) -> impl Iterator<Item = (ProjectId, IssueId, &'a str, &OfHash<'a>)> {
        self.issues.iter().flat_map(|((project, issue), changes)| {
            changes
                .hashes
                .iter()
                .map(|(hash, of_hash)| (*project, *issue, *hash, of_hash))
        })
    }

    async fn record_bindings(&self, db: &mut Connection) -> Result<Bindings, store::Error> {
        let sightings = |(project, issue, hash, of_hash): (_, _, &'a str, &OfHash<'a>)| BindingSightings {
            project,
            hash,
            issue,
            events: of_hash.events,
            first_at: of_hash.seen.first.seen.at,
            first_release: of_hash.seen.first.seen.release.as_deref(),
            last_at: of_hash.seen.newest.seen.at,
            last_release: of_hash.seen.newest.seen.release.as_deref(),
        };
        let seen: Vec<BindingSightings<'_>> = self.hashes().map(sightings).collect();
        store::issues::record_bindings(db, &seen).await
    }

    /// Which hashes an issue has, a merge changes: from here on it waits for these events.
    async fn hold_issues(&self, db: &mut Connection) -> Result<(), store::Error> {
        let (projects, issues): (BTreeSet<ProjectId>, Vec<IssueId>) = self.issues.keys().copied().unzip();
        let projects: Vec<ProjectId> = projects.into_iter().collect();
        store::issues::lock(db, &projects, &issues).await
    }

    /// Notes users. Tells how many are new in each issue.
    async fn add_users(&self, db: &mut Connection, bindings: &Bindings) -> Result<HashMap<IssueId, i64>, store::Error> {
        let (mut users, mut issues) = (Vec::new(), HashMap::new());
        for (project, issue, hash, of_hash) in self.hashes() {
            if let Some(binding) = bindings.get(&(project, hash.to_owned())) {
                issues.insert(*binding, issue);
                users.extend(of_hash.users.iter().map(|user| (*binding, *user)));
            }
        }
        // In how many bindings of an issue a user is new.
        let mut new: HashMap<(IssueId, String), i64> = HashMap::new();
        for (binding, user) in store::issues::add_users(db, &users).await? {
            if let Some(issue) = issues.get(&binding) {
                *new.entry((*issue, user)).or_default() += 1;
            }
        }
        if new.is_empty() {
            return Ok(HashMap::new());
        }
        // Who is new under one hash may be known under another one.
        let of: BTreeSet<IssueId> = new.keys().map(|(issue, _)| *issue).collect();
        let of: Vec<IssueId> = of.into_iter().collect();
        // Most issues have but one.
        let divided = store::issues::divided(db, &of).await?;
        let mut seen = HashMap::new();
        if !divided.is_empty() {
            let doubtful = new.keys().filter(|(issue, _)| divided.contains(issue));
            let users: BTreeSet<&str> = doubtful.map(|(_, user)| user.as_str()).collect();
            let users: Vec<&str> = users.into_iter().collect();
            seen = store::issues::bindings_of_users(db, &divided, &users).await?;
        }
        let mut counts = HashMap::new();
        for (user, bindings) in &new {
            if seen.get(user).is_none_or(|all| all == bindings) {
                *counts.entry(user.0).or_default() += 1;
            }
        }
        Ok(counts)
    }

    async fn record_environments(&self, db: &mut Connection, bindings: &Bindings) -> Result<(), store::Error> {
        let mut environments = Vec::new();
        for (project, issue, hash, of_hash) in self.hashes() {
            let Some(binding) = bindings.get(&(project, hash.to_owned())) else {
                continue;
            };
            environments.extend(of_hash.environments.iter().map(|(environment, (first, last, events))| {
                EnvironmentSightings {
                    binding: *binding,
                    issue,
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
