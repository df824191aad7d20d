//! Jobs that are independent of each other: a worker holds each of them by itself.

use model::{JobId, Timestamp};

use super::{COLUMNS, Job, State, read};
use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

/// Shards in which a job is due, that with the oldest one first. Each shard is looked up by itself, so that one with a
/// million jobs costs no more than one with a single one.
pub async fn due_shards(db: &mut Connection, now: Timestamp, limit: i64) -> Result<Vec<String>, Error> {
    let sql = "WITH RECURSIVE shards (shard) AS (
            SELECT MIN(shard) FROM jobs WHERE lane = 'delivery' AND state = 'waiting'
            UNION ALL
            SELECT (SELECT MIN(jobs.shard) FROM jobs
                WHERE jobs.lane = 'delivery' AND jobs.state = 'waiting' AND jobs.shard > shards.shard)
            FROM shards WHERE shards.shard IS NOT NULL
        ), heads AS (
            SELECT shards.shard AS shard, (SELECT jobs.id FROM jobs
                WHERE jobs.lane = 'delivery' AND jobs.state = 'waiting' AND jobs.shard = shards.shard AND jobs.due_at <= $1
                ORDER BY jobs.due_at, jobs.id LIMIT 1) AS head
            FROM shards WHERE shards.shard IS NOT NULL
        )
        SELECT shard FROM heads WHERE head IS NOT NULL ORDER BY head LIMIT $2";
    sqlx::query(sql)
        .bind(now.0)
        .bind(limit)
        .list(db, |row| row.text("shard"))
        .await
}

/// Due jobs of a shard and their kinds, those that are due for the longest time first.
pub async fn list_due(
    db: &mut Connection,
    shard: &str,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(JobId, String)>, Error> {
    let sql = "SELECT id, name FROM jobs WHERE lane = 'delivery' AND state = 'waiting' AND shard = $1 AND due_at <= $2
        ORDER BY due_at, id LIMIT $3";
    sqlx::query(sql)
        .bind(shard)
        .bind(now.0)
        .bind(limit)
        .list(db, |row| Ok((JobId(row.int("id")?), row.text("name")?)))
        .await
}

/// Takes jobs for a worker: those of them that nobody else has taken meanwhile.
pub async fn claim(db: &mut Connection, worker: i64, jobs: &[JobId], now: Timestamp) -> Result<Vec<Job>, Error> {
    let mut sql = Sql::new("UPDATE jobs SET state = 'running', worker_id = ");
    sql.int(worker).push(", tried_at = ").int(now.0);
    sql.push(" WHERE state = 'waiting' AND due_at <= ").int(now.0);
    sql.push(" AND id IN ").plain_ints(jobs.iter().map(|job| job.0));
    sql.push(&format!(" RETURNING {COLUMNS}"));
    let mut claimed = sql.query_once().list(db, read).await?;
    claimed.sort_unstable_by_key(|job| (job.due_at, job.id));
    Ok(claimed)
}

/// Whether the worker still holds the job; if so, nobody else takes it before the transaction has ended.
pub async fn holds(db: &mut Connection, worker: i64, job: JobId) -> Result<bool, Error> {
    let sql = "UPDATE jobs SET worker_id = worker_id WHERE id = $1 AND worker_id = $2";
    Ok(sqlx::query(sql).bind(job.0).bind(worker).run(db).await? == 1)
}

/// Removes jobs that are done. How many of them the worker held.
pub async fn delete_held(db: &mut Connection, worker: i64, jobs: &[JobId]) -> Result<u64, Error> {
    let mut sql = Sql::new("DELETE FROM jobs WHERE worker_id = ");
    sql.int(worker)
        .push(" AND id IN ")
        .plain_ints(jobs.iter().map(|job| job.0));
    sql.query_once().run(db).await
}

/// Gives jobs back that were not begun.
pub async fn release(db: &mut Connection, worker: i64, jobs: &[JobId]) -> Result<(), Error> {
    let mut sql = Sql::new("UPDATE jobs SET state = 'waiting', worker_id = NULL WHERE worker_id = ");
    sql.int(worker)
        .push(" AND id IN ")
        .plain_ints(jobs.iter().map(|job| job.0));
    sql.query_once().run(db).await?;
    Ok(())
}

/// Notes that an attempt did not do it: how often it failed, why, and when it is tried again; `None`: not by itself.
pub async fn settle(
    db: &mut Connection,
    worker: i64,
    job: JobId,
    attempts: u32,
    error: Option<&str>,
    now: Timestamp,
    due_at: Option<Timestamp>,
) -> Result<bool, Error> {
    let sql = "UPDATE jobs SET state = $3, worker_id = NULL, attempts = $4, error = $5, due_at = $6, waits_from = $7, lapses = 0
        WHERE id = $1 AND worker_id = $2";
    let state = if due_at.is_some() { State::Waiting } else { State::Dead };
    let changed = sqlx::query(sql)
        .bind(job.0)
        .bind(worker)
        .bind(state.name())
        .bind(i64::from(attempts))
        .bind(error.map(clean))
        .bind(due_at.unwrap_or(now).0)
        .bind(now.0)
        .run(db)
        .await?;
    Ok(changed == 1)
}
