//! A job that breaks something breaks nothing else.

use model::JobId;
use queue::{Job, Registry};
use store::jobs::{Lane, NewJob, State};
use testkit::on_every_database;

use crate::lab::{Lab, Order, Ring, Update};

#[tokio::test]
async fn panics_and_endless_jobs_are_failures_of_their_own() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("panics", Order::Panic);
        lab.order("hangs", Order::Hang);
        lab.order("outbox", Order::Panic);
        for receiver in ["panics", "hangs", "fine"] {
            lab.add(&Ring::of(receiver, 1)).await;
        }
        lab.add(&Update::of("outbox", None, 1)).await;
        lab.add(&Update::of("other", None, 1)).await;
        let ran = lab.run_due().await;
        assert_eq!((ran.done, ran.failed), (2, 3));
        let mut errors: Vec<(String, Option<String>)> =
            lab.jobs().await.into_iter().map(|job| (job.shard, job.error)).collect();
        errors.sort();
        let found = |shard: &str, error: Option<&str>| (shard.to_owned(), error.map(str::to_owned));
        assert_eq!(
            errors,
            [
                found("hangs", Some("it took longer than 0.3 seconds")),
                found("outbox", None),
                found("panics", Some("it panicked")),
            ]
        );
        let mut db = lab.store.read().await.unwrap();
        let shard = store::jobs::shard(&mut db, "outbox").await.unwrap().unwrap();
        assert_eq!((shard.attempts, shard.error.as_deref()), (1, Some("it panicked")));
    })
    .await;
}

#[tokio::test]
async fn what_this_version_does_not_know_or_cannot_read_is_kept() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        let mut tx = lab.store.begin().await.unwrap();
        for (name, lane, payload) in [
            ("unknown", Lane::Delivery, "{}"),
            ("unknown", Lane::Outbox, "{}"),
            (Ring::NAME, Lane::Delivery, "{\"receiver\": 7}"),
        ] {
            let job = NewJob {
                id: JobId(lab.ids.next()),
                name,
                lane,
                shard: "s",
                object: None,
                payload,
                created_at: lab.now(),
                due_at: None,
            };
            store::jobs::add(&mut tx, job).await.unwrap();
        }
        tx.commit().await.unwrap();
        lab.add(&Ring::of("s", 1)).await;
        for _ in 0..30 {
            lab.run_due().await;
            lab.advance(3600);
        }
        assert_eq!(lab.take_whats(), ["1"]);
        let mut states: Vec<(String, State)> = lab.jobs().await.into_iter().map(|job| (job.name, job.state)).collect();
        states.sort_by_key(|(name, _)| name.clone());
        let of = |name: &str, state| (name.to_owned(), state);
        assert_eq!(
            states,
            [
                of("ring", State::Dead),
                of("unknown", State::Waiting),
                of("unknown", State::Waiting)
            ]
        );
    })
    .await;
}

/// Kills the worker, as a job does that ends the process.
async fn kill_while_it_runs(lab: &Lab) {
    let called = lab.called.notified();
    let works = lab.worker().run_due();
    tokio::select! {
        ended = works => panic!("it hangs: {ended:?}"),
        () = called => {}
    }
}

#[tokio::test]
async fn a_job_that_ends_the_process_again_and_again_waits_longer_and_longer() {
    on_every_database(async |url| {
        for outbox in [true, false] {
            let lab = Lab::open(url).await;
            lab.order("s", Order::Hang);
            if outbox {
                lab.add(&Update::of("s", None, 1)).await;
            } else {
                lab.add(&crate::lab::Patient {
                    receiver: "s".to_owned(),
                    number: 1,
                })
                .await;
            }
            for _ in 0..3 {
                kill_while_it_runs(&lab).await;
                lab.worker().take_over().await.unwrap();
            }
            assert_eq!(lab.take_calls().len(), 3, "at once, up to here");
            lab.add(&Ring::of("fine", 1)).await;
            for wait in [2, 4, 8] {
                lab.advance(wait - 1);
                lab.run_due().await;
                assert!(lab.take_calls().iter().all(|call| call.shard == "fine"), "it waits");
                lab.advance(1);
                kill_while_it_runs(&lab).await;
                assert_eq!(lab.take_calls().len(), 1);
                lab.worker().take_over().await.unwrap();
            }
            lab.orders.lock().unwrap().clear();
            lab.advance(16);
            lab.run_due().await;
            assert_eq!(lab.take_whats(), ["1"]);
            lab.clock.set(crate::lab::START);
        }
    })
    .await;
}

#[tokio::test]
#[should_panic(expected = "two kinds of jobs are called ring")]
async fn two_kinds_with_one_name_are_a_mistake_that_shows_at_the_start() {
    let mut registry: Registry<Lab> = Registry::default();
    registry.register::<Ring>();
    registry.register::<Ring>();
}
