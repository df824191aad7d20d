//! Teams of an organization, their members and their projects.

use model::{OrganizationId, ProjectId, TeamId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    pub id: TeamId,
    pub organization: OrganizationId,
    pub slug: String,
    pub name: String,
    pub created_at: Timestamp,
    pub member_count: i64,
}

const COLUMNS: &str = "t.id, t.organization_id, t.slug, t.name, t.created_at,
    (SELECT COUNT(*) FROM team_members tm WHERE tm.team_id = t.id) AS member_count";

fn read(row: &AnyRow) -> Result<Team, Error> {
    Ok(Team {
        id: TeamId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        slug: row.text("slug")?,
        name: row.text("name")?,
        created_at: row.time("created_at")?,
        member_count: row.int("member_count")?,
    })
}

/// [`Error::Conflict`] when the slug is taken in the organization.
pub async fn create(db: &mut Connection, team: &Team) -> Result<(), Error> {
    sqlx::query("INSERT INTO teams (id, organization_id, slug, name, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(team.id.0)
        .bind(team.organization.0)
        .bind(clean(&team.slug))
        .bind(clean(&team.name))
        .bind(team.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn find(db: &mut Connection, organization: OrganizationId, id: TeamId) -> Result<Option<Team>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM teams t WHERE t.organization_id = $1 AND t.id = $2"
    ));
    sqlx::query(sql).bind(organization.0).bind(id.0).find(db, read).await
}

pub async fn find_by_slug(
    db: &mut Connection,
    organization: OrganizationId,
    slug: &str,
) -> Result<Option<Team>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM teams t WHERE t.organization_id = $1 AND t.slug = $2"
    ));
    sqlx::query(sql)
        .bind(organization.0)
        .bind(clean(slug))
        .find(db, read)
        .await
}

/// All teams, by slug.
pub async fn list(db: &mut Connection, organization: OrganizationId) -> Result<Vec<Team>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM teams t WHERE t.organization_id = $1 ORDER BY t.slug"
    ));
    sqlx::query(sql).bind(organization.0).list(db, read).await
}

/// Changes name and slug. [`Error::Conflict`] when the slug is taken.
pub async fn update(db: &mut Connection, team: &Team) -> Result<(), Error> {
    sqlx::query("UPDATE teams SET slug = $3, name = $4 WHERE organization_id = $1 AND id = $2")
        .bind(team.organization.0)
        .bind(team.id.0)
        .bind(clean(&team.slug))
        .bind(clean(&team.name))
        .run(db)
        .await?;
    Ok(())
}

pub async fn delete(db: &mut Connection, organization: OrganizationId, id: TeamId) -> Result<bool, Error> {
    let sql = "DELETE FROM teams WHERE organization_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(organization.0).bind(id.0).run(db).await? == 1)
}

pub async fn add_member(db: &mut Connection, team: TeamId, user: UserId, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO team_members (team_id, user_id, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (team_id, user_id) DO NOTHING";
    sqlx::query(sql).bind(team.0).bind(user.0).bind(at.0).run(db).await?;
    Ok(())
}

/// The teams of an organization that a user is in.
pub async fn ids_of_user(
    db: &mut Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Vec<TeamId>, Error> {
    let sql = "SELECT t.id FROM teams t JOIN team_members tm ON tm.team_id = t.id
        WHERE t.organization_id = $1 AND tm.user_id = $2 ORDER BY t.id";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(user.0)
        .list(db, |row| Ok(TeamId(row.int("id")?)))
        .await
}

/// Returns `false` if the team had the project already.
pub async fn add_project(db: &mut Connection, project: ProjectId, team: TeamId) -> Result<bool, Error> {
    let sql =
        "INSERT INTO project_teams (project_id, team_id) VALUES ($1, $2) ON CONFLICT (project_id, team_id) DO NOTHING";
    Ok(sqlx::query(sql).bind(project.0).bind(team.0).run(db).await? == 1)
}

/// Every pair of project and team of an organization, projects in the order of their ids.
pub async fn of_projects(db: &mut Connection, organization: OrganizationId) -> Result<Vec<(ProjectId, Team)>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT pt.project_id, {COLUMNS} FROM project_teams pt JOIN teams t ON t.id = pt.team_id
         WHERE t.organization_id = $1 ORDER BY pt.project_id, t.slug"
    ));
    let pair = |row: &AnyRow| Ok((ProjectId(row.int("project_id")?), read(row)?));
    sqlx::query(sql).bind(organization.0).list(db, pair).await
}
