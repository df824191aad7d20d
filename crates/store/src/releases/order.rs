//! Releases as the rules on issues see them: their versions and dates.

use model::{OrganizationId, ProjectId, Timestamp};
use sqlx::any::AnyRow;
use triage::Release;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

const COLUMNS: &str = "r.version, r.ordered_at";

fn read(row: &AnyRow) -> Result<Release, Error> {
    Ok(Release {
        version: row.text("version")?,
        date: Timestamp(row.int("ordered_at")?),
    })
}

fn of_project(project: ProjectId) -> Sql {
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS} FROM release_projects p JOIN releases r ON r.id = p.release_id WHERE p.project_id = "
    ));
    sql.int(project.0);
    sql
}

/// Those of `versions` that the organization has.
pub async fn find_many(
    db: &mut Connection,
    organization: OrganizationId,
    versions: &[&str],
) -> Result<Vec<Release>, Error> {
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM releases r WHERE r.organization_id = "));
    sql.int(organization.0)
        .push(" AND r.version IN ")
        .texts(versions.iter().copied());
    sql.query().list(db, read).await
}

/// The release of a project that came last.
pub async fn newest(db: &mut Connection, project: ProjectId) -> Result<Option<Release>, Error> {
    Ok(recent(db, project, 1).await?.pop())
}

/// The releases of a project that came last, the newest first.
pub async fn recent(db: &mut Connection, project: ProjectId, limit: i64) -> Result<Vec<Release>, Error> {
    let mut sql = of_project(project);
    sql.push(" ORDER BY r.ordered_at DESC, r.id DESC LIMIT ").int(limit);
    sql.query().list(db, read).await
}

/// The release of a project with the greatest semantic version.
pub async fn greatest_semver(db: &mut Connection, project: ProjectId) -> Result<Option<Release>, Error> {
    let mut sql = of_project(project);
    sql.push(" AND r.version_key IS NOT NULL ORDER BY r.version_key DESC, r.ordered_at DESC, r.id DESC LIMIT 1");
    sql.query().find(db, read).await
}

/// What makes a release the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseOrder {
    Date,
    /// Those that are no semantic versions come last.
    Version,
}

impl ReleaseOrder {
    pub(super) fn newest_first(self) -> &'static str {
        match self {
            Self::Date => " ORDER BY r.ordered_at DESC, r.id DESC",
            Self::Version => " ORDER BY COALESCE(r.version_key, '') DESC, r.ordered_at DESC, r.id DESC",
        }
    }
}

/// The version of the latest release of a project; of those that events named in one of these environments, where there
/// are some.
pub async fn latest(
    db: &mut Connection,
    project: ProjectId,
    environments: &[String],
    order: ReleaseOrder,
) -> Result<Option<String>, Error> {
    let mut sql = of_project(project);
    if !environments.is_empty() {
        sql.push(" AND EXISTS (SELECT 1 FROM release_environments e WHERE e.release_id = r.id AND e.project_id = ")
            .int(project.0)
            .push(" AND e.environment IN ")
            .texts(environments.iter().map(String::as_str))
            .push(")");
    }
    sql.push(order.newest_first()).push(" LIMIT 1");
    sql.query_once().find(db, |row| row.text("version")).await
}

pub async fn in_project(db: &mut Connection, project: ProjectId, version: &str) -> Result<Option<Release>, Error> {
    let mut sql = of_project(project);
    sql.push(" AND r.version = ").text(version);
    sql.query().find(db, read).await
}

/// The first release of a project that has a commit.
pub async fn first_with_commit(
    db: &mut Connection,
    project: ProjectId,
    repository: &str,
    commit: &str,
) -> Result<Option<Release>, Error> {
    let mut sql = of_project(project);
    sql.push(
        " AND r.id IN (SELECT o.release_id FROM projects w JOIN repositories q ON q.organization_id = w.organization_id
            JOIN commits c ON c.repository_id = q.id JOIN release_commits o ON o.commit_id = c.id WHERE w.id = ",
    )
    .int(project.0);
    sql.push(" AND q.name = ").text(repository);
    sql.push(" AND c.commit_key = ").text(commit);
    sql.push(") ORDER BY r.ordered_at, r.id LIMIT 1");
    sql.query().find(db, read).await
}
