//! Issues against a model that keeps every event: whatever is done, in whichever order, each issue counts what the events
//! of its hashes come to, and is in the state that the rules say.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ::model::{IssueId, IssueStatus, Substatus, Timestamp};
use proptest::prelude::*;
use services::{
    events::{self, Saved},
    issues::{self, ArchivedUntil, IssueChange, IssueChangeError, More, NewStatus, ResolvedIn},
};

use crate::{installation::Installation, moving::Sent};

/// Issues are named by their number among those that are there.
#[derive(Debug, Clone)]
enum Step {
    /// One batch.
    Send(Vec<Event>),
    Resolve(usize, Resolved),
    /// Until so many events more; for ever.
    Archive(usize, Option<i64>),
    Reopen(usize),
    Merge(usize, usize),
    /// The hashes whose bits are set.
    Unmerge(usize, u8),
    Delete(usize),
    Discard(usize),
    Wait(u8),
    /// The jobs are done.
    FinishMoves,
    /// For so long that what is new or has regressed becomes ongoing.
    WaitForDays,
}

#[derive(Debug, Clone)]
struct Event {
    hash: usize,
    user: usize,
    environment: usize,
    release: usize,
    /// Seconds.
    late: u8,
}

/// Releases are numbers, the greater the later; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resolved {
    Now,
    In(usize),
    InNext,
}

const HASHES: [&str; 5] = ["h0", "h1", "h2", "h3", "h4"];
const USERS: [&str; 4] = ["", "u1", "u2", "u3"];
const ENVIRONMENTS: [&str; 3] = ["", "production", "staging"];
/// In the order of their texts the last one were the second.
const RELEASES: [&str; 4] = ["", "shop@1.0.0", "shop@1.9.0", "shop@1.10.0"];

fn event() -> impl Strategy<Value = Event> {
    (
        0..HASHES.len(),
        0..USERS.len(),
        0..ENVIRONMENTS.len(),
        0..RELEASES.len(),
        0..20_u8,
    )
        .prop_map(|(hash, user, environment, release, late)| Event {
            hash,
            user,
            environment,
            release,
            late,
        })
}

fn resolved() -> impl Strategy<Value = Resolved> {
    prop_oneof![
        Just(Resolved::Now),
        (1..RELEASES.len()).prop_map(Resolved::In),
        Just(Resolved::InNext),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let issue = || 0..5_usize;
    prop_oneof![
        8 => proptest::collection::vec(event(), 1..5).prop_map(Step::Send),
        2 => (issue(), resolved()).prop_map(|(issue, how)| Step::Resolve(issue, how)),
        1 => (issue(), proptest::option::of(1..4_i64)).prop_map(|(issue, more)| Step::Archive(issue, more)),
        1 => issue().prop_map(Step::Reopen),
        3 => (issue(), issue()).prop_map(|(one, two)| Step::Merge(one, two)),
        3 => (issue(), 1..32_u8).prop_map(|(issue, hashes)| Step::Unmerge(issue, hashes)),
        1 => issue().prop_map(Step::Delete),
        1 => issue().prop_map(Step::Discard),
        2 => (1..30_u8).prop_map(Step::Wait),
        3 => Just(Step::FinishMoves),
        1 => Just(Step::WaitForDays),
    ]
}

/// An event that was counted.
#[derive(Debug, Clone)]
struct Counted {
    event: Event,
    at: Timestamp,
}

/// Until when a resolution holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Never,
    /// Until an event of this release, or a later one.
    Before(usize),
    /// Until an event of a later release than this.
    UpTo(usize),
}

impl Holds {
    fn for_release(self, release: usize) -> bool {
        match self {
            Self::Never => false,
            Self::Before(until) => release < until,
            Self::UpTo(last) => release <= last,
        }
    }
}

#[derive(Debug, Clone)]
struct OfIssue {
    /// By hash.
    events: BTreeMap<usize, Vec<Counted>>,
    status: IssueStatus,
    substatus: Substatus,
    resolved: Option<(Timestamp, Holds)>,
    /// Events until it is no longer archived.
    waits_for: Option<i64>,
}

impl OfIssue {
    fn unresolved(substatus: Substatus) -> Self {
        Self {
            events: BTreeMap::new(),
            status: IssueStatus::Unresolved,
            substatus,
            resolved: None,
            waits_for: None,
        }
    }

    fn becomes(&mut self, status: IssueStatus, substatus: Substatus) {
        (self.status, self.substatus) = (status, substatus);
        (self.resolved, self.waits_for) = (None, None);
    }

    fn reopen(&mut self, substatus: Substatus) {
        self.becomes(IssueStatus::Unresolved, substatus);
    }
}

#[derive(Debug, Default)]
struct Model {
    issues: BTreeMap<IssueId, OfIssue>,
    /// The hash of each name, once it was sent.
    hashes: BTreeMap<usize, String>,
    discarded: BTreeSet<usize>,
    /// The greatest of those that events named, and all of them.
    releases: BTreeSet<usize>,
    /// Where the names of merged issues lead.
    redirects: BTreeMap<IssueId, IssueId>,
    moving: BTreeSet<IssueId>,
    sent: i64,
}

impl Model {
    fn nth(&self, number: usize) -> Option<IssueId> {
        let number = number.checked_rem(self.issues.len())?;
        self.issues.keys().nth(number).copied()
    }

    fn owner(&self, hash: usize) -> Option<IssueId> {
        let found = self.issues.iter().find(|(_, of)| of.events.contains_key(&hash));
        found.map(|(id, _)| *id)
    }

    async fn step(&mut self, installation: &Installation, step: &Step) {
        let app = &installation.app;
        match step {
            Step::Send(batch) => self.send(installation, batch).await,
            Step::Resolve(number, how) => self.resolve(installation, *number, *how).await,
            Step::Archive(number, more) => self.archive(installation, *number, *more).await,
            Step::Reopen(number) => {
                let Some(id) = self.nth(*number) else { return };
                set_status(installation, id, NewStatus::Unresolved(None)).await.unwrap();
                let of = self.issues.get_mut(&id).unwrap();
                if of.status != IssueStatus::Unresolved {
                    of.reopen(Substatus::Ongoing);
                }
            }
            Step::Merge(one, two) => self.merge(installation, *one, *two).await,
            Step::Unmerge(number, bits) => self.unmerge(installation, *number, *bits).await,
            Step::Delete(number) => {
                let Some(id) = self.nth(*number) else { return };
                issues::delete(app, &[installation.issue(id).await]).await.unwrap();
                self.forget(id);
            }
            Step::Discard(number) => {
                let Some(id) = self.nth(*number) else { return };
                issues::discard(app, &[installation.issue(id).await]).await.unwrap();
                let gone = self.forget(id);
                self.discarded.extend(gone.events.into_keys());
            }
            Step::Wait(seconds) => {
                let wait = Duration::from_secs(u64::from(*seconds));
                installation.clock.set(app.now() + wait);
            }
            Step::FinishMoves => {
                installation.finish_moves().await;
                self.moving.clear();
            }
            Step::WaitForDays => {
                let wait = Duration::from_secs(10 * 24 * 3600);
                installation.clock.set(app.now() + wait);
                installation.finish_moves().await;
                self.moving.clear();
                for of in self.issues.values_mut() {
                    if of.status == IssueStatus::Unresolved {
                        of.reopen(Substatus::Ongoing);
                    }
                }
            }
        }
    }

    fn forget(&mut self, id: IssueId) -> OfIssue {
        self.redirects.retain(|_, target| *target != id);
        self.issues.remove(&id).unwrap()
    }

    async fn resolve(&mut self, installation: &Installation, number: usize, how: Resolved) {
        let Some(id) = self.nth(number) else { return };
        let (resolved, holds) = match how {
            Resolved::Now => (ResolvedIn::Now, Some(Holds::Never)),
            Resolved::In(release) => {
                let is_known = self.releases.contains(&release);
                let version = RELEASES[release].to_owned();
                (ResolvedIn::Release(version), is_known.then_some(Holds::Before(release)))
            }
            Resolved::InNext => (ResolvedIn::NextRelease, self.releases.last().copied().map(Holds::UpTo)),
        };
        let result = set_status(installation, id, NewStatus::Resolved(resolved)).await;
        let Some(holds) = holds else {
            assert!(
                matches!(
                    result,
                    Err(IssueChangeError::UnknownRelease(_) | IssueChangeError::NoRelease)
                ),
                "{result:?}"
            );
            return;
        };
        result.unwrap();
        let of = self.issues.get_mut(&id).unwrap();
        if of
            .resolved
            .is_some_and(|(_, before)| holds == Holds::Never || before == holds)
        {
            return;
        }
        of.becomes(IssueStatus::Resolved, Substatus::Ongoing);
        of.resolved = Some((installation.app.now(), holds));
    }

    async fn archive(&mut self, installation: &Installation, number: usize, more: Option<i64>) {
        let Some(id) = self.nth(number) else { return };
        let until = match more {
            None => ArchivedUntil::Forever,
            Some(count) => ArchivedUntil::Condition {
                after: None,
                events: Some(More { count, window: None }),
                users: None,
            },
        };
        set_status(installation, id, NewStatus::Archived(until)).await.unwrap();
        let of = self.issues.get_mut(&id).unwrap();
        of.becomes(
            IssueStatus::Ignored,
            match more {
                None => Substatus::ArchivedForever,
                Some(_) => Substatus::ArchivedUntilConditionMet,
            },
        );
        of.waits_for = more;
    }

    async fn merge(&mut self, installation: &Installation, one: usize, two: usize) {
        let (Some(one), Some(two)) = (self.nth(one), self.nth(two)) else {
            return;
        };
        let both = [installation.issue(one).await, installation.issue(two).await];
        let merged = issues::merge(&installation.app, &installation.organization(), &both).await;
        if one == two || self.moving.contains(&one) || self.moving.contains(&two) {
            assert!(merged.is_err(), "{merged:?}");
            return;
        }
        let count = |id: &IssueId| self.issues[id].events.values().map(Vec::len).sum::<usize>();
        let parent = [one, two].into_iter().max_by_key(|id| (count(id), *id)).unwrap();
        let child = if parent == one { two } else { one };
        assert_eq!(merged.unwrap().parent, parent);
        let taken = self.issues.remove(&child).unwrap();
        self.issues.get_mut(&parent).unwrap().events.extend(taken.events);
        self.moving.extend([parent, child]);
        for target in self.redirects.values_mut().filter(|target| **target == child) {
            *target = parent;
        }
        self.redirects.insert(child, parent);
    }

    async fn unmerge(&mut self, installation: &Installation, number: usize, bits: u8) {
        let Some(id) = self.nth(number) else { return };
        let hashes: Vec<usize> = (0..HASHES.len()).filter(|hash| bits & (1 << hash) != 0).collect();
        let names: Vec<String> = hashes
            .iter()
            .filter_map(|hash| self.hashes.get(hash).cloned())
            .collect();
        let issue = installation.issue(id).await;
        let result = issues::unmerge(&installation.app, &installation.organization(), &issue, &names).await;
        let of = self.issues.get_mut(&id).unwrap();
        let leaving: Vec<usize> = hashes.into_iter().filter(|hash| of.events.contains_key(hash)).collect();
        if leaving.is_empty() || leaving.len() == of.events.len() || self.moving.contains(&id) {
            assert!(result.is_err(), "{result:?}");
            return;
        }
        let new = result.unwrap().id;
        let mut apart = OfIssue::unresolved(Substatus::Ongoing);
        let events = leaving.into_iter().map(|hash| (hash, of.events.remove(&hash).unwrap()));
        apart.events = events.collect();
        self.issues.insert(new, apart);
        self.moving.extend([id, new]);
    }

    async fn send(&mut self, installation: &Installation, batch: &[Event]) {
        let mut new = Vec::new();
        let mut counted = Vec::new();
        for event in batch {
            // No two at the same moment.
            self.sent += 1;
            let late = Duration::from_secs(u64::from(event.late));
            let at = Timestamp((installation.app.now() - late).0 + self.sent);
            let sent = Sent {
                name: HASHES[event.hash],
                user: USERS[event.user],
                environment: ENVIRONMENTS[event.environment],
                release: RELEASES[event.release],
            };
            let mut event_of_it = installation.new_event(&sent, at).await;
            // The counts are not the index's.
            event_of_it.documents.clear();
            self.hashes.insert(event.hash, event_of_it.hashes[0].clone());
            new.push(event_of_it);
            counted.push(Counted {
                event: event.clone(),
                at,
            });
        }
        let mut tx = installation.app.store.begin().await.unwrap();
        let saved = events::save(&installation.app, &mut tx, &new.iter().collect::<Vec<_>>())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut came: BTreeMap<IssueId, Vec<Counted>> = BTreeMap::new();
        for (saved, counted) in saved.into_iter().zip(counted) {
            let hash = counted.event.hash;
            if self.discarded.contains(&hash) {
                assert_eq!(saved, Saved::Discarded);
                continue;
            }
            let id = saved.issue().unwrap();
            match self.owner(hash) {
                Some(owner) => assert_eq!(owner, id),
                None => assert!(!self.issues.contains_key(&id), "a hash of no issue makes a new one"),
            }
            let of = self.issues.entry(id);
            let of = of.or_insert_with(|| OfIssue::unresolved(Substatus::New));
            of.events.entry(hash).or_default().push(counted.clone());
            came.entry(id).or_default().push(counted);
        }
        for (id, events) in came {
            self.releases.extend(
                events
                    .iter()
                    .map(|counted| counted.event.release)
                    .filter(|release| *release > 0),
            );
            self.come_to(id, &events);
        }
    }

    /// What the events of a batch do to the state of their issue.
    fn come_to(&mut self, id: IssueId, events: &[Counted]) {
        let of = self.issues.get_mut(&id).unwrap();
        if let Some((resolved_at, holds)) = of.resolved {
            let reopens = |counted: &Counted| counted.at > resolved_at && !holds.for_release(counted.event.release);
            if events.iter().any(reopens) {
                of.reopen(Substatus::Regressed);
            }
        } else if let Some(more) = of.waits_for {
            match more - i64::try_from(events.len()).unwrap() {
                left if left > 0 => of.waits_for = Some(left),
                _ => of.reopen(Substatus::Ongoing),
            }
        }
    }

    async fn check(&self, installation: &Installation) {
        let mut db = installation.app.store.read().await.unwrap();
        let organization = installation.scope.organization.id;
        let ids: Vec<IssueId> = self.issues.keys().copied().collect();
        let found = store::issues::find_all(&mut db, organization, &ids).await.unwrap();
        assert_eq!(found.len(), ids.len());
        for issue in found {
            let of = &self.issues[&issue.id];
            let events: Vec<&Counted> = of.events.values().flatten().collect();
            let distinct = |of: &[&str], index: fn(&Event) -> usize| {
                let used: BTreeSet<String> = events
                    .iter()
                    .map(|counted| of[index(&counted.event)].to_owned())
                    .collect();
                used.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>()
            };
            let first = events.iter().min_by_key(|counted| counted.at).unwrap();
            let last = events.iter().max_by_key(|counted| counted.at).unwrap();
            let release = |of: &Counted| Some(RELEASES[of.event.release].to_owned()).filter(|name| !name.is_empty());
            assert_eq!(issue.times_seen, i64::try_from(events.len()).unwrap());
            let users = distinct(&USERS, |event| event.user);
            assert_eq!(issue.users_seen, i64::try_from(users.len()).unwrap(), "{users:?}");
            assert_eq!((issue.first_seen, issue.last_seen), (first.at, last.at));
            assert_eq!(
                (issue.first_release, issue.last_release),
                (release(first), release(last))
            );
            assert_eq!((issue.status, issue.substatus), (of.status, of.substatus));
            let environments = store::issues::environments(&mut db, issue.id).await.unwrap();
            assert_eq!(environments, distinct(&ENVIRONMENTS, |event| event.environment));
        }
        for (merged, target) in &self.redirects {
            let found = store::issues::target_of(&mut db, organization, *merged).await.unwrap();
            assert_eq!(found, Some(*target));
        }
    }
}

async fn set_status(installation: &Installation, id: IssueId, status: NewStatus) -> Result<(), IssueChangeError> {
    let change = IssueChange {
        status: Some(status),
        ..IssueChange::default()
    };
    let issue = [installation.issue(id).await];
    let changed = issues::update(&installation.app, &installation.organization(), &issue, change).await;
    changed.map(drop)
}

/// SQLite makes a case fast enough for many; what PostgreSQL does otherwise is in tests of its own.
const CASES: u32 = 64;
const STEPS: usize = 40;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn issues_count_the_events_of_their_hashes_and_obey_the_rules(steps in proptest::collection::vec(step(), 1..STEPS)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let database = testkit::TestDatabase::sqlite();
            let installation = Installation::new(database.url()).await;
            let mut model = Model::default();
            for step in &steps {
                model.step(&installation, step).await;
                model.check(&installation).await;
            }
        });
    }
}
