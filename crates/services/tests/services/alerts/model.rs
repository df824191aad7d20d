//! Rules, environments and issues at random, against a plain model that knows nothing of how it is done.

use std::collections::HashMap;

use ::model::{AlertRuleId, EventId, IssueId, NotificationId, NotificationKind, Timestamp};
use proptest::{
    prelude::{Strategy, any},
    strategy::ValueTree as _,
    test_runner::TestRunner,
};
use serde_json::json;
use services::notifications::ledger;
use store::{IdPage, notifications::NotificationFilter};
use testkit::on_every_database;

use super::{Alarm, EVERY_EVENT, FIRST_SEEN, at_least};

const MINUTE: i64 = 60_000_000;

#[derive(Debug, Clone, Copy)]
struct Sent {
    issue: u8,
    is_production: bool,
    is_paid: bool,
    /// Seconds after the one before.
    after: u16,
}

fn sent() -> impl Strategy<Value = Sent> {
    // Few issues come often, as it is.
    let issue = (0_u32..10_000).prop_map(|number| (f64::from(number).sqrt() as u8).min(99));
    (issue, any::<bool>(), any::<bool>(), 0_u16..40).prop_map(|(issue, is_production, is_paid, after)| Sent {
        issue: 99 - issue,
        is_production,
        is_paid,
        after,
    })
}

/// What happened, in order.
struct Happened {
    event: EventId,
    issue: IssueId,
    at: Timestamp,
    is_production: bool,
    is_paid: bool,
}

/// What each rule should have fired for.
fn expected(all: &[Happened]) -> [Vec<EventId>; 3] {
    let mut fired: [Vec<EventId>; 3] = Default::default();
    let mut last: HashMap<(usize, IssueId), Timestamp> = HashMap::new();
    for (index, now) in all.iter().enumerate() {
        let before = &all[..index];
        let is_first = !before.iter().any(|one| one.issue == now.issue && one.is_production);
        let lately = all[..=index]
            .iter()
            .filter(|one| one.issue == now.issue && one.at.0 > now.at.0 - 5 * MINUTE)
            .count();
        let wants = [
            now.is_production && is_first,
            lately >= 4,
            !now.is_production && now.is_paid,
        ];
        for (rule, interval) in [5, 7, 30].into_iter().enumerate() {
            let key = (rule, now.issue);
            let is_silent = last.get(&key).is_some_and(|last| now.at.0 - last.0 < interval * MINUTE);
            if wants[rule] && !is_silent {
                fired[rule].push(now.event);
                last.insert(key, now.at);
            }
        }
    }
    fired
}

#[tokio::test]
async fn three_rules_two_environments_and_a_hundred_issues_fire_as_a_plain_model_says() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let rules: [AlertRuleId; 3] = [
            alarm
                .rule(
                    "first in production",
                    json!({"conditions": [{"id": FIRST_SEEN}], "environment": "production"}),
                )
                .await,
            alarm
                .rule(
                    "four in five minutes",
                    json!({"conditions": [at_least(4, "5m")], "frequency": 7}),
                )
                .await,
            alarm
                .rule(
                    "paid, not in production",
                    json!({
                        "conditions": [{"id": EVERY_EVENT}],
                        "filters": [{
                            "id": "sentry.rules.filters.tagged_event.TaggedEventFilter",
                            "key": "plan", "match": "eq", "value": "paid",
                        }],
                        "environment": "staging",
                        "frequency": 30,
                    }),
                )
                .await,
        ];
        let mut runner = TestRunner::deterministic();
        let mut happened = Vec::new();
        for _ in 0..60 {
            let batch = proptest::collection::vec(sent(), 1..20)
                .new_tree(&mut runner)
                .unwrap()
                .current();
            let wait = u64::from(batch[0].after) * 3;
            alarm.advance(wait);
            let fields: Vec<_> = batch
                .iter()
                .map(|one| {
                    json!({
                        "message": "x",
                        "fingerprint": [one.issue.to_string()],
                        "environment": if one.is_production { "production" } else { "staging" },
                        "tags": {"plan": if one.is_paid { "paid" } else { "free" }},
                    })
                })
                .collect();
            let at = alarm.installation.app.now();
            let received = alarm.receive(&fields).await;
            for (one, (event, issue)) in batch.iter().zip(received) {
                happened.push(Happened {
                    event,
                    issue: issue.unwrap(),
                    at,
                    is_production: one.is_production,
                    is_paid: one.is_paid,
                });
            }
            // Sometimes several batches wait.
            if batch.len() % 3 != 0 {
                alarm.settle().await;
            }
        }
        alarm.settle().await;
        for (rule, expected) in rules.into_iter().zip(expected(&happened)) {
            let fired: Vec<EventId> = alarm.firings(rule).await.iter().map(|firing| firing.event).collect();
            assert_eq!(fired, expected);
            assert!(!fired.is_empty(), "the test is about something");
        }
        let sent = every_event_is_told_once(&alarm, &rules).await;
        assert_eq!(alarm.mails.sent().len(), sent);
    })
    .await;
}

/// One notification an event, whatever fired for it; and each reaches the one reader once, alone or in a digest. Returns
/// how many deliveries there are.
pub(super) async fn every_event_is_told_once(alarm: &Alarm, rules: &[AlertRuleId]) -> usize {
    let mut events: Vec<EventId> = Vec::new();
    for rule in rules {
        events.extend(alarm.firings(*rule).await.iter().map(|firing| firing.event));
    }
    events.sort_unstable();
    events.dedup();
    // What is gathered leaves by then.
    for _ in 0..40 {
        alarm.advance(60);
        alarm.settle().await;
    }
    let scope = alarm.installation.organization();
    let page = IdPage::newest(10_000);
    let told = ledger::list(&alarm.installation.app, &scope, NotificationFilter::default(), page);
    let told = told.await.unwrap();
    let alerts = || {
        told.iter()
            .filter(|told| told.notification.kind == NotificationKind::IssueAlert)
    };
    let mut of_events: Vec<EventId> = alerts().filter_map(|told| told.notification.event).collect();
    of_events.sort_unstable();
    assert_eq!(of_events, events);

    let mut reached: Vec<NotificationId> = Vec::new();
    for told in &told {
        assert_eq!(told.recipients.iter().filter(|one| one.is_told).count(), 1, "{told:#?}");
        if told.notification.kind == NotificationKind::Digest {
            let gathered = told.notification.cause["notifications"].clone();
            reached.extend(serde_json::from_value::<Vec<NotificationId>>(gathered).unwrap());
        } else if !told.deliveries.is_empty() {
            reached.push(told.notification.id);
        }
    }
    reached.sort_unstable();
    let mut alerts: Vec<NotificationId> = alerts().map(|told| told.notification.id).collect();
    alerts.sort_unstable();
    assert_eq!(reached, alerts);
    told.iter().flat_map(|told| &told.deliveries).count()
}
