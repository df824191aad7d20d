use std::collections::{HashMap, HashSet};

use httpkit::ApiError;
use model::{ProjectId, TeamId};
use services::{App, PublicUrl, access::OrganizationScope, settings::ProjectSettings};
use store::{projects::Project, teams::Team};

use crate::{
    organizations::OrganizationView,
    projects::view::{ProjectDetails, ProjectInList, ProjectSummary, ProjectWithTeams, TeamReference},
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
        for environment in services::projects::environments(app, scope).await? {
            if !environment.is_hidden {
                environments
                    .entry(environment.project)
                    .or_default()
                    .push(environment.name);
            }
        }
        let own_teams = scope.own_teams().into_iter().collect();
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
        ProjectSummary::of(project, is_member, view::access(&self.scope))
    }

    pub(super) fn with_teams(&self, project: &Project) -> ProjectWithTeams {
        ProjectWithTeams::of(self.summary(project), self.team_references(project.id))
    }

    pub(crate) fn in_list(&self, project: &Project) -> ProjectInList {
        let environments = self.environments.get(&project.id).cloned().unwrap_or_default();
        ProjectInList::of(
            self.summary(project),
            project,
            self.team_references(project.id),
            environments,
        )
    }

    pub(super) fn details(&self, project: &Project, settings: &ProjectSettings, url: &PublicUrl) -> ProjectDetails {
        let organization = OrganizationView::of(&self.scope.organization, &self.scope.membership, url);
        ProjectDetails::of(
            self.summary(project),
            project,
            self.team_references(project.id),
            organization,
            settings,
        )
    }
}
