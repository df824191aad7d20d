//! When users and teams want to be told of something in their projects, and where. What a rule says is JSON, which
//! `services` understands.

use model::{NotificationRuleId, OrganizationId, ProjectId, TeamId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

/// The rule of a user for a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalRule {
    pub id: NotificationRuleId,
    pub user: UserId,
    pub project: ProjectId,
    pub value: String,
}

fn read_personal(row: &AnyRow) -> Result<PersonalRule, Error> {
    Ok(PersonalRule {
        id: NotificationRuleId(row.int("id")?),
        user: UserId(row.int("user_id")?),
        project: ProjectId(row.int("project_id")?),
        value: row.text("value")?,
    })
}

/// All that users have for a project.
pub async fn personal_of_project(db: &mut Connection, project: ProjectId) -> Result<Vec<PersonalRule>, Error> {
    let sql =
        "SELECT id, user_id, project_id, value FROM personal_notification_rules WHERE project_id = $1 ORDER BY id";
    sqlx::query(sql).bind(project.0).list(db, read_personal).await
}

/// All that a user has.
pub async fn personal_of_user(db: &mut Connection, user: UserId) -> Result<Vec<PersonalRule>, Error> {
    let sql = "SELECT id, user_id, project_id, value FROM personal_notification_rules WHERE user_id = $1 ORDER BY id";
    sqlx::query(sql).bind(user.0).list(db, read_personal).await
}

/// Writes the rule of a user for a project, in the place of the one that there is.
pub async fn set_personal(db: &mut Connection, rule: &PersonalRule, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO personal_notification_rules (id, user_id, project_id, value, changed_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id, project_id) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
    sqlx::query(sql)
        .bind(rule.id.0)
        .bind(rule.user.0)
        .bind(rule.project.0)
        .bind(clean(&rule.value))
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Returns `false` if there was none.
pub async fn delete_personal(db: &mut Connection, user: UserId, project: ProjectId) -> Result<bool, Error> {
    let deleted = sqlx::query("DELETE FROM personal_notification_rules WHERE user_id = $1 AND project_id = $2")
        .bind(user.0)
        .bind(project.0)
        .run(db)
        .await?;
    Ok(deleted == 1)
}

/// The rule of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRule {
    pub id: NotificationRuleId,
    pub team: TeamId,
    pub value: String,
}

fn read_team(row: &AnyRow) -> Result<TeamRule, Error> {
    Ok(TeamRule {
        id: NotificationRuleId(row.int("id")?),
        team: TeamId(row.int("team_id")?),
        value: row.text("value")?,
    })
}

pub async fn of_team(
    db: &mut Connection,
    organization: OrganizationId,
    team: TeamId,
) -> Result<Option<TeamRule>, Error> {
    let sql = "SELECT r.id, r.team_id, r.value FROM team_notification_rules r JOIN teams t ON t.id = r.team_id
        WHERE t.organization_id = $1 AND r.team_id = $2";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(team.0)
        .find(db, read_team)
        .await
}

/// Those of the teams that have a project, with the slugs of the teams.
pub async fn of_teams_of(db: &mut Connection, project: ProjectId) -> Result<Vec<(TeamRule, String)>, Error> {
    let sql = "SELECT r.id, r.team_id, r.value, t.slug FROM team_notification_rules r JOIN teams t ON t.id = r.team_id
        JOIN project_teams p ON p.team_id = r.team_id WHERE p.project_id = $1 ORDER BY r.id";
    sqlx::query(sql)
        .bind(project.0)
        .list(db, |row| Ok((read_team(row)?, row.text("slug")?)))
        .await
}

/// Writes the rule of a team, in the place of the one that there is.
pub async fn set_of_team(db: &mut Connection, rule: &TeamRule, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO team_notification_rules (id, team_id, value, changed_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (team_id) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
    sqlx::query(sql)
        .bind(rule.id.0)
        .bind(rule.team.0)
        .bind(clean(&rule.value))
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Returns `false` if there was none.
pub async fn delete_of_team(db: &mut Connection, team: TeamId) -> Result<bool, Error> {
    let deleted = sqlx::query("DELETE FROM team_notification_rules WHERE team_id = $1")
        .bind(team.0)
        .run(db)
        .await?;
    Ok(deleted == 1)
}

/// Whether anybody wants to be told of new issues of a project: one question for what hardly anybody has.
pub async fn any_of_project(db: &mut Connection, project: ProjectId) -> Result<bool, Error> {
    let sql = "SELECT 1 AS one FROM personal_notification_rules WHERE project_id = $1
        UNION ALL SELECT 1 FROM team_notification_rules r JOIN project_teams p ON p.team_id = r.team_id
            WHERE p.project_id = $1 LIMIT 1";
    let found = sqlx::query(sql).bind(project.0).find(db, |row| row.int("one")).await?;
    Ok(found.is_some())
}
