//! Making and changing releases.

use model::{ProjectId, ReleaseId, Timestamp, UserId};
use store::{
    Connection,
    releases::{Release, ReleaseStatus},
};

use super::{MAX_VERSION_CHARS, NewCommit, commits, is_version, settle_waiting};
use crate::{App, access::OrganizationScope};

/// What to change of a release; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReleaseChange {
    pub reference: Option<String>,
    pub url: Option<String>,
    pub released_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub status: Option<ReleaseStatus>,
    pub owner: Option<UserId>,
    /// All commits that it has, the newest first.
    pub commits: Option<Vec<NewCommit>>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    #[error(
        "a version has 1 to {MAX_VERSION_CHARS} characters without slashes, tabs and line breaks, and is not \"latest\""
    )]
    Version,
    #[error("a release needs a project")]
    NoProject,
    #[error("the release is named by issues as the one they were first seen in, and cannot be removed")]
    IsReferenced,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Makes a release of projects, or gives the projects one that is there already. Returns whether that changed anything.
pub async fn create(
    app: &App,
    scope: &OrganizationScope,
    version: &str,
    projects: &[ProjectId],
    change: ReleaseChange,
) -> Result<bool, ReleaseError> {
    if !is_version(version) {
        return Err(ReleaseError::Version);
    }
    if projects.is_empty() {
        return Err(ReleaseError::NoProject);
    }
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let new = Release {
        id: ReleaseId(app.ids.next()),
        organization: scope.organization.id,
        version: version.to_owned(),
        status: change.status.unwrap_or(ReleaseStatus::Open),
        reference: change.reference,
        url: change.url,
        owner: change.owner,
        created_at: now,
        started_at: change.started_at,
        released_at: change.released_at,
    };
    let created = store::releases::create(&mut tx, &new).await?;
    let release = match store::releases::find(&mut tx, scope.organization.id, version).await? {
        Some(known) if !created && change.status.is_some_and(|status| status != known.status) => {
            let known = Release {
                status: new.status,
                ..known
            };
            store::releases::update(&mut tx, &known).await?;
            known
        }
        Some(known) => known,
        None => new,
    };
    let added = store::releases::add_projects(&mut tx, release.id, projects).await?;
    for project in &added {
        settle_waiting(&mut tx, *project, version).await?;
    }
    set_commits(app, &mut tx, scope, &release, change.commits).await?;
    tx.commit().await?;
    Ok(created || !added.is_empty())
}

/// Changes a release.
pub async fn update(
    app: &App,
    scope: &OrganizationScope,
    release: &Release,
    change: ReleaseChange,
) -> Result<(), ReleaseError> {
    let known = release.clone();
    let changed = Release {
        status: change.status.unwrap_or(known.status),
        reference: change.reference.or(known.reference),
        url: change.url.or(known.url),
        owner: change.owner.or(known.owner),
        started_at: change.started_at.or(known.started_at),
        released_at: change.released_at.or(known.released_at),
        ..known
    };
    let mut tx = app.store.begin().await?;
    store::releases::update(&mut tx, &changed).await?;
    if changed.ordered_at() != release.ordered_at() {
        for (_, project) in store::releases::projects_of(&mut tx, &[release.id]).await? {
            settle_waiting(&mut tx, project, &release.version).await?;
        }
    }
    set_commits(app, &mut tx, scope, &changed, change.commits).await?;
    tx.commit().await?;
    Ok(())
}

async fn set_commits(
    app: &App,
    db: &mut Connection,
    scope: &OrganizationScope,
    release: &Release,
    commits: Option<Vec<NewCommit>>,
) -> Result<(), store::Error> {
    match commits {
        Some(commits) => commits::set(app, db, scope, release, &commits).await,
        None => Ok(()),
    }
}

/// Removes a release that no issue began with.
pub async fn delete(app: &App, scope: &OrganizationScope, release: &Release) -> Result<(), ReleaseError> {
    let mut tx = app.store.begin().await?;
    let projects = store::releases::projects_of(&mut tx, &[release.id]).await?;
    let projects: Vec<ProjectId> = projects.into_iter().map(|(_, project)| project).collect();
    if !store::releases::new_issues(&mut tx, &projects, &[&release.version])
        .await?
        .is_empty()
    {
        return Err(ReleaseError::IsReferenced);
    }
    store::releases::delete(&mut tx, scope.organization.id, release.id).await?;
    Ok(tx.commit().await?)
}
