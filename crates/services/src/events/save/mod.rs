//! Saving processed events into their issues: many at once, because what several events do to one issue is one change.

mod counts; // how often issues were seen,
mod issues; // which issue an event belongs to,
mod owners; // whose it is then,
mod releases; // which releases there are,
mod transitions; // and what that does to it

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{EventId, IssueId, ProjectId, Timestamp};
use store::{
    Connection,
    issues::Standing,
    recent_event_ids::{self, RecentEvent},
};

use crate::App;

use self::{
    counts::Changes,
    issues::KnownIssue,
    releases::Releases,
    transitions::{Transition, TransitionKind},
};
use super::NewEvent;

pub use self::owners::RuleOwners;

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
    Ok(save_watched(app, db, events).await?.saved)
}

/// What saving events did, with what alert rules want to know of it.
#[derive(Debug)]
pub struct SavedEvents {
    /// In the order of the events.
    pub saved: Vec<Saved>,
    /// What each event did to its issue, in the same order.
    pub changes: Vec<alerts::Change>,
    /// The issues of events that rules ask about, as they are now.
    pub issues: HashMap<IssueId, Standing>,
}

/// Like [`save`].
pub async fn save_watched(app: &App, db: &mut Connection, events: &[&NewEvent]) -> Result<SavedEvents, store::Error> {
    let mut saving = Saving::new(app, db, events).await?;
    let mut saved = Vec::with_capacity(events.len());
    for event in events {
        saved.push(saving.one(db, event).await?);
    }
    let mut known = saving.environments_before(db, events, &saved).await?;
    let asked = saving.asked_about(events, &saved);
    let mut transitions = saving.finish(db).await?;
    let mut changes = vec![alerts::Change::default(); events.len()];
    for ((saved, change), event) in saved.iter_mut().zip(&mut changes).zip(events) {
        let Some(issue) = saved.issue() else { continue };
        change.is_new = matches!(saved, Saved::NewIssue(_));
        change.is_new_in_environment = !event.alerts.is_empty() && known.insert((issue, event.environment.clone()));
        mark(saved, change, event, &mut transitions);
    }
    let issues = match asked.is_empty() {
        true => HashMap::new(),
        false => store::issues::standings(db, &asked).await?.into_iter().collect(),
    };
    Ok(SavedEvents { saved, changes, issues })
}

/// Of the events that came to an issue, the first one that may have changed it is taken for the one that did.
fn mark(saved: &mut Saved, change: &mut alerts::Change, event: &NewEvent, transitions: &mut Vec<Transition>) {
    let Saved::KnownIssue(issue) = *saved else { return };
    let Some(index) = transitions.iter().position(|found| found.is_by(issue, event)) else {
        return;
    };
    let transition = transitions.swap_remove(index);
    change.is_regression = transition.is_regression();
    change.is_reappeared = matches!(transition.kind, TransitionKind::Reappeared);
    change.became_high_priority = transition.became_high_priority;
    if change.is_regression {
        *saved = Saved::Regression(issue);
    }
}

/// What is known and what is to be written while events are saved.
struct Saving<'a> {
    app: &'a App,
    /// Of the events at hand, those that came before, in this call or an earlier one.
    known: HashSet<(ProjectId, EventId)>,
    discarded: HashSet<(ProjectId, String)>,
    bound: HashMap<(ProjectId, String), KnownIssue>,
    recent: Vec<RecentEvent>,
    first_received: BTreeMap<ProjectId, Timestamp>,
    environments: BTreeMap<(ProjectId, &'a str), Timestamp>,
    transaction_names: BTreeMap<(ProjectId, &'a str), Timestamp>,
    releases: Releases<'a>,
    issues: BTreeMap<(ProjectId, IssueId), Changes<'a>>,
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
            releases: Releases::new(),
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
            for bound in store::issues::bound(db, project, &hashes).await? {
                let issue = KnownIssue::of(&bound);
                saving.bound.insert((project, bound.hash), issue);
            }
        }
        Ok(saving)
    }

    async fn one(&mut self, db: &mut Connection, event: &'a NewEvent) -> Result<Saved, store::Error> {
        let project = event.project;
        if self.known.contains(&(project, event.id)) {
            return Ok(Saved::Duplicate);
        }
        let (saved, issue) = if event.hashes.is_empty() {
            (Saved::WithoutIssue, None)
        } else if self.is_discarded(event) {
            return Ok(Saved::Discarded);
        } else {
            let (saved, issue) = self.find_or_create_issue(db, event).await?;
            (saved, Some(issue))
        };
        self.known.insert((project, event.id));
        self.note(event, issue);
        Ok(saved)
    }

    /// In which environments these issues were seen before, of events that rules ask about.
    async fn environments_before(
        &self,
        db: &mut Connection,
        events: &[&NewEvent],
        saved: &[Saved],
    ) -> Result<HashSet<(IssueId, String)>, store::Error> {
        let issues: BTreeSet<IssueId> = events
            .iter()
            .zip(saved)
            .filter(|(event, saved)| !event.alerts.is_empty() && !matches!(saved, Saved::NewIssue(_)))
            .filter_map(|(_, saved)| saved.issue())
            .collect();
        if issues.is_empty() {
            return Ok(HashSet::new());
        }
        let issues: Vec<IssueId> = issues.into_iter().collect();
        let known = store::issues::environments_of(db, &issues).await?;
        Ok(known.into_iter().collect())
    }

    /// Issues that are new, or that rules ask about.
    fn asked_about(&self, events: &[&NewEvent], saved: &[Saved]) -> Vec<IssueId> {
        let is_asked =
            |(event, saved): &(&&NewEvent, &Saved)| !event.alerts.is_empty() || matches!(saved, Saved::NewIssue(_));
        let asked = events.iter().zip(saved).filter(is_asked);
        let asked: BTreeSet<IssueId> = asked.filter_map(|(_, saved)| saved.issue()).collect();
        asked.into_iter().collect()
    }

    /// Adds an event to what is written at the end.
    fn note(&mut self, event: &'a NewEvent, issue: Option<KnownIssue>) {
        let (project, at) = (event.project, event.seen.at);
        self.recent.push(RecentEvent {
            project,
            id: event.id,
            issue: issue.map(|issue| issue.id),
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
        releases::add(&mut self.releases, event);
        let Some(issue) = issue else {
            if let Some(name) = &event.transaction_name {
                self.transaction_names.insert((project, name), event.received_at);
            }
            return;
        };
        self.issues
            .entry((project, issue.id))
            .or_insert_with(|| Changes::new(event, issue))
            .add(event);
    }
}

/// Those of the newest strategy first.
fn all_hashes(event: &NewEvent) -> impl Iterator<Item = &String> {
    event.hashes.iter().chain(&event.previous_hashes)
}
