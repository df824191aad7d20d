//! What events do to issues that are resolved or archived. Once for all events of a batch, with the counts as they are
//! then; of other issues nothing is read.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, btree_map::Entry};

use model::{IssueId, IssueStatus, OrganizationId, Priority, ProjectId, Substatus, Timestamp};
use store::{Connection, issues::Tracked};
use triage::{Batch, Hour, Release, ResolutionKind, Snooze};

use super::counts::Changes;
use crate::{
    App,
    events::NewEvent,
    issues::{By, RECENT, apply},
};

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What of the events of an issue decides on its state.
#[derive(Debug, Default)]
pub(super) struct Watched<'a> {
    /// The newest event of each release, by its own time.
    releases: BTreeMap<Option<&'a str>, Timestamp>,
    /// By the minute of receipt.
    minutes: BTreeMap<i64, i64>,
}

impl<'a> Watched<'a> {
    pub(super) fn add(&mut self, event: &'a NewEvent) {
        let at = event.seen.at;
        let newest = self.releases.entry(event.seen.release.as_deref()).or_insert(at);
        *newest = (*newest).max(at);
        *self.minutes.entry(event.received_at.0.div_euclid(MINUTE)).or_default() += 1;
    }
}

/// An issue that events have changed.
#[derive(Debug)]
pub(super) struct Transition {
    pub(super) issue: IssueId,
    pub(super) kind: TransitionKind,
    /// It has a high priority now, and had not before.
    pub(super) became_high_priority: bool,
}

#[derive(Debug)]
pub(super) enum TransitionKind {
    /// It was resolved and is open again.
    Regression {
        resolved_at: Timestamp,
        /// Of the newest event that reopened it.
        version: String,
    },
    /// It was archived and is open again.
    Reappeared,
    Other,
}

impl Transition {
    /// Whether this event changed the issue.
    pub(super) fn is_by(&self, issue: IssueId, event: &NewEvent) -> bool {
        self.issue == issue
            && match &self.kind {
                TransitionKind::Regression { resolved_at, version } => {
                    event.seen.at > *resolved_at && event.seen.release.as_deref().unwrap_or_default() == version
                }
                // It takes all that came: the first one stands for them.
                TransitionKind::Reappeared | TransitionKind::Other => true,
            }
    }

    pub(super) fn is_regression(&self) -> bool {
        matches!(self.kind, TransitionKind::Regression { .. })
    }
}

/// Changes the issues that these events change.
pub(super) async fn after(
    app: &App,
    db: &mut Connection,
    issues: &Issues<'_>,
) -> Result<Vec<Transition>, store::Error> {
    let watched = || issues.iter().filter(|(_, changes)| changes.watched.is_some());
    let ids: Vec<IssueId> = watched().map(|((_, issue), _)| *issue).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let projects: HashSet<ProjectId> = watched().map(|((project, _), _)| *project).collect();
    let projects: Vec<ProjectId> = projects.into_iter().collect();
    let tracked = store::issues::states(db, &projects, &ids).await?;
    let now = app.now();
    let known = Known {
        hours: count(db, &tracked, issues, now).await?,
        releases: Releases::find(db, &tracked, issues).await?,
    };
    let mut transitions = Vec::new();
    for mut issue in tracked {
        let Some(changes) = issues.get(&(issue.project, issue.id)) else {
            continue;
        };
        transitions.extend(after_one(app, db, &mut issue, changes, &known, now).await?);
    }
    Ok(transitions)
}

/// What all events of a batch do to their issues.
type Issues<'a> = BTreeMap<(ProjectId, IssueId), Changes<'a>>;

/// What is asked once for all issues.
struct Known {
    /// How many events came this hour to those that are archived until they escalate.
    hours: HashMap<IssueId, i64>,
    releases: Releases,
}

async fn after_one(
    app: &App,
    db: &mut Connection,
    issue: &mut Tracked,
    changes: &Changes<'_>,
    known: &Known,
    now: Timestamp,
) -> Result<Option<Transition>, store::Error> {
    let Some(watched) = &changes.watched else {
        return Ok(None);
    };
    let rates = Rates::find(db, issue, &known.hours, &changes.users(), now).await?;
    let batch = Batch {
        releases: &known.releases.of_events(issue, watched),
        recent: known.releases.recent_of(issue),
        times_seen: issue.times_seen,
        users_seen: issue.users_seen,
        events_in_window: rates.events,
        users_in_window: rates.users,
        hour: rates.hour,
    };
    let Some(step) = triage::events(&issue.state, &batch, now) else {
        return Ok(None);
    };
    let resolved_at = issue.state.resolution.as_ref().map(|resolution| resolution.at);
    let before = (issue.state.status, issue.state.priority);
    let version = step
        .activities
        .first()
        .and_then(|activity| activity.data.get("version"));
    let version = version
        .and_then(|version| version.as_str())
        .unwrap_or_default()
        .to_owned();
    apply(app, db, issue, step, By::System, now).await?;
    let is_open = issue.state.status == IssueStatus::Unresolved;
    let kind = match resolved_at {
        Some(resolved_at) if is_open && issue.state.substatus == Substatus::Regressed => {
            TransitionKind::Regression { resolved_at, version }
        }
        _ if is_open && before.0 == IssueStatus::Ignored => TransitionKind::Reappeared,
        _ => TransitionKind::Other,
    };
    Ok(Some(Transition {
        issue: issue.id,
        kind,
        became_high_priority: before.1 != Priority::High && issue.state.priority == Priority::High,
    }))
}

/// What tells whether resolutions hold; nothing of it is read for those that name no release.
#[derive(Debug, Default)]
struct Releases {
    /// Those of the events, by their versions.
    known: BTreeMap<OrganizationId, HashMap<String, Release>>,
    /// The versions of the newest ones, the newest first.
    recent: BTreeMap<ProjectId, Vec<String>>,
}

impl Releases {
    async fn find(db: &mut Connection, tracked: &[Tracked], issues: &Issues<'_>) -> Result<Self, store::Error> {
        let mut found = Self::default();
        let mut versions: BTreeMap<OrganizationId, BTreeSet<&str>> = BTreeMap::new();
        for issue in tracked.iter().filter(|issue| is_resolved_in_release(issue)) {
            if let Some(watched) = watched(issues, issue) {
                let named = watched.releases.keys().filter_map(|version| *version);
                versions.entry(issue.organization).or_default().extend(named);
            }
            if let Entry::Vacant(recent) = found.recent.entry(issue.project) {
                let newest = store::releases::recent(db, issue.project, RECENT).await?;
                recent.insert(newest.into_iter().map(|release| release.version).collect());
            }
        }
        for (organization, versions) in versions {
            let versions: Vec<&str> = versions.into_iter().collect();
            let known = store::releases::find_many(db, organization, &versions).await?;
            let known = known.into_iter().map(|release| (release.version.clone(), release));
            found.known.insert(organization, known.collect());
        }
        Ok(found)
    }

    /// The newest event of each release of an issue.
    fn of_events(&self, issue: &Tracked, watched: &Watched<'_>) -> Vec<(Option<Release>, Timestamp)> {
        let known = self.known.get(&issue.organization);
        let of_events = watched.releases.iter().map(|(version, at)| {
            let release = version.map(|version| {
                let release = known.and_then(|known| known.get(version));
                // One whose name is not allowed has no row; it came with its event.
                release.cloned().unwrap_or_else(|| Release {
                    version: version.to_owned(),
                    date: *at,
                })
            });
            (release, *at)
        });
        of_events.collect()
    }

    fn recent_of(&self, issue: &Tracked) -> &[String] {
        self.recent.get(&issue.project).map_or(&[], Vec::as_slice)
    }
}

fn is_resolved_in_release(issue: &Tracked) -> bool {
    matches!(
        issue.state.resolution.as_ref().map(|resolution| &resolution.kind),
        Some(ResolutionKind::InRelease(_) | ResolutionKind::InNextRelease { .. })
    )
}

fn watched<'b, 'a>(issues: &'b Issues<'a>, issue: &Tracked) -> Option<&'b Watched<'a>> {
    issues.get(&(issue.project, issue.id))?.watched.as_ref()
}

/// Adds the events to what is counted of issues that wait for a rate. Tells how many came this hour to those that are
/// archived until they escalate.
async fn count(
    db: &mut Connection,
    tracked: &[Tracked],
    issues: &Issues<'_>,
    now: Timestamp,
) -> Result<HashMap<IssueId, i64>, store::Error> {
    let (mut minutes, mut escalating) = (Vec::new(), Vec::new());
    for issue in tracked {
        match &issue.state.snooze {
            Some(Snooze::UntilEscalating) => escalating.push(issue.id),
            Some(Snooze::UntilCondition { events, .. }) if events.is_some_and(|target| target.window.is_some()) => {}
            None | Some(Snooze::Forever | Snooze::UntilCondition { .. }) => continue,
        }
        if let Some(watched) = watched(issues, issue) {
            let of_issue = watched.minutes.iter();
            minutes.extend(of_issue.map(|(minute, events)| (issue.id, *minute, *events)));
        }
    }
    store::issues::count_minutes(db, &minutes).await?;
    if escalating.is_empty() {
        return Ok(HashMap::new());
    }
    store::issues::events_since(db, &escalating, now.0.div_euclid(HOUR) * HOUR / MINUTE).await
}

/// How many came within the windows that an archived issue is watched for.
#[derive(Debug, Default)]
struct Rates {
    events: i64,
    users: i64,
    hour: Option<Hour>,
}

impl Rates {
    /// [`count`] was before.
    async fn find(
        db: &mut Connection,
        issue: &Tracked,
        hours: &HashMap<IssueId, i64>,
        users: &HashSet<&str>,
        now: Timestamp,
    ) -> Result<Self, store::Error> {
        let mut rates = Self::default();
        match &issue.state.snooze {
            None | Some(Snooze::Forever) => {}
            Some(Snooze::UntilEscalating) => {
                if let Some(forecast) = &issue.forecast {
                    let day = (now.0 - forecast.from.0).div_euclid(DAY);
                    // An old forecast holds until there is a new one.
                    let ceiling = usize::try_from(day).ok().and_then(|day| forecast.ceilings.get(day));
                    rates.hour = ceiling.or(forecast.ceilings.last()).map(|ceiling| Hour {
                        events: hours.get(&issue.id).copied().unwrap_or(0),
                        ceiling: *ceiling,
                    });
                }
            }
            Some(Snooze::UntilCondition {
                events, users: more, ..
            }) => {
                if let Some(window) = events.and_then(|target| target.window_minutes()) {
                    let since = now.0.div_euclid(MINUTE) - window + 1;
                    let counted = store::issues::events_since(db, &[issue.id], since).await?;
                    rates.events = counted.get(&issue.id).copied().unwrap_or(0);
                }
                if let Some(window) = more.and_then(|target| target.window) {
                    store::issues::see_users(db, issue.id, users, now).await?;
                    rates.users = store::issues::users_since(db, issue.id, now - window).await?;
                }
            }
        }
        Ok(rates)
    }
}
