//! Organizations: the tenants.

use model::{OrganizationId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    pub id: OrganizationId,
    pub slug: String,
    pub name: String,
    pub created_at: Timestamp,
}

fn read(row: &AnyRow) -> Result<Organization, Error> {
    Ok(Organization {
        id: OrganizationId(row.int("id")?),
        slug: row.text("slug")?,
        name: row.text("name")?,
        created_at: row.time("created_at")?,
    })
}

/// [`Error::Conflict`] when the slug is taken.
pub async fn create(db: &mut Connection, organization: &Organization) -> Result<(), Error> {
    sqlx::query("INSERT INTO organizations (id, slug, name, created_at) VALUES ($1, $2, $3, $4)")
        .bind(organization.id.0)
        .bind(clean(&organization.slug))
        .bind(clean(&organization.name))
        .bind(organization.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn set_name(db: &mut Connection, id: OrganizationId, name: &str) -> Result<(), Error> {
    sqlx::query("UPDATE organizations SET name = $2 WHERE id = $1")
        .bind(id.0)
        .bind(clean(name))
        .run(db)
        .await?;
    Ok(())
}

pub async fn find(db: &mut Connection, id: OrganizationId) -> Result<Option<Organization>, Error> {
    let sql = "SELECT id, slug, name, created_at FROM organizations WHERE id = $1";
    sqlx::query(sql).bind(id.0).find(db, read).await
}

pub async fn find_by_slug(db: &mut Connection, slug: &str) -> Result<Option<Organization>, Error> {
    let sql = "SELECT id, slug, name, created_at FROM organizations WHERE slug = $1";
    sqlx::query(sql).bind(clean(slug)).find(db, read).await
}

/// The organizations that a user is a member of, by slug.
pub async fn list_of_user(db: &mut Connection, user: UserId) -> Result<Vec<Organization>, Error> {
    let sql = "SELECT o.id, o.slug, o.name, o.created_at FROM organizations o
        JOIN members m ON m.organization_id = o.id WHERE m.user_id = $1 ORDER BY o.slug";
    sqlx::query(sql).bind(user.0).list(db, read).await
}

/// All of them, by slug: for the commands of the person who runs the installation.
pub async fn list_all(db: &mut Connection) -> Result<Vec<Organization>, Error> {
    sqlx::query("SELECT id, slug, name, created_at FROM organizations ORDER BY slug")
        .list(db, read)
        .await
}
