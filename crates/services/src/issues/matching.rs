//! From a search to what the rows of issues are tested for: what is asked of events becomes the set of issues that
//! have such an event.

use std::collections::{BTreeSet, HashMap};

use model::{IssueId, ProjectId, Timestamp};
use query::{Condition, Dataset, Expr, Field, IssueCondition, Known, LATEST_RELEASE, Pattern, PlanTerm, Test, plan};
use store::{
    events::{HashHit, Scope},
    issues::{IssueFilter, IssueTest},
};

use super::{IssueSearch, SearchError, ShortId};
use crate::{App, access::OrganizationScope, discover};

/// How many issues the conditions on events of one search may find, all conditions together.
const MOST_FOUND: usize = 50_000;

/// What a search comes to.
#[derive(Debug)]
pub(super) struct Matching {
    pub(super) filter: IssueFilter,
    /// The events that the search is about.
    pub(super) events: Scope,
}

/// Looks up what the search names and asks of events. `None`: there is no project to search.
pub(super) async fn find(
    app: &App,
    scope: &OrganizationScope,
    search: &IssueSearch,
) -> Result<Option<Matching>, SearchError> {
    let events = events_of(app, scope, search).await?;
    if events.projects.is_empty() {
        return Ok(None);
    }
    let plan = named(app, scope, &events, plan(search.query.clone())).await?;
    let mut found = Vec::new();
    let mut room = MOST_FOUND;
    for term in plan.terms() {
        let filter = match term {
            PlanTerm::Issue(_) => continue,
            PlanTerm::Events(filter) => filter.clone(),
            PlanTerm::Text(text) => Expr::Term(Condition::Text(text.clone())),
        };
        let issues = with_event(app, scope, &events, filter, room).await?;
        room -= issues.len();
        found.push(issues);
    }
    let mut found = found.into_iter();
    let mut next = || IssueTest::OneOf(found.next().expect("every term that is about events was asked for"));
    let tests = plan.map(&mut |term| match term {
        PlanTerm::Issue(condition) => Expr::Term(IssueTest::Condition(condition)),
        PlanTerm::Events(_) => Expr::Term(next()),
        PlanTerm::Text(text) => Expr::or(vec![Expr::Term(IssueTest::Text(text)), Expr::Term(next())]),
    });
    let filter = IssueFilter {
        projects: events.projects.clone(),
        environments: search.environments.clone(),
        since: search.since,
        until: search.until,
        tests,
        viewer: scope.actor.viewer(),
    };
    Ok(Some(Matching { filter, events }))
}

/// Of a time that has an end, rows tell only what was seen outside of it; so the index is asked which issues have an
/// event in it.
pub(super) async fn hold_to_time(
    app: &App,
    scope: &OrganizationScope,
    search: &IssueSearch,
    matching: &mut Matching,
) -> Result<(), SearchError> {
    if search.until.is_none() {
        return Ok(());
    }
    let seen = with_event(app, scope, &matching.events, Expr::all(), MOST_FOUND).await?;
    let tests = std::mem::replace(&mut matching.filter.tests, Expr::all());
    matching.filter.tests = Expr::and(vec![tests, Expr::Term(IssueTest::OneOf(seen))]);
    Ok(())
}

/// The events within projects, environments and time of a search.
pub(super) async fn events_of(
    app: &App,
    scope: &OrganizationScope,
    search: &IssueSearch,
) -> Result<Scope, store::Error> {
    let known = crate::projects::list(app, scope).await?;
    let projects = known.into_iter().map(|project| project.id);
    Ok(Scope {
        datasets: Dataset::ALL
            .into_iter()
            .filter(|dataset| dataset.has_issues())
            .collect(),
        projects: projects
            .filter(|id| search.projects.is_empty() || search.projects.contains(id))
            .collect(),
        environments: search.environments.clone(),
        start: search.since.unwrap_or(Timestamp(0)),
        end: search.until.unwrap_or(Timestamp(i64::MAX)),
    })
}

/// The issues that have an event like this.
async fn with_event(
    app: &App,
    scope: &OrganizationScope,
    events: &Scope,
    filter: Expr<Condition>,
    most: usize,
) -> Result<Vec<IssueId>, SearchError> {
    let events = events.clone();
    let hits = discover::ask(app, scope.organization.id, move |index, limits| {
        index.hits(&events, &filter, limits)
    })
    .await?;
    if hits.len() > most {
        return Err(SearchError::TooManyIssues(MOST_FOUND));
    }
    Ok(issues_of(app, &hits).await?)
}

async fn issues_of(app: &App, hits: &[HashHit]) -> Result<Vec<IssueId>, store::Error> {
    let mut hashes: HashMap<ProjectId, Vec<&str>> = HashMap::new();
    for hit in hits.iter().filter(|hit| !hit.hash.is_empty()) {
        hashes.entry(hit.project).or_default().push(&hit.hash);
    }
    let mut issues = BTreeSet::new();
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let mut db = app.store.read().await?;
    for (project, hashes) in hashes {
        issues.extend(store::issues::having_hashes(&mut db, project, &hashes).await?);
    }
    Ok(issues.into_iter().collect())
}

/// Puts numbers in the place of short ids, and releases in the place of `latest`.
async fn named(
    app: &App,
    scope: &OrganizationScope,
    events: &Scope,
    plan: Expr<PlanTerm>,
) -> Result<Expr<PlanTerm>, SearchError> {
    let names = short_ids(app, scope, &plan).await?;
    let latest = if plan.terms().into_iter().any(asks_for_latest) {
        discover::latest_releases(app, &events.projects, &events.environments).await?
    } else {
        Vec::new()
    };
    Ok(plan.map(&mut |term| {
        Expr::Term(match term {
            PlanTerm::Issue(IssueCondition::Name(given)) => {
                let number = |name: String| names.get(&name).map_or(name, IssueId::to_string);
                PlanTerm::Issue(IssueCondition::Name(given.into_iter().map(number).collect()))
            }
            PlanTerm::Issue(IssueCondition::FirstRelease(patterns)) => {
                PlanTerm::Issue(IssueCondition::FirstRelease(releases(patterns, &latest)))
            }
            PlanTerm::Events(filter) => PlanTerm::Events(filter.map(&mut |condition| match condition {
                Condition::Field {
                    field: RELEASE,
                    test: Test::Any(patterns),
                } => Expr::Term(Condition::Field {
                    field: RELEASE,
                    test: Test::Any(releases(patterns, &latest)),
                }),
                // Whatever has a hash belongs to an issue.
                Condition::Field {
                    field: Field::Known(Known::Issue),
                    test,
                } => Expr::Term(Condition::Field {
                    field: Field::Known(Known::Hash),
                    test,
                }),
                other => Expr::Term(other),
            })),
            other => other,
        })
    }))
}

const RELEASE: Field = Field::Known(Known::Release);

async fn short_ids(
    app: &App,
    scope: &OrganizationScope,
    plan: &Expr<PlanTerm>,
) -> Result<HashMap<String, IssueId>, store::Error> {
    let mut found = HashMap::new();
    for term in plan.terms() {
        let PlanTerm::Issue(IssueCondition::Name(names)) = term else {
            continue;
        };
        for name in names {
            if ShortId::parse(name).is_none() {
                continue;
            }
            let mut db = app.store.read().await?;
            if let Some(issue) = super::find_named(&mut db, scope.organization.id, name).await? {
                found.insert(name.clone(), issue.id);
            }
        }
    }
    Ok(found)
}

fn asks_for_latest(term: &PlanTerm) -> bool {
    let latest = |patterns: &[Pattern]| patterns.iter().any(is_latest);
    match term {
        PlanTerm::Issue(IssueCondition::FirstRelease(patterns)) => latest(patterns),
        PlanTerm::Events(filter) => filter.terms().into_iter().any(|condition| {
            matches!(condition, Condition::Field { field: RELEASE, test: Test::Any(patterns) } if latest(patterns))
        }),
        _ => false,
    }
}

fn is_latest(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Exact(text) if text == LATEST_RELEASE)
}

/// Of an installation without releases, `latest` is none of them.
fn releases(mut patterns: Vec<Pattern>, latest: &[String]) -> Vec<Pattern> {
    let asked = patterns.len();
    patterns.retain(|pattern| !is_latest(pattern));
    if patterns.len() < asked {
        patterns.extend(latest.iter().cloned().map(Pattern::Exact));
    }
    patterns
}

/// What a search asks of single events, where all of its conditions must hold for one: which events of an issue it is
/// about. `None`: of no or of all events alike.
pub(super) async fn event_filter(
    app: &App,
    scope: &OrganizationScope,
    events: &Scope,
    search: &IssueSearch,
) -> Result<Option<Expr<Condition>>, SearchError> {
    let plan = named(app, scope, events, plan(search.query.clone())).await?;
    Ok(match plan {
        Expr::Term(PlanTerm::Events(filter)) => Some(filter),
        Expr::And(parts) => parts.into_iter().find_map(|part| match part {
            Expr::Term(PlanTerm::Events(filter)) => Some(filter),
            _ => None,
        }),
        _ => None,
    })
}
