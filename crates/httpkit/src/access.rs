use std::marker::PhantomData;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use services::{
    Actor, App, Scope,
    access::{self, OrganizationScope, ProjectScope},
};
use store::issues::Issue;

use crate::{ApiActor, ApiError, PathParams};

/// The right that a handler needs, as a type, so that it stands in the handler's signature.
pub trait Needs: Send {
    const SCOPE: Scope;
}

/// One type for each right in use.
pub mod scopes {
    use super::{Needs, Scope};

    macro_rules! scopes {
        ($($name:ident),* $(,)?) => {$(
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Needs for $name {
                const SCOPE: Scope = Scope::$name;
            }
        )*};
    }

    scopes![
        OrgRead,
        OrgWrite,
        MemberRead,
        TeamRead,
        TeamWrite,
        TeamAdmin,
        ProjectRead,
        ProjectWrite,
        ProjectAdmin,
        EventRead,
        EventWrite,
        EventAdmin,
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

/// The issue in the path: `{issue}`, with `{organization}` or, as in the API's older paths, without.
#[derive(Debug)]
pub struct IssueAccess<N> {
    pub scope: OrganizationScope,
    pub issue: Issue,
    needs: PhantomData<N>,
}

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
        let scope = access::organization(&App::from_ref(state), &actor, path.get("organization")?, N::SCOPE).await?;
        Ok(Self {
            scope,
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
        let scope = access::project(&App::from_ref(state), &actor, organization, project, N::SCOPE).await?;
        Ok(Self {
            scope,
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
                let scope = access::organization(&app, &actor, organization, N::SCOPE).await?;
                let issue = services::issues::get(&app, &scope, id).await?;
                (scope, issue)
            }
            Err(_) => services::issues::find_scope(&app, &actor, id, N::SCOPE).await?,
        };
        Ok(Self {
            scope,
            issue,
            needs: PhantomData,
        })
    }
}
