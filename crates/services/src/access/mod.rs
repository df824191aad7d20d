//! Who acts, and what they may do: what a role allows, as far as the token allows it too.
//!
//! [`permission`] is the table of what handlers ask for, [`role`] of what roles give.

mod actor;
mod membership;
pub mod permission;
pub mod role;
mod scope;
mod visible;

use model::{OrganizationId, OrganizationRole, ProjectId, TeamId, TeamRole};
use store::{Connection, organizations::Organization, projects::Project, teams::Team};

use crate::{App, project_keys::KeyOwner};

pub use actor::{Actor, Channel, Identity, Origin};
pub use membership::MembershipSettings;
pub use permission::Permission;
pub use scope::{Scope, Scopes, UnknownScope};
pub use visible::Visible;

/// An organization that the actor belongs to, with what the actor may do there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationScope {
    pub actor: Actor,
    pub organization: Organization,
    /// None where the actor is no member: a token of the organization, a superuser, a command.
    pub role: Option<OrganizationRole>,
    pub rights: Scopes,
    /// The teams that the actor is in.
    pub teams: Vec<(TeamId, TeamRole)>,
    pub visible: Visible,
    pub membership: MembershipSettings,
}

/// A project of such an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectScope {
    pub actor: Actor,
    pub organization: Organization,
    pub project: Project,
    /// What the actor may do in this project: roles in its teams add to that in the organization.
    pub rights: Scopes,
    /// Whether the actor is in a team of it.
    pub is_member: bool,
    whole: Box<OrganizationScope>,
}

#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Absent and forbidden look alike.
    #[error("not found, or no access")]
    NotFound,
    #[error("the permission {} is lacking", .0.name)]
    Missing(Permission),
    #[error("the password has to be given again")]
    SudoRequired { username: String },
    #[error("the organization asks for a second factor")]
    TwoFactorRequired,
    /// It has another slug by now.
    #[error("moved to {slug}")]
    Moved {
        /// The parameter of the path that names it.
        parameter: &'static str,
        slug: String,
    },
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Finds an organization by slug or id for an actor who may do what is asked there.
pub async fn organization(
    app: &App,
    actor: &Actor,
    slug_or_id: &str,
    permission: impl Into<Permission>,
) -> Result<OrganizationScope, AccessError> {
    let permission = permission.into();
    let scope = enter_any(app, actor, slug_or_id).await?;
    if scope.organization.delete_at.is_some() && !permission.of_pending {
        return Err(AccessError::NotFound);
    }
    scope.require(app, permission)?;
    Ok(scope)
}

/// Finds a project by slug or id, as [`organization`] does.
pub async fn project(
    app: &App,
    actor: &Actor,
    organization: &str,
    slug_or_id: &str,
    permission: impl Into<Permission>,
) -> Result<ProjectScope, AccessError> {
    let scope = enter(app, actor, organization).await?;
    let mut db = app.store.read().await?;
    let mut project = store::projects::find_by_slug(&mut db, scope.organization.id, slug_or_id).await?;
    if let (None, Ok(id)) = (&project, slug_or_id.parse()) {
        project = store::projects::find(&mut db, scope.organization.id, id).await?;
    }
    let Some(project) = project else {
        return Err(moved_project(&mut db, &scope, slug_or_id).await?);
    };
    let scope = of_project(&mut db, &scope, project).await?;
    check(app, &scope.actor, scope.rights, permission.into())?;
    Ok(scope)
}

/// Finds a team by slug or id, with what the actor may do in it.
pub async fn team(
    app: &App,
    actor: &Actor,
    organization: &str,
    slug_or_id: &str,
    permission: impl Into<Permission>,
) -> Result<(OrganizationScope, Team), AccessError> {
    let scope = enter(app, actor, organization).await?;
    let team = crate::teams::get(app, &scope, slug_or_id).await?;
    check(app, &scope.actor, scope.rights_in_team(team.id), permission.into())?;
    Ok((scope, team))
}

/// The organization, for whoever belongs to it, whatever they may do there: the caller asks for the right.
pub async fn enter(app: &App, actor: &Actor, slug_or_id: &str) -> Result<OrganizationScope, AccessError> {
    let scope = enter_any(app, actor, slug_or_id).await?;
    if scope.organization.delete_at.is_some() {
        return Err(AccessError::NotFound);
    }
    Ok(scope)
}

/// All organizations that the actor belongs to; one that asks for a second factor, which the actor has not, is left out.
pub async fn enter_all(app: &App, actor: &Actor) -> Result<Vec<OrganizationScope>, AccessError> {
    let mut scopes = Vec::new();
    for organization in crate::organizations::list(app, actor).await? {
        match enter(app, actor, &organization.slug).await {
            Ok(scope) => scopes.push(scope),
            // The other: it was deleted, or the membership ended, since it was listed.
            Err(AccessError::TwoFactorRequired | AccessError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(scopes)
}

/// One that waits for its deletion, too.
async fn enter_any(app: &App, actor: &Actor, slug_or_id: &str) -> Result<OrganizationScope, AccessError> {
    let mut db = app.store.read().await?;
    let mut organization = store::organizations::find_by_slug(&mut db, slug_or_id).await?;
    if let (None, Ok(id)) = (&organization, slug_or_id.parse()) {
        organization = store::organizations::find(&mut db, id).await?;
    }
    let (organization, is_moved) = match organization {
        Some(organization) => (organization, false),
        None => {
            let former = store::slug_redirects::organization(&mut db, slug_or_id).await?;
            let id = former.ok_or(AccessError::NotFound)?;
            let found = store::organizations::find(&mut db, id).await?;
            (found.ok_or(AccessError::NotFound)?, true)
        }
    };
    let membership: MembershipSettings = crate::settings::read_topic(&mut db, organization.id).await?;
    let standing = Standing::find(app, &mut db, actor, organization.id, &membership).await?;
    let standing = standing.ok_or(AccessError::NotFound)?;
    // Only those who belong to it learn where it is.
    if is_moved {
        return Err(AccessError::Moved {
            parameter: "organization",
            slug: organization.slug,
        });
    }
    if matches!(standing, Standing::Member { .. })
        && membership.require_two_factor
        && actor.user().is_some_and(|user| !user.has_second_factor)
    {
        return Err(AccessError::TwoFactorRequired);
    }
    let (role, teams) = match standing {
        Standing::Member { role, teams } => (Some(role), teams),
        Standing::Owner | Standing::Token => (None, Vec::new()),
    };
    let own = match (role, &actor.identity) {
        (Some(role), _) => role::of_role(role, &membership),
        (None, Identity::OrganizationToken { .. }) => Scopes::all(),
        (None, _) => role::of_role(OrganizationRole::Owner, &membership),
    };
    let visible = Visible::find(&mut db, organization.id, role, &teams, &membership).await?;
    Ok(OrganizationScope {
        actor: actor.clone(),
        rights: own.and(actor.scopes),
        organization,
        role,
        teams,
        visible,
        membership,
    })
}

/// What to answer when there is no project of this name: it may have had the name before.
async fn moved_project(
    db: &mut Connection,
    scope: &OrganizationScope,
    slug: &str,
) -> Result<AccessError, store::Error> {
    let Some(id) = store::slug_redirects::project(db, scope.organization.id, slug).await? else {
        return Ok(AccessError::NotFound);
    };
    let project = store::projects::find(db, scope.organization.id, id).await?;
    let project = project.filter(|project| scope.visible.has(project.id));
    Ok(project.map_or(AccessError::NotFound, |project| AccessError::Moved {
        parameter: "project",
        slug: project.slug,
    }))
}

/// How an actor belongs to an organization.
enum Standing {
    Member {
        role: OrganizationRole,
        teams: Vec<(TeamId, TeamRole)>,
    },
    /// Whoever may act as its owner without being a member.
    Owner,
    Token,
}

impl Standing {
    async fn find(
        app: &App,
        db: &mut Connection,
        actor: &Actor,
        organization: OrganizationId,
        membership: &MembershipSettings,
    ) -> Result<Option<Self>, AccessError> {
        let user = match &actor.identity {
            Identity::User(user) => user,
            Identity::OrganizationToken { organization: of, .. } => {
                return Ok((*of == organization).then_some(Self::Token));
            }
            Identity::Command => return Ok(Some(Self::Owner)),
        };
        if membership.allow_superuser_access && actor.is_superuser(app.now()) {
            return Ok(Some(Self::Owner));
        }
        let Some(member) = store::members::find(db, organization, user.id).await? else {
            return Ok(None);
        };
        let teams = store::teams::of_user(db, organization, user.id).await?;
        let least = member.role.least_team_role();
        let teams = teams.into_iter().map(|(team, role)| (team, role.max(least)));
        Ok(Some(Self::Member {
            role: member.role,
            teams: teams.collect(),
        }))
    }
}

async fn of_project(
    db: &mut Connection,
    scope: &OrganizationScope,
    project: Project,
) -> Result<ProjectScope, AccessError> {
    if !scope.visible.has(project.id) {
        return Err(AccessError::NotFound);
    }
    let teams = if scope.teams.is_empty() {
        Vec::new()
    } else {
        store::teams::ids_of_project(db, project.id).await?
    };
    Ok(scope.within(project, &teams))
}

impl ProjectScope {
    /// The organization of the project, for what works on all of it.
    pub fn whole(&self) -> &OrganizationScope {
        &self.whole
    }
}

impl OrganizationScope {
    /// For whoever acts as the owner, as jobs do.
    pub fn of_owner(actor: Actor, organization: Organization) -> Self {
        let membership = MembershipSettings::default();
        Self {
            rights: role::of_role(OrganizationRole::Owner, &membership).and(actor.scopes),
            actor,
            organization,
            role: None,
            teams: Vec::new(),
            visible: Visible::All,
            membership,
        }
    }

    /// A visible project whose teams are known.
    pub fn within(&self, project: Project, teams: &[TeamId]) -> ProjectScope {
        ProjectScope {
            rights: self.rights_in_teams(teams),
            is_member: self.teams.iter().any(|(team, _)| teams.contains(team)),
            actor: self.actor.clone(),
            organization: self.organization.clone(),
            project,
            whole: Box::new(self.clone()),
        }
    }

    /// The teams that the actor is in.
    pub fn own_teams(&self) -> Vec<TeamId> {
        self.teams.iter().map(|(team, _)| *team).collect()
    }

    fn require(&self, app: &App, permission: Permission) -> Result<(), AccessError> {
        check(app, &self.actor, self.rights, permission)
    }

    /// What the actor may do in a team.
    pub fn rights_in_team(&self, team: TeamId) -> Scopes {
        self.rights_in_teams(&[team])
    }

    /// What the actor may do in what belongs to these teams.
    pub fn rights_in_teams(&self, teams: &[TeamId]) -> Scopes {
        let Some(role) = self.role else { return self.rights };
        let own = self.teams.iter().filter(|(team, _)| teams.contains(team));
        let outside = role::outside_own_teams(role, &self.membership);
        let all = own.fold(outside, |all, (_, role)| all.or(role::of_team_role(*role)));
        all.and(self.actor.scopes)
    }

    /// That the actor may do this in a project that was found by something in it, as an issue.
    pub async fn require_in_project(
        &self,
        app: &App,
        project: ProjectId,
        permission: Permission,
    ) -> Result<(), AccessError> {
        let teams = if self.teams.is_empty() {
            Vec::new()
        } else {
            store::teams::ids_of_project(&mut *app.store.read().await?, project).await?
        };
        check(app, &self.actor, self.rights_in_teams(&teams), permission)
    }

    /// A project that was found otherwise, with what the actor may do in it.
    pub async fn of_project(&self, app: &App, project: ProjectId) -> Result<ProjectScope, AccessError> {
        let mut db = app.store.read().await?;
        let project = store::projects::find(&mut db, self.organization.id, project).await?;
        of_project(&mut db, self, project.ok_or(AccessError::NotFound)?).await
    }
}

fn check(app: &App, actor: &Actor, rights: Scopes, permission: Permission) -> Result<(), AccessError> {
    if !rights.allow_any(permission.any_of) {
        return Err(AccessError::Missing(permission));
    }
    if permission.sudo {
        require_sudo(app, actor)?;
    }
    Ok(())
}

/// That a browser has given its password lately.
pub(crate) fn require_sudo(app: &App, actor: &Actor) -> Result<(), AccessError> {
    if actor.has_sudo(app.now()) {
        return Ok(());
    }
    Err(AccessError::SudoRequired {
        username: actor.user().map_or_else(String::new, |user| user.email.clone()),
    })
}

/// The project in a path, for those who have a key of it and are nobody in particular.
pub async fn project_of_key(
    app: &App,
    key: &KeyOwner,
    organization: &str,
    project: &str,
) -> Result<Project, AccessError> {
    let mut db = app.store.read().await?;
    let names = |slug: &str, id: i64, name: &str| slug == name || id.to_string() == name;
    let found = store::organizations::find(&mut db, key.organization).await?;
    found
        .filter(|found| names(&found.slug, found.id.0, organization))
        .ok_or(AccessError::NotFound)?;
    let found = store::projects::find(&mut db, key.organization, key.project).await?;
    found
        .filter(|found| names(&found.slug, found.id.0, project))
        .ok_or(AccessError::NotFound)
}
