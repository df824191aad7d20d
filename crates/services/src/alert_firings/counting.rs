//! How often something came within a time: exactly, and seldom asked of the event index.
//!
//! A rule that waits for a hundred events need not be counted for at each of the first fifty. After a count there is an
//! upper bound: what was counted, and one for each event since. As long as that does not reach what the rule waits for,
//! nothing is asked.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use alerts::{Frequency, Measure, Of, Place, Window};
use model::{AlertRuleId, EventId, IssueId, OrganizationId, ProjectId, Timestamp};
use store::events::Receipts;

use super::{deciding, sessions};
use crate::{App, events::ask};

/// So many events are read for one count.
const MOST_READ: usize = 2_000;

/// So many counts are remembered; then all are forgotten, and found again.
const MOST: usize = 200_000;

/// Upper bounds of counts.
#[derive(Debug, Default)]
pub struct Counts(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Events since this began, by issue and environment (`None`: in any).
    seen: HashMap<(IssueId, Option<String>), u64>,
    counted: HashMap<Key, Counted>,
}

/// What is counted for a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    issue: IssueId,
    environment: Option<String>,
    users: bool,
    window: i64,
}

#[derive(Debug, Clone, Copy)]
struct Counted {
    count: u64,
    /// What had been seen then.
    seen: u64,
    /// Where the window ended: of one that ends before, it says nothing.
    until: Timestamp,
}

impl Counts {
    /// Forgets everything: hashes went from one issue to another.
    pub fn forget(&self) {
        *self.lock() = Known::default();
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more event of an issue. Seeing one twice does no harm.
    pub(super) fn saw(&self, issue: IssueId, environment: &str) {
        let mut known = self.lock();
        if known.seen.len() + known.counted.len() > MOST {
            *known = Known::default();
        }
        *known.seen.entry((issue, None)).or_default() += 1;
        *known.seen.entry((issue, Some(environment.to_owned()))).or_default() += 1;
    }

    /// At least as much as there is. `None`: it is not known.
    fn bound(&self, key: &Key, until: Timestamp) -> Option<u64> {
        let known = self.lock();
        let counted = known.counted.get(key).filter(|counted| counted.until <= until)?;
        let seen = known.seen.get(&(key.issue, key.environment.clone()))?;
        Some(counted.count + (seen - counted.seen))
    }

    fn remember(&self, key: Key, until: Timestamp, count: u64) {
        let mut known = self.lock();
        let seen = known.seen.get(&(key.issue, key.environment.clone())).copied();
        if let Some(seen) = seen {
            known.counted.insert(key, Counted { count, seen, until });
        }
    }
}

/// What is to be counted: the events of an issue up to one of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) organization: OrganizationId,
    pub(super) project: ProjectId,
    pub(super) issue: IssueId,
    pub(super) hashes: &'a [String],
    pub(super) environment: Option<&'a str>,
    pub(super) received_at: Timestamp,
    pub(super) sequence: i64,
}

/// What was found in events that were read: counts for neighbours look at the same ones.
#[derive(Debug, Default)]
pub(super) struct Looked(HashMap<(AlertRuleId, Place), HashMap<EventId, Option<String>>>);

impl Looked {
    /// By a check of a rule: the user of each event for which all its filters hold.
    pub(super) fn of(&mut self, rule: AlertRuleId, place: Place) -> &mut HashMap<EventId, Option<String>> {
        self.0.entry((rule, place)).or_default()
    }
}

/// Counts for a rule. What is told is exact, or less than the rule waits for.
pub(super) async fn measure(
    app: &App,
    frequency: &Frequency,
    question: Question<'_>,
    looked: &mut HashMap<EventId, Option<String>>,
) -> Result<(Measure, Option<Measure>), store::Error> {
    let (now, before) = frequency.windows(question.received_at);
    let is_bounded = before.is_none() && frequency.filters.is_empty() && frequency.of != Of::Sessions;
    let key = Key {
        issue: question.issue,
        environment: question.environment.map(str::to_owned),
        users: frequency.of == Of::Users,
        window: now.until.0 - now.after.0,
    };
    if is_bounded
        && let Some(bound) = app.alert_counts.bound(&key, now.until)
        && !is_reached(frequency, bound)
    {
        return Ok((
            Measure {
                count: bound,
                sessions: None,
            },
            None,
        ));
    }
    let count = count(app, frequency, question, now, looked).await?;
    if is_bounded {
        app.alert_counts.remember(key, now.until, count.count);
    }
    let before = match before {
        Some(before) => Some(self::count(app, frequency, question, before, looked).await?),
        None => None,
    };
    Ok((count, before))
}

async fn count(
    app: &App,
    frequency: &Frequency,
    question: Question<'_>,
    window: Window,
    looked: &mut HashMap<EventId, Option<String>>,
) -> Result<Measure, store::Error> {
    let receipts = Owned::of(question, window);
    let sessions = match frequency.of {
        Of::Sessions => Some(sessions::begun(app, question.project, question.environment, window).await?),
        Of::Events | Of::Users => None,
    };
    let count = match frequency.of {
        Of::Users if !frequency.filters.is_empty() => users_of_some(app, frequency, question, receipts, looked).await?,
        Of::Users => {
            ask(app, move |index, limits| {
                index.users_received(&receipts.borrowed(), limits)
            })
            .await?
        }
        Of::Events | Of::Sessions => {
            ask(app, move |index, limits| {
                index.count_received(&receipts.borrowed(), limits)
            })
            .await?
        }
    };
    Ok(Measure { count, sessions })
}

/// The users of those events for which all filters hold. Such a question is one about each event: the newest ones are
/// looked at, which can only make it fewer.
async fn users_of_some(
    app: &App,
    frequency: &Frequency,
    question: Question<'_>,
    receipts: Owned,
    looked: &mut HashMap<EventId, Option<String>>,
) -> Result<u64, store::Error> {
    let all = receipts.clone();
    let count = ask(app, move |index, limits| index.users_received(&all.borrowed(), limits)).await?;
    if !is_reached(frequency, count) && frequency.change.is_none() {
        return Ok(count); // All users are too few already.
    }
    let ids = ask(app, move |index, limits| {
        index.ids_received(&receipts.borrowed(), MOST_READ, limits)
    })
    .await?;
    let mut users = HashSet::new();
    for id in ids {
        let user = match looked.get(&id) {
            Some(user) => user.clone(),
            None => {
                let user = user_if_all_hold(app, frequency, question, id).await?;
                looked.insert(id, user.clone());
                user
            }
        };
        users.extend(user);
    }
    Ok(users.len() as u64)
}

async fn user_if_all_hold(
    app: &App,
    frequency: &Frequency,
    question: Question<'_>,
    id: EventId,
) -> Result<Option<String>, store::Error> {
    let place = (question.organization, question.project);
    let Some(event) = deciding::read(app, place, id).await? else {
        return Ok(None);
    };
    let tags = normalize::index_tags(&event);
    let hold = frequency.filters.iter().all(|filter| filter.holds(&event, &tags));
    Ok(event.user.and_then(|user| user.sentry_user).filter(|_| hold))
}

/// What is counted, as a thread of its own can have it.
#[derive(Debug, Clone)]
struct Owned {
    project: ProjectId,
    hashes: Vec<String>,
    environment: Option<String>,
    window: Window,
    last_sequence: i64,
}

impl Owned {
    fn of(question: Question<'_>, window: Window) -> Self {
        Self {
            project: question.project,
            hashes: question.hashes.to_vec(),
            environment: question.environment.map(str::to_owned),
            window,
            last_sequence: question.sequence,
        }
    }

    fn borrowed(&self) -> Receipts<'_> {
        Receipts {
            project: self.project,
            hashes: &self.hashes,
            environment: self.environment.as_deref(),
            after: self.window.after,
            until: self.window.until,
            last_sequence: self.last_sequence,
        }
    }
}

/// Whether a rule that compares a number fires at this one.
fn is_reached(frequency: &Frequency, count: u64) -> bool {
    let measure = Measure { count, sessions: None };
    frequency
        .measured(measure, None)
        .is_some_and(|measured| frequency.is_met_by(measured))
}
