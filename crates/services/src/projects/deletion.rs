//! A deleted project is out of sight and takes no events at once. It may come back for a day; then its rows go, in the
//! background.

use std::time::Duration;

use model::{KeyStatus, ProjectId, TeamId};
use store::{Tx, projects::Project};

use super::{fields, record};
use crate::{
    App,
    access::{AccessError, OrganizationScope, ProjectScope, Scope},
    audit::{Action, Change},
    slug,
};

/// For how long what was deleted may come back.
pub const GRACE: Duration = Duration::from_secs(24 * 3600);

pub async fn delete(app: &App, scope: &ProjectScope) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    store::projects::hide_until(&mut tx, scope.project.id, app.now() + GRACE).await?;
    let change = Change::removed(&fields(&scope.project));
    record(
        app,
        &mut tx,
        &scope.actor,
        &scope.project,
        Action::PROJECT_REMOVED,
        change,
    )
    .await?;
    tx.commit().await?;
    app.keys.clear();
    app.project_configs.forget(scope.project.id);
    Ok(())
}

/// The projects that the actor may bring back, by slug.
pub async fn hidden(app: &App, scope: &OrganizationScope) -> Result<Vec<Project>, store::Error> {
    let mut db = app.store.read().await?;
    let mut hidden = scope
        .visible
        .keep(store::projects::list_hidden(&mut db, scope.organization.id).await?);
    if hidden.is_empty() {
        return Ok(hidden);
    }
    let pairs = store::teams::of_projects(&mut db, scope.organization.id).await?;
    hidden.retain(|project| {
        let own = pairs.iter().filter(|(of, _)| *of == project.id);
        let teams: Vec<TeamId> = own.map(|(_, team)| team.id).collect();
        scope.rights_in_teams(&teams).allow(Scope::ProjectAdmin)
    });
    Ok(hidden)
}

/// Brings a project back, with its keys and events. Where another one took its slug, a number tells them apart.
pub async fn restore(app: &App, scope: &OrganizationScope, id: ProjectId) -> Result<Project, AccessError> {
    let all = hidden(app, scope).await?;
    let project = all.into_iter().find(|project| project.id == id);
    let mut project = project.ok_or(AccessError::NotFound)?;
    let mut tx = app.store.begin().await?;
    project.slug = free_slug(&mut tx, &project).await?;
    if !store::projects::restore(&mut tx, &project).await? {
        return Err(AccessError::NotFound);
    }
    let change = Change::created(&fields(&project));
    record(app, &mut tx, &scope.actor, &project, Action::PROJECT_RESTORED, change).await?;
    tx.commit().await?;
    app.keys.clear();
    app.project_configs.forget(id);
    Ok(Project {
        delete_at: None,
        ..project
    })
}

async fn free_slug(tx: &mut Tx, project: &Project) -> Result<String, store::Error> {
    let mut slug = project.slug.clone();
    for number in 2.. {
        if store::projects::find_by_slug(tx, project.organization, &slug)
            .await?
            .is_none()
        {
            break;
        }
        slug = slug::numbered(&project.slug, number);
    }
    Ok(slug)
}

/// Lets go of the projects whose time to come back is over. Returns whether there was any.
pub(crate) async fn expire(app: &App) -> Result<bool, store::Error> {
    let over = store::projects::list_to_delete(&mut *app.store.read().await?, app.now()).await?;
    if over.is_empty() {
        return Ok(false);
    }
    let mut tx = app.store.begin().await?;
    for project in &over {
        delete_for_good(&mut tx, project).await?;
    }
    tx.commit().await?;
    app.keys.clear();
    Ok(true)
}

/// Refuses its events for ever and hands its rows to [`crate::housekeeping::purge_step`].
pub(crate) async fn delete_for_good(tx: &mut Tx, project: &Project) -> Result<(), store::Error> {
    for mut key in store::project_keys::list(tx, project.id).await? {
        key.status = KeyStatus::Revoked;
        store::project_keys::update(tx, &key).await?;
    }
    store::issues::mark_all_deleting(tx, project.id).await?;
    store::projects::mark_deleting(tx, project.organization, project.id).await?;
    Ok(())
}
