//! Who somebody is, or which channel a team has, in a service where people talk.

use model::{Assignee, OrganizationId, Timestamp};
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    notification_settings::read_holder,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq)]
pub struct ChatLink {
    pub holder: Assignee,
    pub organization: OrganizationId,
    pub provider: String,
    /// As people read it.
    pub label: String,
    /// By provider.
    pub target: Value,
}

fn read(row: &AnyRow) -> Result<ChatLink, Error> {
    Ok(ChatLink {
        holder: read_holder(row)?,
        organization: OrganizationId(row.int("organization_id")?),
        provider: row.text("provider")?,
        label: row.text("label")?,
        target: row.json("target")?,
    })
}

/// Those of these in an organization.
pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    holders: &[Assignee],
) -> Result<Vec<ChatLink>, Error> {
    let mut found = Vec::new();
    for some in holders.chunks(500) {
        let names: Vec<String> = some.iter().map(Assignee::to_string).collect();
        let mut sql = Sql::new(
            "SELECT user_id, team_id, organization_id, provider, label, target FROM chat_links WHERE organization_id = ",
        );
        sql.int(organization.0).push(" AND holder IN ");
        sql.texts(names.iter().map(String::as_str))
            .push(" ORDER BY holder, provider");
        found.extend(sql.query_once().list(db, read).await?);
    }
    Ok(found)
}

/// Writes a link, in the place of one to the same provider.
pub async fn set(db: &mut Connection, link: &ChatLink, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO chat_links (holder, organization_id, user_id, team_id, provider, label, target, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (holder, organization_id, provider)
        DO UPDATE SET label = excluded.label, target = excluded.target";
    sqlx::query(sql)
        .bind(link.holder.to_string())
        .bind(link.organization.0)
        .bind(link.holder.user().map(|user| user.0))
        .bind(link.holder.team().map(|team| team.0))
        .bind(clean(&link.provider))
        .bind(clean(&link.label))
        .bind(clean(&serde_json::to_string(&link.target)?))
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Returns `false` if there was none.
pub async fn delete(
    db: &mut Connection,
    organization: OrganizationId,
    holder: Assignee,
    provider: &str,
) -> Result<bool, Error> {
    let deleted = sqlx::query("DELETE FROM chat_links WHERE organization_id = $1 AND holder = $2 AND provider = $3")
        .bind(organization.0)
        .bind(holder.to_string())
        .bind(clean(provider))
        .run(db)
        .await?;
    Ok(deleted == 1)
}
