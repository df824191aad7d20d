use std::collections::{HashMap, HashSet};

use httpkit::ApiError;
use model::{Assignee, IssueId, ProjectId};
use services::{App, PublicUrl, access::OrganizationScope, issues::Around};
use store::{issue_owners::IssueOwner, issues::Issue, projects::Project};

use super::{
    activities,
    assignee::AssigneeView,
    derived::DerivedView,
    status_details::StatusDetailsView,
    view::{Beside, IssueView},
};

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
    assignees: HashMap<Assignee, AssigneeView>,
    status_details: HashMap<IssueId, StatusDetailsView>,
    owners: HashMap<IssueId, Vec<IssueOwner>>,
    around: Around,
    seen: HashSet<IssueId>,
    viewers: HashMap<IssueId, i64>,
}

impl Rendering {
    pub(super) async fn load(app: &App, scope: &OrganizationScope, issues: &[Issue]) -> Result<Self, ApiError> {
        let projects = services::projects::list(app, scope).await?;
        let wanted = issues.iter().filter_map(|issue| issue.assignee);
        let settled = services::issues::settled(app, issues).await?;
        let users = if settled.is_empty() {
            HashMap::new()
        } else {
            activities::users(app, scope).await?
        };
        let details = settled
            .iter()
            .map(|issue| (issue.id, StatusDetailsView::of(issue, &users)));
        Ok(Self {
            url: app.url.clone(),
            organization: scope.organization.slug.clone(),
            projects: projects.into_iter().map(|project| (project.id, project)).collect(),
            assignees: AssigneeView::load(app, scope, wanted).await?,
            status_details: details.collect(),
            owners: services::ownership::owners_of(app, issues).await?,
            around: services::issues::around(app, scope, issues).await?,
            seen: services::issues::seen(app, scope, issues).await?.into_iter().collect(),
            viewers: services::issues::count_viewers(app, issues)
                .await?
                .into_iter()
                .collect(),
        })
    }

    pub(super) fn view(&self, issue: &Issue) -> IssueView {
        let beside = Beside {
            permalink: self
                .url
                .join(&format!("/organizations/{}/issues/{}/", self.organization, issue.id)),
            project: self.projects.get(&issue.project),
            assignee: issue
                .assignee
                .and_then(|assignee| self.assignees.get(&assignee).cloned()),
            status_details: self.status_details.get(&issue.id).cloned().unwrap_or_default(),
            has_seen: self.seen.contains(&issue.id),
            around: &self.around,
        };
        IssueView::of(issue, beside)
    }

    pub(super) fn derived(&self, issue: &Issue) -> DerivedView {
        DerivedView::of(issue, self.viewers.get(&issue.id).copied().unwrap_or_default())
    }

    /// Who may see to an issue by its rules, the first one first.
    pub(super) fn owners(&self, issue: &Issue) -> &[IssueOwner] {
        self.owners.get(&issue.id).map_or(&[], Vec::as_slice)
    }
}
