//! Who the user is, for applications by which people sign in.

use store::users::User;

use super::scope::GrantScope;
use crate::{
    App,
    tokens::{self, AuthenticateError},
};

/// What an application may know of its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserInfo {
    pub user: User,
    pub tells_profile: bool,
    /// Whether the address was confirmed, where the application may know the address.
    pub is_email_verified: Option<bool>,
}

#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("the token has not the scope openid")]
    NoScope,
    #[error(transparent)]
    Authenticate(#[from] AuthenticateError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What the holder of a token may know of its user.
pub async fn user_info(app: &App, token: &str) -> Result<UserInfo, IdentityError> {
    let (token, user) = tokens::find_known(app, token).await?;
    let has = |scope: GrantScope| token.scopes.iter().any(|name| name == scope.name());
    if !has(GrantScope::OpenId) {
        return Err(IdentityError::NoScope);
    }
    let is_email_verified = if has(GrantScope::Email) {
        let emails = store::user_emails::list(&mut *app.store.read().await?, user.id).await?;
        let own = emails.iter().find(|email| email.email == user.email);
        Some(own.is_some_and(|email| email.verified_at.is_some()))
    } else {
        None
    };
    Ok(UserInfo {
        tells_profile: has(GrantScope::Profile),
        is_email_verified,
        user,
    })
}
