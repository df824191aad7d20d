//! Who may see to issues, as their rules say.

use std::collections::HashMap;

use model::{Assignee, IssueId, OrganizationId, ProjectId, TeamId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, VALUES_A_STATEMENT},
};

/// Somebody who may see to an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueOwner {
    pub issue: IssueId,
    pub kind: OwnerKind,
    pub owner: Assignee,
    /// The line that says so.
    pub rule: String,
    pub created_at: Timestamp,
}

/// What says so. Stored as its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerKind {
    Rule = 1,
    Codeowners = 2,
    Commit = 3,
}

impl OwnerKind {
    /// As the API has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule => "ownershipRule",
            Self::Codeowners => "codeowners",
            Self::Commit => "suspectCommit",
        }
    }

    fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            1 => Self::Rule,
            2 => Self::Codeowners,
            3 => Self::Commit,
            _ => return None,
        })
    }
}

fn read(row: &AnyRow) -> Result<IssueOwner, Error> {
    let user = row.optional_int("user_id")?.map(|id| Assignee::User(UserId(id)));
    let team = row.optional_int("team_id")?.map(|id| Assignee::Team(TeamId(id)));
    Ok(IssueOwner {
        issue: IssueId(row.int("issue_id")?),
        kind: row.number("kind", OwnerKind::from_number)?,
        owner: team
            .or(user)
            .ok_or_else(|| Error::Corrupt("an owner of an issue is nobody".to_owned()))?,
        rule: row.text("rule")?,
        created_at: row.time("created_at")?,
    })
}

/// The owners of several issues, by issue, the first one first.
pub async fn list(db: &mut Connection, projects: &[ProjectId], issues: &[IssueId]) -> Result<Vec<IssueOwner>, Error> {
    let mut found = Vec::new();
    for issues in issues.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new(
            "SELECT o.issue_id, o.kind, o.user_id, o.team_id, o.rule, o.created_at
             FROM issue_owners o JOIN issues i ON i.id = o.issue_id WHERE i.project_id IN ",
        );
        sql.ints(projects.iter().map(|project| project.0));
        sql.push(" AND o.issue_id IN ")
            .ints(issues.iter().map(|issue| issue.0))
            .push(" ORDER BY o.issue_id, o.place");
        found.extend(sql.query().list(db, read).await?);
    }
    Ok(found)
}

/// Puts owners in the place of those that an issue had, in this order, and keeps the key of what they come from.
pub async fn replace(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    key: i64,
    owners: &[IssueOwner],
) -> Result<(), Error> {
    sqlx::query("UPDATE issues SET owners_key = $3 WHERE project_id = $1 AND id = $2")
        .bind(project.0)
        .bind(issue.0)
        .bind(key)
        .run(db)
        .await?;
    sqlx::query("DELETE FROM issue_owners WHERE issue_id = $1")
        .bind(issue.0)
        .run(db)
        .await?;
    let sql = "INSERT INTO issue_owners (issue_id, place, kind, user_id, team_id, rule, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    for (place, owner) in (0..).zip(owners) {
        let place: i64 = place;
        sqlx::query(sql)
            .bind(issue.0)
            .bind(place)
            .bind(owner.kind as i64)
            .bind(owner.owner.user().map(|user| user.0))
            .bind(owner.owner.team().map(|team| team.0))
            .bind(clean(&owner.rule))
            .bind(owner.created_at.0)
            .run(db)
            .await?;
    }
    Ok(())
}

/// The teams of a project that have these slugs.
pub async fn teams(
    db: &mut Connection,
    organization: OrganizationId,
    project: ProjectId,
    slugs: &[&str],
) -> Result<HashMap<String, TeamId>, Error> {
    let mut found = HashMap::new();
    for slugs in slugs.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new(
            "SELECT t.id, t.slug FROM teams t JOIN project_teams p ON p.team_id = t.id WHERE t.organization_id = ",
        );
        sql.int(organization.0).push(" AND p.project_id = ").int(project.0);
        sql.push(" AND t.slug IN ").texts(slugs.iter().copied());
        let teams = sql
            .query()
            .list(db, |row| Ok((row.text("slug")?, TeamId(row.int("id")?))));
        found.extend(teams.await?);
    }
    Ok(found)
}

/// The active members of an organization who see a project and have one of these e-mail addresses, also as a further one
/// that they have confirmed. Where membership is not open, members see the projects of their teams.
pub async fn users(
    db: &mut Connection,
    organization: OrganizationId,
    project: ProjectId,
    is_open: bool,
    emails: &[&str],
) -> Result<HashMap<String, UserId>, Error> {
    let mut found = HashMap::new();
    for emails in emails.chunks(VALUES_A_STATEMENT / 2) {
        let mut sql = Sql::new("SELECT u.id, u.email FROM users u JOIN members m ON m.user_id = u.id WHERE ");
        push_seers(&mut sql, organization, project, is_open);
        sql.push(" AND u.email IN ").texts(emails.iter().copied());
        sql.push(
            " UNION SELECT u.id, e.email FROM user_emails e JOIN users u ON u.id = e.user_id
              JOIN members m ON m.user_id = u.id WHERE e.verified_at IS NOT NULL AND ",
        );
        push_seers(&mut sql, organization, project, is_open);
        sql.push(" AND e.email IN ").texts(emails.iter().copied());
        let users = sql
            .query()
            .list(db, |row| Ok((row.text("email")?, UserId(row.int("id")?))));
        found.extend(users.await?);
    }
    Ok(found)
}

/// That `m` is the membership of an active `u` who sees the project.
fn push_seers(sql: &mut Sql, organization: OrganizationId, project: ProjectId, is_open: bool) {
    sql.push("u.is_active = 1 AND m.role <> 'billing' AND m.organization_id = ")
        .int(organization.0);
    if !is_open {
        sql.push(
            " AND (m.role IN ('manager', 'owner') OR EXISTS (SELECT 1 FROM team_members tm
              JOIN project_teams pt ON pt.team_id = tm.team_id WHERE tm.user_id = u.id AND pt.project_id = ",
        );
        sql.int(project.0).push("))");
    }
}
