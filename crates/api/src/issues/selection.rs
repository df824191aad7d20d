use httpkit::{ApiError, Direction};
use model::{ProjectId, Timestamp};
use query::{IssueContext, IssueQuery};
use services::{
    App,
    access::{OrganizationScope, ProjectScope},
    issues::{IssueOrder, IssuePage, IssueSearch},
};

use crate::{
    page::PageRequest,
    parameters::{Parameters, environments},
    period::Period,
};

/// What is searched when nothing is said.
const DEFAULT_QUERY: &str = "is:unresolved";

/// The issues that a request is about, and their order.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) search: IssueSearch,
    pub(super) order: IssueOrder,
}

impl Selection {
    /// Of an organization, as it was at a time: within the projects, environments and time that the query names.
    pub(super) async fn of_organization(
        app: &App,
        scope: &OrganizationScope,
        parameters: &Parameters,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        let period = Period::read(parameters, now)?;
        let projects = named_projects(app, scope, parameters).await?;
        let mut selection = Self::read(parameters, query(parameters).unwrap_or(DEFAULT_QUERY), projects, now)?;
        selection.search.environments = environments(app, scope, parameters).await?;
        (selection.search.since, selection.search.until) = (period.since, period.until);
        Ok(selection)
    }

    /// Of one project. Here `statsPeriod` is about the chart, not about the issues.
    pub(super) async fn of_project(
        app: &App,
        scope: &ProjectScope,
        parameters: &Parameters,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        let query = with_status(query(parameters), parameters.filled("status"))?;
        let mut selection = Self::read(parameters, &query, vec![scope.project.id], now)?;
        selection.search.environments = environments(app, scope.whole(), parameters).await?;
        Ok(selection)
    }

    fn read(parameters: &Parameters, query: &str, projects: Vec<ProjectId>, now: Timestamp) -> Result<Self, ApiError> {
        Ok(Self {
            search: IssueSearch {
                projects,
                environments: Vec::new(),
                since: None,
                until: None,
                query: parse(query, now)?,
            },
            order: order(parameters)?,
        })
    }

    pub(super) fn holds(&self, project: ProjectId) -> bool {
        self.search.projects.is_empty() || self.search.projects.contains(&project)
    }
}

/// Reads a search; relative times in it are relative to `now`.
pub(super) fn parse(query: &str, now: Timestamp) -> Result<IssueQuery, ApiError> {
    Ok(query::parse_issues(query, &IssueContext { now })?)
}

/// The page of a list that a request asks for; one row more than it has tells whether another follows.
pub(super) fn page(request: &PageRequest, now: Timestamp) -> IssuePage {
    let limit = request.limit + 1;
    match request.cursor {
        None => IssuePage::first(limit, now),
        Some(cursor) => {
            let back = cursor.direction == Direction::Previous;
            IssuePage::of_cursor(cursor.value, cursor.offset, back, limit, now)
        }
    }
}

/// An empty search finds everything; only an absent one is replaced.
pub(super) fn query(parameters: &Parameters) -> Option<&str> {
    parameters.get("query").map(str::trim)
}

/// The search with the status that may stand beside it in the requests about one project: `sentry-cli` names issues so.
fn with_status(query: Option<&str>, status: Option<&str>) -> Result<String, ApiError> {
    let Some(status) = status else {
        return Ok(query.unwrap_or(DEFAULT_QUERY).to_owned());
    };
    let known = ["unresolved", "resolved", "ignored"];
    if !known.contains(&status) {
        let detail = format_args!("{status:?} is not one of {}.", known.join(", "));
        return Err(ApiError::field("status", detail));
    }
    Ok(match query {
        None | Some("") => format!("is:{status}"),
        Some(query) => format!("is:{status} ({query})"),
    })
}

fn order(parameters: &Parameters) -> Result<IssueOrder, ApiError> {
    let Some(name) = parameters.filled("sort") else {
        return Ok(IssueOrder::default());
    };
    IssueOrder::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = IssueOrder::ALL.into_iter().map(IssueOrder::name).collect();
        ApiError::bad_request(format_args!(
            "Invalid sort: {name:?} is not one of {}.",
            names.join(", ")
        ))
    })
}

/// The projects that are named by id or slug; none of them stands for all. One that the actor cannot see is refused,
/// as Sentry does, instead of left out.
pub(crate) async fn named_projects(
    app: &App,
    scope: &OrganizationScope,
    parameters: &Parameters,
) -> Result<Vec<ProjectId>, ApiError> {
    let named: Vec<&str> = parameters
        .all("project")
        .chain(parameters.all("projectSlug"))
        .filter(|name| !name.is_empty())
        .collect();
    if named.is_empty() || named.iter().any(|name| matches!(*name, "-1" | "$all")) {
        return Ok(Vec::new());
    }
    let known = services::projects::list(app, scope).await?;
    let find = |name: &str| {
        known
            .iter()
            .find(|project| project.slug == name || project.id.to_string() == name)
    };
    named
        .into_iter()
        .map(|name| find(name).map(|project| project.id))
        .collect::<Option<_>>()
        .ok_or_else(|| ApiError::forbidden("You do not have permission to perform this action."))
}
