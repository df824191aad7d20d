//! Projects of an organization, and the environments that their events named.

use model::{OrganizationId, ProjectId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    alert_firings::{self, FiringsOf},
    notifications,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub id: ProjectId,
    pub organization: OrganizationId,
    pub slug: String,
    pub name: String,
    /// As `python` or `javascript-react`; chosen by people, not by events.
    pub platform: Option<String>,
    pub created_at: Timestamp,
    /// When the first event was received.
    pub first_event_at: Option<Timestamp>,
    /// When it goes for good; until then it takes no events, and may come back.
    pub delete_at: Option<Timestamp>,
}

const COLUMNS: &str =
    "p.id, p.organization_id, COALESCE(p.hidden_slug, p.slug) AS slug, p.name, p.platform, p.created_at,
    p.first_event_at, p.delete_at";

fn read(row: &AnyRow) -> Result<Project, Error> {
    Ok(Project {
        id: ProjectId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        slug: row.text("slug")?,
        name: row.text("name")?,
        platform: row.optional_text("platform")?,
        created_at: row.time("created_at")?,
        first_event_at: row.optional_time("first_event_at")?,
        delete_at: row.optional_time("delete_at")?,
    })
}

/// [`Error::Conflict`] when the slug is taken in the organization, or the id anywhere.
pub async fn create(db: &mut Connection, project: &Project) -> Result<(), Error> {
    let sql =
        "INSERT INTO projects (id, organization_id, slug, name, platform, created_at, last_short_number, deleting)
        VALUES ($1, $2, $3, $4, $5, $6, 0, 0)";
    sqlx::query(sql)
        .bind(project.id.0)
        .bind(project.organization.0)
        .bind(clean(&project.slug))
        .bind(clean(&project.name))
        .bind(project.platform.as_deref().map(clean))
        .bind(project.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn find(db: &mut Connection, organization: OrganizationId, id: ProjectId) -> Result<Option<Project>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM projects p WHERE p.organization_id = $1 AND p.id = $2 AND p.deleting = 0"
    ));
    sqlx::query(sql).bind(organization.0).bind(id.0).find(db, read).await
}

pub async fn find_by_slug(
    db: &mut Connection,
    organization: OrganizationId,
    slug: &str,
) -> Result<Option<Project>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM projects p WHERE p.organization_id = $1 AND p.slug = $2 AND p.deleting = 0"
    ));
    sqlx::query(sql)
        .bind(organization.0)
        .bind(clean(slug))
        .find(db, read)
        .await
}

/// All projects, by slug.
pub async fn list(db: &mut Connection, organization: OrganizationId) -> Result<Vec<Project>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM projects p WHERE p.organization_id = $1 AND p.deleting = 0 ORDER BY p.slug"
    ));
    sqlx::query(sql).bind(organization.0).list(db, read).await
}

/// Changes name, slug and platform. [`Error::Conflict`] when the slug is taken.
pub async fn update(db: &mut Connection, project: &Project) -> Result<(), Error> {
    let sql = "UPDATE projects SET slug = $3, name = $4, platform = $5 WHERE organization_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(project.organization.0)
        .bind(project.id.0)
        .bind(clean(&project.slug))
        .bind(clean(&project.name))
        .bind(project.platform.as_deref().map(clean))
        .run(db)
        .await?;
    Ok(())
}

/// Hides a project, until it comes back or its time is over. Another one may take its slug meanwhile.
pub async fn hide_until(db: &mut Connection, id: ProjectId, delete_at: Timestamp) -> Result<(), Error> {
    // An upper-case letter occurs in no slug, so this one cannot be in anybody's way.
    let sql =
        "UPDATE projects SET deleting = 2, delete_at = $2, hidden_slug = slug, slug = 'HIDDEN-' || CAST(id AS TEXT)
        WHERE id = $1 AND deleting = 0";
    sqlx::query(sql).bind(id.0).bind(delete_at.0).run(db).await?;
    Ok(())
}

/// Brings a hidden project back under a slug. Returns `false` if it is not hidden, or its rows are being removed;
/// [`Error::Conflict`] when the slug is taken.
pub async fn restore(db: &mut Connection, project: &Project) -> Result<bool, Error> {
    let sql = "UPDATE projects SET deleting = 0, delete_at = NULL, slug = $3, hidden_slug = NULL
        WHERE organization_id = $1 AND id = $2 AND deleting = 2";
    let query = sqlx::query(sql).bind(project.organization.0).bind(project.id.0);
    Ok(query.bind(clean(&project.slug)).run(db).await? == 1)
}

/// The hidden projects of an organization, by slug.
pub async fn list_hidden(db: &mut Connection, organization: OrganizationId) -> Result<Vec<Project>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM projects p WHERE p.organization_id = $1 AND p.deleting = 2 ORDER BY p.hidden_slug"
    ));
    sqlx::query(sql).bind(organization.0).list(db, read).await
}

/// Those of all organizations whose time to come back is over.
pub async fn list_to_delete(db: &mut Connection, now: Timestamp) -> Result<Vec<Project>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM projects p WHERE p.deleting = 2 AND p.delete_at <= $1"
    ));
    sqlx::query(sql).bind(now.0).list(db, read).await
}

/// Whether an organization has any project, hidden ones too.
pub async fn any(db: &mut Connection, organization: OrganizationId) -> Result<bool, Error> {
    let sql = "SELECT id FROM projects WHERE organization_id = $1 LIMIT 1";
    Ok(sqlx::query(sql)
        .bind(organization.0)
        .find(db, |row| row.int("id"))
        .await?
        .is_some())
}

/// Hides a project for good and frees its slug; [`crate::issues::purge`] and [`remove`] then take its rows away.
pub async fn mark_deleting(db: &mut Connection, organization: OrganizationId, id: ProjectId) -> Result<bool, Error> {
    // An upper-case letter occurs in no slug, so this one cannot be in anybody's way.
    let sql = "UPDATE projects SET deleting = 1, slug = 'DELETING-' || CAST(id AS TEXT), hidden_slug = NULL
        WHERE organization_id = $1 AND id = $2 AND deleting <> 1";
    Ok(sqlx::query(sql).bind(organization.0).bind(id.0).run(db).await? == 1)
}

/// The projects of all organizations whose rows are to be removed.
pub async fn list_deleting(db: &mut Connection) -> Result<Vec<ProjectId>, Error> {
    sqlx::query("SELECT id FROM projects WHERE deleting = 1")
        .list(db, |row| Ok(ProjectId(row.int("id")?)))
        .await
}

/// Removes a hidden project and what hangs on it. Its issues must be gone.
pub async fn remove(db: &mut Connection, id: ProjectId) -> Result<(), Error> {
    alert_firings::delete_of(db, FiringsOf::Project(id)).await?;
    notifications::delete_of_project(db, id).await?;
    for sql in [
        "DELETE FROM recent_event_ids WHERE project_id = $1",
        "DELETE FROM outcomes WHERE project_id = $1",
        "DELETE FROM event_outcomes WHERE project_id = $1",
        "DELETE FROM notification_settings WHERE scope_kind = 'project' AND scope_id = $1",
        "DELETE FROM notification_timelines WHERE project_id = $1",
        "DELETE FROM projects WHERE id = $1 AND deleting = 1",
    ] {
        sqlx::query(sql).bind(id.0).run(db).await?;
    }
    Ok(())
}

/// Notes the first event; later calls change nothing.
pub async fn set_first_event(db: &mut Connection, id: ProjectId, at: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE projects SET first_event_at = $2 WHERE id = $1 AND first_event_at IS NULL";
    sqlx::query(sql).bind(id.0).bind(at.0).run(db).await?;
    Ok(())
}

/// Takes the next number for a short id.
pub async fn next_short_number(db: &mut Connection, id: ProjectId) -> Result<i64, Error> {
    let sql = "UPDATE projects SET last_short_number = last_short_number + 1 WHERE id = $1
        RETURNING last_short_number";
    let number = sqlx::query(sql)
        .bind(id.0)
        .find(db, |row| row.int("last_short_number"))
        .await?;
    number.ok_or_else(|| Error::Corrupt(format!("project {id} is not there")))
}

/// Notes that an event named this environment.
pub async fn add_environment(db: &mut Connection, id: ProjectId, name: &str, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO environments (project_id, name, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (project_id, name) DO NOTHING";
    sqlx::query(sql).bind(id.0).bind(clean(name)).bind(at.0).run(db).await?;
    Ok(())
}

/// An environment of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    pub project: ProjectId,
    /// Empty for events that name none.
    pub name: String,
    /// Not offered in lists.
    pub is_hidden: bool,
}

/// Every environment of every project of an organization, projects in the order of their ids, then by name.
pub async fn environments(db: &mut Connection, organization: OrganizationId) -> Result<Vec<Environment>, Error> {
    let sql = "SELECT e.project_id, e.name, e.is_hidden FROM environments e JOIN projects p ON p.id = e.project_id
        WHERE p.organization_id = $1 AND p.deleting = 0 ORDER BY e.project_id, e.name";
    let read = |row: &AnyRow| {
        Ok(Environment {
            project: ProjectId(row.int("project_id")?),
            name: row.text("name")?,
            is_hidden: row.flag("is_hidden")?,
        })
    };
    sqlx::query(sql).bind(organization.0).list(db, read).await
}

/// Returns `false` if the project has no such environment.
pub async fn set_environment_hidden(
    db: &mut Connection,
    project: ProjectId,
    name: &str,
    is_hidden: bool,
) -> Result<bool, Error> {
    let sql = "UPDATE environments SET is_hidden = $3 WHERE project_id = $1 AND name = $2";
    let changed = sqlx::query(sql)
        .bind(project.0)
        .bind(clean(name))
        .bind(i64::from(is_hidden))
        .run(db)
        .await?;
    Ok(changed == 1)
}
