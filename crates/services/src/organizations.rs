//! Organizations and what belongs to all of their projects.

use store::{members::Member, organizations::Organization, users::User};

use crate::{Actor, App, access::OrganizationScope};

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
