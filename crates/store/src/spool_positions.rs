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

/// `newest_sequence` is that of the newest row of the event index; an older one changes nothing.
pub async fn set(db: &mut Connection, shard: i64, position: u64, newest_sequence: i64) -> Result<(), Error> {
    let position = i64::try_from(position).map_err(|_| Error::Corrupt("the spool position is too large".to_owned()))?;
    let sql = "INSERT INTO spool_positions (shard, position, newest_sequence) VALUES ($1, $2, $3)
        ON CONFLICT (shard) DO UPDATE SET position = excluded.position, newest_sequence =
            CASE WHEN excluded.newest_sequence > spool_positions.newest_sequence
                THEN excluded.newest_sequence ELSE spool_positions.newest_sequence END";
    sqlx::query(sql)
        .bind(shard)
        .bind(position)
        .bind(newest_sequence)
        .run(db)
        .await?;
    Ok(())
}
