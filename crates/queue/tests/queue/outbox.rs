//! TSK1: shards are strictly ordered, coalesce, wait as a whole, and are never dropped.

use std::time::Duration;

use store::jobs::State;
use testkit::on_every_database;

use crate::lab::{Lab, Order, Remove, Update};

#[tokio::test]
async fn tsk1_a_shard_waits_2_4_8_seconds_then_200_updates_cost_one_call() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("org:1", Order::Fail(3));
        lab.add(&Update::of("org:1", Some("name"), 0)).await;
        lab.add(&Update::of("org:2", Some("name"), "other shard")).await;
        lab.run_due().await;
        let mut first = lab.take_whats();
        first.sort();
        assert_eq!(first, ["0", "other shard"]);
        let mut waited = Vec::new();
        for value in 1..200 {
            lab.add(&Update::of("org:1", Some("name"), value)).await;
        }
        for second in 1..=20 {
            lab.advance(1);
            lab.run_due().await;
            for call in lab.take_calls() {
                assert_eq!((call.shard.as_str(), call.what.as_str()), ("org:1", "199"));
                waited.push((second, call.attempt));
            }
        }
        assert_eq!(waited, [(2, 2), (2 + 4, 3), (2 + 4 + 8, 4)]);
        assert_eq!(lab.jobs().await, []);
    })
    .await;
}

#[tokio::test]
async fn a_shard_is_done_in_order_whatever_the_kind() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        let mut expected = Vec::new();
        for number in 0..120 {
            lab.add(&Update::of("org:1", None, number)).await;
            expected.push(number.to_string());
            if number % 40 == 0 {
                let object = number.to_string();
                lab.add(&Remove {
                    shard: "org:1".to_owned(),
                    object,
                })
                .await;
                expected.push(format!("remove {number}"));
            }
        }
        lab.run_due().await;
        assert_eq!(lab.take_whats(), expected);
    })
    .await;
}

#[tokio::test]
async fn only_the_same_kind_and_object_of_the_same_shard_are_one_call() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        for value in ["a1", "a2"] {
            lab.add(&Update::of("s", Some("a"), value)).await;
            lab.add(&Update::of("t", Some("a"), value)).await;
            lab.add(&Update::of("s", Some("b"), value.replace('a', "b"))).await;
            lab.add(&Update::of("s", None, "each")).await;
            lab.add(&Remove {
                shard: "s".to_owned(),
                object: "a".to_owned(),
            })
            .await;
        }
        lab.run_due().await;
        let calls = lab.take_calls();
        let of = |shard: &str| -> Vec<String> {
            let calls = calls.iter().filter(|call| call.shard == shard);
            calls.map(|call| call.what.clone()).collect()
        };
        assert_eq!(of("s"), ["a2", "b2", "each", "remove a", "each"]);
        assert_eq!(of("t"), ["a2"]);
        assert_eq!(lab.jobs().await, []);
    })
    .await;
}

#[tokio::test]
async fn what_comes_while_a_job_runs_is_a_call_of_its_own() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("s", Order::Gate);
        lab.add(&Update::of("s", Some("a"), "before")).await;
        let called = lab.called.notified();
        let runs = lab.run_due();
        let meanwhile = async {
            called.await;
            lab.add(&Update::of("s", Some("a"), "meanwhile")).await;
            lab.orders.lock().unwrap().clear();
            lab.gate.notify_one();
        };
        tokio::join!(runs, meanwhile);
        assert_eq!(lab.take_whats(), ["before", "meanwhile"]);
    })
    .await;
}

#[tokio::test]
async fn an_outbox_is_never_dropped_and_counts_as_blocked_after_ten_failures() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("s", Order::GiveUp);
        let job = lab.add(&Update::of("s", None, "x")).await;
        for failed in 1..=30_u32 {
            assert_eq!(lab.run_due().await.failed, 1, "{failed}");
            let mut db = lab.store.read().await.unwrap();
            let blocked = store::jobs::blocked(&mut db, 10, 5).await.unwrap();
            assert_eq!(blocked.len(), usize::from(failed >= 10), "{failed}");
            for shard in blocked {
                assert_eq!((shard.attempts, shard.jobs, shard.first), (failed, 1, Some(job)));
                assert_eq!(shard.error.as_deref(), Some("it was told to give up"));
            }
            drop(db);
            lab.advance(3600);
        }
        assert_eq!(lab.jobs().await[0].state, State::Waiting);
        lab.orders.lock().unwrap().clear();
        lab.run_due().await;
        assert_eq!(lab.jobs().await, []);
        assert!(
            store::jobs::shard(&mut lab.store.read().await.unwrap(), "s")
                .await
                .unwrap()
                .is_none(),
            "the failures are forgotten"
        );
    })
    .await;
}

#[tokio::test]
async fn not_yet_is_no_failure_and_holds_up_the_shard() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("s", Order::Later(2, Duration::from_secs(5)));
        lab.add(&Update::of("s", None, "first")).await;
        lab.add(&Update::of("s", None, "second")).await;
        let mut calls = Vec::new();
        for _ in 0..12 {
            assert_eq!(lab.run_due().await.failed, 0);
            calls.extend(lab.take_calls().into_iter().map(|call| (call.what, call.attempt)));
            lab.advance(1);
        }
        let first = || ("first".to_owned(), 1);
        assert_eq!(calls, [first(), first(), first(), ("second".to_owned(), 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_failed_shard_can_be_tried_at_once_and_its_first_job_dropped() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("s", Order::Fail(2));
        let first = lab.add(&Update::of("s", None, "first")).await;
        lab.add(&Update::of("s", None, "second")).await;
        lab.run_due().await;
        let mut tx = lab.store.begin().await.unwrap();
        store::jobs::retry_shard(&mut tx, "s").await.unwrap();
        tx.commit().await.unwrap();
        lab.run_due().await;
        let mut tx = lab.store.begin().await.unwrap();
        assert!(store::jobs::delete(&mut tx, first).await.unwrap());
        tx.commit().await.unwrap();
        lab.advance(4);
        lab.run_due().await;
        let calls: Vec<(String, u32)> = lab
            .take_calls()
            .into_iter()
            .map(|call| (call.what, call.attempt))
            .collect();
        let call = |what: &str, attempt| (what.to_owned(), attempt);
        assert_eq!(calls, [call("first", 1), call("first", 2), call("second", 3)]);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_steps_back_does_not_make_a_shard_wait_longer() {
    on_every_database(async |url| {
        let lab = Lab::open(url).await;
        lab.order("s", Order::Fail(2));
        lab.add(&Update::of("s", None, "x")).await;
        lab.run_due().await;
        lab.clock.set(lab.now() - Duration::from_secs(86_400));
        lab.run_due().await;
        assert_eq!(lab.take_whats(), ["x"], "it waits for its two seconds");
        lab.advance(2);
        lab.run_due().await;
        lab.advance(4);
        lab.run_due().await;
        assert_eq!(lab.take_whats(), ["x", "x"]);
        // What was written by a clock that was ahead is due all the same.
        lab.add(&Update::of("s", None, "y")).await;
        lab.clock.set(lab.now() - Duration::from_secs(86_400));
        lab.run_due().await;
        assert_eq!(lab.take_whats(), ["y"]);
    })
    .await;
}
