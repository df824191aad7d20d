//! Signing in and the first user.

use model::{MemberId, UserId};
use store::{members::Member, organizations::Organization, users::User};

use crate::{
    App,
    browser_sessions::{self, NewSession},
    passwords::PasswordError,
};

/// The role of whoever creates an organization.
pub const OWNER: &str = "owner";

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Said alike for an unknown user and a wrong password.
    #[error("the e-mail or the password is wrong")]
    WrongCredentials,
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Checks e-mail and password and begins a browser session.
pub async fn sign_in(app: &App, email: &str, password: &str) -> Result<NewSession, SignInError> {
    let mut db = app.store.read().await?;
    let user = store::users::find_by_email(&mut db, email.trim())
        .await?
        .filter(|user| user.is_active);
    let hash = match &user {
        Some(user) => store::users::password_hash(&mut db, user.id).await?,
        None => None,
    };
    drop(db);
    let right = app.hasher.verify(password, hash).await?;
    let Some(user) = user.filter(|_| right) else {
        return Err(SignInError::WrongCredentials);
    };
    Ok(browser_sessions::begin(app, user).await?)
}

#[derive(Debug, thiserror::Error)]
pub enum CreateUserError {
    #[error("{0:?} is no e-mail address")]
    InvalidEmail(String),
    #[error("a user with the e-mail {0} exists")]
    Exists(String),
    #[error("this installation has its first user: sign in instead")]
    NotFirst,
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A user to be created.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub password: &'a str,
}

/// Whether nobody has an account yet, so that the first visitor is asked to create one.
pub async fn none_exists(app: &App) -> Result<bool, store::Error> {
    Ok(!store::users::any(&mut *app.store.read().await?).await?)
}

/// Creates the administrator of an installation that has no user, with the organization `default`, and signs them in.
pub async fn create_first(app: &App, new: &NewUser<'_>) -> Result<NewSession, CreateUserError> {
    let prepared = prepare(app, new).await?;
    let mut tx = app.store.begin().await?;
    if store::users::any(&mut tx).await? {
        return Err(CreateUserError::NotFirst);
    }
    let user = insert(app, &mut tx, prepared).await?;
    crate::setup::ensure_default_organization(app, &mut tx, &user).await?;
    tx.commit().await?;
    Ok(browser_sessions::begin(app, user).await?)
}

/// A checked user with a hashed password: hashing is slow and happens before the transaction.
#[derive(Debug)]
pub(crate) struct PreparedUser {
    email: String,
    name: String,
    password_hash: String,
}

pub(crate) async fn prepare(app: &App, new: &NewUser<'_>) -> Result<PreparedUser, CreateUserError> {
    let email = new.email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(CreateUserError::InvalidEmail(email));
    }
    let password_hash = app.hasher.hash(new.password).await?;
    Ok(PreparedUser {
        email,
        name: new.name.trim().to_owned(),
        password_hash,
    })
}

/// The first user becomes the installation's administrator.
pub(crate) async fn insert(app: &App, tx: &mut store::Tx, prepared: PreparedUser) -> Result<User, CreateUserError> {
    let user = User {
        id: UserId(app.ids.next()),
        is_admin: !store::users::any(tx).await?,
        is_active: true,
        created_at: app.now(),
        last_login_at: None,
        email: prepared.email,
        name: prepared.name,
    };
    match store::users::create(tx, &user, &prepared.password_hash).await {
        Err(store::Error::Conflict) => Err(CreateUserError::Exists(user.email)),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(user),
    }
}

/// Makes the user an owner of the organization, if not a member yet.
pub(crate) async fn ensure_member(
    app: &App,
    tx: &mut store::Tx,
    organization: &Organization,
    user: &User,
) -> Result<(), store::Error> {
    if store::members::find(tx, organization.id, user.id).await?.is_some() {
        return Ok(());
    }
    let member = Member {
        id: MemberId(app.ids.next()),
        organization: organization.id,
        user: user.id,
        role: OWNER.to_owned(),
        created_at: app.now(),
    };
    store::members::create(tx, &member).await
}

/// One `@` with something on both sides and no space: what can be said without sending a mail.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain = |part: &str| !part.is_empty() && !part.contains(['@', '<', '>', '"', ',', ';']);
    plain(local) && plain(domain) && text.len() <= 254 && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_has_two_parts() {
        for good in ["a@example.com", "admin@localhost", "a+b@x.y"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@x", "a@", "a b@x", "a@b@c", "<a@b>", "a@b\n"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
