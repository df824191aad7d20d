//! The states of issues against a model that is as simple as can be: whatever people, events and time do, in whichever
//! order, both say the same, and each change is told once.

use std::{collections::BTreeSet, time::Duration};

use ::model::{InboxReason, IssueId, IssueStatus, Substatus, Timestamp};
use proptest::prelude::*;
use services::issues::{ArchivedUntil, NewStatus, ResolvedIn};

use super::{DAY, MINUTE, more, until};
use crate::{
    installation::{Installation, NOW},
    moving::Sent,
};

#[derive(Debug, Clone)]
enum Step {
    /// One batch; each event with the number of its issue.
    Send(Vec<(usize, Event)>),
    /// What somebody does to the issue of this number.
    Do(usize, Deed),
    /// Minutes, and then the jobs run.
    Wait(i64),
}

#[derive(Debug, Clone)]
struct Event {
    user: usize,
    release: usize,
    /// In seconds.
    late: u8,
}

#[derive(Debug, Clone)]
enum Deed {
    Resolve,
    ResolveInNext,
    ResolveIn(usize),
    ArchiveForever,
    ArchiveUntil {
        events: Option<i64>,
        users: Option<i64>,
        minutes: Option<u32>,
    },
    Reopen,
}

const NAMES: [&str; 3] = ["a", "b", "c"];
const USERS: [&str; 4] = ["", "u1", "u2", "u3"];
/// In their order, which is not that of their texts. The first stands for none.
const RELEASES: [&str; 4] = ["", "shop@1.9.0", "shop@1.10.0", "shop@2.0.0"];

fn event() -> impl Strategy<Value = Event> {
    (0..USERS.len(), 0..RELEASES.len(), 0..90_u8).prop_map(|(user, release, late)| Event { user, release, late })
}

fn deed() -> impl Strategy<Value = Deed> {
    let until = (
        prop::option::of(1..6_i64),
        prop::option::of(1..3_i64),
        prop::option::of(1..3_000_u32),
    );
    prop_oneof![
        2 => Just(Deed::Resolve),
        2 => Just(Deed::ResolveInNext),
        2 => (1..RELEASES.len()).prop_map(Deed::ResolveIn),
        1 => Just(Deed::ArchiveForever),
        3 => until
            .prop_filter("a condition at least", |(events, users, minutes)| {
                events.is_some() || users.is_some() || minutes.is_some()
            })
            .prop_map(|(events, users, minutes)| Deed::ArchiveUntil { events, users, minutes }),
        1 => Just(Deed::Reopen),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let numbered = (0..NAMES.len(), event());
    prop_oneof![
        5 => prop::collection::vec(numbered, 1..6).prop_map(Step::Send),
        4 => (0..NAMES.len(), deed()).prop_map(|(issue, deed)| Step::Do(issue, deed)),
        2 => prop_oneof![1..90_i64, 1_000..12_000_i64].prop_map(Step::Wait),
    ]
}

/// An issue, as the model knows it.
#[derive(Debug, Clone)]
struct Known {
    id: IssueId,
    status: Status,
    events: i64,
    users: BTreeSet<usize>,
    review: Option<InboxReason>,
    told: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Status {
    /// Until when it is new, regressed or escalating; then it is ongoing.
    Recent(Substatus, Timestamp),
    Ongoing,
    Resolved(Timestamp, Fix),
    Forever,
    /// For so many more than there were.
    Waiting {
        events: Option<(i64, i64)>,
        users: Option<(i64, i64)>,
        until: Option<Timestamp>,
    },
}

/// In what it is resolved: the number of a release.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fix {
    Now,
    In(usize),
    After(usize),
}

impl Fix {
    fn ends_with(self, release: usize) -> bool {
        match self {
            Self::Now => true,
            Self::In(fixed) => release >= fixed,
            Self::After(last) => release > last,
        }
    }
}

impl Known {
    fn shown(&self) -> (IssueStatus, Substatus) {
        match &self.status {
            Status::Recent(substatus, _) => (IssueStatus::Unresolved, *substatus),
            Status::Ongoing => (IssueStatus::Unresolved, Substatus::Ongoing),
            Status::Resolved(..) => (IssueStatus::Resolved, Substatus::Ongoing),
            Status::Forever => (IssueStatus::Ignored, Substatus::ArchivedForever),
            Status::Waiting { .. } => (IssueStatus::Ignored, Substatus::ArchivedUntilConditionMet),
        }
    }

    fn become_other(&mut self, status: Status, review: Option<InboxReason>) {
        (self.status, self.review) = (status, review);
        self.told += 1;
    }

    /// Whether what it waits for has come.
    fn is_over(&self, now: Timestamp) -> bool {
        let Status::Waiting { events, users, until } = &self.status else {
            return false;
        };
        events.is_some_and(|(more, before)| self.events >= before + more)
            || users.is_some_and(|(more, before)| self.user_count() >= before + more)
            || until.is_some_and(|until| until <= now)
    }

    fn user_count(&self) -> i64 {
        self.users.len().try_into().unwrap()
    }

    fn wake(&mut self, now: Timestamp) {
        if self.is_over(now) {
            self.become_other(Status::Ongoing, Some(InboxReason::Unignored));
        }
    }
}

#[derive(Debug, Default)]
struct Model {
    issues: [Option<Known>; NAMES.len()],
    newest_release: usize,
    releases: BTreeSet<usize>,
    sent: i64,
}

impl Model {
    async fn step(&mut self, installation: &Installation, step: &Step) {
        match step {
            Step::Send(batch) => self.send(installation, batch).await,
            Step::Do(number, deed) => {
                if let Some(id) = self.issues[*number].as_ref().map(|known| known.id)
                    && let Some(status) = self.act(*number, deed, installation.app.now())
                {
                    installation.set_status(id, status).await;
                }
            }
            Step::Wait(minutes) => {
                installation.clock.advance(MINUTE * u32::try_from(*minutes).unwrap());
                installation.run_jobs().await;
                let now = installation.app.now();
                for known in self.issues.iter_mut().flatten() {
                    known.wake(now);
                    if matches!(known.status, Status::Recent(_, until) if until <= now) {
                        known.become_other(Status::Ongoing, known.review);
                    }
                }
            }
        }
    }

    /// Does it in the model. Returns what is asked for; `None` where a release is meant that is not there.
    fn act(&mut self, number: usize, deed: &Deed, now: Timestamp) -> Option<NewStatus> {
        let newest = self.newest_release;
        let known = self.issues[number].as_mut()?;
        let (asked, status) = match deed {
            Deed::Resolve => (
                NewStatus::Resolved(ResolvedIn::Now),
                Some(Status::Resolved(now, Fix::Now)).filter(|_| !matches!(known.status, Status::Resolved(..))),
            ),
            Deed::ResolveInNext if newest == 0 => return None,
            Deed::ResolveInNext => (
                NewStatus::Resolved(ResolvedIn::NextRelease),
                Some(Status::Resolved(now, Fix::After(newest))),
            ),
            Deed::ResolveIn(release) if !self.releases.contains(release) => return None,
            Deed::ResolveIn(release) => (
                NewStatus::Resolved(ResolvedIn::Release(RELEASES[*release].to_owned())),
                Some(Status::Resolved(now, Fix::In(*release))),
            ),
            Deed::ArchiveForever => (NewStatus::Archived(ArchivedUntil::Forever), Some(Status::Forever)),
            Deed::ArchiveUntil { events, users, minutes } => {
                let after = minutes.map(|minutes| MINUTE * minutes);
                let wanted = until(
                    after,
                    events.and_then(|count| more(count, None)),
                    users.and_then(|count| more(count, None)),
                );
                let waiting = Status::Waiting {
                    events: events.map(|count| (count, known.events)),
                    users: users.map(|count| (count, known.user_count())),
                    until: after.map(|after| now + after),
                };
                (wanted, Some(waiting))
            }
            Deed::Reopen => (
                NewStatus::Unresolved(None),
                Some(Status::Ongoing).filter(|_| known.shown().0 != IssueStatus::Unresolved),
            ),
        };
        let is_same = match (&known.status, &status) {
            (Status::Resolved(_, before), Some(Status::Resolved(_, after))) => before == after,
            (before, Some(after)) => before == after,
            (_, None) => true,
        };
        if let Some(status) = status.filter(|_| !is_same) {
            known.become_other(status, None);
        }
        Some(asked)
    }

    async fn send(&mut self, installation: &Installation, batch: &[(usize, Event)]) {
        installation.clock.advance(Duration::from_secs(1));
        let now = installation.app.now();
        let (mut new, mut times) = (Vec::new(), Vec::new());
        for (number, event) in batch {
            // No two at the same moment.
            self.sent += 1;
            let at = Timestamp((now - Duration::from_secs(u64::from(event.late))).0 + self.sent);
            times.push(at);
            let sent = Sent {
                name: NAMES[*number],
                user: USERS[event.user],
                release: RELEASES[event.release],
                ..Sent::default()
            };
            new.push(installation.new_event(&sent, at).await);
        }
        let saved = installation.save_new(new).await;
        let was_there: Vec<bool> = self.issues.iter().map(Option::is_some).collect();
        for (((number, event), at), saved) in batch.iter().zip(&times).zip(saved) {
            let known = self.issues[*number].get_or_insert_with(|| Known {
                id: saved.issue().unwrap(),
                status: Status::Recent(Substatus::New, *at + 7 * DAY),
                events: 0,
                users: BTreeSet::new(),
                review: Some(InboxReason::New),
                told: 0,
            });
            known.events += 1;
            if event.user > 0 {
                known.users.insert(event.user);
            }
            if event.release > 0 {
                self.releases.insert(event.release);
                self.newest_release = self.newest_release.max(event.release);
            }
        }
        // All of a batch comes at once.
        for (number, known) in self.issues.iter_mut().enumerate() {
            let Some(known) = known.as_mut().filter(|_| was_there[number]) else {
                continue;
            };
            let mut events = batch.iter().zip(&times).filter(|((of, _), _)| *of == number).peekable();
            if events.peek().is_none() {
                continue;
            }
            known.wake(now);
            if let Status::Resolved(resolved_at, fix) = known.status
                && events.any(|((_, event), at)| {
                    // An event without a release says nothing about one.
                    let has_say = event.release > 0 || fix == Fix::Now;
                    *at > resolved_at && has_say && fix.ends_with(event.release)
                })
            {
                let regressed = Status::Recent(Substatus::Regressed, now + 7 * DAY);
                known.become_other(regressed, Some(InboxReason::Regression));
            }
        }
    }

    async fn check(&self, installation: &Installation) {
        for known in self.issues.iter().flatten() {
            let issue = installation.issue(known.id).await;
            assert_eq!((issue.status, issue.substatus), known.shown(), "{known:?}");
            assert_eq!(issue.review.map(|review| review.reason), known.review, "{known:?}");
            assert_eq!(installation.told(known.id).await.len(), known.told, "{known:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn states_are_those_of_a_simple_model(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let database = testkit::TestDatabase::sqlite();
            let installation = Installation::new(database.url()).await;
            let mut model = Model::default();
            for step in &steps {
                model.step(&installation, step).await;
                model.check(&installation).await;
            }
            assert!(installation.app.now() >= NOW);
        });
    }
}
