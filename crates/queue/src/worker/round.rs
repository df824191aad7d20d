//! What a worker holds, and one round of its work: note what has ended, and take what is due.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use model::{JobId, Timestamp};
use store::jobs::{HeldShard, Job};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    RunDue, Tools, Worker,
    attempt::attempt,
    drain::{Drain, SHORTEST_WAIT, Tally, with_causes},
    others::Others,
    periodic::Timetable,
    rooms::Rooms,
};
use crate::{Backoff, JobError, Policy, Running, running::Hold};

/// Shards of the outbox that one worker holds at most.
const SHARDS: usize = 32;

/// Shards of deliveries that are looked at in a round.
const DUE_SHARDS: i64 = 1_000;

/// What has ended.
enum Ended {
    /// `None`: it was not begun.
    Delivery(Box<Job>, Option<Result<(), JobError>>, Duration),
    Shard(String, Result<(), store::Error>),
}

/// What is to be taken.
#[derive(Debug, Default)]
struct Due {
    jobs: Vec<JobId>,
    shards: Vec<String>,
}

pub(super) struct Round<C> {
    worker: Worker<C>,
    tasks: JoinSet<Ended>,
    rooms: Rooms,
    /// Deliveries and shards that are held.
    jobs: HashSet<JobId>,
    shards: HashSet<String>,
    /// Shards whose work was broken off, to be given back.
    broken_off: Vec<String>,
    /// Deliveries that have ended, not noted yet.
    ended: Vec<(Job, Option<Result<(), JobError>>)>,
    tally: Arc<Tally>,
    timetable: Timetable,
    others: Others,
    /// The newest time that the wall clock showed.
    clock: Option<Timestamp>,
    beat_at: Option<Instant>,
    /// A transaction that took jobs ended in an error, and may have been committed all the same.
    is_unsure: bool,
    stop: CancellationToken,
}

impl<C: Clone + Send + Sync + 'static> Round<C> {
    pub(super) fn new(worker: Worker<C>) -> Self {
        Self {
            worker,
            tasks: JoinSet::new(),
            rooms: Rooms::default(),
            jobs: HashSet::new(),
            shards: HashSet::new(),
            broken_off: Vec::new(),
            ended: Vec::new(),
            tally: Arc::default(),
            timetable: Timetable::default(),
            others: Others::default(),
            clock: None,
            beat_at: None,
            is_unsure: false,
            stop: CancellationToken::new(),
        }
    }

    fn tools(&self) -> &Tools {
        &self.worker.tools
    }

    /// Nothing is held, and everything is noted.
    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.is_noted()
    }

    fn is_noted(&self) -> bool {
        self.ended.is_empty() && self.broken_off.is_empty()
    }

    pub(super) fn ran(&self) -> RunDue {
        RunDue {
            done: self.tally.done.load(Ordering::Relaxed),
            failed: self.tally.failed.load(Ordering::Relaxed),
        }
    }

    pub(super) async fn others_work(&self) -> Result<bool, store::Error> {
        let mut db = self.tools().store.read().await?;
        Ok(store::jobs::count_other_holders(&mut db, self.worker.id).await? > 0)
    }

    /// Waits until something ends; without end when nothing runs.
    pub(super) async fn one_ends(&mut self) {
        match self.tasks.join_next().await {
            Some(ended) => self.note(ended),
            None => std::future::pending().await,
        }
    }

    /// Returns `true` when it took something, so that there may be more.
    pub(super) async fn step(&mut self) -> Result<bool, store::Error> {
        while let Some(ended) = self.tasks.try_join_next() {
            self.note(ended);
        }
        self.follow_clock().await?;
        self.others.look(&self.worker.tools, self.worker.id).await?;
        self.timetable.write(&self.worker.tools, &self.worker.registry).await?;
        let due = self.find_due().await?;
        let holds = !self.jobs.is_empty() || !self.shards.is_empty();
        let beat_every = self.tools().gone_after / 5;
        let must_beat = holds && self.beat_at.is_none_or(|at| at.elapsed() >= beat_every);
        if due.jobs.is_empty() && due.shards.is_empty() && self.is_noted() && !must_beat && !self.is_unsure {
            return Ok(false);
        }
        let written = self.write(&due).await;
        self.is_unsure = written.is_err();
        let (jobs, shards) = written?;
        let took = !jobs.is_empty() || !shards.is_empty();
        for job in jobs {
            self.begin(job);
        }
        for shard in shards {
            self.drain(shard);
        }
        Ok(took)
    }

    /// A clock that stepped back does not make what waits after a failure wait longer.
    async fn follow_clock(&mut self) -> Result<(), store::Error> {
        let now = self.tools().now();
        // At the start too: it may have stepped while nothing ran.
        if self.clock.is_none_or(|newest| now < newest) {
            let mut tx = self.tools().store.begin().await?;
            store::jobs::forget_waits(&mut tx, now).await?;
            tx.commit().await?;
        }
        self.clock = Some(now);
        Ok(())
    }

    async fn find_due(&mut self) -> Result<Due, store::Error> {
        let now = self.tools().now();
        let mut db = self.worker.tools.store.read().await?;
        let mut due = Due::default();
        let room = SHARDS.saturating_sub(self.shards.len());
        if room > 0 {
            // Some of them are held by this worker itself, if somebody took it for gone.
            due.shards = store::jobs::free_shards(&mut db, now, SHARDS as i64).await?;
            due.shards.retain(|shard| !self.shards.contains(shard));
            due.shards.truncate(room);
        }
        if self.rooms.free() == 0 {
            return Ok(due);
        }
        let shards = store::jobs::due_shards(&mut db, now, DUE_SHARDS).await?;
        self.rooms.keep(&shards);
        for shard in shards {
            let free = self
                .rooms
                .free_of(&shard)
                .min(self.rooms.free().saturating_sub(due.jobs.len()));
            if free == 0 {
                continue;
            }
            let mut jobs = store::jobs::list_due(&mut db, &shard, now, free as i64).await?;
            let at_once = jobs.first().map_or(1, |(_, name)| self.at_once(name));
            jobs.truncate(self.rooms.first_of(&shard, at_once));
            due.jobs
                .extend(jobs.into_iter().map(|(id, _)| id).filter(|id| !self.jobs.contains(id)));
        }
        Ok(due)
    }

    fn at_once(&self, name: &str) -> usize {
        self.worker.registry.kind(name).map_or(1, |kind| kind.at_once)
    }

    /// One transaction notes what has ended, and takes what is due.
    async fn write(&mut self, due: &Due) -> Result<(Vec<Job>, Vec<HeldShard>), store::Error> {
        let (now, me) = (self.tools().now(), self.worker.id);
        let mut tx = self.tools().store.begin().await?;
        store::jobs::beat(&mut tx, me).await?;
        if self.is_unsure {
            let ended = self.ended.iter().map(|(job, _)| job.id);
            let jobs: Vec<JobId> = self.jobs.iter().copied().chain(ended).collect();
            let shards: Vec<&str> = self.shards.iter().chain(&self.broken_off).map(String::as_str).collect();
            store::jobs::release_but(&mut tx, me, &jobs, &shards).await?;
        }
        let of = |kept: fn(&Option<Result<(), JobError>>) -> bool| -> Vec<JobId> {
            let kept = self.ended.iter().filter(|(_, result)| kept(result));
            kept.map(|(job, _)| job.id).collect()
        };
        let (done, not_begun) = (of(|result| matches!(result, Some(Ok(())))), of(Option::is_none));
        if !done.is_empty() {
            store::jobs::delete_held(&mut tx, me, &done).await?;
        }
        if !not_begun.is_empty() {
            store::jobs::release(&mut tx, me, &not_begun).await?;
        }
        for shard in &self.broken_off {
            store::jobs::release_shard(&mut tx, me, shard).await?;
        }
        for (job, result) in &self.ended {
            if let Some(Err(error)) = result {
                self.settle(&mut tx, job, error, now).await?;
            }
        }
        let jobs = if due.jobs.is_empty() {
            Vec::new()
        } else {
            store::jobs::claim(&mut tx, me, &due.jobs, now).await?
        };
        let mut shards = Vec::new();
        for shard in &due.shards {
            shards.extend(store::jobs::claim_shard(&mut tx, me, shard, now).await?);
        }
        tx.commit().await?;
        self.ended.clear();
        self.broken_off.clear();
        self.beat_at = Some(Instant::now());
        Ok((jobs, shards))
    }

    async fn settle(
        &self,
        tx: &mut store::Tx,
        job: &Job,
        error: &JobError,
        now: Timestamp,
    ) -> Result<(), store::Error> {
        let failed = job.attempts + 1;
        let backoff = match self.worker.registry.kind(&job.name).map(|kind| kind.policy) {
            Some(Policy::Delivery(backoff)) => backoff,
            // An unknown kind is never given up: another version knows it.
            Some(Policy::Outbox) | None => Backoff::MAIL,
        };
        let (attempts, text, wait) = match error {
            JobError::Later(wait) => (job.attempts, None, Some((*wait).max(SHORTEST_WAIT))),
            JobError::Retry(error) => (failed, Some(with_causes(&**error)), backoff.wait(job.id, failed)),
            JobError::RetryAfter(after, error) => {
                let wait = backoff.wait(job.id, failed).map(|_| *after);
                (failed, Some(with_causes(&**error)), wait)
            }
            JobError::GiveUp(error) => (failed, Some(with_causes(&**error)), None),
        };
        let due_at = wait.map(|wait| now + wait);
        let held = store::jobs::settle(tx, self.worker.id, job.id, attempts, text.as_deref(), now, due_at).await?;
        if let Some(text) = text.filter(|_| held) {
            if wait.is_none() {
                tracing::warn!(job = %job.id, job.name, job.shard, attempts, error = text, "a job is given up: it is a dead letter");
            } else {
                tracing::info!(job = %job.id, job.name, job.shard, attempts, error = text, "a job failed and is tried again");
            }
        }
        Ok(())
    }

    fn begin(&mut self, job: Job) {
        let kind = self.worker.registry.kind(&job.name);
        let places = self.rooms.take(&job.shard, self.at_once(&job.name));
        self.jobs.insert(job.id);
        let running = Running {
            job: job.id,
            attempt: job.attempts + 1,
            created_at: job.created_at,
            worker: self.worker.id,
            hold: Hold::Job,
        };
        let (cx, stop) = (self.worker.cx.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            let place = tokio::select! {
                biased;
                () = stop.cancelled() => None,
                place = places.acquire() => place.ok(),
            };
            if place.is_none() {
                return Ended::Delivery(Box::new(job), None, Duration::ZERO);
            }
            let began = Instant::now();
            let mut job = job;
            let payload = std::mem::take(&mut job.payload);
            let result = attempt(kind, payload, cx, running).await;
            Ended::Delivery(Box::new(job), Some(result), began.elapsed())
        });
    }

    fn drain(&mut self, held: HeldShard) {
        self.shards.insert(held.shard.clone());
        let drain = Drain {
            cx: self.worker.cx.clone(),
            registry: Arc::clone(&self.worker.registry),
            tools: self.worker.tools.clone(),
            worker: self.worker.id,
            tally: Arc::clone(&self.tally),
            stop: self.stop.clone(),
        };
        self.tasks.spawn(async move {
            let shard = held.shard.clone();
            let result = drain.run(held).await;
            Ended::Shard(shard, result)
        });
    }

    fn note(&mut self, ended: Result<Ended, tokio::task::JoinError>) {
        match ended {
            Ok(Ended::Delivery(job, result, took)) => {
                self.jobs.remove(&job.id);
                self.rooms.give_back(&job.shard, took);
                match &result {
                    Some(Ok(())) => _ = self.tally.done.fetch_add(1, Ordering::Relaxed),
                    Some(Err(JobError::Later(_))) | None => {}
                    Some(Err(_)) => _ = self.tally.failed.fetch_add(1, Ordering::Relaxed),
                }
                self.ended.push((*job, result));
            }
            Ok(Ended::Shard(shard, result)) => {
                self.shards.remove(&shard);
                if let Err(error) = result {
                    tracing::error!(shard, error = %error, "the work on a shard was broken off");
                    self.broken_off.push(shard);
                }
            }
            // Jobs do not panic up to here, and only the stop aborts.
            Err(error) => tracing::error!(error = %error, "a task of the worker ended"),
        }
    }

    /// Begins nothing more, waits a while for what runs, and gives back what was not begun.
    pub(super) async fn stop(mut self, patience: Duration) -> Result<(), store::Error> {
        self.stop.cancel();
        let all = async {
            while let Some(ended) = self.tasks.join_next().await {
                self.note(ended);
            }
        };
        let ended = tokio::time::timeout(patience, all).await.is_ok();
        self.write(&Due::default()).await?;
        if ended {
            let mut tx = self.tools().store.begin().await?;
            store::jobs::leave(&mut tx, self.worker.id).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
