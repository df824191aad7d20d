//! Releases that events name.

use std::collections::BTreeMap;

use model::{OrganizationId, ProjectId, ReleaseId, Timestamp};

use super::{Release, ReleaseStatus, add_projects, create, find};
use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// That events of a project named a release in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseSighting<'a> {
    pub project: ProjectId,
    pub version: &'a str,
    /// Empty when they named none.
    pub environment: &'a str,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

/// What is known of releases of these versions in these projects and environments: when they were seen, by project,
/// version and environment.
pub async fn known(
    db: &mut Connection,
    projects: &[ProjectId],
    versions: &[&str],
    environments: &[&str],
) -> Result<BTreeMap<(ProjectId, String, String), (Timestamp, Timestamp)>, Error> {
    let mut sql = Sql::new(
        "SELECT p.id AS project_id, r.version, e.environment, e.first_seen, e.last_seen
        FROM projects p JOIN releases r ON r.organization_id = p.organization_id
            JOIN release_environments e ON e.release_id = r.id AND e.project_id = p.id
        WHERE p.id IN ",
    );
    sql.ints(projects.iter().map(|project| project.0))
        .push(" AND r.version IN ")
        .texts(versions.iter().copied())
        .push(" AND e.environment IN ")
        .texts(environments.iter().copied());
    let rows = sql
        .query()
        .list(db, |row| {
            let key = (
                ProjectId(row.int("project_id")?),
                row.text("version")?,
                row.text("environment")?,
            );
            Ok((key, (row.time("first_seen")?, row.time("last_seen")?)))
        })
        .await?;
    Ok(rows.into_iter().collect())
}

/// Notes that events named a release; `id` is for a new one. Tells whether it is new in the project; `None` when the
/// project is gone.
pub async fn note(db: &mut Connection, seen: &ReleaseSighting<'_>, id: ReleaseId) -> Result<Option<bool>, Error> {
    let organization = sqlx::query("SELECT organization_id FROM projects WHERE id = $1")
        .bind(seen.project.0)
        .find(db, |row| Ok(OrganizationId(row.int("organization_id")?)))
        .await?;
    let Some(organization) = organization else {
        return Ok(None);
    };
    let new = Release {
        id,
        organization,
        version: seen.version.to_owned(),
        status: ReleaseStatus::Open,
        reference: None,
        url: None,
        owner: None,
        created_at: seen.first_at,
        started_at: None,
        released_at: None,
    };
    let release = match create(db, &new).await? {
        true => Some(id),
        false => find(db, organization, seen.version).await?.map(|known| known.id),
    };
    let Some(release) = release else {
        return Ok(None);
    };
    let is_new = !add_projects(db, release, &[seen.project]).await?.is_empty();
    let sql = "INSERT INTO release_environments (release_id, project_id, environment, first_seen, last_seen)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (release_id, project_id, environment) DO UPDATE SET
            first_seen = CASE WHEN excluded.first_seen < release_environments.first_seen
                THEN excluded.first_seen ELSE release_environments.first_seen END,
            last_seen = CASE WHEN excluded.last_seen > release_environments.last_seen
                THEN excluded.last_seen ELSE release_environments.last_seen END";
    sqlx::query(sql)
        .bind(release.0)
        .bind(seen.project.0)
        .bind(crate::row::clean(seen.environment))
        .bind(seen.first_at.0)
        .bind(seen.last_at.0)
        .run(db)
        .await?;
    Ok(Some(is_new))
}
