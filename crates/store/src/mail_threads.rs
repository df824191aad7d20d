//! Which mail was the first about an issue to an address: later ones answer it.

use model::{IssueId, Timestamp};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

/// Begins the thread of an address and an issue with this mail, unless it has begun; returns the id of its first mail.
pub async fn join(
    db: &mut Connection,
    address: &str,
    issue: IssueId,
    message_id: &str,
    at: Timestamp,
) -> Result<String, Error> {
    let sql = "INSERT INTO mail_threads (address, issue_id, message_id, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (address, issue_id) DO UPDATE SET created_at = mail_threads.created_at RETURNING message_id";
    let first = sqlx::query(sql)
        .bind(clean(&address.to_lowercase()))
        .bind(issue.0)
        .bind(message_id)
        .bind(at.0)
        .find(db, |row| row.text("message_id"))
        .await?;
    Ok(first.unwrap_or_else(|| message_id.to_owned()))
}
