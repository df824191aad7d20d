//! Under random failures, kills and steps of the clock: each job has its effect once, each shard keeps its order, and
//! the last update of an object wins.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use model::JobId;
use proptest::prelude::*;
use queue::{Backoff, Job, JobError, Policy, Registry, Running};
use serde::{Deserialize, Serialize};
use testkit::TestDatabase;
use tokio::sync::Notify;

use crate::lab::{Effect, Lab, effect, effects};

/// What happens beside the jobs.
#[derive(Debug, Clone)]
enum Step {
    Outbox {
        shard: u8,
        object: Option<u8>,
    },
    Delivery {
        receiver: u8,
    },
    /// Works until nothing is due.
    Run,
    /// Works, and is killed at its n-th point.
    Kill(u32),
    /// The next attempts fail.
    Fail(u32),
    Forward(u32),
    Back(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_u8, proptest::option::of(0..2_u8)).prop_map(|(shard, object)| Step::Outbox { shard, object }),
        4 => (0..3_u8).prop_map(|receiver| Step::Delivery { receiver }),
        2 => Just(Step::Run),
        3 => (1..12_u32).prop_map(Step::Kill),
        1 => (1..5_u32).prop_map(Step::Fail),
        2 => (0..7_200_u32).prop_map(Step::Forward),
        1 => (0..90_000_u32).prop_map(Step::Back),
    ]
}

/// Where jobs come by: there they may fail, or the process may end.
#[derive(Debug, Clone, Default)]
struct Points {
    until_kill: Arc<AtomicU32>,
    killed: Arc<Notify>,
    failures: Arc<AtomicU32>,
}

impl Points {
    async fn pass(&self) {
        let before = self
            .until_kill
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if before == Ok(1) {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
    }

    fn fail(&self) -> Result<(), JobError> {
        let failed = self
            .failures
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if failed.is_ok() {
            Err(JobError::retry("it fails"))
        } else {
            Ok(())
        }
    }
}

#[derive(Debug, Clone)]
struct Bench {
    lab: Lab,
    points: Points,
}

/// Its effect is written with its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Work<const OUTBOX: bool> {
    shard: String,
    object: Option<String>,
    number: u32,
}

impl<const OUTBOX: bool> Job<Bench> for Work<OUTBOX> {
    const NAME: &'static str = if OUTBOX { "outbox_work" } else { "delivery_work" };
    const POLICY: Policy = if OUTBOX {
        Policy::Outbox
    } else {
        Policy::Delivery(Backoff::MAIL)
    };

    fn shard(&self) -> String {
        self.shard.clone()
    }

    fn object(&self) -> Option<String> {
        self.object.clone()
    }

    async fn run(self, bench: &Bench, running: &Running) -> Result<(), JobError> {
        bench.points.pass().await;
        bench.points.fail()?;
        let mut tx = bench.lab.store.begin().await?;
        let object = self.object.as_deref().unwrap_or("-");
        effect(&bench.lab, &mut tx, &format!("{} {object} {}", self.shard, self.number)).await?;
        running.finish(&mut tx).await?;
        bench.points.pass().await;
        tx.commit().await?;
        bench.points.pass().await;
        bench.points.fail()
    }
}

impl Bench {
    fn worker(&self) -> queue::Worker<Self> {
        let mut registry = Registry::default();
        registry.register::<Work<true>>();
        registry.register::<Work<false>>();
        let tools = queue::Tools {
            store: self.lab.store.clone(),
            clock: self.lab.clock.clone(),
            ids: Arc::clone(&self.lab.ids),
            wake: self.lab.wake.clone(),
            gone_after: Duration::from_millis(400),
        };
        queue::Worker::new(self.clone(), Arc::new(registry), tools)
    }

    async fn add<const OUTBOX: bool>(&self, job: &Work<OUTBOX>) {
        let mut tx = self.lab.store.begin().await.unwrap();
        let id = JobId(self.lab.ids.next());
        queue::add(&mut tx, id, self.lab.now(), job, None).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn take_step(&self, step: &Step, number: u32) {
        match step {
            Step::Outbox { shard, object } => {
                self.add(&Work::<true> {
                    shard: format!("outbox{shard}"),
                    object: object.map(|object| format!("o{object}")),
                    number,
                })
                .await;
            }
            Step::Delivery { receiver } => {
                self.add(&Work::<false> {
                    shard: format!("receiver{receiver}"),
                    object: None,
                    number,
                })
                .await;
            }
            Step::Run => {
                self.worker().run_due().await.unwrap();
            }
            Step::Kill(after) => {
                self.points.until_kill.store(*after, Ordering::SeqCst);
                tokio::select! {
                    ran = self.worker().run_due() => { ran.unwrap(); }
                    () = self.points.killed.notified() => {}
                }
                self.points.until_kill.store(0, Ordering::SeqCst);
                self.worker().take_over().await.unwrap();
            }
            Step::Fail(times) => self.points.failures.store(*times, Ordering::SeqCst),
            Step::Forward(seconds) => self.lab.advance(u64::from(*seconds)),
            Step::Back(seconds) => {
                let by = Duration::from_secs(u64::from(*seconds));
                self.lab.clock.set(self.lab.now() - by);
            }
        }
    }
}

async fn check(steps: &[Step]) -> Result<(), TestCaseError> {
    let database = TestDatabase::sqlite();
    let bench = Bench {
        lab: Lab::open(database.url()).await,
        points: Points::default(),
    };
    let mut expected: BTreeMap<(String, String), Vec<u32>> = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        let number = u32::try_from(number).unwrap();
        bench.take_step(step, number).await;
        match step {
            Step::Outbox { shard, object } => {
                let object = object.map_or_else(|| "-".to_owned(), |object| format!("o{object}"));
                expected
                    .entry((format!("outbox{shard}"), object))
                    .or_default()
                    .push(number);
            }
            Step::Delivery { receiver } => {
                let key = (format!("receiver{receiver}"), "-".to_owned());
                expected.entry(key).or_default().push(number);
            }
            _ => {}
        }
    }
    // No wait is longer than an hour, wherever the clock is.
    bench.points.failures.store(0, Ordering::SeqCst);
    for _ in 0..2 {
        bench.lab.advance(3600);
        bench.worker().run_due().await.unwrap();
    }
    let left: Vec<_> = bench
        .lab
        .jobs()
        .await
        .into_iter()
        .filter(|job| job.name != Effect::NAME)
        .collect();
    prop_assert!(left.is_empty(), "not done: {left:?}");
    let mut found: BTreeMap<(String, String), Vec<u32>> = BTreeMap::new();
    let mut by_shard: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for text in effects(&bench.lab).await {
        let parts: Vec<&str> = text.split(' ').collect();
        let number = parts[2].parse().unwrap();
        found
            .entry((parts[0].to_owned(), parts[1].to_owned()))
            .or_default()
            .push(number);
        if parts[0].starts_with("outbox") && parts[1] == "-" {
            by_shard.entry(parts[0].to_owned()).or_default().push(number);
        }
    }
    for numbers in by_shard.values() {
        prop_assert!(numbers.is_sorted(), "a shard is in order: {numbers:?}");
    }
    prop_assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (key, mut numbers) in found {
        let expected = &expected[&key];
        if key.1 == "-" {
            numbers.sort_unstable();
            prop_assert_eq!(&numbers, expected, "each once: {:?}", key);
        } else {
            prop_assert!(
                numbers.is_sorted_by(|a, b| a < b),
                "never an older one again: {:?}",
                numbers
            );
            prop_assert_eq!(numbers.last(), expected.last(), "the last one wins: {:?}", key);
            prop_assert!(numbers.iter().all(|number| expected.contains(number)));
        }
    }
    Ok(())
}

#[test]
fn each_job_has_its_effect_once_whatever_happens() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let config = ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(steps in proptest::collection::vec(step(), 1..40))| {
        runtime.block_on(check(&steps))?;
    });
}
