//! Who belongs to an organization.

use model::{MemberId, OrganizationId, Timestamp, UserId};

use crate::{Connection, Error, row::{Column as _, Fetch as _}};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: MemberId,
    pub organization: OrganizationId,
    pub user: UserId,
    /// `owner`, until there are more.
    pub role: String,
    pub created_at: Timestamp,
}

/// [`Error::Conflict`] when the user is a member already.
pub async fn create(db: &mut Connection, member: &Member) -> Result<(), Error> {
    sqlx::query("INSERT INTO members (id, organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(member.id.0)
        .bind(member.organization.0)
        .bind(member.user.0)
        .bind(&member.role)
        .bind(member.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn find(db: &mut Connection, organization: OrganizationId, user: UserId) -> Result<Option<Member>, Error> {
    let sql = "SELECT id, organization_id, user_id, role, created_at FROM members
        WHERE organization_id = $1 AND user_id = $2";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(user.0)
        .find(db, |row| {
            Ok(Member {
                id: MemberId(row.int("id")?),
                organization: OrganizationId(row.int("organization_id")?),
                user: UserId(row.int("user_id")?),
                role: row.text("role")?,
                created_at: row.time("created_at")?,
            })
        })
        .await
}
