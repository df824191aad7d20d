//! Who works, and what becomes of the jobs of those who are gone.

use model::{JobId, Timestamp};

use super::count;
use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// Says that a worker is there. Written before it takes something, in the same transaction.
pub async fn beat(db: &mut Connection, worker: i64) -> Result<(), Error> {
    let sql = "INSERT INTO job_workers (id, beat) VALUES ($1, 1)
        ON CONFLICT (id) DO UPDATE SET beat = job_workers.beat + 1";
    sqlx::query(sql).bind(worker).run(db).await?;
    Ok(())
}

/// The workers and their beats.
pub async fn list(db: &mut Connection) -> Result<Vec<(i64, i64)>, Error> {
    sqlx::query("SELECT id, beat FROM job_workers ORDER BY id")
        .list(db, |row| Ok((row.int("id")?, row.int("beat")?)))
        .await
}

/// How many workers hold something, but for this one.
pub async fn count_other_holders(db: &mut Connection, worker: i64) -> Result<i64, Error> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) AS holders FROM (
            SELECT worker_id FROM jobs WHERE worker_id IS NOT NULL AND worker_id <> $1
            UNION SELECT worker_id FROM job_shards WHERE worker_id IS NOT NULL AND worker_id <> $1
        ) AS others";
    let found = sqlx::query(sql).bind(worker).find(db, |row| row.int("holders")).await?;
    Ok(found.unwrap_or(0))
}

/// Something that a worker held when it was gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lapsed {
    Job { id: JobId, lapses: u32 },
    Shard { shard: String, lapses: u32 },
}

/// Gives back what a worker took without knowing of it.
pub async fn release_but(db: &mut Connection, worker: i64, jobs: &[JobId], shards: &[&str]) -> Result<(), Error> {
    let mut sql = Sql::new("UPDATE jobs SET state = 'waiting', worker_id = NULL WHERE worker_id = ");
    sql.int(worker)
        .push(" AND id NOT IN ")
        .plain_ints(jobs.iter().map(|job| job.0));
    sql.query_once().run(db).await?;
    let mut sql = Sql::new("UPDATE job_shards SET worker_id = NULL WHERE worker_id = ");
    sql.int(worker)
        .push(" AND shard NOT IN ")
        .texts(shards.iter().copied().chain([""]));
    sql.query_once().run(db).await?;
    Ok(())
}

/// Takes everything from a worker whose beat is still `beat`.
pub async fn release_of(db: &mut Connection, worker: i64, beat: i64) -> Result<Vec<Lapsed>, Error> {
    let sql = "DELETE FROM job_workers WHERE id = $1 AND beat = $2";
    if sqlx::query(sql).bind(worker).bind(beat).run(db).await? == 0 {
        return Ok(Vec::new());
    }
    release(db, Some(worker)).await
}

/// Takes everything from all workers: the caller knows that none of them is there any more.
pub async fn release_all(db: &mut Connection) -> Result<Vec<Lapsed>, Error> {
    sqlx::query("DELETE FROM job_workers").run(db).await?;
    release(db, None).await
}

async fn release(db: &mut Connection, worker: Option<i64>) -> Result<Vec<Lapsed>, Error> {
    let whose = |mut sql: Sql, returning: &str| {
        if let Some(worker) = worker {
            sql.push(" AND worker_id = ").int(worker);
        }
        sql.push(returning);
        sql
    };
    let jobs = Sql::new(
        "UPDATE jobs SET state = 'waiting', worker_id = NULL, lapses = lapses + 1 WHERE worker_id IS NOT NULL",
    );
    let mut lapsed = whose(jobs, " RETURNING id, lapses")
        .query()
        .list(db, |row| {
            Ok(Lapsed::Job {
                id: JobId(row.int("id")?),
                lapses: count(row, "lapses")?,
            })
        })
        .await?;
    let shards = Sql::new("UPDATE job_shards SET worker_id = NULL, lapses = lapses + 1 WHERE worker_id IS NOT NULL");
    let shards = whose(shards, " RETURNING shard, lapses").query();
    let shards = shards.list(db, |row| {
        Ok(Lapsed::Shard {
            shard: row.text("shard")?,
            lapses: count(row, "lapses")?,
        })
    });
    lapsed.extend(shards.await?);
    Ok(lapsed)
}

/// Lets what has lapsed wait.
pub async fn hold_back(db: &mut Connection, lapsed: &Lapsed, now: Timestamp, due_at: Timestamp) -> Result<(), Error> {
    let query = match lapsed {
        Lapsed::Job { id, .. } => {
            let sql = "UPDATE jobs SET due_at = $2, waits_from = $3 WHERE id = $1 AND worker_id IS NULL";
            sqlx::query(sql).bind(id.0)
        }
        Lapsed::Shard { shard, .. } => {
            let sql = "UPDATE job_shards SET due_at = $2, waits_from = $3 WHERE shard = $1 AND worker_id IS NULL";
            sqlx::query(sql).bind(shard)
        }
    };
    query.bind(due_at.0).bind(now.0).run(db).await?;
    Ok(())
}

/// A worker that holds nothing any more goes.
pub async fn leave(db: &mut Connection, worker: i64) -> Result<(), Error> {
    sqlx::query("DELETE FROM job_workers WHERE id = $1")
        .bind(worker)
        .run(db)
        .await?;
    Ok(())
}

/// Where the clock has stepped back: a wait that would begin in the future begins now, and is as long as it was.
pub async fn forget_waits(db: &mut Connection, now: Timestamp) -> Result<u64, Error> {
    let jobs = "UPDATE jobs SET due_at = due_at - waits_from + $1, waits_from = $1 WHERE waits_from > $1 AND state = 'waiting'";
    let shards = "UPDATE job_shards SET due_at = due_at - waits_from + $1, waits_from = $1 WHERE waits_from > $1";
    Ok(sqlx::query(jobs).bind(now.0).run(db).await? + sqlx::query(shards).bind(now.0).run(db).await?)
}
