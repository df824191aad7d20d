//! When rules fire, and what the ledger says of it.

use queue::Job as _;
use serde_json::{Value, json};
use services::{alert_firings::PostProcess, jobs};
use testkit::on_every_database;

use super::{Alarm, EVERY_EVENT, FIRST_SEEN, at_least};

fn error() -> Value {
    json!({"message": "broken", "fingerprint": ["one"], "level": "error", "environment": "production"})
}

#[tokio::test]
async fn alr1_a_rule_of_20_events_in_5_minutes_fires_once_on_crossing_and_again_after_the_interval() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let rule = alarm.rule("many", json!({"conditions": [at_least(20, "5m")]})).await;
        alarm.receive_many(19, error()).await;
        alarm.settle().await;
        assert_eq!(alarm.firings(rule).await.len(), 0);
        assert_eq!(alarm.mails.sent().len(), 0);

        alarm.advance(60);
        let crossing = alarm.receive_many(1, error()).await;
        alarm.settle().await;
        let firings = alarm.firings(rule).await;
        assert_eq!(firings.iter().map(|firing| firing.event).collect::<Vec<_>>(), crossing);
        assert_eq!(alarm.mails.sent().len(), 1);

        // Forty more within the interval: none.
        alarm.advance(60);
        alarm.receive_many(40, error()).await;
        alarm.settle().await;
        assert_eq!(alarm.firings(rule).await.len(), 1);

        // And again once it is over, as long as there are that many.
        alarm.advance(240);
        let again = alarm.receive_many(1, error()).await;
        alarm.settle().await;
        let firings = alarm.firings(rule).await;
        assert_eq!(firings.len(), 2);
        assert_eq!(firings[1].event, again[0]);
        assert_eq!(alarm.mails.sent().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_window_slides_and_ends_exactly() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let rule = alarm.rule("many", json!({"conditions": [at_least(10, "5m")]})).await;
        alarm.receive_many(5, error()).await;
        alarm.advance(299);
        alarm.receive_many(4, error()).await;
        alarm.settle().await;
        assert_eq!(alarm.firings(rule).await.len(), 0, "nine within five minutes");
        // The first five were exactly five minutes ago now: they do not count any more.
        alarm.advance(1);
        alarm.receive_many(5, error()).await;
        alarm.settle().await;
        assert_eq!(alarm.firings(rule).await.len(), 0, "nine again");
        let tenth = alarm.receive_many(1, error()).await;
        alarm.settle().await;
        let firings = alarm.firings(rule).await;
        assert_eq!(firings.iter().map(|firing| firing.event).collect::<Vec<_>>(), tenth);
    })
    .await;
}

#[tokio::test]
async fn a_crossing_within_a_batch_is_at_its_event() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let more = json!({"id": super::FREQUENCY, "value": 7, "interval": "1m"});
        let rule = alarm.rule("more than seven", json!({"conditions": [more]})).await;
        let events = alarm.receive_many(30, error()).await;
        alarm.settle().await;
        let firings = alarm.firings(rule).await;
        assert_eq!(
            firings.iter().map(|firing| firing.event).collect::<Vec<_>>(),
            [events[7]]
        );
        let quiet = alarm.evaluations(rule).await;
        let events = |reason: &str| -> i64 {
            let of = quiet.iter().filter(|row| row.reason == reason);
            of.map(|row| row.events).sum()
        };
        assert_eq!((events("conditions"), events("interval")), (7, 22), "{quiet:#?}");
    })
    .await;
}

#[tokio::test]
async fn an_issue_that_is_first_seen_fires_once_and_the_ledger_says_why_the_others_did_not() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let rule = alarm
            .rule("new", json!({"conditions": [{"id": FIRST_SEEN}], "frequency": 5}))
            .await;
        let mut first = None;
        for _ in 0..4 {
            let events = alarm.receive_many(250, error()).await;
            first.get_or_insert(events[0]);
            alarm.settle().await;
        }
        let firings = alarm.firings(rule).await;
        assert_eq!(
            firings.iter().map(|firing| Some(firing.event)).collect::<Vec<_>>(),
            [first]
        );
        let quiet = alarm.evaluations(rule).await;
        assert_eq!(quiet.iter().map(|row| row.events).sum::<i64>(), 999, "{quiet:#?}");
        assert!(quiet.iter().all(|row| row.reason == "conditions"), "{quiet:#?}");
        assert_eq!(alarm.mails.sent().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_rule_of_an_environment_takes_an_issue_for_new_that_others_knew() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let rule = alarm
            .rule(
                "new",
                json!({"conditions": [{"id": FIRST_SEEN}], "environment": "production"}),
            )
            .await;
        let of = |environment: &str| json!({"message": "x", "fingerprint": ["one"], "environment": environment});
        alarm.receive(&[of("staging"), of("staging")]).await;
        alarm.settle().await;
        assert_eq!(alarm.firings(rule).await.len(), 0);
        let received = alarm
            .receive(&[of("staging"), of("production"), of("production")])
            .await;
        alarm.settle().await;
        let firings = alarm.firings(rule).await;
        assert_eq!(
            firings.iter().map(|firing| firing.event).collect::<Vec<_>>(),
            [received[1].0]
        );
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_steps_back_silences_nobody_for_long() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let rule = alarm.rule("each", json!({"conditions": [{"id": EVERY_EVENT}]})).await;
        alarm.receive_many(1, error()).await;
        alarm.settle().await;
        let before = alarm.installation.clock.clone();
        before.set(::model::Timestamp(alarm.installation.app.now().0 - 86_400_000_000));
        alarm.receive_many(1, error()).await;
        alarm.settle().await;
        assert_eq!(alarm.firings(rule).await.len(), 2);
        alarm.advance(10);
        alarm.receive_many(1, error()).await;
        alarm.settle().await;
        assert_eq!(alarm.firings(rule).await.len(), 2, "within the interval");
    })
    .await;
}

#[tokio::test]
async fn cor6_a_batch_of_an_unknown_layout_is_set_aside_and_blocks_nothing() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let app = &alarm.installation.app;
        let rule = alarm.rule("each", json!({"conditions": [{"id": EVERY_EVENT}]})).await;
        let mut tx = app.store.begin().await.unwrap();
        let strange = PostProcess {
            version: 99,
            batch: json!({"anything": true}),
        };
        let id = ::model::JobId(app.next_sequence());
        queue::add(&mut tx, id, app.now(), &strange, None).await.unwrap();
        tx.commit().await.unwrap();
        alarm.receive_many(1, error()).await;
        alarm.settle().await;
        assert_eq!(alarm.firings(rule).await.len(), 1, "what is behind it passes");
        let jobs = jobs::list(app, jobs::JobFilter::default(), store::IdPage::newest(10))
            .await
            .unwrap();
        let names: Vec<_> = jobs.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names, ["post_process_set_aside"], "kept to be looked at");
        assert_ne!(PostProcess::NAME, "post_process_set_aside");
    })
    .await;
}
