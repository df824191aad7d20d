//! How many small jobs a second one worker does on SQLite, from the writing to the removal.
//!
//! `cargo bench -p tocsin-queue --bench jobs -- [jobs]`

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::{sync::Arc, time::Instant};

use model::{IdGenerator, JobId, Node, SharedClock, SystemClock};
use queue::{Backoff, Job, JobError, Policy, Registry, Running, Tools, Wake, Worker};
use serde::{Deserialize, Serialize};
use store::{Store, StoreConfig};

/// Jobs are written so many in a transaction.
const WRITTEN_AT_ONCE: u32 = 500;

#[derive(Debug, Clone)]
struct App {
    store: Store,
    ids: Arc<IdGenerator>,
    clock: SharedClock,
}

/// Does nothing, so that only the queue is measured.
#[derive(Debug, Serialize, Deserialize)]
struct Deliver {
    receiver: u32,
}

impl Job<App> for Deliver {
    const NAME: &'static str = "deliver";
    const POLICY: Policy = Policy::Delivery(Backoff::WEBHOOK);

    fn shard(&self) -> String {
        format!("receiver{}", self.receiver)
    }

    async fn run(self, _: &App, _: &Running) -> Result<(), JobError> {
        Ok(())
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Replicate {
    shard: u32,
    object: u32,
}

impl Job<App> for Replicate {
    const NAME: &'static str = "replicate";
    const POLICY: Policy = Policy::Outbox;

    fn shard(&self) -> String {
        format!("shard{}", self.shard)
    }

    fn object(&self) -> Option<String> {
        Some(self.object.to_string())
    }

    async fn run(self, _: &App, _: &Running) -> Result<(), JobError> {
        Ok(())
    }
}

/// Ends in a transaction of its own, as a job with effects does.
#[derive(Debug, Serialize, Deserialize)]
struct Write {
    receiver: u32,
}

impl Job<App> for Write {
    const NAME: &'static str = "write";
    const POLICY: Policy = Policy::Delivery(Backoff::WEBHOOK);

    fn shard(&self) -> String {
        format!("writer{}", self.receiver)
    }

    async fn run(self, app: &App, running: &Running) -> Result<(), JobError> {
        let mut tx = app.store.begin().await?;
        running.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[tokio::main]
async fn main() {
    let jobs = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(20_000);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("tocsin.db").display());
    let clock: SharedClock = Arc::new(SystemClock::new());
    let app = App {
        store: Store::open(&StoreConfig::new(url)).await.unwrap(),
        ids: Arc::new(IdGenerator::new(Arc::clone(&clock), Node::SERVE, 0)),
        clock,
    };
    for receivers in [1, 10, 1_000] {
        let what = format!("deliveries to {receivers} receivers");
        measure(&app, jobs, &what, |number| Deliver {
            receiver: number % receivers,
        })
        .await;
    }
    for shards in [1, 100] {
        let what = format!("an outbox of {shards} shards");
        measure(&app, jobs, &what, |number| Replicate {
            shard: number % shards,
            object: number,
        })
        .await;
    }
    measure(
        &app,
        jobs / 10,
        "deliveries with a transaction of their own",
        |number| Write { receiver: number % 10 },
    )
    .await;
}

#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
async fn measure<J: Job<App>>(app: &App, jobs: u32, what: &str, job: impl Fn(u32) -> J) {
    let began = Instant::now();
    for first in (0..jobs).step_by(WRITTEN_AT_ONCE as usize) {
        let mut tx = app.store.begin().await.unwrap();
        for number in first..(first + WRITTEN_AT_ONCE).min(jobs) {
            let id = JobId(app.ids.next());
            queue::add(&mut tx, id, app.clock.now(), &job(number), None)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
    let written = began.elapsed();
    let ran = worker(app).run_due().await.unwrap();
    assert_eq!(ran.done, u64::from(jobs));
    let all = began.elapsed();
    let rate = |time: std::time::Duration| f64::from(jobs) / time.as_secs_f64();
    println!(
        "{what}: {:.0}/s done ({:.0}/s with their writing)",
        rate(all.checked_sub(written).unwrap()),
        rate(all)
    );
}

fn worker(app: &App) -> Worker<App> {
    let mut registry = Registry::default();
    registry.register::<Deliver>();
    registry.register::<Replicate>();
    registry.register::<Write>();
    let tools = Tools {
        store: app.store.clone(),
        clock: Arc::clone(&app.clock),
        ids: Arc::clone(&app.ids),
        wake: Wake::default(),
        gone_after: Tools::GONE_AFTER,
    };
    Worker::new(app.clone(), Arc::new(registry), tools)
}
