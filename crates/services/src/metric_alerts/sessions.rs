//! Sessions that were received, counted by minutes: the event index does not hold them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use alerts::metric::CrashFree;
use model::{ProjectId, StoredItemId, Timestamp};
use protocol::items::session::{SessionAggregates, SessionStatus, SessionUpdate};
use query::{Condition, EventQuery, Expr, Field, Known, Test};
use store::stored_items::{StoredItem, StoredItemKind};

use super::{change::MINUTE, source::SourceError};
use crate::{App, stored_items};

/// How many items are read at once, and of one minute of a project at most.
const ITEMS_A_STEP: i64 = 500;
const MOST_ITEMS: usize = 50_000;

/// The longest window, and a little more.
const KEPT: Duration = Duration::from_secs(25 * 3600);

/// Which sessions a rule counts, and of what.
#[derive(Debug, Clone)]
pub(super) struct SessionQuery {
    of: CrashFree,
    environment: Option<String>,
    filter: Expr<Condition>,
}

impl SessionQuery {
    pub(super) fn of(of: CrashFree, environment: Option<&str>, query: EventQuery) -> Result<Self, SourceError> {
        let is_known = |condition: &&Condition| {
            matches!(
                condition,
                Condition::Field {
                    field: Field::Known(Known::Release | Known::Environment),
                    test: Test::Any(_) | Test::Present,
                }
            )
        };
        if !query.having.is_empty() || query.filter.terms().iter().any(|condition| !is_known(condition)) {
            return Err(SourceError::Sessions);
        }
        Ok(Self {
            of,
            environment: environment.map(str::to_owned),
            filter: query.filter,
        })
    }

    fn counts(&self, slice: &Slice) -> bool {
        let environment = slice.environment.as_deref().unwrap_or_default();
        self.environment.as_deref().is_none_or(|of| of == environment) && holds(&self.filter, slice)
    }
}

fn holds(filter: &Expr<Condition>, slice: &Slice) -> bool {
    match filter {
        Expr::And(parts) => parts.iter().all(|part| holds(part, slice)),
        Expr::Or(parts) => parts.iter().any(|part| holds(part, slice)),
        Expr::Not(part) => !holds(part, slice),
        Expr::Term(Condition::Field { field, test }) => {
            let value = match field {
                Field::Known(Known::Release) => slice.release.as_deref(),
                _ => slice.environment.as_deref(),
            };
            match (test, value) {
                (Test::Any(patterns), Some(value)) => patterns.iter().any(|pattern| pattern.matches(value)),
                (_, value) => value.is_some(),
            }
        }
        Expr::Term(Condition::Text(_)) => false,
    }
}

/// The sessions of one release and environment that were received in a minute.
#[derive(Debug, Default)]
struct Slice {
    release: Option<String>,
    environment: Option<String>,
    started: u64,
    crashed: u64,
    /// By hash.
    users: HashSet<u64>,
    crashed_users: HashSet<u64>,
}

/// Minutes that were counted. They do not change any more: what is received later is of a later minute.
#[derive(Debug, Default)]
pub(super) struct Minutes(Mutex<HashMap<ProjectId, OfProject>>);

type OfProject = BTreeMap<Timestamp, Arc<Vec<Slice>>>;

impl Minutes {
    fn get(&self, project: ProjectId, minute: Timestamp) -> Option<Arc<Vec<Slice>>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&project)?.get(&minute).cloned()
    }

    fn add(&self, project: ProjectId, minute: Timestamp, slices: &Arc<Vec<Slice>>, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minutes = known.entry(project).or_default();
        minutes.insert(minute, Arc::clone(slices));
        let oldest = now - KEPT;
        *minutes = minutes.split_off(&oldest);
        known.retain(|_, minutes| minutes.last_key_value().is_some_and(|(newest, _)| *newest >= oldest));
    }
}

/// The share of sessions or users without a crash among what was received from then until then, in percent; `None`
/// without any.
pub(super) async fn crash_free(
    app: &App,
    query: &SessionQuery,
    projects: &[ProjectId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Option<f64>, store::Error> {
    let mut total = Slice::default();
    for project in projects {
        let mut minute = from.truncate(MINUTE);
        while minute < until {
            for slice in slices(app, *project, minute)
                .await?
                .iter()
                .filter(|slice| query.counts(slice))
            {
                total.started += slice.started;
                total.crashed += slice.crashed;
                total.users.extend(&slice.users);
                total.crashed_users.extend(&slice.crashed_users);
            }
            minute = minute + MINUTE;
        }
    }
    let (all, crashed) = match query.of {
        CrashFree::Sessions => (total.started, total.crashed),
        CrashFree::Users => (total.users.len() as u64, total.crashed_users.len() as u64),
    };
    // One that crashed may have begun before.
    let all = all.max(crashed);
    let rate = (all > 0).then(|| (1.0 - crashed as f64 / all as f64) * 100.0);
    Ok(rate.map(|rate| (rate * 1_000.0).round() / 1_000.0))
}

async fn slices(app: &App, project: ProjectId, minute: Timestamp) -> Result<Arc<Vec<Slice>>, store::Error> {
    if let Some(known) = app.metric_alerts.sessions.get(project, minute) {
        return Ok(known);
    }
    let counted = Arc::new(count(app, project, minute).await?);
    app.metric_alerts.sessions.add(project, minute, &counted, app.now());
    Ok(counted)
}

async fn count(app: &App, project: ProjectId, minute: Timestamp) -> Result<Vec<Slice>, store::Error> {
    let mut slices: HashMap<(Option<String>, Option<String>), Slice> = HashMap::new();
    for kind in [StoredItemKind::Session, StoredItemKind::Sessions] {
        let (mut after, mut read) = (StoredItemId(0), 0);
        while read < MOST_ITEMS {
            let mut db = app.store.read().await?;
            let window = (minute, minute + MINUTE);
            let items = store::stored_items::list_received(&mut db, project, kind, window, after, ITEMS_A_STEP).await?;
            drop(db);
            let Some(last) = items.last() else { break };
            (after, read) = (last.id, read + items.len());
            for item in &items {
                // One whose file is gone or damaged counts for nothing, which its own page says.
                let Ok(payload) = stored_items::payload(app, item).await else {
                    continue;
                };
                let key = (item.release.clone(), item.environment.clone());
                let slice = slices.entry(key).or_insert_with(|| Slice {
                    release: item.release.clone(),
                    environment: item.environment.clone(),
                    ..Slice::default()
                });
                slice.add(item, &payload);
            }
        }
    }
    Ok(slices.into_values().collect())
}

impl Slice {
    fn add(&mut self, item: &StoredItem, payload: &[u8]) {
        match item.kind {
            StoredItemKind::Session => {
                if let Ok(session) = SessionUpdate::parse(payload, item.received_at) {
                    self.started += u64::from(session.init);
                    let has_crashed = session.status == SessionStatus::Crashed;
                    self.crashed += u64::from(has_crashed);
                    self.add_user(session.distinct_id.as_deref(), has_crashed);
                }
            }
            _ => {
                if let Ok(sessions) = SessionAggregates::parse(payload) {
                    for aggregate in &sessions.aggregates {
                        self.started += aggregate.total();
                        self.crashed += aggregate.crashed;
                        self.add_user(aggregate.distinct_id.as_deref(), aggregate.crashed > 0);
                    }
                }
            }
        }
    }

    fn add_user(&mut self, distinct_id: Option<&str>, has_crashed: bool) {
        let Some(user) = distinct_id else { return };
        let mut hasher = DefaultHasher::new();
        user.hash(&mut hasher);
        let user = hasher.finish();
        self.users.insert(user);
        if has_crashed {
            self.crashed_users.insert(user);
        }
    }
}

#[cfg(test)]
mod tests {
    use query::{Dataset, EventContext};

    use super::*;

    fn slice(release: &str, environment: Option<&str>) -> Slice {
        Slice {
            release: Some(release.to_owned()),
            environment: environment.map(str::to_owned),
            ..Slice::default()
        }
    }

    #[test]
    fn sessions_are_chosen_by_release_and_environment() {
        let query = |text: &str, environment: Option<&str>| {
            let context = EventContext {
                datasets: vec![Dataset::Errors],
                now: Timestamp(0),
            };
            SessionQuery::of(
                CrashFree::Sessions,
                environment,
                query::parse_events(text, &context).unwrap(),
            )
        };
        let check = |text: &str, environment: Option<&str>, expected: [bool; 3]| {
            let query = query(text, environment).unwrap();
            let slices = [
                slice("shop@1.0", Some("prod")),
                slice("shop@2.0", None),
                slice("web@1.0", Some("test")),
            ];
            assert_eq!(
                slices.map(|slice| query.counts(&slice)),
                expected,
                "{text} {environment:?}"
            );
        };
        check("", None, [true, true, true]);
        check("", Some("prod"), [true, false, false]);
        check("release:shop@*", None, [true, true, false]);
        check("!release:shop@1.0", None, [false, true, true]);
        check("has:environment release:web@1.0", None, [false, false, true]);
        for bad in ["level:error", "crashed here", "count():>1"] {
            assert!(query(bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn updates_and_counts_add_up() {
        let mut total = slice("a", None);
        let item = |kind| StoredItem {
            id: StoredItemId(1),
            organization: model::OrganizationId(1),
            project: ProjectId(1),
            kind,
            key: String::new(),
            part: String::new(),
            position: 0,
            event_id: None,
            timestamp: Timestamp(0),
            received_at: Timestamp(0),
            release: None,
            environment: None,
            size: 0,
            file: None,
        };
        let update = |init: bool, status: &str, user: &str| {
            format!(
                r#"{{"sid": "9dcbf2a5-1d62-4a3a-9e19-9a9a2c4b0e5b", "did": "{user}", "init": {init}, "seq": 1,
                    "started": "2026-11-21T10:00:00Z", "status": "{status}", "attrs": {{"release": "a"}}}}"#
            )
        };
        for (init, status, user) in [
            (true, "ok", "1"),
            (false, "exited", "1"),
            (true, "crashed", "2"),
            (false, "crashed", "3"),
        ] {
            total.add(&item(StoredItemKind::Session), update(init, status, user).as_bytes());
        }
        let counts = r#"{"aggregates": [{"started": "2026-11-21T10:00:00Z", "did": "4", "exited": 7, "crashed": 1}],
            "attrs": {"release": "a"}}"#;
        total.add(&item(StoredItemKind::Sessions), counts.as_bytes());
        total.add(&item(StoredItemKind::Session), b"no JSON");
        assert_eq!((total.started, total.crashed), (10, 3));
        assert_eq!((total.users.len(), total.crashed_users.len()), (4, 3));
    }
}
