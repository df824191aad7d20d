//! Projects of an organization.

mod deletion;
mod environments;
mod teams;
mod transfer;

use std::time::Duration;

use model::ProjectId;
use serde_json::json;
use store::{events::Buckets, organizations::Organization, project_keys::ProjectKey, projects::Project, teams::Team};

use crate::{
    Actor, App,
    access::{OrganizationScope, ProjectScope, Scope},
    alert_rules,
    audit::{self, Action, Change, Entry, Target, TargetKind},
    project_keys,
    slug::{self, InvalidSlug},
    teams::TeamError,
};

pub use deletion::{GRACE, delete, hidden, restore};
pub(crate) use deletion::{delete_for_good, expire};
pub use environments::{EnvironmentError, Visibility, environments, of_project as environments_of_project, set_hidden};
pub use teams::{add_team, remove_team, teams};
pub use transfer::{Transfer, TransferError, accept_transfer, find_transfer, request_transfer};

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
    #[error("members create no projects here: ask an administrator of the organization")]
    NotForMembers,
    #[error(transparent)]
    Team(#[from] TeamError),
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
    /// A new project begins without the alert rules that others begin with.
    pub without_rules: bool,
}

/// The projects that the actor sees, by slug.
pub async fn list(app: &App, scope: &OrganizationScope) -> Result<Vec<Project>, store::Error> {
    let all = store::projects::list(&mut *app.store.read().await?, scope.organization.id).await?;
    Ok(scope.visible.keep(all))
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
        delete_at: None,
    };
    check(&project)?;
    let mut tx = app.store.begin().await?;
    if change.slug.is_none() {
        project.slug = free_slug(&mut tx, &scope.organization, &project.slug).await?;
    }
    let key = insert(app, &mut tx, &project, None).await?;
    if !change.without_rules {
        alert_rules::copy_defaults(app, &mut tx, project.organization, project.id).await?;
    }
    if let Some(team) = team {
        store::teams::add_project(&mut tx, project.id, team.id).await?;
    }
    let change = Change::created(&fields(&project));
    record(app, &mut tx, &scope.actor, &project, Action::PROJECT_ADDED, change).await?;
    tx.commit().await?;
    Ok((project, key))
}

/// Whether the actor may create projects: members may where the organization lets them.
pub fn may_create(scope: &OrganizationScope) -> bool {
    let as_member = scope.membership.allow_member_project_creation && scope.rights.allow(Scope::ProjectRead);
    as_member || scope.rights.allow(Scope::ProjectWrite)
}

/// Creates a project for a team of the actor's: the first one; else one is made.
pub async fn create_for_self(
    app: &App,
    scope: &OrganizationScope,
    change: &ProjectChange<'_>,
) -> Result<(Project, ProjectKey), ProjectError> {
    if !may_create(scope) {
        return Err(ProjectError::NotForMembers);
    }
    let own = scope.own_teams();
    let all = crate::teams::list(app, scope).await?;
    // Who acts for the organization itself is in no team.
    let team = match all.iter().find(|team| own.contains(&team.id)) {
        Some(team) => Some(team),
        None if scope.role.is_none() => all.first(),
        None => None,
    };
    match team {
        Some(team) => create(app, scope, Some(team), change).await,
        None => {
            let team = crate::teams::create_unnamed(app, scope).await?;
            create(app, scope, Some(&team), change).await
        }
    }
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
    if project.slug != scope.project.slug {
        let (organization, former) = (scope.organization.id, &scope.project.slug);
        store::slug_redirects::add_of_project(&mut tx, organization, project.id, former, app.now()).await?;
    }
    let change = Change::between(&fields(&scope.project), &fields(&project));
    if !change.is_empty() {
        record(app, &mut tx, &scope.actor, &project, Action::PROJECT_EDITED, change).await?;
    }
    tx.commit().await?;
    Ok(project)
}

/// What the audit log keeps of a project.
fn fields(project: &Project) -> serde_json::Value {
    json!({
        "name": project.name,
        "slug": project.slug,
        "platform": project.platform,
        "dateCreated": project.created_at,
    })
}

async fn record(
    app: &App,
    tx: &mut store::Tx,
    actor: &Actor,
    project: &Project,
    action: Action,
    change: Change,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(project.organization),
        action,
        target: Target {
            kind: TargetKind::Project,
            id: project.id.0,
            label: &project.slug,
        },
        change,
    };
    audit::record(app, tx, actor, entry).await
}

/// Notes a change of something that is set for a project beside its topics.
pub(crate) async fn record_settings(
    app: &App,
    tx: &mut store::Tx,
    scope: &ProjectScope,
    change: Change,
) -> Result<(), store::Error> {
    let action = Action::PROJECT_SETTINGS_EDITED;
    record(app, tx, &scope.actor, &scope.project, action, change).await
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
