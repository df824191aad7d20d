//! Who belongs to an organization.

use model::{MemberId, OrganizationId, OrganizationRole, Timestamp, UserId};

use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    users::{self, User},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: MemberId,
    pub organization: OrganizationId,
    pub user: UserId,
    pub role: OrganizationRole,
    pub created_at: Timestamp,
}

fn read(row: &AnyRow) -> Result<Member, Error> {
    Ok(Member {
        id: MemberId(row.int("member_id")?),
        organization: OrganizationId(row.int("organization_id")?),
        user: UserId(row.int("user_id")?),
        role: row.name("role", OrganizationRole::from_name)?,
        created_at: row.time("joined_at")?,
    })
}

const COLUMNS: &str = "m.id AS member_id, m.organization_id, m.user_id, m.role, m.created_at AS joined_at";

/// [`Error::Conflict`] when the user is a member already.
pub async fn create(db: &mut Connection, member: &Member) -> Result<(), Error> {
    sqlx::query("INSERT INTO members (id, organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(member.id.0)
        .bind(member.organization.0)
        .bind(member.user.0)
        .bind(member.role.name())
        .bind(member.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn find(db: &mut Connection, organization: OrganizationId, user: UserId) -> Result<Option<Member>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM members m WHERE m.organization_id = $1 AND m.user_id = $2"
    ));
    sqlx::query(sql).bind(organization.0).bind(user.0).find(db, read).await
}

/// All members with their users, by e-mail.
pub async fn list(db: &mut Connection, organization: OrganizationId) -> Result<Vec<(Member, User)>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS}, {} FROM members m JOIN users u ON u.id = m.user_id
         WHERE m.organization_id = $1 ORDER BY u.email",
        users::COLUMNS
    ));
    sqlx::query(sql)
        .bind(organization.0)
        .list(db, |row| Ok((read(row)?, users::read(row)?)))
        .await
}

pub async fn find_by_id(
    db: &mut Connection,
    organization: OrganizationId,
    id: MemberId,
) -> Result<Option<(Member, User)>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS}, {} FROM members m JOIN users u ON u.id = m.user_id
         WHERE m.organization_id = $1 AND m.id = $2",
        users::COLUMNS
    ));
    sqlx::query(sql)
        .bind(organization.0)
        .bind(id.0)
        .find(db, |row| Ok((read(row)?, users::read(row)?)))
        .await
}

pub async fn set_role(
    db: &mut Connection,
    organization: OrganizationId,
    id: MemberId,
    role: OrganizationRole,
) -> Result<(), Error> {
    sqlx::query("UPDATE members SET role = $3 WHERE organization_id = $1 AND id = $2")
        .bind(organization.0)
        .bind(id.0)
        .bind(role.name())
        .run(db)
        .await?;
    Ok(())
}

/// Ends a membership, and those in the teams of the organization.
pub async fn delete(db: &mut Connection, organization: OrganizationId, user: UserId) -> Result<(), Error> {
    for sql in [
        "DELETE FROM team_members WHERE user_id = $2 AND team_id IN (SELECT id FROM teams WHERE organization_id = $1)",
        "DELETE FROM team_requests WHERE user_id = $2 AND team_id IN (SELECT id FROM teams WHERE organization_id = $1)",
        "DELETE FROM members WHERE organization_id = $1 AND user_id = $2",
    ] {
        sqlx::query(sql).bind(organization.0).bind(user.0).run(db).await?;
    }
    Ok(())
}

/// How many owners with an active account it has.
pub async fn count_owners(db: &mut Connection, organization: OrganizationId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) AS owners FROM members m JOIN users u ON u.id = m.user_id
        WHERE m.organization_id = $1 AND m.role = 'owner' AND u.is_active = 1";
    let owners = sqlx::query(sql)
        .bind(organization.0)
        .find(db, |row| row.int("owners"))
        .await?;
    Ok(owners.unwrap_or(0))
}
