use model::OrganizationId;
use store::{avatars::Avatar, organizations::Organization};

use super::{OrganizationError, check_name, fields, record};
use crate::{
    Actor, App,
    audit::{Action, Change},
    slug, users,
};

/// Creates an organization that the actor owns; without a slug, one that is free is made of the name.
pub async fn create(
    app: &App,
    actor: &Actor,
    name: &str,
    slug: Option<&str>,
) -> Result<Organization, OrganizationError> {
    let owner = actor.user().ok_or(OrganizationError::NoOwner)?;
    let name = check_name(name)?;
    let wanted = slug.map_or_else(|| slug::of_name(name, "organization"), str::to_owned);
    let mut tx = app.store.begin().await?;
    let mut organization = Organization {
        id: OrganizationId(app.ids.next()),
        slug: wanted,
        name: name.to_owned(),
        created_at: app.now(),
        delete_at: None,
        avatar: Avatar::default(),
    };
    if slug.is_none() {
        organization.slug = free_slug(&mut tx, &organization.slug).await?;
    }
    slug::check_of_organization(&organization.slug)?;
    match store::organizations::create(&mut tx, &organization).await {
        Err(store::Error::Conflict) => return Err(OrganizationError::Exists(organization.slug)),
        other => other?,
    }
    users::ensure_member(app, &mut tx, &organization, owner).await?;
    let change = Change::created(&fields(&organization));
    record(app, &mut tx, actor, &organization, Action::ORGANIZATION_ADDED, change).await?;
    tx.commit().await?;
    Ok(organization)
}

async fn free_slug(tx: &mut store::Tx, slug: &str) -> Result<String, store::Error> {
    for number in 1..1_000 {
        let slug = slug::numbered(slug, number);
        let is_free = store::organizations::find_by_slug(tx, &slug).await?.is_none();
        if is_free && slug::check_of_organization(&slug).is_ok() {
            return Ok(slug);
        }
    }
    Ok(slug.to_owned())
}
