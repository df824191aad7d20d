//! Which issues of the project look like one.

mod likeness;

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use model::{IssueId, ProjectId, Timestamp};
use protocol::event::Event;
use query::{Condition, Expr};
use store::{
    events::{EventPage, EventsOf, PageStart, Scope, StoredEvent},
    issues::Issue,
};

use self::likeness::Likeness;
use super::SearchError;
use crate::{
    App,
    access::OrganizationScope,
    discover,
    events::{self, EventSearch, OF_ISSUES},
};

/// An issue that looks like another, and how much: 0 to 1; `None` where there is nothing to compare.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarIssue {
    pub issue: Issue,
    pub stack: Option<f64>,
    pub message: Option<f64>,
}

impl SimilarIssue {
    /// Stacks tell more than words.
    fn weight(&self) -> f64 {
        2.0 * self.stack.unwrap_or(0.0) + self.message.unwrap_or(0.0)
    }
}

/// Below both, issues are not alike. Words are shared by chance more easily than frames.
const LEAST_OF_STACK: f64 = 0.2;
const LEAST_OF_MESSAGE: f64 = 0.5;

/// How many are told of.
const MOST_TOLD: usize = 30;

/// How many issues are compared.
const MOST_COMPARED: usize = 100;

/// How many hashes are looked at to find them.
const MOST_HASHES: usize = 2_000;

/// Issues with no event in this time are not looked for.
const PERIOD: Duration = Duration::from_secs(30 * 24 * 3600);

/// The issues whose newest event is most like that of this one, the most similar first. What a user wrote is like nothing
/// else.
pub async fn similar(app: &App, scope: &OrganizationScope, issue: &Issue) -> Result<Vec<SimilarIssue>, SearchError> {
    if issue.event_type == "feedback" {
        return Ok(Vec::new());
    }
    let Some(likeness) = newest(app, issue).await? else {
        return Ok(Vec::new());
    };
    let mut candidates = Candidates {
        of: issue,
        hashes: HashMap::new(),
    };
    for filter in [likeness.stack_filter(), likeness.message_filter()]
        .into_iter()
        .flatten()
    {
        candidates.find(app, scope, filter).await?;
    }
    let ids: Vec<IssueId> = candidates.hashes.keys().copied().collect();
    let issues = super::find_all(app, scope, &ids).await?;
    let hashes = candidates.hashes.into_values().collect();
    let latest = events::latest_of_hashes(app, issue.project, hashes).await?;
    let others: HashMap<IssueId, Likeness> = latest
        .into_values()
        .filter_map(|stored| Some((stored.issue?, read(&stored)?)))
        .collect();
    let compare = |issue: Issue| {
        let other = others.get(&issue.id)?;
        let similar = SimilarIssue {
            issue,
            stack: likeness.of_stacks(other),
            message: likeness.of_messages(other),
        };
        let is_alike = similar.stack.is_some_and(|stack| stack >= LEAST_OF_STACK)
            || similar.message.is_some_and(|message| message >= LEAST_OF_MESSAGE);
        is_alike.then_some(similar)
    };
    let mut similar: Vec<SimilarIssue> = issues.into_iter().filter_map(compare).collect();
    similar.sort_by(|one, other| {
        let by_weight = other.weight().total_cmp(&one.weight());
        by_weight.then_with(|| other.issue.last_seen.cmp(&one.issue.last_seen))
    });
    similar.truncate(MOST_TOLD);
    Ok(similar)
}

/// What the newest event of an issue is like. `None`: none is kept.
async fn newest(app: &App, issue: &Issue) -> Result<Option<Likeness>, store::Error> {
    let of = EventSearch::all(EventsOf::Issue(issue.project, issue.id));
    let page = EventPage {
        start: PageStart::Newest,
        limit: 1,
    };
    let newest = events::list(app, of, page).await?.pop();
    Ok(newest.as_ref().and_then(read))
}

fn read(stored: &StoredEvent) -> Option<Likeness> {
    Some(Likeness::of(&Event::from_stored(&stored.payload).ok()?))
}

/// Other issues of the project that may be like one, each with a hash of events that are.
struct Candidates<'a> {
    of: &'a Issue,
    hashes: HashMap<IssueId, String>,
}

impl Candidates<'_> {
    /// Adds those with an event like this, those seen last first, as long as there is room.
    async fn find(&mut self, app: &App, scope: &OrganizationScope, filter: Expr<Condition>) -> Result<(), SearchError> {
        if self.hashes.len() >= MOST_COMPARED {
            return Ok(());
        }
        let events = Scope {
            datasets: OF_ISSUES.to_vec(),
            projects: vec![self.of.project],
            environments: Vec::new(),
            start: app.now() - PERIOD,
            end: Timestamp(i64::MAX),
        };
        let mut hits = discover::ask(app, scope.organization.id, move |index, limits| {
            index.hits(&events, &filter, limits)
        })
        .await?;
        hits.truncate(MOST_HASHES);
        let hashes: Vec<String> = hits.into_iter().map(|hit| hit.hash).collect();
        let issues = issues_of(app, self.of.project, &hashes).await?;
        for hash in hashes {
            let Some(issue) = issues.get(&hash).filter(|issue| **issue != self.of.id) else {
                continue;
            };
            if self.hashes.len() < MOST_COMPARED {
                self.hashes.entry(*issue).or_insert(hash);
            }
        }
        Ok(())
    }
}

/// The issues that hashes belong to, where to any.
async fn issues_of(app: &App, project: ProjectId, hashes: &[String]) -> Result<HashMap<String, IssueId>, store::Error> {
    let hashes: HashSet<&str> = hashes.iter().map(String::as_str).collect();
    let hashes: Vec<&str> = hashes.into_iter().collect();
    let bound = store::issues::bound(&mut *app.store.read().await?, project, &hashes).await?;
    Ok(bound.into_iter().map(|bound| (bound.hash, bound.issue)).collect())
}
