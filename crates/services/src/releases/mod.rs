//! Releases: what events, people and build systems tell of them.

mod change; // making and changing them,
mod commits; // what went into them,
mod deploys; // where they went,
mod fixes; // and which issues that ends

pub use change::{ReleaseChange, ReleaseError, create, delete, update};
pub use commits::{NewCommit, commits, of_commits};
pub use deploys::{NewDeploy, deploy, deploys};

use std::collections::BTreeSet;

use model::{ProjectId, ReleaseId, Timestamp};
use store::{
    Connection,
    commits::Commit,
    deploys::Deploy,
    projects::Project,
    releases::{Release, ReleaseFilter, ReleaseOrder, ReleaseStart},
};
use triage::comes_after;

use crate::{
    App,
    access::{AccessError, OrganizationScope},
};

/// Longer versions are refused.
pub const MAX_VERSION_CHARS: usize = 200;

/// Whether a text can be a version: it must fit into an address, and must not mean something else there.
pub fn is_version(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= MAX_VERSION_CHARS
        && !text.contains(['\n', '\t', '\r', '\u{c}', '/', '\\', '\0'])
        && !matches!(text.trim(), "." | "..")
        && !text.trim().eq_ignore_ascii_case("latest")
}

/// A release with what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseDetails {
    pub release: Release,
    /// Those that the actor sees.
    pub projects: Vec<InProject>,
    pub commit_count: i64,
    pub last_commit: Option<Commit>,
    /// Names and addresses.
    pub authors: Vec<(String, String)>,
    pub deploy_count: i64,
    pub last_deploy: Option<Deploy>,
}

/// A release in one of its projects.
#[derive(Debug, Clone, PartialEq)]
pub struct InProject {
    pub project: Project,
    /// Issues that were first seen in the release.
    pub new_issues: i64,
    pub first_event_at: Option<Timestamp>,
    pub last_event_at: Option<Timestamp>,
}

impl ReleaseDetails {
    pub fn first_event_at(&self) -> Option<Timestamp> {
        self.projects.iter().filter_map(|of| of.first_event_at).min()
    }

    pub fn last_event_at(&self) -> Option<Timestamp> {
        self.projects.iter().filter_map(|of| of.last_event_at).max()
    }

    pub fn new_issues(&self) -> i64 {
        self.projects.iter().map(|of| of.new_issues).sum()
    }
}

/// Which part of a list of releases, in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleasePage {
    ByDate {
        start: ReleaseStart,
        limit: i64,
    },
    /// The greatest first.
    ByVersion {
        offset: i64,
        limit: i64,
    },
}

/// Releases of the projects that the actor sees; of those in the filter only, where it names some.
pub async fn list(
    app: &App,
    scope: &OrganizationScope,
    filter: &ReleaseFilter,
    page: ReleasePage,
) -> Result<Vec<ReleaseDetails>, store::Error> {
    let projects = crate::projects::list(app, scope).await?;
    let asked = projects
        .iter()
        .map(|project| project.id)
        .filter(|id| filter.projects.is_empty() || filter.projects.contains(id));
    let filter = ReleaseFilter {
        projects: asked.collect(),
        ..filter.clone()
    };
    let organization = scope.organization.id;
    let mut db = app.store.read().await?;
    let releases = match page {
        ReleasePage::ByDate { start, limit } => {
            store::releases::list(&mut db, organization, &filter, start, limit).await?
        }
        ReleasePage::ByVersion { offset, limit } => {
            store::releases::list_by_version(&mut db, organization, &filter, offset, limit).await?
        }
    };
    details(&mut db, &projects, releases).await
}

/// The versions of a project's newest releases, the newest first.
pub async fn newest(app: &App, project: ProjectId, most: i64) -> Result<Vec<String>, store::Error> {
    let found = store::releases::recent(&mut *app.store.read().await?, project, most).await?;
    Ok(found.into_iter().map(|release| release.version).collect())
}

/// A release that the actor sees: one of its projects at least.
pub async fn get(app: &App, scope: &OrganizationScope, version: &str) -> Result<ReleaseDetails, AccessError> {
    let projects = crate::projects::list(app, scope).await?;
    let mut db = app.store.read().await?;
    let release = store::releases::find(&mut db, scope.organization.id, version).await?;
    let mut found = details(&mut db, &projects, release.into_iter().collect()).await?;
    found
        .pop()
        .filter(|found| !found.projects.is_empty())
        .ok_or(AccessError::NotFound)
}

/// Those of several versions that the actor sees.
pub async fn find_all(
    app: &App,
    scope: &OrganizationScope,
    versions: &[&str],
) -> Result<Vec<ReleaseDetails>, store::Error> {
    let mut db = app.store.read().await?;
    let mut releases = Vec::new();
    for version in versions {
        releases.extend(store::releases::find(&mut db, scope.organization.id, version).await?);
    }
    if releases.is_empty() {
        return Ok(Vec::new());
    }
    drop(db);
    let projects = crate::projects::list(app, scope).await?;
    let mut found = details(&mut *app.store.read().await?, &projects, releases).await?;
    found.retain(|found| !found.projects.is_empty());
    Ok(found)
}

/// How many authors of a page of releases are told.
const MOST_AUTHORS: i64 = 1_000;

/// All that is told of releases, by a number of statements that does not depend on how many they are.
async fn details(
    db: &mut Connection,
    projects: &[Project],
    releases: Vec<Release>,
) -> Result<Vec<ReleaseDetails>, store::Error> {
    let ids: Vec<ReleaseId> = releases.iter().map(|release| release.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let of_projects = store::releases::projects_of(db, &ids).await?;
    let times = store::releases::times_of(db, &ids).await?;
    let mentioned: BTreeSet<ProjectId> = of_projects.iter().map(|(_, project)| *project).collect();
    let mentioned: Vec<ProjectId> = mentioned.into_iter().collect();
    let versions: Vec<&str> = releases.iter().map(|release| release.version.as_str()).collect();
    let new_issues = store::releases::new_issues(db, &mentioned, &versions).await?;
    let commits = store::commits::latest(db, &ids).await?;
    let authors = store::commits::authors(db, &ids, MOST_AUTHORS).await?;
    let deploys = store::deploys::latest(db, &ids).await?;
    let details = |release: Release| {
        let in_project = |project: ProjectId| {
            let times = times
                .iter()
                .find(|times| (times.release, times.project) == (release.id, project));
            let new = new_issues
                .iter()
                .find(|(of, version, _)| (*of, version) == (project, &release.version));
            Some(InProject {
                project: projects.iter().find(|known| known.id == project)?.clone(),
                new_issues: new.map_or(0, |(_, _, issues)| *issues),
                first_event_at: times.map(|times| times.first_event_at),
                last_event_at: times.map(|times| times.last_event_at),
            })
        };
        let commit = commits.iter().find(|(of, ..)| *of == release.id);
        let deploy = deploys.iter().find(|(_, deploy)| deploy.release == release.id);
        ReleaseDetails {
            projects: of_projects
                .iter()
                .filter(|(of, _)| *of == release.id)
                .filter_map(|(_, project)| in_project(*project))
                .collect(),
            commit_count: commit.map_or(0, |(_, count, _)| *count),
            last_commit: commit.map(|(_, _, commit)| commit.clone()),
            authors: authors
                .iter()
                .filter(|(of, ..)| *of == release.id)
                .map(|(_, name, email)| (name.clone(), email.clone()))
                .collect(),
            deploy_count: deploy.map_or(0, |(count, _)| *count),
            last_deploy: deploy.map(|(_, deploy)| deploy.clone()),
            release,
        }
    };
    Ok(releases.into_iter().map(details).collect())
}

/// The release of a project that is the latest, by version or by date as the project names its releases; of those that
/// events named in one of these environments, where there are some.
pub(crate) async fn latest(
    db: &mut Connection,
    project: ProjectId,
    environments: &[String],
) -> Result<Option<String>, store::Error> {
    let recent = store::releases::recent(db, project, RECENT).await?;
    let recent: Vec<String> = recent.into_iter().map(|release| release.version).collect();
    let order = match recent.first() {
        Some(newest) if triage::follows_semver(newest, &recent) => ReleaseOrder::Version,
        _ => ReleaseOrder::Date,
    };
    store::releases::latest(db, project, environments, order).await
}

/// How many issues one new release tells about at most; those behind them are told by the one after it.
const MOST_SETTLED: i64 = 500;

/// How many of the newest releases decide on whether a project has semantic versions.
const RECENT: i64 = 10;

/// Lets issues that wait for the next release of a project, or for one that has their commit, know that it has come.
pub(crate) async fn settle_waiting(db: &mut Connection, project: ProjectId, version: &str) -> Result<(), store::Error> {
    store::issues::settle_commits(db, project, version).await?;
    let waiting = store::issues::waiting_for_release(db, project, MOST_SETTLED).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let Some(new) = store::releases::in_project(db, project, version).await? else {
        return Ok(());
    };
    let recent = store::releases::recent(db, project, RECENT).await?;
    let recent: Vec<String> = recent.into_iter().map(|release| release.version).collect();
    for (issue, after) in waiting {
        if comes_after(&new, &after, &recent) {
            store::issues::settle_release(db, project, issue, version).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_fit_into_addresses() {
        for good in ["1.0", "shop@1.0+7", "a b", "é", "7f3c", &"x".repeat(200)] {
            assert!(is_version(good), "{good}");
        }
        for bad in [
            "",
            " ",
            ".",
            "..",
            "latest",
            "LATEST",
            "a/b",
            "a\\b",
            "a\nb",
            "a\tb",
            &"x".repeat(201),
        ] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
