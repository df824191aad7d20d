//! Who could be told of something: people with what decides on whether, and where to.

use model::{EventId, IssueId, NotificationId, OrganizationId, OrganizationRole, ProjectId, TeamId, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

/// A member of an organization, as somebody who may be told of something in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub user: UserId,
    pub name: String,
    /// With which they sign in.
    pub email: String,
    /// They opened the link that was sent there.
    pub is_verified: bool,
    /// Where they let the mails of the project go: an address that they confirmed.
    pub routed_to: Option<String>,
    pub is_active: bool,
    pub role: OrganizationRole,
    /// In a team that has the project.
    pub is_in_project: bool,
    /// An IANA name; empty for that of the browser.
    pub time_zone: String,
}

fn read(row: &AnyRow) -> Result<Person, Error> {
    Ok(Person {
        user: UserId(row.int("id")?),
        name: row.text("name")?,
        email: row.text("email")?,
        is_verified: row.int("verified")? > 0,
        routed_to: row.optional_text("routed_to")?,
        is_active: row.flag("is_active")?,
        role: row.name("role", OrganizationRole::from_name)?,
        is_in_project: row.int("in_project")? > 0,
        time_zone: row.text("time_zone")?,
    })
}

/// Those of `users` who are members, by id.
pub async fn people(
    db: &mut Connection,
    organization: OrganizationId,
    project: Option<ProjectId>,
    users: &[UserId],
) -> Result<Vec<Person>, Error> {
    // An id that no project has.
    let project = project.map_or(-1, |project| project.0);
    let mut found = Vec::new();
    for some in users.chunks(500) {
        let mut sql = Sql::new(
            "SELECT u.id, u.name, u.email, u.is_active, u.time_zone, m.role, e.email AS routed_to,
                (SELECT COUNT(*) FROM user_emails o WHERE o.user_id = u.id AND o.email = u.email
                    AND o.verified_at IS NOT NULL) AS verified,
                (SELECT COUNT(*) FROM team_members tm JOIN project_teams pt ON pt.team_id = tm.team_id
                    WHERE tm.user_id = u.id AND pt.project_id = ",
        );
        sql.int(project)
            .push(
                ") AS in_project FROM members m JOIN users u ON u.id = m.user_id
                LEFT JOIN notification_addresses a ON a.user_id = u.id AND a.project_id = ",
            )
            .int(project)
            .push(
                " LEFT JOIN user_emails e ON e.user_id = u.id AND e.email = a.email AND e.verified_at IS NOT NULL
                WHERE m.organization_id = ",
            )
            .int(organization.0)
            .push(" AND u.id IN ")
            .ints(some.iter().map(|user| user.0))
            .push(" ORDER BY u.id");
        found.extend(sql.query_once().list(db, read).await?);
    }
    Ok(found)
}

/// Those of `users` who are in a team that has one of these projects.
pub async fn in_any_project(
    db: &mut Connection,
    projects: &[ProjectId],
    users: &[UserId],
) -> Result<Vec<UserId>, Error> {
    let mut found = Vec::new();
    for some in users.chunks(500) {
        let mut sql = Sql::new(
            "SELECT DISTINCT tm.user_id FROM team_members tm JOIN project_teams pt ON pt.team_id = tm.team_id
            WHERE pt.project_id IN ",
        );
        sql.ints(projects.iter().map(|project| project.0))
            .push(" AND tm.user_id IN ")
            .ints(some.iter().map(|user| user.0));
        found.extend(sql.query_once().list(db, |row| Ok(UserId(row.int("user_id")?))).await?);
    }
    Ok(found)
}

/// The active users in teams that have the project: those who were there last first, `limit` at most.
pub async fn members_of_project(
    db: &mut Connection,
    organization: OrganizationId,
    project: ProjectId,
    limit: i64,
) -> Result<Vec<UserId>, Error> {
    let sql = "SELECT u.id FROM users u JOIN members m ON m.user_id = u.id
        WHERE m.organization_id = $1 AND u.is_active = 1 AND EXISTS (SELECT 1 FROM team_members tm
            JOIN project_teams pt ON pt.team_id = tm.team_id WHERE tm.user_id = u.id AND pt.project_id = $2)
        ORDER BY COALESCE(u.last_active_at, u.last_login_at, u.created_at) DESC, u.id LIMIT $3";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(project.0)
        .bind(limit)
        .list(db, |row| Ok(UserId(row.int("id")?)))
        .await
}

/// The active members who have this role.
pub async fn members_with_role(
    db: &mut Connection,
    organization: OrganizationId,
    role: OrganizationRole,
) -> Result<Vec<UserId>, Error> {
    let sql = "SELECT u.id FROM users u JOIN members m ON m.user_id = u.id
        WHERE m.organization_id = $1 AND m.role = $2 AND u.is_active = 1 ORDER BY u.id";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(role.name())
        .list(db, |row| Ok(UserId(row.int("id")?)))
        .await
}

/// The teams that a project has, with their slugs.
pub async fn teams_of_project(
    db: &mut Connection,
    organization: OrganizationId,
    project: ProjectId,
) -> Result<Vec<(TeamId, String)>, Error> {
    let sql = "SELECT t.id, t.slug FROM teams t JOIN project_teams p ON p.team_id = t.id
        WHERE t.organization_id = $1 AND p.project_id = $2 ORDER BY t.slug";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(project.0)
        .list(db, |row| Ok((TeamId(row.int("id")?), row.text("slug")?)))
        .await
}

/// Who is in these teams.
pub async fn members_of_teams(db: &mut Connection, teams: &[TeamId]) -> Result<Vec<(TeamId, UserId)>, Error> {
    let mut sql = Sql::new("SELECT team_id, user_id FROM team_members WHERE team_id IN ");
    sql.ints(teams.iter().map(|team| team.0))
        .push(" ORDER BY team_id, user_id");
    sql.query_once()
        .list(db, |row| Ok((TeamId(row.int("team_id")?), UserId(row.int("user_id")?))))
        .await
}

/// Who of the organization wrote a commit of any of the releases of this version, by an address that they confirmed.
pub async fn committers(
    db: &mut Connection,
    organization: OrganizationId,
    version: &str,
) -> Result<Vec<UserId>, Error> {
    let sql = "SELECT DISTINCT e.user_id FROM releases r JOIN release_commits c ON c.release_id = r.id
        JOIN commits k ON k.id = c.commit_id
        JOIN user_emails e ON e.email = LOWER(k.author_email) AND e.verified_at IS NOT NULL
        JOIN members m ON m.user_id = e.user_id AND m.organization_id = r.organization_id
        WHERE r.organization_id = $1 AND r.version = $2 ORDER BY e.user_id";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(clean(version))
        .list(db, |row| Ok(UserId(row.int("user_id")?)))
        .await
}

/// Those who have said themselves that they do not want to be told about an issue.
pub async fn unsubscribed(db: &mut Connection, issue: IssueId) -> Result<Vec<UserId>, Error> {
    sqlx::query("SELECT user_id FROM issue_subscriptions WHERE issue_id = $1 AND is_active = 0")
        .bind(issue.0)
        .list(db, |row| Ok(UserId(row.int("user_id")?)))
        .await
}

/// To whom another notification of the same event goes, and by which channel.
pub async fn told_of_event(
    db: &mut Connection,
    issue: IssueId,
    event: EventId,
    but: NotificationId,
) -> Result<Vec<(UserId, String)>, Error> {
    let sql =
        "SELECT r.user_id, r.channel FROM notifications n JOIN notification_recipients r ON r.notification_id = n.id
        WHERE n.issue_id = $1 AND n.event_id = $2 AND n.id <> $3 AND r.is_told = 1 AND r.user_id IS NOT NULL";
    sqlx::query(sql)
        .bind(issue.0)
        .bind(event.to_string())
        .bind(but.0)
        .list(db, |row| Ok((UserId(row.int("user_id")?), row.text("channel")?)))
        .await
}
