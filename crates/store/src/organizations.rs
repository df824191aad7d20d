//! Organizations: the tenants.

use model::{OrganizationId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    avatars::{self, Avatar},
    notifications,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    pub id: OrganizationId,
    pub slug: String,
    pub name: String,
    pub created_at: Timestamp,
    /// When it goes for good; until then it may come back.
    pub delete_at: Option<Timestamp>,
    pub avatar: Avatar,
}

const COLUMNS: &str = "o.id, o.slug, o.name, o.created_at, o.delete_at, o.avatar_kind, o.avatar_ident";

fn read(row: &AnyRow) -> Result<Organization, Error> {
    Ok(Organization {
        id: OrganizationId(row.int("id")?),
        slug: row.text("slug")?,
        name: row.text("name")?,
        created_at: row.time("created_at")?,
        delete_at: row.optional_time("delete_at")?,
        avatar: avatars::read(row)?,
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
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM organizations o WHERE o.id = $1"));
    sqlx::query(sql).bind(id.0).find(db, read).await
}

pub async fn find_by_slug(db: &mut Connection, slug: &str) -> Result<Option<Organization>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM organizations o WHERE o.slug = $1"));
    sqlx::query(sql).bind(clean(slug)).find(db, read).await
}

/// [`Error::Conflict`] when the slug is taken.
pub async fn set_slug(db: &mut Connection, id: OrganizationId, slug: &str) -> Result<(), Error> {
    sqlx::query("UPDATE organizations SET slug = $2 WHERE id = $1")
        .bind(id.0)
        .bind(clean(slug))
        .run(db)
        .await?;
    Ok(())
}

/// Says when it goes for good, or that it stays.
pub async fn set_delete_at(db: &mut Connection, id: OrganizationId, at: Option<Timestamp>) -> Result<(), Error> {
    sqlx::query("UPDATE organizations SET delete_at = $2 WHERE id = $1")
        .bind(id.0)
        .bind(at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(())
}

/// Those whose time to come back is over.
pub async fn list_to_delete(db: &mut Connection, now: Timestamp) -> Result<Vec<Organization>, Error> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM organizations o WHERE o.delete_at <= $1"
    )))
    .bind(now.0)
    .list(db, read)
    .await
}

/// Lets transactions that change who belongs to an organization follow each other: each sees what the one before did.
/// SQLite has one writer anyway; on PostgreSQL the row is locked.
pub async fn lock_members(db: &mut Connection, id: OrganizationId) -> Result<(), Error> {
    sqlx::query("UPDATE organizations SET slug = slug WHERE id = $1")
        .bind(id.0)
        .run(db)
        .await?;
    Ok(())
}

/// Removes an organization whose projects are gone, with all that hangs on it.
pub async fn remove(db: &mut Connection, id: OrganizationId) -> Result<(), Error> {
    notifications::delete_of_organization(db, id).await?;
    for sql in [
        "DELETE FROM notification_settings WHERE scope_kind = 'organization' AND scope_id = $1",
        "DELETE FROM notification_timelines WHERE organization_id = $1",
        "DELETE FROM organizations WHERE id = $1",
    ] {
        sqlx::query(sql).bind(id.0).run(db).await?;
    }
    Ok(())
}

/// The organizations that a user is a member of, by slug.
pub async fn list_of_user(db: &mut Connection, user: UserId) -> Result<Vec<Organization>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM organizations o
        JOIN members m ON m.organization_id = o.id WHERE m.user_id = $1 AND o.delete_at IS NULL ORDER BY o.slug"
    ));
    sqlx::query(sql).bind(user.0).list(db, read).await
}

/// The organizations that a user owns, by slug.
pub async fn list_owned(db: &mut Connection, user: UserId) -> Result<Vec<Organization>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM organizations o
        JOIN members m ON m.organization_id = o.id
        WHERE m.user_id = $1 AND m.role = 'owner' AND o.delete_at IS NULL ORDER BY o.slug"
    ));
    sqlx::query(sql).bind(user.0).list(db, read).await
}

/// All of them, by slug: for the commands of the person who runs the installation.
pub async fn list_all(db: &mut Connection) -> Result<Vec<Organization>, Error> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM organizations o ORDER BY o.slug"
    )))
    .list(db, read)
    .await
}
