use std::marker::PhantomData;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use services::{
    Actor, App,
    access::{self, AccessError, OrganizationScope, Permission, ProjectScope},
};
use store::{issues::Issue, teams::Team};

use crate::{ApiActor, ApiError, Argument, Guard, PathParams, Place};

/// The right that a handler needs, as a type, so that it stands in the handler's signature.
pub trait Needs: Send {
    const PERMISSION: Permission;
}

/// One type for each line of the table of rights.
pub mod scopes {
    use services::access::permission;

    use super::{Needs, Permission};

    macro_rules! scopes {
        ($($name:ident = $line:ident),* $(,)?) => {$(
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Needs for $name {
                const PERMISSION: Permission = permission::$line;
            }
        )*};
    }

    scopes![
        OrgRead = ORG_READ,
        OrgWrite = ORG_WRITE,
        OrgShow = ORG_SHOW,
        OrgEdit = ORG_EDIT,
        OrgDelete = ORG_DELETE,
        MemberRead = MEMBER_READ,
        MemberInvite = MEMBER_INVITE,
        MemberWrite = MEMBER_WRITE,
        MemberDelete = MEMBER_DELETE,
        MemberLeave = MEMBER_LEAVE,
        TeamRead = TEAM_READ,
        TeamCreate = TEAM_CREATE,
        TeamWrite = TEAM_WRITE,
        TeamAdmin = TEAM_ADMIN,
        TeamJoin = TEAM_JOIN,
        ProjectRead = PROJECT_READ,
        ProjectWrite = PROJECT_WRITE,
        ProjectAdmin = PROJECT_ADMIN,
        ProjectCreate = PROJECT_CREATE,
        ProjectAccept = PROJECT_ACCEPT,
        ReleaseRead = RELEASE_READ,
        ReleaseWrite = RELEASE_WRITE,
        ReleaseDelete = RELEASE_DELETE,
        EventRead = EVENT_READ,
        EventWrite = EVENT_WRITE,
        EventAdmin = EVENT_ADMIN,
        AlertsRead = ALERTS_READ,
        AlertsWrite = ALERTS_WRITE,
        TokenRead = TOKEN_READ,
        TokenWrite = TOKEN_WRITE,
        AuditRead = AUDIT_READ,
    ];
}

/// The organization in the path (`{organization}`), with the actor's right to it.
#[derive(Debug)]
pub struct OrganizationAccess<N> {
    pub scope: OrganizationScope,
    needs: PhantomData<N>,
}

/// The project in the path (`{organization}` and `{project}`).
#[derive(Debug)]
pub struct ProjectAccess<N> {
    pub scope: ProjectScope,
    needs: PhantomData<N>,
}

/// The team in the path (`{organization}` and `{team}`).
#[derive(Debug)]
pub struct TeamAccess<N> {
    pub scope: OrganizationScope,
    pub team: Team,
    needs: PhantomData<N>,
}

/// The issue in the path: `{issue}`, with `{organization}` or, as in the API's older paths, without.
#[derive(Debug)]
pub struct IssueAccess<N> {
    pub scope: OrganizationScope,
    pub issue: Issue,
    needs: PhantomData<N>,
}

/// Whoever calls, where the path names no organization: what they may do is up to their token alone.
#[derive(Debug)]
pub struct UserAccess<N> {
    pub actor: Actor,
    needs: PhantomData<N>,
}

macro_rules! guards {
    ($($extractor:ident at $place:ident),*) => {$(
        impl<N: Needs> Argument for $extractor<N> {
            const GUARD: Option<Guard> = Some(Guard::of(Place::$place, N::PERMISSION));
        }
    )*};
}

guards!(OrganizationAccess at Organization, ProjectAccess at Project, TeamAccess at Team, IssueAccess at Issue,
    UserAccess at User);

async fn actor_and_path<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<(Actor, PathParams), ApiError>
where
    App: FromRef<S>,
{
    let ApiActor(actor) = ApiActor::from_request_parts(parts, state).await?;
    Ok((actor, PathParams::from_request_parts(parts, state).await?))
}

impl<N: Needs, S: Send + Sync> FromRequestParts<S> for OrganizationAccess<N>
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (actor, path) = actor_and_path(parts, state).await?;
        let organization = path.get("organization")?;
        let found = access::organization(&App::from_ref(state), &actor, organization, N::PERMISSION).await;
        Ok(Self {
            scope: found.map_err(|error| ApiError::of_access(error, parts))?,
            needs: PhantomData,
        })
    }
}

impl<N: Needs, S: Send + Sync> FromRequestParts<S> for ProjectAccess<N>
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (actor, path) = actor_and_path(parts, state).await?;
        let (organization, project) = (path.get("organization")?, path.get("project")?);
        let app = App::from_ref(state);
        let found = access::project(&app, &actor, organization, project, N::PERMISSION).await;
        let scope = found.map_err(|error| ApiError::of_access(error, parts))?;
        services::tokens::note_project(&app, &scope).await?;
        Ok(Self {
            scope,
            needs: PhantomData,
        })
    }
}

impl<N: Needs, S: Send + Sync> FromRequestParts<S> for TeamAccess<N>
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (actor, path) = actor_and_path(parts, state).await?;
        let (organization, team) = (path.get("organization")?, path.get("team")?);
        let found = access::team(&App::from_ref(state), &actor, organization, team, N::PERMISSION).await;
        let (scope, team) = found.map_err(|error| ApiError::of_access(error, parts))?;
        Ok(Self {
            scope,
            team,
            needs: PhantomData,
        })
    }
}

impl<N: Needs, S: Send + Sync> FromRequestParts<S> for IssueAccess<N>
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        let (actor, path) = actor_and_path(parts, state).await?;
        let id = path.get("issue")?;
        let (scope, issue) = match path.get("organization") {
            Ok(organization) => {
                let found = access::enter(&app, &actor, organization).await;
                let scope = found.map_err(|error| ApiError::of_access(error, parts))?;
                let issue = services::issues::get(&app, &scope, id).await?;
                (scope, issue)
            }
            Err(_) => services::issues::find_scope(&app, &actor, id).await?,
        };
        scope.require_in_project(&app, issue.project, N::PERMISSION).await?;
        Ok(Self {
            scope,
            issue,
            needs: PhantomData,
        })
    }
}

impl<N: Needs, S: Send + Sync> FromRequestParts<S> for UserAccess<N>
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ApiActor(actor) = ApiActor::from_request_parts(parts, state).await?;
        if !actor.scopes.allow_any(N::PERMISSION.any_of) {
            return Err(AccessError::Missing(N::PERMISSION).into());
        }
        Ok(Self {
            actor,
            needs: PhantomData,
        })
    }
}
