//! Who was invited to an organization or asks to join it. Whoever is let in becomes a member, and the row goes.

use model::{InvitationId, OrganizationId, OrganizationRole, TeamId, TeamRole, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub organization: OrganizationId,
    /// Lower case.
    pub email: String,
    pub role: OrganizationRole,
    pub teams: Vec<(TeamId, TeamRole)>,
    pub status: InvitationStatus,
    /// The secret of the link, sealed; none of a request.
    pub token_sealed: Option<String>,
    pub inviter: Option<UserId>,
    /// As the inviter is called now; the address of who has given no name.
    pub inviter_name: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// Stored by name; the names are Sentry's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationStatus {
    /// May be accepted.
    Approved,
    /// Somebody asks to join by themselves.
    RequestedToJoin,
    /// A member, who may not invite, asks for somebody.
    RequestedToBeInvited,
}

impl InvitationStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::RequestedToJoin => "requested_to_join",
            Self::RequestedToBeInvited => "requested_to_be_invited",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Approved, Self::RequestedToJoin, Self::RequestedToBeInvited];
        all.into_iter().find(|status| status.name() == name)
    }
}

const COLUMNS: &str =
    "id, organization_id, email, role, teams, status, token_sealed, inviter_id, created_at, expires_at";

/// The same with what is read from elsewhere.
const READ: &str = "id, organization_id, email, role, teams, status, token_sealed, inviter_id, created_at, expires_at,
    (SELECT CASE WHEN u.name = '' THEN u.email ELSE u.name END FROM users u WHERE u.id = inviter_id) AS inviter_name";

fn read(row: &AnyRow) -> Result<Invitation, Error> {
    Ok(Invitation {
        id: InvitationId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        email: row.text("email")?,
        role: row.name("role", OrganizationRole::from_name)?,
        teams: row.json("teams")?,
        status: row.name("status", InvitationStatus::from_name)?,
        token_sealed: row.optional_text("token_sealed")?,
        inviter: row.optional_int("inviter_id")?.map(UserId),
        inviter_name: row.optional_text("inviter_name")?,
        created_at: row.time("created_at")?,
        expires_at: row.optional_time("expires_at")?,
    })
}

/// [`Error::Conflict`] when there is one for this address already.
pub async fn create(db: &mut Connection, invitation: &Invitation, token_hash: Option<&str>) -> Result<(), Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO invitations ({COLUMNS}, token_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    ));
    sqlx::query(sql)
        .bind(invitation.id.0)
        .bind(invitation.organization.0)
        .bind(clean(&invitation.email))
        .bind(invitation.role.name())
        .bind(serde_json::to_string(&invitation.teams)?)
        .bind(invitation.status.name())
        .bind(&invitation.token_sealed)
        .bind(invitation.inviter.map(|user| user.0))
        .bind(invitation.created_at.0)
        .bind(invitation.expires_at.map(|at| at.0))
        .bind(token_hash)
        .run(db)
        .await?;
    Ok(())
}

/// Changes role and teams.
pub async fn update(db: &mut Connection, invitation: &Invitation) -> Result<(), Error> {
    sqlx::query("UPDATE invitations SET role = $3, teams = $4 WHERE organization_id = $1 AND id = $2")
        .bind(invitation.organization.0)
        .bind(invitation.id.0)
        .bind(invitation.role.name())
        .bind(serde_json::to_string(&invitation.teams)?)
        .run(db)
        .await?;
    Ok(())
}

/// Lets it be accepted with a new link, until then.
pub async fn renew(db: &mut Connection, invitation: &Invitation, token_hash: &str) -> Result<(), Error> {
    let sql = "UPDATE invitations SET status = 'approved', token_hash = $3, token_sealed = $4, expires_at = $5
        WHERE organization_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(invitation.organization.0)
        .bind(invitation.id.0)
        .bind(token_hash)
        .bind(&invitation.token_sealed)
        .bind(invitation.expires_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(())
}

pub async fn find(
    db: &mut Connection,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<Option<Invitation>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {READ} FROM invitations WHERE organization_id = $1 AND id = $2"
    ));
    sqlx::query(sql).bind(organization.0).bind(id.0).find(db, read).await
}

pub async fn find_by_email(
    db: &mut Connection,
    organization: OrganizationId,
    email: &str,
) -> Result<Option<Invitation>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {READ} FROM invitations WHERE organization_id = $1 AND email = $2"
    ));
    sqlx::query(sql)
        .bind(organization.0)
        .bind(clean(email))
        .find(db, read)
        .await
}

/// The one whose link holds this secret.
pub async fn find_by_token(db: &mut Connection, token_hash: &str) -> Result<Option<Invitation>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {READ} FROM invitations WHERE token_hash = $1"));
    sqlx::query(sql).bind(token_hash).find(db, read).await
}

/// All of an organization, by e-mail.
pub async fn list(db: &mut Connection, organization: OrganizationId) -> Result<Vec<Invitation>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {READ} FROM invitations WHERE organization_id = $1 ORDER BY email"
    ));
    sqlx::query(sql).bind(organization.0).list(db, read).await
}

/// Returns `false` if it was gone: then somebody else has decided on it.
pub async fn delete(db: &mut Connection, organization: OrganizationId, id: InvitationId) -> Result<bool, Error> {
    let sql = "DELETE FROM invitations WHERE organization_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(organization.0).bind(id.0).run(db).await? == 1)
}
