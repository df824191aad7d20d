//! Several workers, also those that end at a bad moment, never do a job twice.

use std::{collections::BTreeMap, time::Duration};

use model::JobId;
use queue::{FinishError, Job, JobError, Policy, Registry, Running};
use serde::{Deserialize, Serialize};
use testkit::on_every_database;
use tokio_util::sync::CancellationToken;

use crate::lab::{Lab, Order, Patient, Ring, Update, effect, effects};

#[tokio::test]
async fn several_workers_share_the_work_and_do_each_job_once() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        let mut tx = lab.store.begin().await.unwrap();
        for number in 0..600 {
            let id = JobId(lab.ids.next());
            let now = lab.now();
            let ring = Ring::of(&format!("r{}", number % 5), number);
            queue::add(&mut tx, id, now, &ring, None).await.unwrap();
            let id = JobId(lab.ids.next());
            let update = Update::of(&format!("s{}", number % 7), None, number);
            queue::add(&mut tx, id, now, &update, None).await.unwrap();
        }
        tx.commit().await.unwrap();
        let labs = [
            lab.clone(),
            lab.beside(url).await,
            lab.beside(url).await,
            lab.beside(url).await,
        ];
        let ran = tokio::join!(
            labs[0].run_due(),
            labs[1].run_due(),
            labs[2].run_due(),
            labs[3].run_due()
        );
        assert_eq!(ran.0.done + ran.1.done + ran.2.done + ran.3.done, 1_200);
        let calls = lab.take_calls();
        let mut shards: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for call in &calls {
            shards
                .entry(call.shard.clone())
                .or_default()
                .push(call.what.parse().unwrap());
        }
        assert_eq!(calls.len(), 1_200);
        for (shard, numbers) in shards {
            if shard.starts_with('s') {
                assert!(numbers.is_sorted(), "{shard} is in order: {numbers:?}");
            }
        }
        assert_eq!(lab.jobs().await, []);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_leaps_takes_no_job_from_a_worker_that_is_there() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("a", Order::Gate);
        lab.add(&Patient {
            receiver: "a".to_owned(),
            number: 1,
        })
        .await;
        let (one, other) = (lab.clone(), lab.beside(url).await);
        let called = lab.called.notified();
        let stop = CancellationToken::new();
        let works = one.worker().run(stop.clone());
        let meanwhile = async {
            called.await;
            lab.advance(10 * 86_400);
            // The other one waits for longer than a worker may be silent, and finds this one's beat.
            let waits = tokio::time::timeout(Duration::from_secs(1), other.worker().run_due());
            assert!(waits.await.is_err(), "somebody works on it");
            lab.gate.notify_one();
            other.run_due().await;
            stop.cancel();
        };
        let (ended, ()) = tokio::join!(works, meanwhile);
        ended.unwrap();
        assert_eq!(lab.take_whats(), ["1"]);
        assert_eq!(effects(&lab).await, ["a 1"]);
    })
    .await;
}

#[tokio::test]
async fn what_a_worker_held_that_is_gone_is_done_by_another_one() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        for shard in ["a", "s"] {
            lab.order(shard, Order::Hang);
        }
        lab.add(&Patient {
            receiver: "a".to_owned(),
            number: 1,
        })
        .await;
        lab.add(&Update::of("s", None, 2)).await;
        let killed = tokio::time::timeout(Duration::from_millis(300), lab.worker().run_due());
        assert!(killed.await.is_err());
        assert_eq!(lab.take_calls().len(), 2);
        lab.orders.lock().unwrap().clear();
        lab.run_due().await;
        assert_eq!(lab.take_calls().len(), 2);
        assert_eq!(effects(&lab).await, ["a 1"]);
        assert_eq!(lab.jobs().await.len(), 1, "the effect alone");
    })
    .await;
}

/// Is robbed of its hold while it runs.
#[derive(Debug, Serialize, Deserialize)]
struct Robbed {
    outbox: bool,
}

impl Robbed {
    async fn attempt(lab: &Lab, running: &Running) -> Result<(), JobError> {
        let is_first = lab.calls.lock().unwrap().is_empty();
        lab.obey("robbed", String::new(), running).await?;
        if is_first {
            lab.worker().take_over().await?;
        }
        let mut tx = lab.store.begin().await?;
        effect(lab, &mut tx, "robbed").await?;
        match running.hold(&mut tx).await {
            Ok(()) => assert!(!is_first),
            Err(FinishError::LeaseLost) => assert!(is_first),
            Err(other) => return Err(other.into()),
        }
        running.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl Job<Lab> for Robbed {
    const NAME: &'static str = "robbed";
    const POLICY: Policy = Policy::Outbox;

    fn shard(&self) -> String {
        "robbed".to_owned()
    }

    async fn run(self, lab: &Lab, running: &Running) -> Result<(), JobError> {
        Self::attempt(lab, running).await
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct RobbedDelivery;

impl Job<Lab> for RobbedDelivery {
    const NAME: &'static str = "robbed_delivery";
    const POLICY: Policy = Policy::Delivery(queue::Backoff::MAIL);

    fn shard(&self) -> String {
        "robbed".to_owned()
    }

    async fn run(self, lab: &Lab, running: &Running) -> Result<(), JobError> {
        Robbed::attempt(lab, running).await
    }
}

#[tokio::test]
async fn a_job_that_was_taken_away_leaves_no_effect() {
    on_every_database(async |url| {
        let registry = || {
            let mut registry = Registry::default();
            registry.register::<Robbed>();
            registry.register::<RobbedDelivery>();
            registry
        };
        for outbox in [true, false] {
            let lab = Lab::open(url).await;
            if outbox {
                lab.add(&Robbed { outbox }).await;
            } else {
                lab.add(&RobbedDelivery).await;
            }
            lab.worker_of(registry()).run_due().await.unwrap();
            assert_eq!(lab.take_calls().len(), 2, "once by the one that lost it, once more");
            assert_eq!(effects(&lab).await, ["robbed"], "and once with an effect");
            for job in lab.jobs().await {
                let mut tx = lab.store.begin().await.unwrap();
                store::jobs::delete(&mut tx, job.id).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    })
    .await;
}
