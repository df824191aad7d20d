//! Slugs that were given up: addresses that hold them lead on.

use model::{OrganizationId, ProjectId, Timestamp};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

/// What an organization's own slug is kept under.
const ITSELF: i64 = 0;

async fn add(
    db: &mut Connection,
    organization: OrganizationId,
    project: i64,
    slug: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO slug_redirects (organization_id, project_id, slug, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (organization_id, project_id, slug) DO UPDATE SET created_at = excluded.created_at";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(project)
        .bind(clean(slug))
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Notes that an organization gave up a slug.
pub async fn add_of_organization(
    db: &mut Connection,
    organization: OrganizationId,
    slug: &str,
    at: Timestamp,
) -> Result<(), Error> {
    add(db, organization, ITSELF, slug, at).await
}

/// Notes that a project of an organization gave up a slug, by a new name or by going elsewhere.
pub async fn add_of_project(
    db: &mut Connection,
    organization: OrganizationId,
    project: ProjectId,
    slug: &str,
    at: Timestamp,
) -> Result<(), Error> {
    add(db, organization, project.0, slug, at).await
}

/// The organization that gave up a slug last.
pub async fn organization(db: &mut Connection, slug: &str) -> Result<Option<OrganizationId>, Error> {
    let sql = "SELECT organization_id FROM slug_redirects WHERE slug = $1 AND project_id = 0
        ORDER BY created_at DESC LIMIT 1";
    sqlx::query(sql)
        .bind(clean(slug))
        .find(db, |row| Ok(OrganizationId(row.int("organization_id")?)))
        .await
}

/// The project that gave up a slug of an organization last.
pub async fn project(
    db: &mut Connection,
    organization: OrganizationId,
    slug: &str,
) -> Result<Option<ProjectId>, Error> {
    let sql = "SELECT project_id FROM slug_redirects WHERE slug = $1 AND organization_id = $2 AND project_id > 0
        ORDER BY created_at DESC LIMIT 1";
    sqlx::query(sql)
        .bind(clean(slug))
        .bind(organization.0)
        .find(db, |row| Ok(ProjectId(row.int("project_id")?)))
        .await
}
