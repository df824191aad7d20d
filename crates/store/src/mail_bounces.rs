//! Addresses that servers refuse for good.

use model::Timestamp;
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

/// From so many refusals in a row on nothing is sent to an address.
pub const LIMIT: i64 = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    pub address: String,
    /// In a row.
    pub hard_bounces: i64,
    /// What the server said the last time.
    pub answer: String,
    pub last_at: Timestamp,
}

impl Bounce {
    pub fn is_flagged(&self) -> bool {
        self.hard_bounces >= LIMIT
    }
}

fn read(row: &AnyRow) -> Result<Bounce, Error> {
    Ok(Bounce {
        address: row.text("address")?,
        hard_bounces: row.int("hard_bounces")?,
        answer: row.text("answer")?,
        last_at: row.time("last_at")?,
    })
}

/// Counts a refusal.
pub async fn add(db: &mut Connection, address: &str, answer: &str, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO mail_bounces (address, hard_bounces, answer, last_at) VALUES ($1, 1, $2, $3)
        ON CONFLICT (address) DO UPDATE SET hard_bounces = mail_bounces.hard_bounces + 1, answer = $2, last_at = $3";
    sqlx::query(sql)
        .bind(clean(&address.to_lowercase()))
        .bind(clean(answer))
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Forgets the refusals of an address: a mail to it was taken, or somebody wants to try again.
pub async fn clear(db: &mut Connection, address: &str) -> Result<bool, Error> {
    let sql = "DELETE FROM mail_bounces WHERE address = $1";
    Ok(sqlx::query(sql).bind(clean(&address.to_lowercase())).run(db).await? == 1)
}

/// What is known of some addresses, which are compared in lower case.
pub async fn of(db: &mut Connection, addresses: &[&str]) -> Result<Vec<Bounce>, Error> {
    let mut found = Vec::new();
    for some in addresses.chunks(crate::sql::VALUES_A_STATEMENT) {
        let mut sql = Sql::new("SELECT address, hard_bounces, answer, last_at FROM mail_bounces WHERE address IN (''");
        for address in some {
            sql.push(", ").text(&address.to_lowercase());
        }
        sql.push(")");
        found.extend(sql.query_once().list(db, read).await?);
    }
    Ok(found)
}

/// Those of these addresses to which nothing is sent, in lower case.
pub async fn flagged(db: &mut Connection, addresses: &[&str]) -> Result<Vec<String>, Error> {
    let found = of(db, addresses).await?;
    let flagged = found.into_iter().filter(Bounce::is_flagged);
    Ok(flagged.map(|bounce| bounce.address).collect())
}

/// Those to which nothing is sent, the latest first.
pub async fn list_flagged(db: &mut Connection, limit: i64) -> Result<Vec<Bounce>, Error> {
    let sql = "SELECT address, hard_bounces, answer, last_at FROM mail_bounces WHERE hard_bounces >= $1
        ORDER BY last_at DESC, address LIMIT $2";
    sqlx::query(sql).bind(LIMIT).bind(limit).list(db, read).await
}
