//! What the installation's administrator does with users, by page, API or command.

use model::{Timestamp, UserId, UserPermission};
use serde::Serialize;
use store::{organizations::Organization, users::User};

use super::create::{self, CreateUserError, NewUser};
use crate::{
    Actor, App,
    audit::{self, Action, Change, Entry},
    browser_sessions,
    passwords::PasswordError,
};

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("there is no user {0}")]
    NoUser(String),
    #[error("the last superuser cannot go: make somebody else one first")]
    LastSuperuser,
    #[error(transparent)]
    Create(#[from] CreateUserError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// An account that is made for somebody.
#[derive(Debug, Clone)]
pub struct NewAccount<'a> {
    pub user: NewUser<'a>,
    /// With all permissions for the installation.
    pub is_administrator: bool,
}

/// What the entries of deeds tell of a user.
#[derive(Debug, Serialize)]
struct UserFields<'a> {
    email: &'a str,
    name: &'a str,
    is_active: bool,
    is_administrator: bool,
}

impl<'a> UserFields<'a> {
    fn of(user: &'a User) -> Self {
        Self {
            email: &user.email,
            name: &user.name,
            is_active: user.is_active,
            is_administrator: user.is_admin,
        }
    }
}

/// Finds a user by e-mail or username, switched off or not.
async fn get(tx: &mut store::Tx, login: &str) -> Result<User, AccountError> {
    let found = store::users::find_by_login(tx, login.trim()).await?;
    found.ok_or_else(|| AccountError::NoUser(login.trim().to_owned()))
}

pub async fn create_account(app: &App, actor: &Actor, new: &NewAccount<'_>) -> Result<User, AccountError> {
    let prepared = create::prepare(app, &new.user).await?;
    let mut tx = app.store.begin().await?;
    let mut user = create::insert(app, &mut tx, prepared).await?;
    if new.is_administrator {
        make_administrator(&mut tx, &mut user, app.now()).await?;
    }
    let change = Change::created(&UserFields::of(&user));
    audit::record(app, &mut tx, actor, Entry::of_user(Action::USER_ADDED, &user, change)).await?;
    tx.commit().await?;
    Ok(user)
}

/// Sets another's password, as a way back in without mail: every session of the user ends.
pub async fn set_password_of(app: &App, actor: &Actor, login: &str, password: &str) -> Result<User, AccountError> {
    let hash = app.hasher.hash(password).await?;
    let mut tx = app.store.begin().await?;
    let user = get(&mut tx, login).await?;
    let nonce = browser_sessions::new_nonce();
    store::users::set_password(&mut tx, user.id, &hash, &nonce, app.now()).await?;
    browser_sessions::keep(&mut tx, user.id, None, &nonce).await?;
    let change = Change::created(&serde_json::json!({ "password": "changed" }));
    audit::record(app, &mut tx, actor, Entry::of_user(Action::USER_EDITED, &user, change)).await?;
    tx.commit().await?;
    Ok(user)
}

/// Gives a user all permissions for the installation, or takes all of them.
pub async fn promote(app: &App, actor: &Actor, login: &str, is_administrator: bool) -> Result<User, AccountError> {
    let mut tx = app.store.begin().await?;
    let before = get(&mut tx, login).await?;
    let mut user = before.clone();
    if is_administrator {
        make_administrator(&mut tx, &mut user, app.now()).await?;
    } else {
        for permission in UserPermission::ALL {
            take_permission(&mut tx, &mut user, permission).await?;
        }
    }
    let change = Change::between(&UserFields::of(&before), &UserFields::of(&user));
    audit::record(app, &mut tx, actor, Entry::of_user(Action::USER_EDITED, &user, change)).await?;
    tx.commit().await?;
    Ok(user)
}

async fn make_administrator(tx: &mut store::Tx, user: &mut User, now: Timestamp) -> Result<(), store::Error> {
    for permission in UserPermission::ALL {
        store::user_permissions::add(tx, user.id, permission, now).await?;
    }
    store::users::set_admin(tx, user.id, true).await?;
    user.is_admin = true;
    Ok(())
}

/// Sorted by name.
pub async fn permissions(app: &App, user: UserId) -> Result<Vec<UserPermission>, store::Error> {
    store::user_permissions::list(&mut *app.store.read().await?, user).await
}

/// The same of a user who is named by e-mail or username.
pub async fn permissions_of(app: &App, login: &str) -> Result<Vec<UserPermission>, AccountError> {
    let mut db = app.store.read().await?;
    let user = store::users::find_by_login(&mut db, login.trim()).await?;
    let user = user.ok_or_else(|| AccountError::NoUser(login.trim().to_owned()))?;
    Ok(store::user_permissions::list(&mut db, user.id).await?)
}

/// Returns `false` if the user had it.
pub async fn add_permission(
    app: &App,
    actor: &Actor,
    login: &str,
    permission: UserPermission,
) -> Result<bool, AccountError> {
    let mut tx = app.store.begin().await?;
    let user = get(&mut tx, login).await?;
    if !store::user_permissions::add(&mut tx, user.id, permission, app.now()).await? {
        return Ok(false);
    }
    if permission == UserPermission::Superuser {
        store::users::set_admin(&mut tx, user.id, true).await?;
    }
    let change = Change::created(&serde_json::json!({ "permission": permission.name() }));
    audit::record(
        app,
        &mut tx,
        actor,
        Entry::of_user(Action::USER_PERMISSION_ADDED, &user, change),
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Returns `false` if the user had it not.
pub async fn remove_permission(
    app: &App,
    actor: &Actor,
    login: &str,
    permission: UserPermission,
) -> Result<bool, AccountError> {
    let mut tx = app.store.begin().await?;
    let mut user = get(&mut tx, login).await?;
    if !take_permission(&mut tx, &mut user, permission).await? {
        return Ok(false);
    }
    let change = Change::removed(&serde_json::json!({ "permission": permission.name() }));
    audit::record(
        app,
        &mut tx,
        actor,
        Entry::of_user(Action::USER_PERMISSION_REMOVED, &user, change),
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}

async fn take_permission(
    tx: &mut store::Tx,
    user: &mut User,
    permission: UserPermission,
) -> Result<bool, AccountError> {
    let removed = store::user_permissions::remove(tx, user.id, permission).await?;
    if removed && permission == UserPermission::Superuser {
        require_superuser(tx).await?;
        store::users::set_admin(tx, user.id, false).await?;
        user.is_admin = false;
    }
    Ok(removed)
}

/// That somebody is left who can administer the installation. What was done before is not committed otherwise.
async fn require_superuser(tx: &mut store::Tx) -> Result<(), AccountError> {
    if store::user_permissions::count(tx, UserPermission::Superuser).await? == 0 {
        return Err(AccountError::LastSuperuser);
    }
    Ok(())
}

/// Lets a user sign in, or not any longer: sessions end, and tokens are refused, at once.
pub async fn set_active(app: &App, actor: &Actor, user: UserId, is_active: bool) -> Result<(), AccountError> {
    let mut tx = app.store.begin().await?;
    let found = store::users::find(&mut tx, user).await?;
    let before = found.ok_or_else(|| AccountError::NoUser(user.to_string()))?;
    if before.is_active == is_active {
        return Ok(());
    }
    store::users::set_active(&mut tx, user, is_active).await?;
    if !is_active {
        browser_sessions::end_all_but(&mut tx, user, None).await?;
        if before.is_admin {
            require_superuser(&mut tx).await?;
        }
    }
    let after = User {
        is_active,
        ..before.clone()
    };
    let change = Change::between(&UserFields::of(&before), &UserFields::of(&after));
    audit::record(app, &mut tx, actor, Entry::of_user(Action::USER_EDITED, &after, change)).await?;
    Ok(tx.commit().await?)
}

/// All users whose name or address holds `text`, by id, after one of them.
pub async fn search(app: &App, text: &str, after: UserId, limit: u32) -> Result<Vec<User>, store::Error> {
    store::users::search(&mut *app.store.read().await?, text.trim(), after, limit).await
}

/// A user with what an administrator sees of them.
#[derive(Debug, Clone)]
pub struct FoundUser {
    pub user: User,
    pub permissions: Vec<UserPermission>,
    pub organizations: Vec<Organization>,
}

pub async fn get_for_administrator(app: &App, user: UserId) -> Result<Option<FoundUser>, store::Error> {
    let mut db = app.store.read().await?;
    let Some(user) = store::users::find(&mut db, user).await? else {
        return Ok(None);
    };
    Ok(Some(FoundUser {
        permissions: store::user_permissions::list(&mut db, user.id).await?,
        organizations: store::organizations::list_of_user(&mut db, user.id).await?,
        user,
    }))
}
