//! Reading events back, with the issues they belong to.

use std::{collections::HashMap, time::Duration};

use model::{EventId, IssueId, OrganizationId, ProjectId, Timestamp};
use query::{Condition, Dataset, Expr, Field, Known, Pattern, Test};
use store::{
    Connection,
    events::{
        Buckets, EventIndex, EventPage, EventsOf, Limits, QuestionError, Scope, SeriesQuestion, StoredEvent, StoredRow,
    },
    issues::{Issue, MovedTo},
    recent_event_ids::{self, EventIssue},
};

use crate::{
    App,
    access::{AccessError, OrganizationScope, Visible},
    events::removal::caught_up,
};

/// Which events to list.
#[derive(Debug, Clone)]
pub struct EventSearch {
    pub of: EventsOf,
    /// Any when empty.
    pub environments: Vec<String>,
    /// Inclusive.
    pub since: Timestamp,
    /// Exclusive.
    pub until: Timestamp,
    pub filter: Expr<Condition>,
}

impl EventSearch {
    /// All events of an issue or a project, whenever they happened.
    pub fn all(of: EventsOf) -> Self {
        Self {
            of,
            environments: Vec::new(),
            since: Timestamp(0),
            until: Timestamp(i64::MAX),
            filter: Expr::all(),
        }
    }
}

/// The datasets whose events belong to issues.
pub(crate) const OF_ISSUES: [Dataset; 2] = [Dataset::Errors, Dataset::Occurrences];

/// Asks the index on a thread where it may take its time; its limits bound how long.
pub(crate) async fn ask<T: Send + 'static>(
    app: &App,
    question: impl FnOnce(&EventIndex, &Limits) -> Result<T, QuestionError> + Send + 'static,
) -> Result<T, store::Error> {
    let index = app.events.clone();
    let limits = Limits::default();
    // Who goes away before the answer is there cancels the question.
    let _guard = CancelOnDrop(limits.cancel.clone());
    let answer = tokio::task::spawn_blocking(move || question(&index, &limits)).await;
    Ok(answer.expect("reading the index does not panic")?)
}

struct CancelOnDrop(store::events::Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The events of an issue or a project, newest first.
pub async fn list(app: &App, search: EventSearch, page: EventPage) -> Result<Vec<StoredEvent>, store::Error> {
    let project = search.of.project();
    let mut scope = Scope {
        datasets: OF_ISSUES.to_vec(),
        projects: vec![project],
        environments: search.environments,
        start: search.since,
        end: search.until,
    };
    let mut filter = search.filter;
    if let EventsOf::Issue(project, issue) = search.of {
        let Some((of_issue, condition)) = scope_of_issue(app, project, issue).await? else {
            return Ok(Vec::new());
        };
        scope.datasets = of_issue;
        filter = Expr::And(vec![condition, filter]);
    }
    let rows = ask(app, move |index, limits| index.list(&scope, &filter, page, limits)).await?;
    with_issues(app, rows).await
}

/// Where the rows of an issue are, and what they have in common. `None`: it has no hash, so no rows.
pub async fn scope_of_issue(
    app: &App,
    project: ProjectId,
    issue: IssueId,
) -> Result<Option<(Vec<Dataset>, Expr<Condition>)>, store::Error> {
    let hashes = store::issues::hashes(&mut *app.store.read().await?, project, issue).await?;
    Ok((!hashes.is_empty()).then(|| (OF_ISSUES.to_vec(), has_hash(hashes))))
}

/// Events with one of these primary hashes.
pub(crate) fn has_hash(hashes: Vec<String>) -> Expr<Condition> {
    Expr::Term(Condition::Field {
        field: Field::Known(Known::Hash),
        test: Test::Any(hashes.into_iter().map(Pattern::Exact).collect()),
    })
}

/// The newest event of each of these primary hashes, where one is kept.
pub async fn latest_of_hashes(
    app: &App,
    project: ProjectId,
    hashes: Vec<String>,
) -> Result<HashMap<String, StoredEvent>, store::Error> {
    let scope = Scope {
        datasets: OF_ISSUES.to_vec(),
        projects: vec![project],
        environments: Vec::new(),
        start: Timestamp(0),
        end: Timestamp(i64::MAX),
    };
    let page = EventPage {
        start: store::events::PageStart::Newest,
        limit: 1,
    };
    let rows = ask(app, move |index, limits| {
        let mut rows = Vec::new();
        for hash in hashes {
            rows.extend(index.list(&scope, &has_hash(vec![hash]), page, limits)?);
        }
        Ok(rows)
    })
    .await?;
    let events = with_issues(app, rows).await?;
    Ok(events.into_iter().map(|event| (event.hash.clone(), event)).collect())
}

/// The project and the id of the newest event of each of these issues, where one is kept.
pub(crate) async fn latest_of_issues(
    app: &App,
    projects: Vec<ProjectId>,
    issues: &[IssueId],
) -> Result<HashMap<IssueId, (ProjectId, EventId)>, store::Error> {
    let bindings = store::issues::hashes_of(&mut *app.store.read().await?, &projects, issues).await?;
    let mut hashes: HashMap<IssueId, Vec<String>> = HashMap::new();
    for (_, hash, issue) in bindings {
        hashes.entry(issue).or_default().push(hash);
    }
    let scope = Scope {
        datasets: OF_ISSUES.to_vec(),
        projects,
        environments: Vec::new(),
        start: Timestamp(0),
        end: Timestamp(i64::MAX),
    };
    let page = EventPage {
        start: store::events::PageStart::Newest,
        limit: 1,
    };
    ask(app, move |index, limits| {
        let mut latest = HashMap::new();
        for (issue, hashes) in hashes {
            let newest = index.list(&scope, &has_hash(hashes), page, limits)?.into_iter().next();
            latest.extend(newest.map(|row| (issue, (row.project, row.id))));
        }
        Ok(latest)
    })
    .await
}

/// Rows as events of their issues.
async fn with_issues(app: &App, rows: Vec<StoredRow>) -> Result<Vec<StoredEvent>, store::Error> {
    let mut by_project: HashMap<ProjectId, Vec<&str>> = HashMap::new();
    for row in rows.iter().filter(|row| !row.hash.is_empty()) {
        by_project.entry(row.project).or_default().push(&row.hash);
    }
    let mut issues = HashMap::new();
    if !by_project.is_empty() {
        let mut db = app.store.read().await?;
        for (project, mut hashes) in by_project {
            hashes.sort_unstable();
            hashes.dedup();
            for bound in store::issues::bound(&mut db, project, &hashes).await? {
                issues.insert((project, bound.hash), bound.issue);
            }
        }
    }
    Ok(rows
        .into_iter()
        .map(|row| StoredEvent {
            issue: issues.get(&(row.project, row.hash.clone())).copied(),
            project: row.project,
            id: row.id,
            event_type: row.event_type,
            hash: row.hash,
            grouping_strategy: row.grouping_strategy,
            timestamp: row.timestamp,
            received_at: row.received_at,
            environment: row.environment,
            user_tag: row.user,
            payload: String::from_utf8_lossy(&row.payload).into_owned(),
        })
        .collect())
}

/// To which issue an event belongs, wherever it is: also one that was received just now and is not in the index yet.
pub async fn locate(
    app: &App,
    db: &mut Connection,
    project: ProjectId,
    id: EventId,
) -> Result<Option<EventIssue>, store::Error> {
    let recent = recent_event_ids::find(db, project, id).await?;
    if let Some(recent) = recent {
        let moved = match recent.issue {
            Some(issue) => store::issues::moved_to(db, issue).await?,
            None => MovedTo::Nowhere,
        };
        match moved {
            MovedTo::Nowhere => return Ok(Some(recent)),
            MovedTo::Issue(issue) => {
                return Ok(Some(EventIssue {
                    issue: Some(issue),
                    ..recent
                }));
            }
            // Its hash decides, which is in the index.
            MovedTo::Divided => {}
        }
    }
    let Some(row) = ask(app, move |index, _| index.find(&[project], id)).await? else {
        return Ok(recent);
    };
    let bound = store::issues::bound(db, project, &[&row.hash]).await?;
    Ok(Some(EventIssue {
        issue: bound.first().map(|bound| bound.issue),
        timestamp: row.timestamp,
    }))
}

/// Which event of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Latest,
    Oldest,
    /// The one that tells most; until there is a measure, the latest.
    Recommended,
    Id(EventId),
}

impl Which {
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "latest" => Self::Latest,
            "oldest" => Self::Oldest,
            "recommended" => Self::Recommended,
            id => Self::Id(id.parse().ok()?),
        })
    }
}

/// An event with its place among those of its issue.
#[derive(Debug, Clone, PartialEq)]
pub struct EventInIssue {
    pub stored: StoredEvent,
    /// Next older.
    pub previous: Option<EventId>,
    /// Next newer.
    pub next: Option<EventId>,
}

pub async fn get_of_issue(app: &App, issue: &Issue, which: Which) -> Result<EventInIssue, AccessError> {
    let stored = match which {
        Which::Latest | Which::Recommended => end_of(app, issue, End::Newest).await?,
        Which::Oldest => end_of(app, issue, End::Oldest).await?,
        Which::Id(id) => find(app, vec![issue.project], id)
            .await?
            .filter(|event| event.issue == Some(issue.id)),
    };
    with_neighbors(app, stored.ok_or(AccessError::NotFound)?).await
}

/// How long to wait for rows whose issue or id the database has already: the index is a moment behind it.
const CATCH_UP: Duration = Duration::from_secs(1);

/// An issue has an event; that of a new one may be on its way into the index.
async fn end_of(app: &App, issue: &Issue, end: End) -> Result<Option<StoredEvent>, store::Error> {
    let found = at_end(app, issue, end).await?;
    if found.is_none() && caught_up(app, CATCH_UP).await? {
        return at_end(app, issue, end).await;
    }
    Ok(found)
}

#[derive(Clone, Copy)]
enum End {
    Newest,
    Oldest,
}

async fn at_end(app: &App, issue: &Issue, end: End) -> Result<Option<StoredEvent>, store::Error> {
    let Some((datasets, filter)) = scope_of_issue(app, issue.project, issue.id).await? else {
        return Ok(None);
    };
    let scope = Scope {
        datasets,
        projects: vec![issue.project],
        environments: Vec::new(),
        start: Timestamp(0),
        end: Timestamp(i64::MAX),
    };
    let start = match end {
        End::Newest => store::events::PageStart::Newest,
        End::Oldest => store::events::PageStart::OLDEST,
    };
    let page = EventPage { start, limit: 1 };
    let rows = ask(app, move |index, limits| index.list(&scope, &filter, page, limits)).await?;
    Ok(with_issues(app, rows).await?.pop())
}

/// An event of one of these projects.
pub(crate) async fn find(
    app: &App,
    projects: Vec<ProjectId>,
    id: EventId,
) -> Result<Option<StoredEvent>, store::Error> {
    if let Some(found) = find_indexed(app, projects.clone(), id).await? {
        return Ok(Some(found));
    }
    // One that was received just now may be on its way.
    let is_recent = recent_event_ids::came_to(&mut *app.store.read().await?, &projects, id).await?;
    if is_recent && caught_up(app, CATCH_UP).await? {
        return find_indexed(app, projects, id).await;
    }
    Ok(None)
}

async fn find_indexed(app: &App, projects: Vec<ProjectId>, id: EventId) -> Result<Option<StoredEvent>, store::Error> {
    let row = ask(app, move |index, _| index.find(&projects, id)).await?;
    // Rows of spans and logs have ids as well, and are no events.
    let event = row.filter(|row| !matches!(row.dataset, Dataset::Spans | Dataset::Logs));
    Ok(with_issues(app, event.into_iter().collect()).await?.pop())
}

pub async fn get(app: &App, project: ProjectId, id: EventId) -> Result<EventInIssue, AccessError> {
    let stored = find(app, vec![project], id).await?.ok_or(AccessError::NotFound)?;
    with_neighbors(app, stored).await
}

/// An event of any project of the organization.
pub async fn get_in_organization(
    app: &App,
    scope: &OrganizationScope,
    id: EventId,
) -> Result<EventInIssue, AccessError> {
    let stored = find_in_organization(app, scope.organization.id, &scope.visible, id).await?;
    with_neighbors(app, stored.ok_or(AccessError::NotFound)?).await
}

/// An event of a project of an organization.
pub(crate) async fn read_in_project(
    app: &App,
    organization: OrganizationId,
    project: ProjectId,
    id: EventId,
) -> Result<Option<StoredEvent>, store::Error> {
    let is_there = store::projects::find(&mut *app.store.read().await?, organization, project).await?;
    match is_there {
        Some(_) => find(app, vec![project], id).await,
        None => Ok(None),
    }
}

pub(crate) async fn find_in_organization(
    app: &App,
    organization: OrganizationId,
    visible: &Visible,
    id: EventId,
) -> Result<Option<StoredEvent>, store::Error> {
    let projects = store::projects::list(&mut *app.store.read().await?, organization).await?;
    let projects = visible.keep(projects);
    find(app, projects.iter().map(|project| project.id).collect(), id).await
}

async fn with_neighbors(app: &App, stored: StoredEvent) -> Result<EventInIssue, AccessError> {
    let issue = match stored.issue {
        Some(issue) => scope_of_issue(app, stored.project, issue).await?,
        None => None,
    };
    let Some((datasets, filter)) = issue else {
        return Ok(EventInIssue {
            stored,
            previous: None,
            next: None,
        });
    };
    let scope = Scope {
        datasets,
        projects: vec![stored.project],
        environments: Vec::new(),
        start: Timestamp(0),
        end: Timestamp(i64::MAX),
    };
    let place = stored.place();
    let neighbors = ask(app, move |index, limits| {
        index.neighbors(&scope, &filter, place, limits)
    })
    .await?;
    Ok(EventInIssue {
        stored,
        previous: neighbors.older.map(|place| place.id),
        next: neighbors.newer.map(|place| place.id),
    })
}

/// Events a bucket of a whole project that belong to issues.
pub async fn counts_of_project(app: &App, project: ProjectId, buckets: Buckets) -> Result<Vec<i64>, store::Error> {
    let scope = Scope {
        datasets: OF_ISSUES.to_vec(),
        projects: vec![project],
        environments: Vec::new(),
        start: buckets.start,
        end: buckets.end(),
    };
    let question = SeriesQuestion {
        values: vec![query::Column::Aggregate(query::Aggregate::Count)],
        filter: Expr::all(),
        buckets,
        groups: None,
        bindings: None,
    };
    let answer = ask(app, move |index, limits| index.series(&scope, &question, limits)).await?;
    let counts = answer
        .groups
        .into_iter()
        .next()
        .and_then(|series| series.values.into_iter().next());
    Ok(counts
        .unwrap_or_default()
        .into_iter()
        .map(|count| count.unwrap_or(0.0) as i64)
        .collect())
}
