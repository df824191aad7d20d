//! Deliveries are independent of each other, and end as dead letters.

use std::time::Duration;

use store::jobs::State;
use testkit::on_every_database;
use tokio_util::sync::CancellationToken;

use crate::lab::{Lab, Order, Patient, Ring, START};

#[tokio::test]
async fn a_delivery_is_tried_again_by_its_backoff_and_ends_as_a_dead_letter() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("b", Order::Fail(100));
        let dead = lab.add(&Ring::of("b", 1)).await;
        lab.add(&Ring::of("a", 2)).await;
        let mut calls = Vec::new();
        for second in 0..200_u64 {
            lab.run_due().await;
            calls.extend(
                lab.take_calls()
                    .into_iter()
                    .map(|call| (second, call.shard, call.attempt)),
            );
            lab.advance(1);
        }
        calls.sort();
        let of = |second, shard: &str, attempt| (second, shard.to_owned(), attempt);
        assert_eq!(
            calls,
            [
                of(0, "a", 1),
                of(0, "b", 1),
                of(10, "b", 2),
                of(30, "b", 3),
                of(70, "b", 4)
            ]
        );
        let jobs = lab.jobs().await;
        assert_eq!((jobs.len(), jobs[0].id, jobs[0].state), (1, dead, State::Dead));
        assert_eq!(jobs[0].error.as_deref(), Some("it was told to fail"));
        // Somebody has mended the receiver.
        lab.orders.lock().unwrap().clear();
        let mut tx = lab.store.begin().await.unwrap();
        assert!(store::jobs::retry(&mut tx, dead).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(lab.run_due().await.done, 1);
        assert_eq!(lab.jobs().await, []);
    })
    .await;
}

#[tokio::test]
async fn a_failure_is_kept_with_its_time_and_the_next_one() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("a", Order::Fail(1));
        lab.add(&Ring::of("a", 1)).await;
        lab.run_due().await;
        let job = lab.jobs().await.remove(0);
        assert_eq!(job.tried_at, Some(lab.now()));
        assert_eq!(job.due_at, lab.now() + Duration::from_secs(10));
        assert_eq!((job.attempts, job.state), (1, State::Waiting));
        assert!(lab.worker().is_all_done().await.unwrap());
        lab.advance(10);
        assert!(!lab.worker().is_all_done().await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn giving_up_makes_a_dead_letter_at_once_and_other_jobs_of_the_receiver_go_on() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("a", Order::GiveUp);
        lab.add(&Ring::of("a", 1)).await;
        lab.run_due().await;
        lab.orders.lock().unwrap().clear();
        lab.add(&Ring::of("a", 2)).await;
        lab.run_due().await;
        assert_eq!(lab.take_whats(), ["1", "2"]);
        let jobs = lab.jobs().await;
        assert_eq!((jobs.len(), jobs[0].state, jobs[0].attempts), (1, State::Dead, 1));
    })
    .await;
}

#[tokio::test]
async fn not_yet_counts_as_no_attempt() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("a", Order::Later(6, Duration::from_secs(1)));
        lab.add(&Ring::of("a", 1)).await;
        for _ in 0..8 {
            lab.run_due().await;
            lab.advance(1);
        }
        let calls = lab.take_calls();
        assert_eq!(calls.len(), 7, "more often than it may fail");
        assert!(calls.iter().all(|call| call.attempt == 1));
        assert_eq!(lab.jobs().await, []);
    })
    .await;
}

#[tokio::test]
async fn a_job_for_later_is_done_then() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.add_at(&Ring::of("a", 1), Some(START + Duration::from_secs(60)))
            .await;
        lab.advance(59);
        lab.run_due().await;
        assert_eq!(lab.take_calls(), []);
        lab.advance(1);
        lab.run_due().await;
        assert_eq!(lab.take_whats(), ["1"]);
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_holds_up_no_other() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        for receiver in 0..20 {
            lab.order(&format!("dead{receiver:02}"), Order::Gate);
            for number in 0..30 {
                lab.add(&Patient {
                    receiver: format!("dead{receiver:02}"),
                    number,
                })
                .await;
            }
        }
        for number in 0..100 {
            lab.add(&Ring::of(&format!("fine{}", number % 7), number)).await;
        }
        let stop = CancellationToken::new();
        let works = lab.worker().run(stop.clone());
        let watches = async {
            let done = || {
                lab.calls
                    .lock()
                    .unwrap()
                    .iter()
                    .filter(|call| call.shard.starts_with("fine"))
                    .count()
            };
            while done() < 100 {
                tokio::time::timeout(Duration::from_secs(20), lab.called.notified())
                    .await
                    .expect("the others are called");
            }
            let dead = lab.take_calls();
            let dead = dead.iter().filter(|call| call.shard == "dead00").count();
            assert_eq!(dead, 4, "no more than run at once");
            stop.cancel();
            lab.orders.lock().unwrap().clear();
            lab.gate.notify_waiters();
        };
        let (ended, ()) = tokio::join!(works, watches);
        ended.unwrap();
        let jobs = lab.jobs().await;
        assert!(
            jobs.iter().all(|job| job.state == State::Waiting),
            "what was not begun was given back"
        );
    })
    .await;
}
