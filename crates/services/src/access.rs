//! Who acts, and what they may do.

use std::{fmt, str::FromStr};

use store::{organizations::Organization, projects::Project, users::User};

use crate::{App, project_keys::KeyOwner};

/// A right of the API, named as Sentry's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    OrgRead,
    OrgWrite,
    OrgAdmin,
    OrgIntegrations,
    OrgCi,
    MemberRead,
    MemberWrite,
    MemberAdmin,
    MemberInvite,
    TeamRead,
    TeamWrite,
    TeamAdmin,
    ProjectRead,
    ProjectWrite,
    ProjectAdmin,
    ProjectReleases,
    ProjectDistribution,
    EventRead,
    EventWrite,
    EventAdmin,
    AlertsRead,
    AlertsWrite,
}

const NAMES: [(Scope, &str); 22] = [
    (Scope::OrgRead, "org:read"),
    (Scope::OrgWrite, "org:write"),
    (Scope::OrgAdmin, "org:admin"),
    (Scope::OrgIntegrations, "org:integrations"),
    (Scope::OrgCi, "org:ci"),
    (Scope::MemberRead, "member:read"),
    (Scope::MemberWrite, "member:write"),
    (Scope::MemberAdmin, "member:admin"),
    (Scope::MemberInvite, "member:invite"),
    (Scope::TeamRead, "team:read"),
    (Scope::TeamWrite, "team:write"),
    (Scope::TeamAdmin, "team:admin"),
    (Scope::ProjectRead, "project:read"),
    (Scope::ProjectWrite, "project:write"),
    (Scope::ProjectAdmin, "project:admin"),
    (Scope::ProjectReleases, "project:releases"),
    (Scope::ProjectDistribution, "project:distribution"),
    (Scope::EventRead, "event:read"),
    (Scope::EventWrite, "event:write"),
    (Scope::EventAdmin, "event:admin"),
    (Scope::AlertsRead, "alerts:read"),
    (Scope::AlertsWrite, "alerts:write"),
];

impl Scope {
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(scope, _)| *scope)
    }

    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(scope, _)| *scope == self)
            .map_or("", |(_, name)| name)
    }

    /// The rights that this one includes: admin includes write, write includes read.
    fn includes(self, other: Self) -> bool {
        let (own, asked) = (self.name(), other.name());
        let rank = |level: &str| ["read", "write", "admin"].iter().position(|known| *known == level);
        match (own.split_once(':'), asked.split_once(':')) {
            (Some((own_kind, own_level)), Some((asked_kind, asked_level))) => {
                own == asked
                    || own_kind == asked_kind && rank(asked_level).is_some() && rank(own_level) > rank(asked_level)
            }
            _ => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope {0:?}")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = NAMES.iter().find(|(_, name)| *name == text);
        known
            .map(|(scope, _)| *scope)
            .ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The rights of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    pub fn all() -> Self {
        Self(Scope::all().collect())
    }

    /// Names that are not known (any longer) grant nothing.
    pub fn of_names(names: &[String]) -> Self {
        Self(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }

    pub fn allow(&self, asked: Scope) -> bool {
        self.0.iter().any(|own| own.includes(asked))
    }
}

/// Who acts: a user, with the rights of the token or of the whole user in a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub user: User,
    pub scopes: Scopes,
}

/// An organization that the actor is a member of, with the actor's right to it proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationScope {
    pub actor: Actor,
    pub organization: Organization,
}

/// A project of such an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectScope {
    pub actor: Actor,
    pub organization: Organization,
    pub project: Project,
}

#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Absent and forbidden look alike.
    #[error("not found, or no access")]
    NotFound,
    #[error("the token lacks the scope {0}")]
    MissingScope(Scope),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Finds an organization by slug or id for an actor who has `scope` in it.
pub async fn organization(
    app: &App,
    actor: &Actor,
    slug_or_id: &str,
    scope: Scope,
) -> Result<OrganizationScope, AccessError> {
    let mut db = app.store.read().await?;
    let mut organization = store::organizations::find_by_slug(&mut db, slug_or_id).await?;
    if let (None, Ok(id)) = (&organization, slug_or_id.parse()) {
        organization = store::organizations::find(&mut db, id).await?;
    }
    let organization = organization.ok_or(AccessError::NotFound)?;
    let member = store::members::find(&mut db, organization.id, actor.user.id).await?;
    if member.is_none() {
        return Err(AccessError::NotFound);
    }
    if !actor.scopes.allow(scope) {
        return Err(AccessError::MissingScope(scope));
    }
    Ok(OrganizationScope {
        actor: actor.clone(),
        organization,
    })
}

/// Finds a project by slug or id, as [`organization`] does.
pub async fn project(
    app: &App,
    actor: &Actor,
    organization: &str,
    slug_or_id: &str,
    scope: Scope,
) -> Result<ProjectScope, AccessError> {
    let OrganizationScope { actor, organization } = self::organization(app, actor, organization, scope).await?;
    let mut db = app.store.read().await?;
    let mut project = store::projects::find_by_slug(&mut db, organization.id, slug_or_id).await?;
    if let (None, Ok(id)) = (&project, slug_or_id.parse()) {
        project = store::projects::find(&mut db, organization.id, id).await?;
    }
    let project = project.ok_or(AccessError::NotFound)?;
    Ok(ProjectScope {
        actor,
        organization,
        project,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_scope_includes_the_narrower_of_its_kind_only() {
        let check = |own: &[&str], asked: Scope, expected: bool| {
            let own: Vec<String> = own.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(Scopes::of_names(&own).allow(asked), expected, "{own:?} {asked}");
        };
        check(&["event:admin"], Scope::EventRead, true);
        check(&["event:write"], Scope::EventRead, true);
        check(&["event:read"], Scope::EventWrite, false);
        check(&["event:admin"], Scope::ProjectRead, false);
        check(&["org:ci"], Scope::OrgRead, false);
        check(&["org:admin"], Scope::OrgCi, false);
        check(&["project:releases"], Scope::ProjectReleases, true);
        check(&["nonsense"], Scope::OrgRead, false);
        check(&[], Scope::OrgRead, false);
        assert!(Scope::all().all(|scope| scope.name().parse() == Ok(scope) && Scopes::all().allow(scope)));
    }
}
