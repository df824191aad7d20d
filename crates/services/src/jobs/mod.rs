//! Durable jobs: the list of all kinds, how one is written, and the worker that does them.

mod overview;

use std::{sync::Arc, time::Duration};

use model::JobId;
use queue::{CatchUp, Job, Registry, RunDue, Schedule, Tools, Worker};
use store::Connection;

use crate::{
    App, alert_firings, issues,
    mails::ReleaseMails,
    metric_alerts::EvaluateMetricAlerts,
    notifications::{self, policy::ReleaseHeld},
    reports::{WeeklyReportJob, WeeklyReports},
    storage::Retain,
    transaction_names::LearnTransactionNames,
};

pub use overview::{
    JobActionError, Overview, PeriodicJob, discard, failing_shards, find, list, list_periodic, overview, retry,
};
pub use queue::BLOCKED;
pub use store::jobs::JobFilter;

/// How often somebody looks who waits until everything is done.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

const HOURLY: Schedule = Schedule::Every(Duration::from_secs(3600));

/// All kinds of jobs, and when those that have a schedule are due.
pub fn registry() -> Registry<App> {
    let mut registry = Registry::default();
    registry.register::<alert_firings::PostProcess>();
    registry.register::<alert_firings::SetAside>();
    registry.register::<notifications::Deliver>();
    registry.register::<notifications::Notify>();
    registry.register::<WeeklyReportJob>();
    registry.periodic(HOURLY, CatchUp::Once, |_| Retain {});
    registry.periodic(HOURLY, CatchUp::Once, |_| LearnTransactionNames {});
    registry.periodic(HOURLY, CatchUp::Once, |_| WeeklyReports {});
    let every = Schedule::Every(EvaluateMetricAlerts::EVERY);
    registry.periodic::<EvaluateMetricAlerts>(every, CatchUp::Once, |until| EvaluateMetricAlerts { until });
    let every = Schedule::Every(ReleaseMails::EVERY);
    registry.periodic::<ReleaseMails>(every, CatchUp::Once, |_| ReleaseMails {});
    let every = Schedule::Every(ReleaseHeld::EVERY);
    registry.periodic::<ReleaseHeld>(every, CatchUp::Once, |_| ReleaseHeld {});
    registry
}

/// Writes a job, in the transaction of what causes it; it is done once that is committed. Whoever wants that at once and
/// not within 200 ms wakes the worker (`app.jobs`) after the commit.
pub(crate) async fn add<J: Job<App>>(app: &App, tx: &mut Connection, job: &J) -> Result<(), store::Error> {
    queue::add(tx, JobId(app.ids.next()), app.now(), job, None).await
}

/// A worker for all kinds.
pub fn worker(app: &App) -> Worker<App> {
    Worker::new(app.clone(), Arc::new(registry()), tools(app))
}

/// What a worker needs beside the jobs' own.
pub fn tools(app: &App) -> Tools {
    Tools {
        store: app.store.clone(),
        clock: Arc::clone(&app.clock),
        ids: Arc::clone(&app.ids),
        wake: app.jobs.clone(),
        gone_after: Tools::GONE_AFTER,
    }
}

/// Does what is due and what follows from it, and ends when nothing is due.
pub async fn run_due(app: &App) -> Result<RunDue, store::Error> {
    while step(app).await? {}
    worker(app).run_due().await
}

/// Waits until those who work have done what is due and what follows from it.
pub async fn wait_until_done(app: &App) -> Result<(), store::Error> {
    let worker = worker(app);
    loop {
        while step(app).await? {}
        if worker.is_all_done().await? {
            return Ok(());
        }
        app.jobs.wake();
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Does one piece of each kind of work that goes on in steps, so that none keeps the others from being done. Returns
/// `true` when there is more to do at once. Meant to be called every second.
pub async fn step(app: &App) -> Result<bool, store::Error> {
    let moved = issues::moving::step(app).await;
    let changed = issues::jobs::step(app).await;
    Ok(moved? | changed?)
}
