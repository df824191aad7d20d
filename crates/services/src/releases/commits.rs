//! The commits of releases.

use std::collections::HashMap;

use model::{ProjectId, Timestamp};
use store::{
    Connection,
    commits::{Commit, Repository},
    releases::Release,
};

use super::fixes;
use crate::{App, access::OrganizationScope};

/// A commit as a build system tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewCommit {
    /// What the version control calls it.
    pub key: String,
    pub repository: Option<String>,
    pub message: String,
    pub author_name: String,
    pub author_email: String,
    pub committed_at: Option<Timestamp>,
}

/// Some of a release's, the newest first, from the `offset`th on.
pub async fn commits(app: &App, release: &Release, offset: i64, limit: i64) -> Result<Vec<Commit>, store::Error> {
    store::commits::list_of_release(&mut *app.store.read().await?, release.id, offset, limit).await
}

/// The releases that commits are in, with the ids of the commits; those that the actor sees.
pub async fn of_commits(
    app: &App,
    scope: &OrganizationScope,
    commits: &[Commit],
) -> Result<Vec<(i64, Release)>, store::Error> {
    let projects = crate::projects::list(app, scope).await?;
    let projects: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let commits: Vec<i64> = commits.iter().map(|commit| commit.id).collect();
    store::releases::of_commits(&mut *app.store.read().await?, &commits, &projects).await
}

/// Writes all commits of a release, and resolves the issues that they fix.
pub(super) async fn set(
    app: &App,
    db: &mut Connection,
    scope: &OrganizationScope,
    release: &Release,
    commits: &[NewCommit],
) -> Result<(), store::Error> {
    let now = app.now();
    let organization = scope.organization.id;
    // Sentry's name for what is in no repository that somebody named.
    let nowhere = format!("organization-{organization}");
    let mut repositories: HashMap<&str, Repository> = HashMap::new();
    let mut ids = Vec::with_capacity(commits.len());
    for new in commits {
        let name = new
            .repository
            .as_deref()
            .filter(|name| !name.is_empty())
            .unwrap_or(&nowhere);
        let repository = match repositories.get(name) {
            Some(known) => known.clone(),
            None => {
                let id = app.ids.next();
                let repository = store::commits::repository(db, organization, name, id, now).await?;
                repositories.insert(name, repository.clone());
                repository
            }
        };
        let commit = Commit {
            id: app.ids.next(),
            repository,
            key: new.key.clone(),
            message: new.message.clone(),
            author_name: new.author_name.clone(),
            author_email: new.author_email.clone(),
            committed_at: new.committed_at.unwrap_or(now),
        };
        let id = store::commits::put(db, &commit).await?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    store::commits::set_of_release(db, release.id, &ids).await?;
    for (_, project) in store::releases::projects_of(db, &[release.id]).await? {
        store::issues::settle_commits(db, project, &release.version).await?;
    }
    fixes::resolve(app, db, scope, release, commits).await
}
