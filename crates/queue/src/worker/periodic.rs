//! Writes jobs whose time has come by a schedule. Several workers may do it: each time is written once.

use model::{JobId, Timestamp};
use store::jobs::{Lane, NewJob};

use super::Tools;
use crate::{
    CatchUp,
    registry::{Periodic, Registry},
};

#[derive(Debug, Default)]
pub(super) struct Timetable {
    /// Up to when each schedule was written, in the order of the registry; empty before it was read.
    last: Vec<Timestamp>,
}

impl Timetable {
    /// Writes what is due. Returns `true` when it wrote something.
    pub(super) async fn write<C: Clone + Send + Sync + 'static>(
        &mut self,
        tools: &Tools,
        registry: &Registry<C>,
    ) -> Result<bool, store::Error> {
        let schedules = registry.schedules();
        let now = tools.now();
        if self.last.len() != schedules.len() {
            self.last = read(tools, schedules, now).await?;
        }
        let mut wrote = false;
        for (job, last) in schedules.iter().zip(&mut self.last) {
            // The clock has stepped back by more than a period: the schedule would stand still for as long.
            let ahead = *last > job.schedule.next_after(now);
            let due = job.schedule.due(*last, now, job.catch_up);
            let Some(newest) = due.last().copied().or(ahead.then(|| job.schedule.at_or_before(now))) else {
                continue;
            };
            let mut tx = tools.store.begin().await?;
            if !store::jobs::advance(&mut tx, job.name, *last, newest).await? {
                self.last.clear();
                return Ok(true);
            }
            for at in &due {
                add(&mut tx, tools, job, *at, now).await?;
            }
            tx.commit().await?;
            *last = newest;
            wrote |= !due.is_empty();
        }
        Ok(wrote)
    }
}

/// Whether a schedule has a time that nobody has written yet.
pub(super) async fn is_due<C: Clone + Send + Sync + 'static>(
    tools: &Tools,
    registry: &Registry<C>,
) -> Result<bool, store::Error> {
    let stored = store::jobs::list_schedules(&mut *tools.store.read().await?).await?;
    let now = tools.now();
    let last = |job: &Periodic| stored.iter().find(|(name, _)| name == job.name).map(|(_, at)| *at);
    let mut schedules = registry.schedules().iter();
    Ok(schedules.any(|job| last(job).is_some_and(|last| !job.schedule.due(last, now, job.catch_up).is_empty())))
}

async fn read(tools: &Tools, schedules: &[Periodic], now: Timestamp) -> Result<Vec<Timestamp>, store::Error> {
    let mut stored = store::jobs::list_schedules(&mut *tools.store.read().await?).await?;
    let is_new = |name: &str, stored: &[(String, Timestamp)]| stored.iter().all(|(known, _)| known != name);
    if schedules.iter().any(|job| is_new(job.name, &stored)) {
        let mut tx = tools.store.begin().await?;
        for job in schedules.iter().filter(|job| is_new(job.name, &stored)) {
            store::jobs::begin(&mut tx, job.name, job.schedule.at_or_before(now)).await?;
        }
        tx.commit().await?;
        stored = store::jobs::list_schedules(&mut *tools.store.read().await?).await?;
    }
    let last = |job: &Periodic| {
        stored
            .iter()
            .find(|(name, _)| name == job.name)
            .map_or(now, |(_, at)| *at)
    };
    Ok(schedules.iter().map(last).collect())
}

async fn add(
    tx: &mut store::Tx,
    tools: &Tools,
    job: &Periodic,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), store::Error> {
    let mut planned = (job.plan)(at)?;
    if job.catch_up == CatchUp::Once && planned.lane == Lane::Outbox {
        // Times that wait, as after failures, are one call as well.
        planned.object.get_or_insert_default();
    }
    let row = NewJob {
        id: JobId(tools.ids.next()),
        name: job.name,
        lane: planned.lane,
        shard: &planned.shard,
        object: planned.object.as_deref(),
        payload: &planned.payload,
        created_at: now,
        due_at: None,
    };
    store::jobs::add(tx, row).await
}
