//! What waits, what failed, and what an administrator does about it.

use model::{JobId, Timestamp};
use queue::BLOCKED;
use store::{
    IdPage,
    jobs::{BlockedShard, Depth, Job, JobFilter, Lane},
};

use crate::{
    Actor, App,
    audit::{self, Action, Change, Entry, Target, TargetKind},
};

/// How many shards that wait after failures are listed.
const SHARDS: i64 = 200;

/// How much there is of each kind and state.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    pub depths: Vec<Depth>,
    /// Shards of the outbox that failed so often that somebody has to look at them.
    pub blocked: i64,
}

/// What is done from time to time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodicJob {
    pub name: &'static str,
    /// Up to when its jobs were written; nothing before the first start.
    pub last: Option<Timestamp>,
    pub next: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum JobActionError {
    #[error("there is no such job any more: it is done, or somebody dropped it")]
    Gone,
    #[error("the job is being worked on: try again in a moment")]
    Running,
    #[error(transparent)]
    Store(#[from] store::Error),
}

pub async fn overview(app: &App) -> Result<Overview, store::Error> {
    let mut db = app.store.read().await?;
    Ok(Overview {
        depths: store::jobs::depths(&mut db, app.now()).await?,
        blocked: store::jobs::count_blocked(&mut db, BLOCKED).await?,
    })
}

/// Shards of the outbox that wait after at least one failure, the worst first.
pub async fn failing_shards(app: &App) -> Result<Vec<BlockedShard>, store::Error> {
    store::jobs::blocked(&mut *app.store.read().await?, 1, SHARDS).await
}

/// All jobs, newest first.
pub async fn list(app: &App, filter: JobFilter<'_>, page: IdPage) -> Result<Vec<Job>, store::Error> {
    store::jobs::list(&mut *app.store.read().await?, filter, page).await
}

/// A job, and its shard if that waits after failures.
pub async fn find(app: &App, job: JobId) -> Result<Option<(Job, Option<BlockedShard>)>, store::Error> {
    let mut db = app.store.read().await?;
    let Some(job) = store::jobs::find(&mut db, job).await? else {
        return Ok(None);
    };
    let shard = match job.lane {
        Lane::Outbox => store::jobs::shard(&mut db, &job.shard).await?,
        Lane::Delivery => None,
    };
    Ok(Some((job, shard)))
}

pub async fn list_periodic(app: &App) -> Result<Vec<PeriodicJob>, store::Error> {
    let written = store::jobs::list_schedules(&mut *app.store.read().await?).await?;
    let registry = super::registry();
    let periodic = registry.periodic_jobs().map(|(name, schedule)| {
        let last = written.iter().find(|(known, _)| known == name).map(|(_, at)| *at);
        let next = schedule.next_after(last.unwrap_or_else(|| app.now()));
        PeriodicJob { name, last, next }
    });
    Ok(periodic.collect())
}

/// Lets a job be tried at once; of an outbox, its shard, because nothing overtakes in it.
pub async fn retry(app: &App, actor: &Actor, job: JobId) -> Result<Job, JobActionError> {
    let mut tx = app.store.begin().await?;
    let job = store::jobs::find(&mut tx, job).await?.ok_or(JobActionError::Gone)?;
    match job.lane {
        Lane::Outbox => store::jobs::retry_shard(&mut tx, &job.shard).await?,
        Lane::Delivery if store::jobs::retry(&mut tx, job.id).await? => {}
        Lane::Delivery => return Err(JobActionError::Running),
    }
    audit::record(app, &mut tx, actor, entry(Action::JOB_RETRIED, &job)).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(job)
}

/// Removes a job without doing it.
pub async fn discard(app: &App, actor: &Actor, job: JobId) -> Result<Job, JobActionError> {
    let mut tx = app.store.begin().await?;
    let job = store::jobs::find(&mut tx, job).await?.ok_or(JobActionError::Gone)?;
    if !store::jobs::delete(&mut tx, job.id).await? {
        return Err(JobActionError::Running);
    }
    audit::record(app, &mut tx, actor, entry(Action::JOB_DROPPED, &job)).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(job)
}

fn entry(action: Action, job: &Job) -> Entry<'_> {
    Entry {
        organization: None,
        action,
        target: Target {
            kind: TargetKind::Job,
            id: job.id.0,
            label: &job.name,
        },
        change: Change::none(),
    }
}
