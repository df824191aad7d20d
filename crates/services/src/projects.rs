//! Projects of an organization.

use std::time::Duration;

use model::{KeyStatus, ProjectId};
use store::{events::Buckets, organizations::Organization, project_keys::ProjectKey, projects::Project, teams::Team};

use crate::{
    App,
    access::{OrganizationScope, ProjectScope},
    project_keys,
    slug::{self, InvalidSlug},
};

#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    #[error("a project needs a name")]
    NoName,
    #[error("the name may have at most 200 characters")]
    NameTooLong,
    #[error("the platform may have at most 64 characters")]
    PlatformTooLong,
    #[error(transparent)]
    InvalidSlug(#[from] InvalidSlug),
    #[error("a project with the slug {0} exists")]
    Exists(String),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What a project is made or changed to.
#[derive(Debug, Clone, Default)]
pub struct ProjectChange<'a> {
    pub name: Option<&'a str>,
    pub slug: Option<&'a str>,
    /// An empty text takes the platform away.
    pub platform: Option<&'a str>,
}

/// All projects, by slug.
pub async fn list(app: &App, scope: &OrganizationScope) -> Result<Vec<Project>, store::Error> {
    store::projects::list(&mut *app.store.read().await?, scope.organization.id).await
}

/// Every pair of project and team of the organization.
pub async fn teams(app: &App, scope: &OrganizationScope) -> Result<Vec<(ProjectId, Team)>, store::Error> {
    store::teams::of_projects(&mut *app.store.read().await?, scope.organization.id).await
}

/// Every pair of project and environment of the organization.
pub async fn environments(app: &App, scope: &OrganizationScope) -> Result<Vec<(ProjectId, String)>, store::Error> {
    store::projects::environments_of_projects(&mut *app.store.read().await?, scope.organization.id).await
}

/// Creates a project with a key, for a team or for none; without a slug, one that is free is made of the name.
pub async fn create(
    app: &App,
    scope: &OrganizationScope,
    team: Option<&Team>,
    change: &ProjectChange<'_>,
) -> Result<(Project, ProjectKey), ProjectError> {
    let name = change.name.map(str::trim).unwrap_or_default();
    let platform = change.platform.map(str::trim).filter(|platform| !platform.is_empty());
    let mut project = Project {
        id: ProjectId(app.ids.next()),
        organization: scope.organization.id,
        slug: change
            .slug
            .map_or_else(|| slug::of_name(name, "project"), str::to_owned),
        name: name.to_owned(),
        platform: platform.map(str::to_owned),
        created_at: app.now(),
        first_event_at: None,
    };
    check(&project)?;
    let mut tx = app.store.begin().await?;
    if change.slug.is_none() {
        project.slug = free_slug(&mut tx, &scope.organization, &project.slug).await?;
    }
    let key = insert(app, &mut tx, &project, None).await?;
    if let Some(team) = team {
        store::teams::add_project(&mut tx, project.id, team.id).await?;
    }
    tx.commit().await?;
    Ok((project, key))
}

async fn free_slug(tx: &mut store::Tx, organization: &Organization, slug: &str) -> Result<String, store::Error> {
    for number in 1..1_000 {
        let slug = slug::numbered(slug, number);
        if store::projects::find_by_slug(tx, organization.id, &slug)
            .await?
            .is_none()
        {
            return Ok(slug);
        }
    }
    Ok(slug.to_owned())
}

/// Adds a checked project with a key; a key made of `public_key` keeps the DSN of another installation.
pub(crate) async fn insert(
    app: &App,
    tx: &mut store::Tx,
    project: &Project,
    public_key: Option<&str>,
) -> Result<ProjectKey, ProjectError> {
    match store::projects::create(tx, project).await {
        Err(store::Error::Conflict) => return Err(ProjectError::Exists(project.slug.clone())),
        other => other?,
    }
    Ok(project_keys::insert(app, tx, project.id, "Default", public_key).await?)
}

fn check(project: &Project) -> Result<(), ProjectError> {
    if project.name.is_empty() {
        return Err(ProjectError::NoName);
    }
    if project.name.chars().count() > 200 {
        return Err(ProjectError::NameTooLong);
    }
    if project
        .platform
        .as_ref()
        .is_some_and(|platform| platform.chars().count() > 64)
    {
        return Err(ProjectError::PlatformTooLong);
    }
    Ok(slug::check(&project.slug)?)
}

pub async fn update(app: &App, scope: &ProjectScope, change: &ProjectChange<'_>) -> Result<Project, ProjectError> {
    let mut project = scope.project.clone();
    if let Some(name) = change.name {
        project.name = name.trim().to_owned();
    }
    if let Some(slug) = change.slug {
        project.slug = slug.to_owned();
    }
    if let Some(platform) = change.platform {
        project.platform = Some(platform.trim().to_owned()).filter(|platform| !platform.is_empty());
    }
    check(&project)?;
    let mut tx = app.store.begin().await?;
    match store::projects::update(&mut tx, &project).await {
        Err(store::Error::Conflict) => return Err(ProjectError::Exists(project.slug)),
        other => other?,
    }
    tx.commit().await?;
    Ok(project)
}

/// Takes a project out of sight and refuses its events at once; its rows go in the background.
pub async fn delete(app: &App, scope: &ProjectScope) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    for mut key in store::project_keys::list(&mut tx, scope.project.id).await? {
        key.status = KeyStatus::Revoked;
        store::project_keys::update(&mut tx, &key).await?;
    }
    store::issues::mark_all_deleting(&mut tx, scope.project.id).await?;
    store::projects::mark_deleting(&mut tx, scope.organization.id, scope.project.id).await?;
    tx.commit().await?;
    app.keys.clear();
    app.purge.notify_one();
    Ok(())
}

/// Events a bucket over the time up to now, oldest bucket first.
pub async fn event_counts(
    app: &App,
    project: &Project,
    width: Duration,
    slots: usize,
) -> Result<Vec<i64>, store::Error> {
    let buckets = buckets_until_now(app, width, slots);
    crate::events::counts_of_project(app, project.id, buckets).await
}

/// Buckets of which the last one holds the present moment.
pub(crate) fn buckets_until_now(app: &App, width: Duration, slots: usize) -> Buckets {
    let last = app.now().truncate(width);
    Buckets {
        start: last - width * u32::try_from(slots.saturating_sub(1)).unwrap_or(0),
        width,
        slots,
    }
}
