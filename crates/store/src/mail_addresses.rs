//! E-mail addresses of organizations that are no user's, as distribution lists, and what they do not want to hear of.

use model::{IssueId, MailAddressId, OrganizationId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAddress {
    pub id: MailAddressId,
    pub organization: OrganizationId,
    /// In lower case; with `@` in front a whole domain.
    pub address: String,
    /// Stored by name.
    pub purpose: String,
    /// The hash of the secret that confirms it.
    pub confirmation: String,
    pub confirmed_at: Option<Timestamp>,
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
}

const COLUMNS: &str = "id, organization_id, address, purpose, confirmation, confirmed_at, created_by, created_at";

fn read(row: &AnyRow) -> Result<MailAddress, Error> {
    Ok(MailAddress {
        id: MailAddressId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        address: row.text("address")?,
        purpose: row.text("purpose")?,
        confirmation: row.text("confirmation")?,
        confirmed_at: row.optional_time("confirmed_at")?,
        created_by: row.optional_int("created_by")?.map(UserId),
        created_at: row.time("created_at")?,
    })
}

/// [`Error::Conflict`] when the organization has the address.
pub async fn add(db: &mut Connection, new: &MailAddress) -> Result<(), Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO mail_addresses ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    ));
    sqlx::query(sql)
        .bind(new.id.0)
        .bind(new.organization.0)
        .bind(clean(&new.address))
        .bind(clean(&new.purpose))
        .bind(&new.confirmation)
        .bind(new.confirmed_at.map(|at| at.0))
        .bind(new.created_by.map(|id| id.0))
        .bind(new.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// By address.
pub async fn list(db: &mut Connection, organization: OrganizationId) -> Result<Vec<MailAddress>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM mail_addresses WHERE organization_id = $1 ORDER BY address"
    ));
    sqlx::query(sql).bind(organization.0).list(db, read).await
}

pub async fn find(
    db: &mut Connection,
    organization: OrganizationId,
    id: MailAddressId,
) -> Result<Option<MailAddress>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM mail_addresses WHERE organization_id = $1 AND id = $2"
    ));
    sqlx::query(sql).bind(organization.0).bind(id.0).find(db, read).await
}

/// The address itself, and the domain that it lies in.
pub async fn find_for(
    db: &mut Connection,
    organization: OrganizationId,
    address: &str,
) -> Result<Vec<MailAddress>, Error> {
    let address = address.to_lowercase();
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM mail_addresses WHERE organization_id = $1 AND address IN ($2, $3)"
    ));
    sqlx::query(sql)
        .bind(organization.0)
        .bind(clean(&address))
        .bind(clean(&format!("@{domain}")))
        .list(db, read)
        .await
}

/// The one that a mailed secret confirms, wherever it is.
pub async fn find_by_confirmation(db: &mut Connection, hash: &str) -> Result<Option<MailAddress>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM mail_addresses WHERE confirmation = $1"));
    sqlx::query(sql).bind(hash).find(db, read).await
}

pub async fn set_purpose(
    db: &mut Connection,
    organization: OrganizationId,
    id: MailAddressId,
    purpose: &str,
) -> Result<bool, Error> {
    let sql = "UPDATE mail_addresses SET purpose = $3 WHERE organization_id = $1 AND id = $2";
    let changed = sqlx::query(sql).bind(organization.0).bind(id.0).bind(purpose).run(db);
    Ok(changed.await? == 1)
}

/// Makes another secret the one that confirms it.
pub async fn set_confirmation(
    db: &mut Connection,
    organization: OrganizationId,
    id: MailAddressId,
    hash: &str,
) -> Result<(), Error> {
    let sql = "UPDATE mail_addresses SET confirmation = $3 WHERE organization_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(id.0)
        .bind(hash)
        .run(db)
        .await?;
    Ok(())
}

pub async fn confirm(
    db: &mut Connection,
    organization: OrganizationId,
    id: MailAddressId,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE mail_addresses SET confirmed_at = $3
        WHERE organization_id = $1 AND id = $2 AND confirmed_at IS NULL";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(id.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn delete(db: &mut Connection, organization: OrganizationId, id: MailAddressId) -> Result<bool, Error> {
    let sql = "DELETE FROM mail_addresses WHERE organization_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(organization.0).bind(id.0).run(db).await? == 1)
}

/// Tells an address nothing more of an issue.
pub async fn mute(db: &mut Connection, address: &str, issue: IssueId) -> Result<(), Error> {
    let sql = "INSERT INTO mail_mutes (address, issue_id) VALUES ($1, $2) ON CONFLICT (address, issue_id) DO NOTHING";
    sqlx::query(sql)
        .bind(clean(&address.to_lowercase()))
        .bind(issue.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn is_muted(db: &mut Connection, address: &str, issue: IssueId) -> Result<bool, Error> {
    let sql = "SELECT 1 AS one FROM mail_mutes WHERE address = $1 AND issue_id = $2";
    let found = sqlx::query(sql)
        .bind(clean(&address.to_lowercase()))
        .bind(issue.0)
        .find(db, |row| row.int("one"))
        .await?;
    Ok(found.is_some())
}
