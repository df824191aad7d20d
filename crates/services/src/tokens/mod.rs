//! API tokens: those of users, who act by them, and those of organizations, which are nobody's. Of each only a hash is
//! kept; the token itself is shown once.

mod organization;
mod user;

use std::time::Duration;

use crate::{
    Actor, App, Scopes,
    access::{Channel, Identity, Origin},
    secret,
};

pub use organization::{
    NewOrganizationToken, OrganizationTokenError, create_for_organization, deactivate_of_organization,
    get_of_organization, list_of_organization, note_project, rename_of_organization,
};
pub use user::{
    CreateTokenError, NewToken, RenameTokenError, TokenRequest, create, delete, delete_all, get, list, rename,
};
pub(crate) use user::{find_known, insert, new_secret};

/// How exact the time of the last use is.
const LAST_USED_STEP: Duration = Duration::from_secs(60);

/// Most characters of the name of a token of a user, and of an organization.
const MAX_NAME: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    #[error("invalid token")]
    Unknown,
    #[error("token expired")]
    Expired,
    /// The user was switched off, or the token of the organization was.
    #[error("user inactive or deleted")]
    Inactive,
    #[error("application inactive")]
    InactiveApplication,
    /// A page that the application does not list.
    #[error("the application does not allow its token to be used by pages of this origin")]
    ForeignOrigin,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Whom a token speaks for, and with which rights at most.
pub async fn authenticate(app: &App, token: &str) -> Result<Actor, AuthenticateError> {
    authenticate_from(app, token, None).await
}

/// The same, for a page of this origin: applications say which pages may use their tokens.
pub async fn authenticate_from(app: &App, token: &str, origin: Option<&str>) -> Result<Actor, AuthenticateError> {
    if token.starts_with(organization::PREFIX) {
        return organization::authenticate(app, token).await;
    }
    user::authenticate(app, token, origin).await
}

fn actor(identity: Identity, scopes: &[String]) -> Actor {
    Actor {
        identity,
        scopes: Scopes::of_names(scopes),
        origin: Origin::of(Channel::Api),
    }
}

/// The last characters of a token, to tell it from others.
pub(crate) fn last_characters(token: &str) -> String {
    token[token.len() - 4..].to_owned()
}

fn hash(token: &str) -> String {
    secret::hash(token)
}
