//! Up to where the spool has been processed.

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

/// The one shard of an installation that is not scaled out.
pub const SHARD: i64 = 0;

pub async fn get(db: &mut Connection, shard: i64) -> Result<u64, Error> {
    let sql = "SELECT position FROM spool_positions WHERE shard = $1";
    let position = sqlx::query(sql)
        .bind(shard)
        .find(db, |row| row.int("position"))
        .await?
        .unwrap_or(0);
    u64::try_from(position).map_err(|_| Error::Corrupt("the spool position is negative".to_owned()))
}

pub async fn set(db: &mut Connection, shard: i64, position: u64) -> Result<(), Error> {
    let position = i64::try_from(position).map_err(|_| Error::Corrupt("the spool position is too large".to_owned()))?;
    let sql = "INSERT INTO spool_positions (shard, position) VALUES ($1, $2)
        ON CONFLICT (shard) DO UPDATE SET position = excluded.position";
    sqlx::query(sql).bind(shard).bind(position).run(db).await?;
    Ok(())
}
