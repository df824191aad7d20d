//! What is done from time to time.

use std::time::Duration;

use model::Timestamp;
use queue::{CatchUp, Job, JobError, Policy, Registry, Running, Schedule};
use serde::{Deserialize, Serialize};
use testkit::on_every_database;

use crate::lab::{Lab, Order};

/// Notes the time that it is for.
#[derive(Debug, Serialize, Deserialize)]
struct Tick {
    at: Timestamp,
}

impl Job<Lab> for Tick {
    const NAME: &'static str = "tick";
    const POLICY: Policy = Policy::Outbox;

    fn shard(&self) -> String {
        "tick".to_owned()
    }

    async fn run(self, lab: &Lab, running: &Running) -> Result<(), JobError> {
        lab.obey("tick", self.at.to_string(), running).await
    }
}

fn hourly(catch_up: CatchUp) -> Registry<Lab> {
    let mut registry = Registry::default();
    registry.periodic(Schedule::Every(Duration::from_secs(3600)), catch_up, |at| Tick { at });
    registry
}

async fn run_due(lab: &Lab, catch_up: CatchUp) -> Vec<String> {
    lab.worker_of(hourly(catch_up)).run_due().await.unwrap();
    lab.take_whats()
}

/// A quarter past four.
async fn lab_at(url: &str) -> Lab {
    let lab = Lab::open(url).await;
    lab.clock.set("2026-11-21T04:15:00Z".parse().unwrap());
    lab
}

#[tokio::test]
async fn a_job_is_written_at_each_time_of_its_schedule() {
    on_every_database(async |url| {
        let lab = lab_at(url).await;
        let once = CatchUp::Once;
        assert!(run_due(&lab, once).await.is_empty(), "the first time is the next one");
        lab.advance(44 * 60);
        assert!(run_due(&lab, once).await.is_empty());
        lab.advance(60);
        assert_eq!(run_due(&lab, once).await, ["2026-11-21T05:00:00Z"]);
        assert!(run_due(&lab, once).await.is_empty(), "once");
        lab.advance(3600);
        assert_eq!(run_due(&lab, once).await, ["2026-11-21T06:00:00Z"]);
    })
    .await;
}

#[tokio::test]
async fn missed_times_are_made_up_for_once_or_each() {
    on_every_database(async |url| {
        let lab = lab_at(url).await;
        run_due(&lab, CatchUp::Once).await;
        lab.advance(5 * 3600);
        assert_eq!(run_due(&lab, CatchUp::Once).await, ["2026-11-21T09:00:00Z"]);
        lab.advance(3 * 3600);
        let each = CatchUp::Each { at_most: 24 };
        assert_eq!(
            run_due(&lab, each).await,
            ["2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z"]
        );
        lab.advance(30 * 3600);
        assert_eq!(run_due(&lab, each).await.len(), 24);
    })
    .await;
}

#[tokio::test]
async fn times_that_wait_after_a_failure_are_one_call_where_one_does_for_all() {
    on_every_database(async |url| {
        let lab = lab_at(url).await;
        run_due(&lab, CatchUp::Once).await;
        lab.order("tick", Order::Fail(12));
        for _ in 0..6 {
            lab.advance(3600);
            run_due(&lab, CatchUp::Once).await;
        }
        lab.orders.lock().unwrap().clear();
        lab.advance(3600);
        assert_eq!(run_due(&lab, CatchUp::Once).await, ["2026-11-21T11:00:00Z"]);
        assert_eq!(lab.jobs().await, []);
    })
    .await;
}

#[tokio::test]
async fn several_workers_write_each_time_once() {
    on_every_database(async |url| {
        let lab = lab_at(url).await;
        let each = CatchUp::Each { at_most: 100 };
        run_due(&lab, each).await;
        let others = [lab.beside(url).await, lab.beside(url).await];
        for hours in 1..=3 {
            lab.advance(3600 * hours);
            let (one, two, three) = tokio::join!(
                lab.worker_of(hourly(each)).run_due(),
                others[0].worker_of(hourly(each)).run_due(),
                others[1].worker_of(hourly(each)).run_due(),
            );
            assert_eq!(one.unwrap().done + two.unwrap().done + three.unwrap().done, hours);
            assert_eq!(lab.take_calls().len() as u64, hours);
        }
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_steps_back_does_not_stop_a_schedule() {
    on_every_database(async |url| {
        let lab = lab_at(url).await;
        run_due(&lab, CatchUp::Once).await;
        lab.advance(86_400);
        assert_eq!(run_due(&lab, CatchUp::Once).await.len(), 1);
        lab.clock.set("2026-11-21T04:15:00Z".parse().unwrap());
        assert!(run_due(&lab, CatchUp::Once).await.is_empty());
        lab.advance(3600);
        assert_eq!(run_due(&lab, CatchUp::Once).await, ["2026-11-21T05:00:00Z"]);
    })
    .await;
}
