use std::collections::{HashMap, HashSet};

use httpkit::ApiError;
use model::{ProjectId, TeamId};
use services::{App, PublicUrl, access::OrganizationScope, settings::ProjectSettings};
use store::{projects::Project, teams::Team};

use crate::{
    organizations::OrganizationView,
    projects::view::{ProjectDetails, ProjectInList, ProjectSummary, TeamReference},
    view,
};

/// What the projects of an organization are shown with, read once for all of them.
#[derive(Debug)]
pub(crate) struct Rendering {
    scope: OrganizationScope,
    teams: HashMap<ProjectId, Vec<Team>>,
    own_teams: HashSet<TeamId>,
    environments: HashMap<ProjectId, Vec<String>>,
}

impl Rendering {
    pub(crate) async fn load(app: &App, scope: &OrganizationScope) -> Result<Self, ApiError> {
        let mut teams: HashMap<_, Vec<_>> = HashMap::new();
        for (project, team) in services::projects::teams(app, scope).await? {
            teams.entry(project).or_default().push(team);
        }
        let mut environments: HashMap<_, Vec<_>> = HashMap::new();
        for (project, environment) in services::projects::environments(app, scope).await? {
            environments.entry(project).or_default().push(environment);
        }
        let own_teams = services::teams::own(app, scope).await?.into_iter().collect();
        Ok(Self {
            scope: scope.clone(),
            teams,
            own_teams,
            environments,
        })
    }

    fn teams(&self, project: ProjectId) -> &[Team] {
        self.teams.get(&project).map(Vec::as_slice).unwrap_or_default()
    }

    fn team_references(&self, project: ProjectId) -> Vec<TeamReference> {
        self.teams(project).iter().map(TeamReference::of).collect()
    }

    pub(crate) fn is_of_team(&self, project: ProjectId, team: TeamId) -> bool {
        self.teams(project).iter().any(|of_project| of_project.id == team)
    }

    pub(crate) fn summary(&self, project: &Project) -> ProjectSummary {
        let is_member = self
            .teams(project.id)
            .iter()
            .any(|team| self.own_teams.contains(&team.id));
        ProjectSummary::of(project, is_member, view::access(&self.scope.actor))
    }

    pub(super) fn in_list(&self, project: &Project) -> ProjectInList {
        let environments = self.environments.get(&project.id).cloned().unwrap_or_default();
        ProjectInList::of(
            self.summary(project),
            project,
            self.team_references(project.id),
            environments,
        )
    }

    pub(super) fn details(&self, project: &Project, settings: &ProjectSettings, url: &PublicUrl) -> ProjectDetails {
        let organization = OrganizationView::of(&self.scope.organization, url);
        ProjectDetails::of(
            self.summary(project),
            project,
            self.team_references(project.id),
            organization,
            settings,
        )
    }
}
