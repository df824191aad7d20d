use axum::extract::State;
use httpkit::{ApiError, OrganizationAccess, PathParams, ProjectAccess, scopes::ReleaseRead};
use model::Timestamp;
use serde::Serialize;
use services::{App, access::OrganizationScope, releases};
use store::{
    commits::{Commit, Repository},
    releases::Release,
};

use super::{
    of_project,
    view::{AuthorView, short_version},
};
use crate::{
    page::{Page, PageRequest},
    view::Empty,
};

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommitView {
    id: String,
    message: String,
    date_created: Timestamp,
    repository: RepositoryView,
    author: AuthorView,
    /// Requests to merge and suspicions are told by repositories that are connected, which none is.
    pull_request: Option<Empty>,
    suspect_commit_type: &'static str,
}

/// A commit in a list, with the releases that it is in.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CommitInReleases {
    #[serde(flatten)]
    commit: CommitView,
    releases: Vec<ReleaseOfCommit>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReleaseOfCommit {
    version: String,
    short_version: String,
    #[serde(rename = "ref")]
    reference: Option<String>,
    url: Option<String>,
    date_released: Option<Timestamp>,
    date_created: Timestamp,
}

impl ReleaseOfCommit {
    fn of(release: &Release) -> Self {
        Self {
            version: release.version.clone(),
            short_version: short_version(&release.version),
            reference: release.reference.clone(),
            url: release.url.clone(),
            date_released: release.released_at,
            date_created: release.created_at,
        }
    }
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct RepositoryView {
    id: String,
    name: String,
    status: &'static str,
    date_created: Timestamp,
}

impl CommitView {
    pub(super) fn of(commit: Commit) -> Self {
        let Repository { id, name, created_at } = commit.repository;
        Self {
            id: commit.key,
            message: commit.message,
            date_created: commit.committed_at,
            repository: RepositoryView {
                id: id.to_string(),
                name,
                status: "active",
                date_created: created_at,
            },
            author: AuthorView::of(commit.author_name, commit.author_email),
            pull_request: None,
            suspect_commit_type: "",
        }
    }
}

/// `GET /api/0/organizations/{organization}/releases/{version}/commits/`
pub(crate) async fn list_commits(
    access: OrganizationAccess<ReleaseRead>,
    path: PathParams,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<CommitInReleases>, ApiError> {
    let found = releases::get(&app, &access.scope, path.get("version")?).await?;
    list(&app, &access.scope, &found.release, &page).await
}

/// `GET /api/0/projects/{organization}/{project}/releases/{version}/commits/`
pub(crate) async fn list_commits_of_project(
    access: ProjectAccess<ReleaseRead>,
    path: PathParams,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<CommitInReleases>, ApiError> {
    let found = of_project(&app, &access, path.get("version")?).await?;
    list(&app, access.scope.whole(), &found.release, &page).await
}

async fn list(
    app: &App,
    scope: &OrganizationScope,
    release: &Release,
    page: &PageRequest,
) -> Result<Page<CommitInReleases>, ApiError> {
    let offset = i64::try_from(page.start()).unwrap_or(i64::MAX);
    let mut commits = releases::commits(app, release, offset, page.fetch()).await?;
    let more = commits.len() > page.limit;
    commits.truncate(page.limit);
    let releases = releases::of_commits(app, scope, &commits).await?;
    Ok(page.of_part(&app.url, commits, more).map(|commit| {
        let of_this = releases.iter().filter(|(id, _)| *id == commit.id);
        CommitInReleases {
            releases: of_this.map(|(_, release)| ReleaseOfCommit::of(release)).collect(),
            commit: CommitView::of(commit),
        }
    }))
}
