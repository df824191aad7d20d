//! A deleted organization is closed to everybody at once and takes no events. Its owners may bring it back for a day;
//! then its projects go, and it with the last of them.

use model::OrganizationRole;
use store::{Tx, avatars::AvatarOwner, organizations::Organization};

use super::{fields, record};
use crate::{
    App,
    access::OrganizationScope,
    audit::{Action, Change},
    mails::{self, NewMail, Reason},
    options::{self, Target},
    projects::{self, GRACE},
};

pub async fn delete(app: &App, scope: &OrganizationScope) -> Result<Organization, store::Error> {
    let at = Some(app.now() + GRACE);
    set_delete_at(app, scope, at, Action::ORGANIZATION_REMOVED).await
}

/// Brings it back with all that it had.
pub async fn restore(app: &App, scope: &OrganizationScope) -> Result<Organization, store::Error> {
    set_delete_at(app, scope, None, Action::ORGANIZATION_RESTORED).await
}

async fn set_delete_at(
    app: &App,
    scope: &OrganizationScope,
    at: Option<model::Timestamp>,
    action: Action,
) -> Result<Organization, store::Error> {
    let before = &scope.organization;
    // Asking again for what is on its way does not put it off.
    if before.delete_at.is_some() == at.is_some() {
        return Ok(before.clone());
    }
    let mut tx = app.store.begin().await?;
    store::organizations::set_delete_at(&mut tx, before.id, at).await?;
    let change = if at.is_some() {
        Change::removed(&fields(before))
    } else {
        Change::created(&fields(before))
    };
    record(app, &mut tx, &scope.actor, before, action, change).await?;
    if at.is_some() {
        tell_owners(app, &mut tx, before).await?;
    }
    tx.commit().await?;
    app.keys.clear();
    app.project_configs.forget_organization(before.id);
    Ok(Organization {
        delete_at: at,
        ..before.clone()
    })
}

/// Whoever owns it learns of it in time to bring it back.
async fn tell_owners(app: &App, tx: &mut Tx, organization: &Organization) -> Result<(), store::Error> {
    let text = format!(
        "{} is closed, and will be deleted with all its projects in a day.\n\nUntil then you can bring it back:\n{}\n",
        organization.name,
        app.url.join(&format!("/organizations/{}/restore/", organization.slug))
    );
    let subject = format!("{} will be deleted", organization.name);
    for (member, user) in store::members::list(tx, organization.id).await? {
        if member.role == OrganizationRole::Owner && user.is_active {
            let mail = NewMail {
                to: &user.email,
                subject: &subject,
                text: &text,
                reason: Reason::Deletion,
            };
            mails::write(app, tx, mail).await?;
        }
    }
    Ok(())
}

/// Lets go of the organizations whose time to come back is over. Returns whether projects wait to be removed.
pub(crate) async fn expire(app: &App) -> Result<bool, store::Error> {
    let over = store::organizations::list_to_delete(&mut *app.store.read().await?, app.now()).await?;
    let mut more = false;
    for organization in over {
        let mut tx = app.store.begin().await?;
        let open = store::projects::list(&mut tx, organization.id).await?;
        let hidden = store::projects::list_hidden(&mut tx, organization.id).await?;
        for project in open.iter().chain(&hidden) {
            projects::delete_for_good(&mut tx, project).await?;
            more = true;
        }
        if !store::projects::any(&mut tx, organization.id).await? {
            options::purge(&mut tx, Target::Organization(organization.id)).await?;
            store::avatars::purge(&mut tx, AvatarOwner::Organization(organization.id)).await?;
            store::organizations::remove(&mut tx, organization.id).await?;
        }
        tx.commit().await?;
    }
    Ok(more)
}
