use std::collections::BTreeSet;

use model::{OrganizationId, OrganizationRole, ProjectId, TeamId, TeamRole};
use store::{Connection, projects::Project};

use super::{MembershipSettings, role};

/// Which projects of an organization somebody sees. Every list, search and sum is limited to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    All,
    Only(BTreeSet<ProjectId>),
}

impl Visible {
    /// A role of `None` is that of who acts for the organization itself.
    pub(super) async fn find(
        db: &mut Connection,
        organization: OrganizationId,
        role: Option<OrganizationRole>,
        teams: &[(TeamId, TeamRole)],
        settings: &MembershipSettings,
    ) -> Result<Self, store::Error> {
        let Some(role) = role else { return Ok(Self::All) };
        if role == OrganizationRole::Billing {
            return Ok(Self::Only(BTreeSet::new()));
        }
        if settings.open_membership || role::sees_all(role) {
            return Ok(Self::All);
        }
        let teams: Vec<TeamId> = teams.iter().map(|(team, _)| *team).collect();
        let projects = store::teams::projects_of(db, organization, &teams).await?;
        Ok(Self::Only(projects.into_iter().collect()))
    }

    pub fn has(&self, project: ProjectId) -> bool {
        match self {
            Self::All => true,
            Self::Only(projects) => projects.contains(&project),
        }
    }

    /// Of projects that were asked for, where none means all, those that are visible. Lists take none for all, so what is
    /// left of nothing names a project that is not there.
    pub fn narrow(&self, asked: &[ProjectId]) -> Vec<ProjectId> {
        let Self::Only(projects) = self else {
            return asked.to_vec();
        };
        let kept = projects.iter().copied();
        let kept: Vec<ProjectId> = kept.filter(|id| asked.is_empty() || asked.contains(id)).collect();
        if kept.is_empty() { vec![ProjectId(-1)] } else { kept }
    }

    pub fn keep(&self, mut projects: Vec<Project>) -> Vec<Project> {
        projects.retain(|project| self.has(project.id));
        projects
    }
}
