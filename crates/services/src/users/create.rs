use model::{EmailId, MemberId, OrganizationRole, Timestamp, UserId, UserPermission};
use store::{avatars::Avatar, members::Member, organizations::Organization, user_emails::UserEmail, users::User};

use crate::{
    App,
    browser_sessions::{self, NewSession, Sender},
    passwords::PasswordError,
};

/// Most characters of a name that a person goes by.
pub(super) const MAX_NAME: usize = 200;

#[derive(Debug, thiserror::Error)]
pub enum CreateUserError {
    #[error("{0:?} is no e-mail address")]
    InvalidEmail(String),
    #[error("a user with the e-mail {0} exists")]
    Exists(String),
    #[error("the name may have at most {MAX_NAME} characters")]
    NameTooLong,
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
pub async fn create_first(app: &App, new: &NewUser<'_>, sender: &Sender) -> Result<NewSession, CreateUserError> {
    let prepared = prepare(app, new).await?;
    let mut tx = app.store.begin().await?;
    if store::users::any(&mut tx).await? {
        return Err(CreateUserError::NotFirst);
    }
    let user = insert(app, &mut tx, prepared).await?;
    crate::setup::ensure_default_organization(app, &mut tx, &user).await?;
    tx.commit().await?;
    Ok(browser_sessions::begin(app, user, sender).await?)
}

/// A checked user with a hashed password: hashing is slow and happens before the transaction.
#[derive(Debug)]
pub(crate) struct PreparedUser {
    email: String,
    name: String,
    password_hash: String,
    is_verified: bool,
}

impl PreparedUser {
    /// Nobody has said yet that the address belongs to whoever gave it.
    pub(super) fn unverified(self) -> Self {
        Self {
            is_verified: false,
            ..self
        }
    }
}

/// Whoever calls vouches for the address.
pub(crate) async fn prepare(app: &App, new: &NewUser<'_>) -> Result<PreparedUser, CreateUserError> {
    let email = normalized(new.email).ok_or_else(|| CreateUserError::InvalidEmail(new.email.trim().to_owned()))?;
    let name = new.name.trim();
    if name.chars().count() > MAX_NAME {
        return Err(CreateUserError::NameTooLong);
    }
    Ok(PreparedUser {
        email,
        name: name.to_owned(),
        password_hash: app.hasher.hash(new.password).await?,
        is_verified: true,
    })
}

/// The first user becomes the installation's administrator.
pub(crate) async fn insert(app: &App, tx: &mut store::Tx, prepared: PreparedUser) -> Result<User, CreateUserError> {
    let user = User {
        is_admin: !store::users::any(tx).await?,
        ..new_user(app, tx, &prepared.email, &prepared.name).await?
    };
    match store::users::create(tx, &user, &prepared.password_hash).await {
        Err(store::Error::Conflict) => return Err(CreateUserError::Exists(user.email)),
        Err(error) => return Err(error.into()),
        Ok(()) => {}
    }
    let verified_at = prepared.is_verified.then_some(user.created_at);
    add_email(app, tx, &user, verified_at).await?;
    if user.is_admin {
        for permission in UserPermission::ALL {
            store::user_permissions::add(tx, user.id, permission, user.created_at).await?;
        }
    }
    Ok(user)
}

/// The active user with this address, or a new one without a password, to whom whoever calls vouches for the address.
/// Two calls at once find the same user.
pub async fn get_or_create(app: &App, email: &str, name: &str) -> Result<User, CreateUserError> {
    let email = normalized(email).ok_or_else(|| CreateUserError::InvalidEmail(email.trim().to_owned()))?;
    let mut tx = app.store.begin().await?;
    let new = new_user(app, &mut tx, &email, name.trim()).await?;
    if store::users::create_if_absent(&mut tx, &new).await? {
        add_email(app, &mut tx, &new, Some(new.created_at)).await?;
    }
    let found = store::users::find_by_email(&mut tx, &email).await?;
    tx.commit().await?;
    found
        .filter(|user| user.is_active)
        .ok_or(CreateUserError::Exists(email))
}

async fn new_user(app: &App, tx: &mut store::Tx, email: &str, name: &str) -> Result<User, store::Error> {
    Ok(User {
        id: UserId(app.ids.next()),
        username: free_username(tx, email).await?,
        is_admin: false,
        is_active: true,
        created_at: app.now(),
        last_login_at: None,
        last_active_at: None,
        time_zone: String::new(),
        has_second_factor: false,
        avatar: Avatar::default(),
        email: email.to_owned(),
        name: name.to_owned(),
    })
}

/// The part before the `@`, with a number behind it where somebody has it.
async fn free_username(tx: &mut store::Tx, email: &str) -> Result<String, store::Error> {
    let local = email.rsplit_once('@').map_or(email, |(local, _)| local);
    if !store::users::has_username(tx, local).await? {
        return Ok(local.to_owned());
    }
    for number in 2..10 {
        let numbered = format!("{local}-{number}");
        if !store::users::has_username(tx, &numbered).await? {
            return Ok(numbered);
        }
    }
    // Addresses are unique, so this is free, unless somebody chose it on purpose; then nobody signs in by it.
    Ok(email.to_owned())
}

async fn add_email(
    app: &App,
    tx: &mut store::Tx,
    user: &User,
    verified_at: Option<Timestamp>,
) -> Result<(), store::Error> {
    let email = UserEmail {
        id: EmailId(app.ids.next()),
        user: user.id,
        email: user.email.clone(),
        verified_at,
        created_at: user.created_at,
    };
    store::user_emails::add(tx, &email).await
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
        role: OrganizationRole::Owner,
        created_at: app.now(),
    };
    store::members::create(tx, &member).await
}

/// An address in the form in which it is stored; `None` for what is none.
pub(crate) fn normalized(email: &str) -> Option<String> {
    let email = email.trim().to_lowercase();
    is_email(&email).then_some(email)
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
        assert_eq!(normalized(" Ada@Example.com ").as_deref(), Some("ada@example.com"));
    }
}
