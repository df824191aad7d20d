//! Jobs that are done in order: a worker holds their shard.

use model::{JobId, Timestamp};

use super::{COLUMNS, Job, count, read};
use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

/// A shard that a worker has taken, with what was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldShard {
    pub shard: String,
    /// How often its first job failed.
    pub attempts: u32,
}

/// How a shard goes on after an attempt that did not do it.
#[derive(Debug, Clone, Copy)]
pub struct Retry<'a> {
    pub attempts: u32,
    pub error: Option<&'a str>,
    pub due_at: Timestamp,
}

/// Shards with a job that is due, that nobody holds and that do not wait, that with the oldest job first.
pub async fn free_shards(db: &mut Connection, now: Timestamp, limit: i64) -> Result<Vec<String>, Error> {
    let sql = "WITH RECURSIVE shards (shard) AS (
            SELECT MIN(shard) FROM jobs WHERE lane = 'outbox' AND state = 'waiting'
            UNION ALL
            SELECT (SELECT MIN(jobs.shard) FROM jobs
                WHERE jobs.lane = 'outbox' AND jobs.state = 'waiting' AND jobs.shard > shards.shard)
            FROM shards WHERE shards.shard IS NOT NULL
        ), heads AS (
            SELECT shards.shard AS shard, (SELECT jobs.id FROM jobs
                WHERE jobs.lane = 'outbox' AND jobs.state = 'waiting' AND jobs.shard = shards.shard AND jobs.due_at <= $1
                ORDER BY jobs.due_at, jobs.id LIMIT 1) AS head
            FROM shards WHERE shards.shard IS NOT NULL
        )
        SELECT heads.shard AS shard FROM heads LEFT JOIN job_shards ON job_shards.shard = heads.shard
        WHERE heads.head IS NOT NULL
            AND (job_shards.shard IS NULL OR (job_shards.worker_id IS NULL AND job_shards.due_at <= $1))
        ORDER BY heads.head LIMIT $2";
    sqlx::query(sql)
        .bind(now.0)
        .bind(limit)
        .list(db, |row| row.text("shard"))
        .await
}

/// Takes a shard for a worker, unless somebody else has, or it waits.
pub async fn claim_shard(
    db: &mut Connection,
    worker: i64,
    shard: &str,
    now: Timestamp,
) -> Result<Option<HeldShard>, Error> {
    let sql = "INSERT INTO job_shards (shard, worker_id, due_at, attempts, lapses) VALUES ($1, $2, 0, 0, 0)
        ON CONFLICT (shard) DO UPDATE SET worker_id = excluded.worker_id
            WHERE job_shards.worker_id IS NULL AND job_shards.due_at <= $3
        RETURNING shard, attempts";
    sqlx::query(sql)
        .bind(shard)
        .bind(worker)
        .bind(now.0)
        .find(db, |row| {
            Ok(HeldShard {
                shard: row.text("shard")?,
                attempts: count(row, "attempts")?,
            })
        })
        .await
}

/// The due jobs of a shard in their order.
pub async fn list_shard(db: &mut Connection, shard: &str, now: Timestamp, limit: i64) -> Result<Vec<Job>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM jobs WHERE lane = 'outbox' AND state = 'waiting' AND shard = $1 AND due_at <= $2
        ORDER BY due_at, id LIMIT $3"
    ));
    sqlx::query(sql)
        .bind(shard)
        .bind(now.0)
        .bind(limit)
        .list(db, read)
        .await
}

/// All due jobs that are the same work as `job`, and the payload of the last one.
pub async fn list_same(
    db: &mut Connection,
    job: &Job,
    now: Timestamp,
    limit: i64,
) -> Result<(Vec<JobId>, Option<String>), Error> {
    let Some(object) = &job.object else {
        return Ok((vec![job.id], None));
    };
    let sql = "SELECT id FROM jobs WHERE shard = $1 AND name = $2 AND object = $3 AND object IS NOT NULL
            AND lane = 'outbox' AND due_at <= $4 ORDER BY due_at, id LIMIT $5";
    let same = sqlx::query(sql)
        .bind(&job.shard)
        .bind(&job.name)
        .bind(object)
        .bind(now.0)
        .bind(limit)
        .list(db, |row| row.int("id").map(JobId))
        .await?;
    let payload = match same.last() {
        Some(last) if *last != job.id => {
            let sql = "SELECT payload FROM jobs WHERE id = $1";
            sqlx::query(sql)
                .bind(last.0)
                .find(db, |row| row.text("payload"))
                .await?
        }
        _ => None,
    };
    Ok((same, payload))
}

/// Whether the worker still holds the shard; if so, nobody else takes it before the transaction has ended.
async fn holds_shard(db: &mut Connection, worker: i64, shard: &str) -> Result<bool, Error> {
    let sql = "UPDATE job_shards SET worker_id = worker_id WHERE shard = $1 AND worker_id = $2";
    Ok(sqlx::query(sql).bind(shard).bind(worker).run(db).await? == 1)
}

/// Removes jobs of a shard that are done, if the worker still holds it. The failures before are forgotten.
pub async fn delete_of_shard(db: &mut Connection, worker: i64, shard: &str, jobs: &[JobId]) -> Result<bool, Error> {
    if !holds_shard(db, worker, shard).await? {
        return Ok(false);
    }
    if jobs.is_empty() {
        return Ok(true);
    }
    let sql = "UPDATE job_shards SET attempts = 0, lapses = 0, error = NULL
        WHERE shard = $1 AND (attempts > 0 OR lapses > 0 OR error IS NOT NULL)";
    sqlx::query(sql).bind(shard).run(db).await?;
    let mut sql = Sql::new("DELETE FROM jobs WHERE id IN ");
    sql.plain_ints(jobs.iter().map(|job| job.0));
    sql.query_once().run(db).await?;
    Ok(true)
}

/// Lets go of a shard after an attempt that did not do it.
pub async fn settle_shard(
    db: &mut Connection,
    worker: i64,
    shard: &str,
    now: Timestamp,
    retry: Retry<'_>,
) -> Result<bool, Error> {
    let sql =
        "UPDATE job_shards SET worker_id = NULL, attempts = $3, lapses = 0, error = $4, due_at = $5, waits_from = $6,
        tried_at = $6 WHERE shard = $1 AND worker_id = $2";
    let changed = sqlx::query(sql)
        .bind(shard)
        .bind(worker)
        .bind(i64::from(retry.attempts))
        .bind(retry.error.map(clean))
        .bind(retry.due_at.0)
        .bind(now.0)
        .run(db)
        .await?;
    Ok(changed == 1)
}

/// Lets go of a shard of which nothing is left to do now.
pub async fn remove_shard(db: &mut Connection, worker: i64, shard: &str) -> Result<(), Error> {
    let sql = "DELETE FROM job_shards WHERE shard = $1 AND worker_id = $2";
    sqlx::query(sql).bind(shard).bind(worker).run(db).await?;
    Ok(())
}

/// Lets go of a shard that others may go on with at once.
pub async fn release_shard(db: &mut Connection, worker: i64, shard: &str) -> Result<(), Error> {
    let sql = "UPDATE job_shards SET worker_id = NULL WHERE shard = $1 AND worker_id = $2";
    sqlx::query(sql).bind(shard).bind(worker).run(db).await?;
    Ok(())
}
