//! Teams of an organization, their members and their projects.

use model::{OrganizationId, ProjectId, TeamId, TeamRole, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
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

pub(crate) const COLUMNS: &str = "t.id, t.organization_id, t.slug, t.name, t.created_at,
    (SELECT COUNT(*) FROM team_members tm WHERE tm.team_id = t.id) AS member_count";

pub(crate) fn read(row: &AnyRow) -> Result<Team, Error> {
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

/// Returns `false` if the user was in it already, with whatever role.
pub async fn add_member(
    db: &mut Connection,
    team: TeamId,
    user: UserId,
    role: TeamRole,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "INSERT INTO team_members (team_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (team_id, user_id) DO NOTHING";
    let added = sqlx::query(sql)
        .bind(team.0)
        .bind(user.0)
        .bind(role.name())
        .bind(at.0)
        .run(db)
        .await?;
    Ok(added == 1)
}

/// Returns `false` if the user is not in it.
pub async fn set_member_role(db: &mut Connection, team: TeamId, user: UserId, role: TeamRole) -> Result<bool, Error> {
    let sql = "UPDATE team_members SET role = $3 WHERE team_id = $1 AND user_id = $2";
    let changed = sqlx::query(sql)
        .bind(team.0)
        .bind(user.0)
        .bind(role.name())
        .run(db)
        .await?;
    Ok(changed == 1)
}

/// Returns `false` if the user was not in it.
pub async fn remove_member(db: &mut Connection, team: TeamId, user: UserId) -> Result<bool, Error> {
    let sql = "DELETE FROM team_members WHERE team_id = $1 AND user_id = $2";
    Ok(sqlx::query(sql).bind(team.0).bind(user.0).run(db).await? == 1)
}

/// Who is in which team of an organization, with the role there.
pub async fn memberships(
    db: &mut Connection,
    organization: OrganizationId,
) -> Result<Vec<(UserId, TeamId, TeamRole)>, Error> {
    let sql = "SELECT tm.user_id, tm.team_id, tm.role FROM team_members tm JOIN teams t ON t.id = tm.team_id
        WHERE t.organization_id = $1 ORDER BY tm.user_id, t.slug";
    let triple = |row: &AnyRow| {
        Ok((
            UserId(row.int("user_id")?),
            TeamId(row.int("team_id")?),
            row.name("role", TeamRole::from_name)?,
        ))
    };
    sqlx::query(sql).bind(organization.0).list(db, triple).await
}

/// Somebody who asks to be let into a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamRequest {
    pub id: i64,
    pub team: TeamId,
    pub user: UserId,
    pub created_at: Timestamp,
}

/// Changes nothing if the user has asked already.
pub async fn add_request(db: &mut Connection, request: &TeamRequest) -> Result<(), Error> {
    let sql = "INSERT INTO team_requests (id, team_id, user_id, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (team_id, user_id) DO NOTHING";
    sqlx::query(sql)
        .bind(request.id)
        .bind(request.team.0)
        .bind(request.user.0)
        .bind(request.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// The requests for all teams of an organization, oldest first.
pub async fn requests(db: &mut Connection, organization: OrganizationId) -> Result<Vec<TeamRequest>, Error> {
    let sql = "SELECT r.id, r.team_id, r.user_id, r.created_at FROM team_requests r JOIN teams t ON t.id = r.team_id
        WHERE t.organization_id = $1 ORDER BY r.id";
    let read = |row: &AnyRow| {
        Ok(TeamRequest {
            id: row.int("id")?,
            team: TeamId(row.int("team_id")?),
            user: UserId(row.int("user_id")?),
            created_at: row.time("created_at")?,
        })
    };
    sqlx::query(sql).bind(organization.0).list(db, read).await
}

pub async fn delete_request(db: &mut Connection, team: TeamId, user: UserId) -> Result<(), Error> {
    sqlx::query("DELETE FROM team_requests WHERE team_id = $1 AND user_id = $2")
        .bind(team.0)
        .bind(user.0)
        .run(db)
        .await?;
    Ok(())
}

/// The teams of an organization that a user is in, with the role there.
pub async fn of_user(
    db: &mut Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Vec<(TeamId, TeamRole)>, Error> {
    let sql = "SELECT t.id, tm.role FROM teams t JOIN team_members tm ON tm.team_id = t.id
        WHERE t.organization_id = $1 AND tm.user_id = $2 ORDER BY t.id";
    let pair = |row: &AnyRow| Ok((TeamId(row.int("id")?), row.name("role", TeamRole::from_name)?));
    sqlx::query(sql).bind(organization.0).bind(user.0).list(db, pair).await
}

/// The teams of a project.
pub async fn ids_of_project(db: &mut Connection, project: ProjectId) -> Result<Vec<TeamId>, Error> {
    sqlx::query("SELECT team_id FROM project_teams WHERE project_id = $1 ORDER BY team_id")
        .bind(project.0)
        .list(db, |row| Ok(TeamId(row.int("team_id")?)))
        .await
}

/// The projects that any of these teams has.
pub async fn projects_of(
    db: &mut Connection,
    organization: OrganizationId,
    teams: &[TeamId],
) -> Result<Vec<ProjectId>, Error> {
    let mut sql = Sql::new(
        "SELECT DISTINCT pt.project_id FROM project_teams pt JOIN teams t ON t.id = pt.team_id
         WHERE t.organization_id = ",
    );
    sql.int(organization.0)
        .push(" AND pt.team_id IN ")
        .ints(teams.iter().map(|team| team.0));
    sql.query().list(db, |row| Ok(ProjectId(row.int("project_id")?))).await
}

/// Returns `false` if the team had the project already.
pub async fn add_project(db: &mut Connection, project: ProjectId, team: TeamId) -> Result<bool, Error> {
    let sql =
        "INSERT INTO project_teams (project_id, team_id) VALUES ($1, $2) ON CONFLICT (project_id, team_id) DO NOTHING";
    Ok(sqlx::query(sql).bind(project.0).bind(team.0).run(db).await? == 1)
}

/// Returns `false` if the team had no part in the project.
pub async fn remove_project(db: &mut Connection, project: ProjectId, team: TeamId) -> Result<bool, Error> {
    let sql = "DELETE FROM project_teams WHERE project_id = $1 AND team_id = $2";
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
