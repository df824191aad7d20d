//! Deploys: that a release went live somewhere.

use model::{DeployId, OrganizationId, ProjectId, ReleaseId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deploy {
    pub id: DeployId,
    pub organization: OrganizationId,
    pub release: ReleaseId,
    pub environment: String,
    pub name: Option<String>,
    pub url: Option<String>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Timestamp,
}

const COLUMNS: &str = "id, organization_id, release_id, environment, name, url, started_at, finished_at";

fn read(row: &AnyRow) -> Result<Deploy, Error> {
    Ok(Deploy {
        id: DeployId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        release: ReleaseId(row.int("release_id")?),
        environment: row.text("environment")?,
        name: row.optional_text("name")?,
        url: row.optional_text("url")?,
        started_at: row.optional_time("started_at")?,
        finished_at: row.time("finished_at")?,
    })
}

/// Adds a deploy of projects.
pub async fn create(db: &mut Connection, deploy: &Deploy, projects: &[ProjectId]) -> Result<(), Error> {
    let sql = "INSERT INTO deploys (id, organization_id, release_id, environment, name, url, started_at, finished_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sqlx::query(sql)
        .bind(deploy.id.0)
        .bind(deploy.organization.0)
        .bind(deploy.release.0)
        .bind(clean(&deploy.environment))
        .bind(deploy.name.as_deref().map(clean))
        .bind(deploy.url.as_deref().map(clean))
        .bind(deploy.started_at.map(|at| at.0))
        .bind(deploy.finished_at.0)
        .run(db)
        .await?;
    for project in projects {
        sqlx::query("INSERT INTO deploy_projects (deploy_id, project_id) VALUES ($1, $2)")
            .bind(deploy.id.0)
            .bind(project.0)
            .run(db)
            .await?;
    }
    Ok(())
}

/// A page of a release's, the newest first.
pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    release: ReleaseId,
    page: IdPage,
) -> Result<Vec<Deploy>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM deploys WHERE organization_id = "));
    sql.int(organization.0).push(" AND release_id = ").int(release.0);
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

/// Of each of these releases how many there are, and the one that finished last.
pub async fn latest(db: &mut Connection, releases: &[ReleaseId]) -> Result<Vec<(i64, Deploy)>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS}, (SELECT COUNT(*) FROM deploys o WHERE o.release_id = d.release_id) AS deploys
        FROM deploys d WHERE d.release_id IN "
    ));
    sql.ints(releases.iter().map(|release| release.0)).push(
        " AND NOT EXISTS (SELECT 1 FROM deploys o WHERE o.release_id = d.release_id
            AND (o.finished_at > d.finished_at OR (o.finished_at = d.finished_at AND o.id > d.id)))",
    );
    sql.query().list(db, |row| Ok((row.int("deploys")?, read(row)?))).await
}
