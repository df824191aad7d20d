//! The installation's administrators: a permission of the user, which acts only in superuser mode.

use std::marker::PhantomData;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use model::UserPermission;
use services::{Actor, App, users};

use crate::{ApiActor, ApiError, Argument, ErrorKind, Guard, NextStep, Place};

/// The permission that a handler needs, as a type.
pub trait NeedsInstance: Send {
    const PERMISSION: UserPermission;
}

/// One type for each permission that handlers ask for.
pub mod instance_permissions {
    use super::{NeedsInstance, UserPermission};

    #[derive(Debug, Clone, Copy)]
    pub struct Superuser;
    impl NeedsInstance for Superuser {
        const PERMISSION: UserPermission = UserPermission::Superuser;
    }

    #[derive(Debug, Clone, Copy)]
    pub struct UsersAdmin;
    impl NeedsInstance for UsersAdmin {
        const PERMISSION: UserPermission = UserPermission::UsersAdmin;
    }

    #[derive(Debug, Clone, Copy)]
    pub struct OptionsAdmin;
    impl NeedsInstance for OptionsAdmin {
        const PERMISSION: UserPermission = UserPermission::OptionsAdmin;
    }
}

/// An administrator of the installation in superuser mode.
#[derive(Debug)]
pub struct InstanceAccess<P> {
    pub actor: Actor,
    permission: PhantomData<P>,
}

impl<P> Argument for InstanceAccess<P> {
    const GUARD: Option<Guard> = Some(Guard {
        place: Place::Instance,
        permission: None,
    });
}

impl<P: NeedsInstance, S: Send + Sync> FromRequestParts<S> for InstanceAccess<P>
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        let ApiActor(actor) = ApiActor::from_request_parts(parts, state).await?;
        let refused = || ApiError::forbidden("You do not have permission to perform this action.");
        let user = actor.user_id().ok_or_else(refused)?;
        if !users::permissions(&app, user).await?.contains(&P::PERMISSION) {
            return Err(refused());
        }
        if !actor.is_superuser(app.now()) {
            return Err(ApiError {
                next: Some(NextStep::Superuser),
                ..ApiError::new(
                    ErrorKind::Forbidden,
                    "You need to re-authenticate for superuser access.",
                )
            });
        }
        Ok(Self {
            actor,
            permission: PhantomData,
        })
    }
}
