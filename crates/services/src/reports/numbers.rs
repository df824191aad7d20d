//! What happened in a week: numbers by project, and their sums.

use std::collections::BTreeMap;

use model::{ActivityKind, IssueId, ProjectId, UserId};
use query::Dataset;
use serde::{Deserialize, Serialize};
use store::events::Cell;

use super::Week;
use crate::{
    App,
    access::OrganizationScope,
    discover::{self, About, DiscoverError, TableRequest, Window},
    issues::ShortId,
};

/// How many issues a report names.
pub(super) const MOST_TOP: usize = 3;

/// Among how many of the busiest issues of a project the busiest new one is looked for.
const MOST_ISSUES: usize = 10_000;

const RESOLVED: [ActivityKind; 4] = [
    ActivityKind::SetResolved,
    ActivityKind::SetResolvedInRelease,
    ActivityKind::SetResolvedByAge,
    ActivityKind::SetResolvedInCommit,
];

/// The week of an organization, as it is kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WeekNumbers {
    pub projects: BTreeMap<i64, ProjectNumbers>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ProjectNumbers {
    pub slug: String,
    /// Error events, and transactions.
    pub errors: i64,
    pub transactions: i64,
    /// First seen in the week, and those of them that are fatal.
    pub new_issues: i64,
    pub critical_issues: i64,
    /// The new issue with most events.
    pub top_error: Option<TopIssue>,
    /// How many different issues were resolved, and by whom.
    pub resolved_issues: i64,
    pub resolvers: BTreeMap<i64, i64>,
    /// How many different issues came back, and how many escalated.
    pub regressed_issues: i64,
    pub escalated_issues: i64,
    /// The issues with most events, that with most first.
    pub top_issues: Vec<TopIssue>,
    /// Open when the numbers were found.
    pub open_high_priority: i64,
    pub unassigned: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopIssue {
    pub id: i64,
    pub short_id: String,
    pub title: String,
    /// Of the week.
    pub events: i64,
}

/// What a reader is told: sums over some projects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    pub errors: i64,
    pub transactions: i64,
    pub new_issues: i64,
    pub critical_issues: i64,
    pub top_error: Option<TopIssue>,
    pub resolved_issues: i64,
    /// Who resolved most issues, and how many. Of several who resolved as many, who came first.
    pub top_resolver: Option<(UserId, i64)>,
    pub regressed_issues: i64,
    pub escalated_issues: i64,
    pub top_issues: Vec<TopIssue>,
    pub open_high_priority: i64,
    pub unassigned: i64,
    /// The projects with most events: a transaction counts for a tenth of an error. Slug, errors, transactions.
    pub top_projects: Vec<(String, i64, i64)>,
    /// Of the transactions; `None`: there were none.
    pub failure_rate: Option<f64>,
    /// In milliseconds.
    pub p95: Option<f64>,
}

impl Summary {
    /// Events of both kinds.
    pub fn total_events(&self) -> i64 {
        self.errors + self.transactions
    }

    /// Nothing happened that week.
    pub fn is_empty(&self) -> bool {
        self.total_events() == 0 && self.new_issues == 0 && self.resolved_issues == 0
    }
}

impl WeekNumbers {
    pub fn project_ids(&self) -> Vec<ProjectId> {
        self.projects.keys().map(|id| ProjectId(*id)).collect()
    }

    /// Sums up these projects. What transactions took is asked for apart: see [`performance`].
    pub fn summary(&self, projects: &[ProjectId]) -> Summary {
        let mut summary = Summary::default();
        let mut resolvers: BTreeMap<i64, i64> = BTreeMap::new();
        for project in projects {
            let Some(of) = self.projects.get(&project.0) else {
                continue;
            };
            summary.errors += of.errors;
            summary.transactions += of.transactions;
            summary.new_issues += of.new_issues;
            summary.critical_issues += of.critical_issues;
            summary.resolved_issues += of.resolved_issues;
            summary.regressed_issues += of.regressed_issues;
            summary.escalated_issues += of.escalated_issues;
            summary.open_high_priority += of.open_high_priority;
            summary.unassigned += of.unassigned;
            summary.top_issues.extend(of.top_issues.iter().cloned());
            let top = summary
                .top_error
                .iter()
                .chain(&of.top_error)
                .max_by_key(|top| rank(top));
            summary.top_error = top.cloned();
            for (user, number) in &of.resolvers {
                *resolvers.entry(*user).or_default() += number;
            }
            if of.errors + of.transactions > 0 {
                summary.top_projects.push((of.slug.clone(), of.errors, of.transactions));
            }
        }
        summary.top_issues.sort_by_key(|top| std::cmp::Reverse(rank(top)));
        summary.top_issues.truncate(MOST_TOP);
        summary
            .top_projects
            .sort_by_key(|(slug, errors, transactions)| (-(errors * 10 + transactions), slug.clone()));
        let most = resolvers.into_iter().max_by_key(|(user, number)| (*number, -user));
        summary.top_resolver = most.map(|(user, number)| (UserId(user), number));
        summary
    }
}

/// More events first; of equals the older issue.
fn rank(top: &TopIssue) -> (i64, i64) {
    (top.events, -top.id)
}

/// Finds the numbers of all projects of an organization that the scope sees.
pub(super) async fn find(app: &App, scope: &OrganizationScope, week: &Week) -> Result<WeekNumbers, DiscoverError> {
    let mut numbers = WeekNumbers::default();
    let projects = crate::projects::list(app, scope).await?;
    for project in &projects {
        let of = ProjectNumbers {
            slug: project.slug.clone(),
            ..ProjectNumbers::default()
        };
        numbers.projects.insert(project.id.0, of);
    }
    if projects.is_empty() {
        return Ok(numbers);
    }
    count_events(app, scope, week, &mut numbers).await?;
    count_issues(app, scope, week, &mut numbers).await?;
    for project in projects {
        let Some(of) = numbers.projects.get_mut(&project.id.0) else {
            continue;
        };
        if of.errors > 0 {
            find_top(app, scope, project.id, week, of).await?;
        }
    }
    Ok(numbers)
}

fn about(week: &Week, dataset: Dataset, projects: Vec<ProjectId>) -> Result<About, DiscoverError> {
    Ok(About {
        datasets: vec![dataset],
        projects,
        environments: Vec::new(),
        window: Window::between(week.start, week.end)?,
        query: String::new(),
    })
}

fn table(about: About, fields: &[&str], sort: &str, limit: usize) -> TableRequest {
    TableRequest {
        about,
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        sort: if sort.is_empty() {
            Vec::new()
        } else {
            vec![sort.to_owned()]
        },
        limit,
        offset: 0,
    }
}

async fn count_events(
    app: &App,
    scope: &OrganizationScope,
    week: &Week,
    numbers: &mut WeekNumbers,
) -> Result<(), DiscoverError> {
    for dataset in [Dataset::Errors, Dataset::Transactions] {
        let about = about(week, dataset, Vec::new())?;
        let request = table(about, &["project.id", "count()"], "", discover::MOST_ROWS);
        for row in discover::table(app, scope, &request).await?.rows {
            let (Some(project), Some(count)) = (project(row.first()), integer(row.get(1))) else {
                continue;
            };
            if let Some(of) = numbers.projects.get_mut(&project) {
                match dataset {
                    Dataset::Errors => of.errors = count,
                    _ => of.transactions = count,
                }
            }
        }
    }
    Ok(())
}

async fn count_issues(
    app: &App,
    scope: &OrganizationScope,
    week: &Week,
    numbers: &mut WeekNumbers,
) -> Result<(), store::Error> {
    let organization = scope.organization.id;
    let mut db = app.store.read().await?;
    for (project, counts) in store::weekly_reports::issue_counts(&mut db, organization, week.range()).await? {
        if let Some(of) = numbers.projects.get_mut(&project.0) {
            of.new_issues = counts.new;
            of.critical_issues = counts.critical;
            of.open_high_priority = counts.high_priority;
            of.unassigned = counts.unassigned;
        }
    }
    let mut seen = None;
    for done in store::weekly_reports::done(&mut db, organization, &RESOLVED, week.range()).await? {
        let Some(of) = numbers.projects.get_mut(&done.project.0) else {
            continue;
        };
        // Rows of one issue stand together: one for each who resolved it.
        if seen.replace(done.issue) != Some(done.issue) {
            of.resolved_issues += 1;
        }
        if let Some(user) = done.user {
            *of.resolvers.entry(user.0).or_default() += 1;
        }
    }
    for kind in [ActivityKind::SetRegression, ActivityKind::SetEscalating] {
        let mut seen = None;
        for done in store::weekly_reports::done(&mut db, organization, &[kind], week.range()).await? {
            let Some(of) = numbers.projects.get_mut(&done.project.0) else {
                continue;
            };
            if seen.replace(done.issue) == Some(done.issue) {
                continue;
            }
            match kind {
                ActivityKind::SetRegression => of.regressed_issues += 1,
                _ => of.escalated_issues += 1,
            }
        }
    }
    Ok(())
}

/// Finds the issues of a project that had most events, and the busiest of the new ones.
async fn find_top(
    app: &App,
    scope: &OrganizationScope,
    project: ProjectId,
    week: &Week,
    of: &mut ProjectNumbers,
) -> Result<(), DiscoverError> {
    let about = about(week, Dataset::Errors, vec![project])?;
    let request = table(about, &["issue.id", "count()"], "-count()", MOST_ISSUES);
    let rows = discover::table(app, scope, &request).await?.rows;
    let counts: Vec<(IssueId, i64)> = rows
        .iter()
        .filter_map(|row| Some((issue(row.first())?, integer(row.get(1))?)))
        .collect();
    let mut db = app.store.read().await?;
    let ids: Vec<IssueId> = counts.iter().map(|(issue, _)| *issue).collect();
    let new = store::weekly_reports::new_among(&mut db, project, &ids, week.range()).await?;
    let newest = counts.iter().find(|(issue, _)| new.contains(issue));
    let first = counts.iter().take(MOST_TOP * 2);
    let wanted: Vec<IssueId> = first.chain(newest).map(|(issue, _)| *issue).collect();
    let known = store::issues::find_all(&mut db, scope.organization.id, &wanted).await?;
    let top = |(id, events): &(IssueId, i64)| {
        let issue = known.iter().find(|issue| issue.id == *id)?;
        Some(TopIssue {
            id: id.0,
            short_id: ShortId::of(issue).to_string(),
            title: issue.title.clone(),
            events: *events,
        })
    };
    of.top_error = newest.and_then(top);
    of.top_issues = counts.iter().take(MOST_TOP * 2).filter_map(top).collect();
    of.top_issues.sort_by_key(|top| std::cmp::Reverse(rank(top)));
    of.top_issues.truncate(MOST_TOP);
    Ok(())
}

/// Adds what transactions of these projects took, and how many failed.
pub(super) async fn performance(
    app: &App,
    scope: &OrganizationScope,
    week: &Week,
    projects: &[ProjectId],
    summary: &mut Summary,
) -> Result<(), DiscoverError> {
    if summary.transactions == 0 || projects.is_empty() {
        return Ok(());
    }
    let about = about(week, Dataset::Transactions, projects.to_vec())?;
    let request = table(about, &["failure_rate()", "p95()"], "", 1);
    let answer = discover::table(app, scope, &request).await?;
    if let Some(row) = answer.rows.first() {
        summary.failure_rate = number(row.first());
        summary.p95 = number(row.get(1));
    }
    Ok(())
}

fn number(cell: Option<&Cell>) -> Option<f64> {
    match cell? {
        Cell::Number(number) => Some(*number),
        Cell::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

fn integer(cell: Option<&Cell>) -> Option<i64> {
    match cell? {
        Cell::Integer(number) => Some(*number),
        _ => None,
    }
}

fn project(cell: Option<&Cell>) -> Option<i64> {
    match cell? {
        Cell::Project(id) => Some(id.0),
        Cell::Integer(id) => Some(*id),
        _ => None,
    }
}

fn issue(cell: Option<&Cell>) -> Option<IssueId> {
    match cell? {
        Cell::Issue(id) => Some(*id),
        Cell::Integer(id) => Some(IssueId(*id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(id: i64, events: i64) -> TopIssue {
        TopIssue {
            id,
            short_id: format!("WEB-{id}"),
            title: format!("issue {id}"),
            events,
        }
    }

    #[test]
    fn eml5_a_reader_gets_the_sums_of_their_projects_alone() {
        let project = |slug: &str, errors, resolvers: &[(i64, i64)], tops: &[(i64, i64)]| ProjectNumbers {
            slug: slug.to_owned(),
            errors,
            transactions: 5,
            new_issues: 2,
            critical_issues: 1,
            top_error: tops.first().map(|(id, events)| top(*id, *events)),
            resolved_issues: resolvers.iter().map(|(_, number)| number).sum(),
            resolvers: resolvers.iter().copied().collect(),
            top_issues: tops.iter().map(|(id, events)| top(*id, *events)).collect(),
            open_high_priority: 3,
            unassigned: 4,
            ..ProjectNumbers::default()
        };
        let numbers = WeekNumbers {
            projects: [
                (1, project("web", 100, &[(7, 1), (8, 2)], &[(11, 90), (12, 10)])),
                (2, project("api", 40, &[(7, 2)], &[(21, 30), (22, 10)])),
                (3, project("secret", 9_000, &[(9, 99)], &[(31, 9_000)])),
            ]
            .into(),
        };
        let summary = numbers.summary(&[ProjectId(1), ProjectId(2), ProjectId(4)]);
        assert_eq!(
            (summary.errors, summary.transactions, summary.total_events()),
            (140, 10, 150)
        );
        assert_eq!((summary.new_issues, summary.critical_issues), (4, 2));
        assert_eq!(
            (summary.resolved_issues, summary.top_resolver),
            (5, Some((UserId(7), 3)))
        );
        assert_eq!((summary.open_high_priority, summary.unassigned), (6, 8));
        assert_eq!(summary.top_error, Some(top(11, 90)));
        // Of two with as many events the older one.
        assert_eq!(summary.top_issues, [top(11, 90), top(21, 30), top(12, 10)]);
        assert_eq!(
            summary.top_projects,
            [("web".to_owned(), 100, 5), ("api".to_owned(), 40, 5)]
        );
        assert!(numbers.summary(&[]).is_empty());
    }
}
