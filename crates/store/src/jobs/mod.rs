//! Durable jobs: what waits, who works on it, and what failed. The rules are in `queue`.
//!
//! Jobs of the outbox lane are held by shard (`job_shards`), deliveries one by one; a hold is a worker's id, and whoever
//! is not the holder any more changes nothing.

mod deliveries;
mod outbox;
mod overview;
mod schedules;
mod workers;

pub use deliveries::{claim, delete_held, due_shards, holds, list_due, release, settle};
pub use outbox::{
    HeldShard, Retry, claim_shard, delete_of_shard, free_shards, list_same, list_shard, release_shard, remove_shard,
    settle_shard,
};
pub use overview::{
    BlockedShard, Depth, JobFilter, blocked, count_blocked, delete, depths, find, list, retry, retry_shard, shard,
};
pub use schedules::{advance, begin, list as list_schedules};
pub use workers::{
    Lapsed, beat, count_other_holders, forget_waits, hold_back, leave, list as list_workers, release_all, release_but,
    release_of,
};

use model::{JobId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Outbox,
    Delivery,
}

impl Lane {
    pub fn name(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Delivery => "delivery",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Outbox, Self::Delivery]
            .into_iter()
            .find(|lane| lane.name() == name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting,
    Running,
    /// It failed too often, and is not tried again by itself.
    Dead,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Dead => "dead",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Waiting, Self::Running, Self::Dead]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub name: String,
    pub lane: Lane,
    pub shard: String,
    pub object: Option<String>,
    pub payload: String,
    pub state: State,
    pub created_at: Timestamp,
    /// 1970: at once.
    pub due_at: Timestamp,
    /// How often it failed.
    pub attempts: u32,
    /// How often its worker was gone before it had ended.
    pub lapses: u32,
    pub tried_at: Option<Timestamp>,
    pub error: Option<String>,
}

const COLUMNS: &str =
    "id, name, lane, shard, object, payload, state, created_at, due_at, attempts, lapses, tried_at, error";

fn read(row: &AnyRow) -> Result<Job, Error> {
    Ok(Job {
        id: JobId(row.int("id")?),
        name: row.text("name")?,
        lane: row.name("lane", Lane::from_name)?,
        shard: row.text("shard")?,
        object: row.optional_text("object")?,
        payload: row.text("payload")?,
        state: row.name("state", State::from_name)?,
        created_at: row.time("created_at")?,
        due_at: row.time("due_at")?,
        attempts: count(row, "attempts")?,
        lapses: count(row, "lapses")?,
        tried_at: row.optional_time("tried_at")?,
        error: row.optional_text("error")?,
    })
}

fn count(row: &AnyRow, name: &str) -> Result<u32, Error> {
    Ok(u32::try_from(row.int(name)?).unwrap_or(u32::MAX))
}

#[derive(Debug, Clone, Copy)]
pub struct NewJob<'a> {
    pub id: JobId,
    pub name: &'a str,
    pub lane: Lane,
    pub shard: &'a str,
    pub object: Option<&'a str>,
    pub payload: &'a str,
    pub created_at: Timestamp,
    /// `None`: at once, also when the clock steps back.
    pub due_at: Option<Timestamp>,
}

pub async fn add(db: &mut Connection, job: NewJob<'_>) -> Result<(), Error> {
    let sql = "INSERT INTO jobs (id, name, lane, shard, object, payload, state, created_at, due_at, attempts, lapses)
        VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, 0, 0)";
    sqlx::query(sql)
        .bind(job.id.0)
        .bind(job.name)
        .bind(job.lane.name())
        .bind(clean(job.shard))
        .bind(job.object.map(clean))
        .bind(clean(job.payload))
        .bind(job.created_at.0)
        .bind(job.due_at.map_or(0, |at| at.0))
        .run(db)
        .await?;
    Ok(())
}
