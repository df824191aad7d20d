//! What people are shown of jobs, and what they do about them.

use model::{JobId, Timestamp};
use sqlx::any::AnyRow;

use super::{COLUMNS, Job, Lane, State, count, read};
use crate::{
    Connection, Error, IdPage,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// How many jobs of a name there are in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    pub name: String,
    pub lane: Lane,
    pub state: State,
    pub jobs: i64,
    /// When the oldest of them was written.
    pub oldest: Timestamp,
    /// Since when the one that waits for the longest time has been due.
    pub due_since: Option<Timestamp>,
}

/// A shard of the outbox that waits after failures, or is worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedShard {
    pub shard: String,
    pub attempts: u32,
    /// When it is tried again.
    pub due_at: Timestamp,
    pub tried_at: Option<Timestamp>,
    pub error: Option<String>,
    pub jobs: i64,
    /// The one that it waits for.
    pub first: Option<JobId>,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct JobFilter<'a> {
    pub name: Option<&'a str>,
    pub state: Option<State>,
    pub shard: Option<&'a str>,
}

pub async fn depths(db: &mut Connection, now: Timestamp) -> Result<Vec<Depth>, Error> {
    let sql = "SELECT name, lane, state, CAST(COUNT(*) AS BIGINT) AS jobs, MIN(created_at) AS oldest,
            MIN(CASE WHEN state <> 'waiting' OR due_at > $1 THEN NULL WHEN due_at > 0 THEN due_at ELSE created_at END)
            AS due_since
        FROM jobs GROUP BY name, lane, state ORDER BY name, lane, state";
    sqlx::query(sql)
        .bind(now.0)
        .list(db, |row| {
            Ok(Depth {
                name: row.text("name")?,
                lane: row.name("lane", Lane::from_name)?,
                state: row.name("state", State::from_name)?,
                jobs: row.int("jobs")?,
                oldest: row.time("oldest")?,
                due_since: row.optional_time("due_since")?,
            })
        })
        .await
}

pub async fn list(db: &mut Connection, filter: JobFilter<'_>, page: IdPage) -> Result<Vec<Job>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM jobs WHERE id > 0"));
    if let Some(name) = filter.name {
        sql.push(" AND name = ").text(name);
    }
    if let Some(state) = filter.state {
        sql.push(" AND state = ").text(state.name());
    }
    if let Some(shard) = filter.shard {
        sql.push(" AND shard = ").text(shard);
    }
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

pub async fn find(db: &mut Connection, job: JobId) -> Result<Option<Job>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM jobs WHERE id = $1"));
    sqlx::query(sql).bind(job.0).find(db, read).await
}

const SHARD: &str = "SELECT job_shards.shard AS shard, attempts, due_at, tried_at, error,
        CAST((SELECT COUNT(*) FROM jobs WHERE lane = 'outbox' AND jobs.shard = job_shards.shard) AS BIGINT) AS jobs,
        (SELECT jobs.id FROM jobs WHERE lane = 'outbox' AND state = 'waiting' AND jobs.shard = job_shards.shard
            ORDER BY jobs.due_at, jobs.id LIMIT 1) AS first_id
        FROM job_shards";

fn read_shard(row: &AnyRow) -> Result<BlockedShard, Error> {
    Ok(BlockedShard {
        shard: row.text("shard")?,
        attempts: count(row, "attempts")?,
        due_at: row.time("due_at")?,
        tried_at: row.optional_time("tried_at")?,
        error: row.optional_text("error")?,
        jobs: row.int("jobs")?,
        first: row.optional_int("first_id")?.map(JobId),
    })
}

/// Shards whose first job failed `attempts` times or more, the most often first.
pub async fn blocked(db: &mut Connection, attempts: u32, limit: i64) -> Result<Vec<BlockedShard>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "{SHARD} WHERE attempts >= $1 ORDER BY attempts DESC, shard LIMIT $2"
    ));
    sqlx::query(sql)
        .bind(i64::from(attempts))
        .bind(limit)
        .list(db, read_shard)
        .await
}

pub async fn count_blocked(db: &mut Connection, attempts: u32) -> Result<i64, Error> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) AS shards FROM job_shards WHERE attempts >= $1";
    let found = sqlx::query(sql)
        .bind(i64::from(attempts))
        .find(db, |row| row.int("shards"))
        .await?;
    Ok(found.unwrap_or(0))
}

/// What is known of a shard that is held or waits.
pub async fn shard(db: &mut Connection, shard: &str) -> Result<Option<BlockedShard>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("{SHARD} WHERE job_shards.shard = $1"));
    sqlx::query(sql).bind(shard).find(db, read_shard).await
}

/// Lets a job be tried at once; a dead one begins anew. `false` when it is being worked on, or gone.
pub async fn retry(db: &mut Connection, job: JobId) -> Result<bool, Error> {
    let sql = "UPDATE jobs SET due_at = 0, waits_from = NULL, lapses = 0,
            attempts = CASE WHEN state = 'dead' THEN 0 ELSE attempts END, state = 'waiting'
        WHERE id = $1 AND worker_id IS NULL";
    Ok(sqlx::query(sql).bind(job.0).run(db).await? == 1)
}

/// Lets a shard be tried at once. Its failures are still counted.
pub async fn retry_shard(db: &mut Connection, shard: &str) -> Result<(), Error> {
    let sql = "UPDATE job_shards SET due_at = 0, waits_from = NULL, lapses = 0 WHERE shard = $1 AND worker_id IS NULL";
    sqlx::query(sql).bind(shard).run(db).await?;
    Ok(())
}

/// Removes a job that nobody works on; with the last one of a shard what is known of the shard. `false` when somebody
/// does, or it is gone.
pub async fn delete(db: &mut Connection, job: JobId) -> Result<bool, Error> {
    let sql = "DELETE FROM jobs WHERE id = $1 AND worker_id IS NULL AND (lane <> 'outbox' OR NOT EXISTS
        (SELECT 1 FROM job_shards WHERE job_shards.shard = jobs.shard AND job_shards.worker_id IS NOT NULL))
        RETURNING shard";
    let deleted = sqlx::query(sql).bind(job.0).find(db, |row| row.text("shard")).await?;
    let Some(shard) = deleted else { return Ok(false) };
    let sql = "DELETE FROM job_shards WHERE shard = $1 AND worker_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.shard = job_shards.shard AND jobs.lane = 'outbox')";
    sqlx::query(sql).bind(shard).run(db).await?;
    Ok(true)
}
