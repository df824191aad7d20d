//! Organizations and what belongs to all of their projects.

mod create;
mod deletion;

use std::collections::BTreeSet;

use serde_json::json;
use store::{Tx, organizations::Organization, users::User};

use crate::{
    Actor, App,
    access::{Identity, MembershipSettings, OrganizationScope},
    audit::{self, Action, Change, Entry, Target, TargetKind},
    projects::Visibility,
    slug::{self, InvalidSlug},
};

pub use create::create;
pub(crate) use deletion::expire;
pub use deletion::{delete, restore};

/// Longer names fit into no menu.
const MAX_NAME_CHARS: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    #[error("the organization needs a name")]
    NoName,
    #[error("the name may have at most {MAX_NAME_CHARS} characters")]
    NameTooLong,
    #[error(transparent)]
    InvalidSlug(#[from] InvalidSlug),
    #[error("the slug {0} is taken")]
    Exists(String),
    #[error("a token belongs to no user who could own it")]
    NoOwner,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What an organization is changed to.
#[derive(Debug, Clone, Default)]
pub struct OrganizationChange<'a> {
    pub name: Option<&'a str>,
    pub slug: Option<&'a str>,
}

/// Changes its name and slug; addresses with the former slug lead on.
pub async fn update(
    app: &App,
    scope: &OrganizationScope,
    change: &OrganizationChange<'_>,
) -> Result<Organization, OrganizationError> {
    let before = &scope.organization;
    let mut changed = before.clone();
    if let Some(name) = change.name {
        changed.name = check_name(name)?.to_owned();
    }
    if let Some(slug) = change.slug.filter(|slug| *slug != before.slug) {
        slug::check_of_organization(slug)?;
        slug.clone_into(&mut changed.slug);
    }
    if changed == *before {
        return Ok(changed);
    }
    let mut tx = app.store.begin().await?;
    store::organizations::set_name(&mut tx, changed.id, &changed.name).await?;
    if changed.slug != before.slug {
        match store::organizations::set_slug(&mut tx, changed.id, &changed.slug).await {
            Err(store::Error::Conflict) => return Err(OrganizationError::Exists(changed.slug)),
            other => other?,
        }
        store::slug_redirects::add_of_organization(&mut tx, changed.id, &before.slug, app.now()).await?;
    }
    let difference = Change::between(&fields(before), &fields(&changed));
    record(
        app,
        &mut tx,
        &scope.actor,
        &changed,
        Action::ORGANIZATION_EDITED,
        difference,
    )
    .await?;
    tx.commit().await?;
    Ok(changed)
}

fn check_name(name: &str) -> Result<&str, OrganizationError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(OrganizationError::NoName);
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(OrganizationError::NameTooLong);
    }
    Ok(name)
}

/// What the audit log keeps of an organization.
fn fields(organization: &Organization) -> serde_json::Value {
    json!({"name": organization.name, "slug": organization.slug, "dateCreated": organization.created_at})
}

async fn record(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    organization: &Organization,
    action: Action,
    change: Change,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(organization.id),
        action,
        target: Target {
            kind: TargetKind::Organization,
            id: organization.id.0,
            label: &organization.slug,
        },
        change,
    };
    audit::record(app, tx, actor, entry).await
}

/// Those that the actor belongs to, by slug.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Organization>, store::Error> {
    let mut db = app.store.read().await?;
    match &actor.identity {
        Identity::User(user) => store::organizations::list_of_user(&mut db, user.id).await,
        Identity::OrganizationToken { organization, .. } => {
            let own = store::organizations::find(&mut db, *organization).await?;
            Ok(own.into_iter().collect())
        }
        Identity::Command => store::organizations::list_all(&mut db).await,
    }
}

/// What its members may do, as whoever looks at a list of organizations is told.
pub async fn membership(app: &App, organization: &Organization) -> Result<MembershipSettings, store::Error> {
    crate::settings::read_topic(&mut *app.store.read().await?, organization.id).await
}

/// Why what members may do cannot be set so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MembershipProblem {
    #[error("Set up a second factor of your own first: this would shut you out.")]
    ShutsOut,
    #[error("This role is above your own.")]
    RoleAboveOwn,
}

/// What is wrong with a change of what members may do.
pub fn membership_problems(scope: &OrganizationScope, wanted: &MembershipSettings) -> Vec<MembershipProblem> {
    let before = &scope.membership;
    let lacks_factor = scope.actor.user().is_some_and(|user| !user.has_second_factor);
    let shuts_out = wanted.require_two_factor && !before.require_two_factor && lacks_factor;
    let assignable = crate::members::assignable_roles(scope);
    let is_above = wanted.default_role != before.default_role && !assignable.contains(&wanted.default_role);
    [
        shuts_out.then_some(MembershipProblem::ShutsOut),
        is_above.then_some(MembershipProblem::RoleAboveOwn),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The users who are members, by e-mail.
pub async fn members(app: &App, scope: &OrganizationScope) -> Result<Vec<User>, store::Error> {
    store::users::list(&mut *app.store.read().await?, scope.organization.id).await
}

/// The environments that events of visible projects named, in order. One counts as hidden where each of its projects
/// hides it.
pub async fn environments(
    app: &App,
    scope: &OrganizationScope,
    visibility: Visibility,
) -> Result<Vec<String>, store::Error> {
    let all = crate::projects::environments(app, scope).await?;
    let shown: BTreeSet<&str> = all
        .iter()
        .filter(|one| !one.is_hidden)
        .map(|one| one.name.as_str())
        .collect();
    let names: BTreeSet<&str> = all
        .iter()
        .map(|one| one.name.as_str())
        .filter(|name| match visibility {
            Visibility::All => true,
            Visibility::Visible => shown.contains(name),
            Visibility::Hidden => !shown.contains(name),
        })
        .collect();
    Ok(names.into_iter().map(str::to_owned).collect())
}
