//! Mails that are to be sent: rows that are written with what causes them.

use model::{MailId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub id: MailId,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    /// Why it is sent; stored by name.
    pub reason: String,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, recipient, subject, body_text, reason, created_at, sent_at";

fn read(row: &AnyRow) -> Result<Mail, Error> {
    Ok(Mail {
        id: MailId(row.int("id")?),
        recipient: row.text("recipient")?,
        subject: row.text("subject")?,
        body: row.text("body_text")?,
        reason: row.text("reason")?,
        created_at: row.time("created_at")?,
        sent_at: row.optional_time("sent_at")?,
    })
}

pub async fn add(db: &mut Connection, mail: &Mail) -> Result<(), Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO mails ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    ));
    sqlx::query(sql)
        .bind(mail.id.0)
        .bind(clean(&mail.recipient))
        .bind(clean(&mail.subject))
        .bind(clean(&mail.body))
        .bind(&mail.reason)
        .bind(mail.created_at.0)
        .bind(mail.sent_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(())
}

/// All mails of the installation, newest first.
pub async fn list(db: &mut Connection, page: IdPage) -> Result<Vec<Mail>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM mails WHERE 1 = 1"));
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

pub async fn find(db: &mut Connection, id: MailId) -> Result<Option<Mail>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM mails WHERE id = $1"));
    sqlx::query(sql).bind(id.0).find(db, read).await
}

/// Removes those that were written before `before`: what they hold is of no use then.
pub async fn delete_before(db: &mut Connection, before: Timestamp) -> Result<u64, Error> {
    sqlx::query("DELETE FROM mails WHERE created_at < $1")
        .bind(before.0)
        .run(db)
        .await
}
