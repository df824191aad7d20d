//! Messages on their way: every attempt is written down, none is lost, and only a lost answer doubles one.

use integrations::{Recording, Retry, SendError};
use model::{AttemptOutcome, DeliveryState};
use serde_json::json;
use services::notifications::ledger;
use std::time::Duration;
use store::{IdPage, notifications::NotificationFilter};
use testkit::on_every_database;

use super::{Alarm, EVERY_EVENT};

async fn told(alarm: &Alarm) -> Vec<ledger::Told> {
    let scope = alarm.installation.organization();
    let filter = NotificationFilter::default();
    ledger::list(&alarm.installation.app, &scope, filter, IdPage::newest(100))
        .await
        .unwrap()
}

#[tokio::test]
async fn what_fails_is_tried_again_with_the_same_message_until_it_arrives() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let mails = Recording::new("email").with_policy(Retry::every(Duration::from_secs(300)));
        alarm.installation.app.channels.register(mails.clone());
        alarm.rule("each", json!({"conditions": [{"id": EVERY_EVENT}]})).await;
        mails.fail_next(SendError::retry("451 later"));
        mails.fail_next(SendError::Lost {
            answer: "the connection ended".to_owned(),
        });
        alarm.receive(&[json!({"message": "x"})]).await;
        alarm.settle().await;
        assert_eq!(mails.sent().len(), 0);
        alarm.advance(299);
        alarm.settle().await;
        assert_eq!(mails.sent().len(), 0, "not before its time");
        alarm.advance(1);
        alarm.settle().await;
        assert_eq!(mails.sent().len(), 1, "it arrived, and nobody knows");
        alarm.advance(300);
        alarm.settle().await;
        let sent = mails.sent();
        assert_eq!(sent.len(), 2);
        assert_eq!(sent[0].content, sent[1].content);
        assert_eq!(sent[0].delivery, sent[1].delivery);

        let told = told(&alarm).await;
        assert_eq!(told.len(), 1);
        let sent = &told[0].deliveries[0];
        assert_eq!(
            (sent.delivery.state, sent.delivery.is_doubtful),
            (DeliveryState::Sent, true)
        );
        let outcomes: Vec<_> = sent.attempts.iter().map(|attempt| attempt.outcome).collect();
        assert_eq!(
            outcomes,
            [AttemptOutcome::Retry, AttemptOutcome::Lost, AttemptOutcome::Sent]
        );
        assert_eq!(sent.attempts[0].answer, "451 later");
        assert!(sent.attempts[0].next_attempt_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_never_will_is_not_asked_again_and_a_limit_ends_in_failure() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let mails = Recording::new("email").with_policy(Retry {
            first: Duration::from_secs(10),
            most: Duration::from_secs(10),
            limit: Some(2),
        });
        alarm.installation.app.channels.register(mails.clone());
        alarm.rule("each", json!({"conditions": [{"id": EVERY_EVENT}]})).await;
        mails.fail_next(SendError::refused("550 no such user"));
        alarm.receive(&[json!({"message": "x"})]).await;
        alarm.settle().await;
        mails.fail_next(SendError::retry("a"));
        mails.fail_next(SendError::retry("b"));
        alarm.receive(&[json!({"message": "y"})]).await;
        for _ in 0..5 {
            alarm.settle().await;
            alarm.advance(3600);
        }
        assert_eq!(mails.sent().len(), 0);
        let states: Vec<_> = told(&alarm)
            .await
            .iter()
            .map(|told| (told.deliveries[0].delivery.state, told.deliveries[0].attempts.len()))
            .collect();
        assert_eq!(states, [(DeliveryState::Failed, 2), (DeliveryState::Refused, 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_wants_to_be_left_alone_for_ever_is_asked_after_a_day() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        alarm.rule("each", json!({"conditions": [{"id": EVERY_EVENT}]})).await;
        alarm.mails.fail_next(SendError::Retry {
            answer: "429".to_owned(),
            after: Some(Duration::from_secs(u64::MAX)),
        });
        alarm.receive(&[json!({"message": "x"})]).await;
        alarm.settle().await;
        alarm.advance(24 * 3_600 - 1);
        alarm.settle().await;
        assert_eq!(alarm.mails.sent().len(), 0);
        alarm.advance(2);
        alarm.settle().await;
        assert_eq!(alarm.mails.sent().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn several_rules_that_fire_for_one_event_tell_each_person_once() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        for (name, frequency) in [("one", 5), ("two", 6), ("three", 7)] {
            alarm
                .rule(
                    name,
                    json!({"conditions": [{"id": EVERY_EVENT}], "frequency": frequency}),
                )
                .await;
        }
        alarm.receive(&[json!({"message": "x"})]).await;
        alarm.settle().await;
        assert_eq!(alarm.mails.sent().len(), 1);
        let told = told(&alarm).await;
        assert_eq!(told.len(), 1);
        let names: Vec<&str> = told[0].notification.cause["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["one", "two", "three"]);
    })
    .await;
}
