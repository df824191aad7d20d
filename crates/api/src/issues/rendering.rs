use std::collections::{HashMap, HashSet};

use httpkit::ApiError;
use model::{IssueId, ProjectId, UserId};
use services::{App, PublicUrl, access::OrganizationScope};
use store::{issues::Issue, projects::Project, users::User};

use super::view::{Beside, IssueView};

/// The issues of these ids that are there, as others show them.
pub(crate) async fn views_by_id(
    app: &App,
    scope: &OrganizationScope,
    ids: &[IssueId],
) -> Result<HashMap<IssueId, IssueView>, ApiError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let issues = services::issues::find_all(app, scope, ids).await?;
    let rendering = Rendering::load(app, scope, &issues).await?;
    Ok(issues.iter().map(|issue| (issue.id, rendering.view(issue))).collect())
}

/// What issues are shown with, read once for all of them.
#[derive(Debug)]
pub(super) struct Rendering {
    url: PublicUrl,
    organization: String,
    projects: HashMap<ProjectId, Project>,
    assignees: HashMap<UserId, User>,
    seen: HashSet<IssueId>,
}

impl Rendering {
    pub(super) async fn load(app: &App, scope: &OrganizationScope, issues: &[Issue]) -> Result<Self, ApiError> {
        let projects = services::projects::list(app, scope).await?;
        let assignees = if issues.iter().any(|issue| issue.assignee.is_some()) {
            services::organizations::members(app, scope).await?
        } else {
            Vec::new()
        };
        Ok(Self {
            url: app.url.clone(),
            organization: scope.organization.slug.clone(),
            projects: projects.into_iter().map(|project| (project.id, project)).collect(),
            assignees: assignees.into_iter().map(|user| (user.id, user)).collect(),
            seen: services::issues::seen(app, scope, issues).await?.into_iter().collect(),
        })
    }

    pub(super) fn view(&self, issue: &Issue) -> IssueView {
        let beside = Beside {
            permalink: self
                .url
                .join(&format!("/organizations/{}/issues/{}/", self.organization, issue.id)),
            project: self.projects.get(&issue.project),
            assignee: issue.assignee.and_then(|user| self.assignees.get(&user)),
            has_seen: self.seen.contains(&issue.id),
        };
        IssueView::of(issue, beside)
    }
}
