use httpkit::ApiError;
use model::ProjectId;
use services::{
    App,
    access::{AccessError, OrganizationScope},
};
use store::issues::{IssueFilter, IssueOrder};

use crate::{parameters::Parameters, period::Period};

/// What is searched when nothing is said.
const DEFAULT_QUERY: &str = "is:unresolved";

/// The issues that a request is about, and their order.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) filter: IssueFilter,
    pub(super) order: IssueOrder,
}

impl Selection {
    /// Of an organization: within the projects, environments and time that the query names.
    pub(super) async fn of_organization(
        app: &App,
        scope: &OrganizationScope,
        parameters: &Parameters,
    ) -> Result<Self, ApiError> {
        let period = Period::read(parameters, app.now())?;
        let mut selection = Self::read(scope, parameters, named_projects(app, scope, parameters).await?)?;
        (selection.filter.since, selection.filter.until) = (period.since, period.until);
        if !selection.filter.environments.is_empty() {
            let known = services::organizations::environments(app, scope).await?;
            if selection.filter.environments.iter().any(|name| !known.contains(name)) {
                return Err(AccessError::NotFound.into());
            }
        }
        Ok(selection)
    }

    /// Of one project. Here `statsPeriod` is about the chart, not about the issues.
    pub(super) fn of_project(
        scope: &OrganizationScope,
        parameters: &Parameters,
        project: ProjectId,
    ) -> Result<Self, ApiError> {
        Self::read(scope, parameters, vec![project])
    }

    fn read(scope: &OrganizationScope, parameters: &Parameters, projects: Vec<ProjectId>) -> Result<Self, ApiError> {
        let filter = IssueFilter {
            projects,
            environments: parameters
                .all("environment")
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            since: None,
            until: None,
            query: query::issues::parse(query(parameters).unwrap_or(DEFAULT_QUERY))?,
            viewer: scope.actor.user.id,
        };
        Ok(Self {
            filter,
            order: order(parameters)?,
        })
    }

    pub(super) fn holds(&self, project: ProjectId) -> bool {
        self.filter.projects.is_empty() || self.filter.projects.contains(&project)
    }
}

/// An empty search finds everything; only an absent one is replaced.
pub(super) fn query(parameters: &Parameters) -> Option<&str> {
    parameters.get("query").map(str::trim)
}

fn order(parameters: &Parameters) -> Result<IssueOrder, ApiError> {
    Ok(match parameters.filled("sort") {
        None | Some("date") => IssueOrder::LastSeen,
        Some("new") => IssueOrder::FirstSeen,
        Some("freq") => IssueOrder::Events,
        Some("user") => IssueOrder::Users,
        Some(other) => {
            let detail = format!("Invalid sort: {other:?} is not one of date, new, freq and user.");
            return Err(ApiError::bad_request(detail));
        }
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
