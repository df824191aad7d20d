//! Organizations and what belongs to all of their projects.

use store::{members::Member, organizations::Organization, users::User};

use crate::{Actor, App, access::OrganizationScope};

/// Longer names fit into no menu.
const MAX_NAME_CHARS: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum RenameError {
    #[error("the organization needs a name")]
    NoName,
    #[error("the name may have at most {MAX_NAME_CHARS} characters")]
    NameTooLong,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Gives it another name; its slug, and with it all addresses, stay.
pub async fn rename(app: &App, scope: &OrganizationScope, name: &str) -> Result<(), RenameError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(RenameError::NoName);
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(RenameError::NameTooLong);
    }
    let mut tx = app.store.begin().await?;
    store::organizations::set_name(&mut tx, scope.organization.id, name).await?;
    Ok(tx.commit().await?)
}

/// Those that the actor is a member of, by slug.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Organization>, store::Error> {
    store::organizations::list_of_user(&mut *app.store.read().await?, actor.user.id).await
}

/// The users who are members, by e-mail.
pub async fn members(app: &App, scope: &OrganizationScope) -> Result<Vec<User>, store::Error> {
    store::users::list(&mut *app.store.read().await?, scope.organization.id).await
}

/// The memberships with their users, by e-mail.
pub async fn memberships(app: &App, scope: &OrganizationScope) -> Result<Vec<(Member, User)>, store::Error> {
    store::members::list(&mut *app.store.read().await?, scope.organization.id).await
}

/// The environments that events of its projects named, in order.
pub async fn environments(app: &App, scope: &OrganizationScope) -> Result<Vec<String>, store::Error> {
    store::projects::environments(&mut *app.store.read().await?, scope.organization.id).await
}
