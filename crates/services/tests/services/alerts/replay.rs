//! What a rule would have done is what it did.

use std::time::Duration;

use ::model::{AlertRuleId, IssueId, Timestamp};
use alerts::IssueRule;
use serde_json::{Value, json};
use services::alert_rules::{self, AlertRule, Preview};

use super::{Alarm, EVERY_EVENT, FIRST_SEEN, at_least};

impl Alarm {
    async fn preview_of(&self, rule: &IssueRule) -> Preview {
        alert_rules::preview(&self.installation.app, &self.installation.scope, rule)
            .await
            .unwrap()
    }

    async fn stored(&self, rule: AlertRuleId) -> AlertRule {
        alert_rules::get(&self.installation.app, &self.installation.scope, rule)
            .await
            .unwrap()
            .stored
    }

    /// For which issue and when a rule fired, the newest first: as it was, and as the replay has it.
    async fn both(&self, rule: AlertRuleId) -> (Vec<(IssueId, Timestamp)>, Vec<(IssueId, Timestamp)>) {
        let firings = self.firings(rule).await;
        let was = firings.iter().rev().map(|firing| (firing.issue, firing.received_at));
        let read = alert_rules::read(&self.stored(rule).await).unwrap();
        let preview = self.preview_of(&read).await;
        assert_eq!(preview.times, firings.len(), "{}", read.name);
        let would = preview.fired.iter().map(|fired| (fired.issue, fired.at));
        (was.take(50).collect(), would.collect())
    }
}

/// Numbers that look like chance and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn rules() -> Vec<(&'static str, Value)> {
    let users = json!({"id": "sentry.rules.conditions.event_frequency.EventUniqueUserFrequencyCondition",
        "value": 2, "interval": "15m", "operator": "gte"});
    let more = json!({"id": "sentry.rules.conditions.event_frequency.EventFrequencyCondition",
        "value": 100, "interval": "5m", "comparisonType": "percent", "comparisonInterval": "15m"});
    let error = json!([{"id": "sentry.rules.filters.level.LevelFilter", "match": "gte", "level": "40"}]);
    let seen = json!([{"id": "sentry.rules.filters.issue_occurrences.IssueOccurrencesFilter", "value": 5}]);
    vec![
        ("first seen", json!({"conditions": [{"id": FIRST_SEEN}]})),
        ("three in five minutes", json!({"conditions": [at_least(3, "5m")]})),
        ("two users", json!({"conditions": [users]})),
        ("twice as many", json!({"conditions": [more], "frequency": 10})),
        (
            "each error",
            json!({"conditions": [{"id": EVERY_EVENT}], "filters": error}),
        ),
        (
            "the fifth",
            json!({"conditions": [{"id": EVERY_EVENT}], "filters": seen, "frequency": 30}),
        ),
        (
            "in production",
            json!({"conditions": [at_least(2, "1m")], "environment": "production"}),
        ),
        (
            "new in production",
            json!({"conditions": [{"id": FIRST_SEEN}], "environment": "production"}),
        ),
    ]
}

#[tokio::test]
async fn alr1_a_replay_finds_what_fired() {
    testkit::on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let mut ids = Vec::new();
        for (name, rule) in rules() {
            ids.push((name, alarm.rule(name, rule).await));
        }
        let mut dice = Dice(7);
        for _ in 0..60 {
            alarm.advance(5 + dice.roll(120));
            let event = json!({
                "message": "m",
                "fingerprint": [format!("issue {}", dice.roll(3))],
                "level": (["error", "warning"][dice.roll(2) as usize]),
                "environment": (["production", "staging"][dice.roll(2) as usize]),
                "user": {"id": dice.roll(3).to_string()},
            });
            alarm.receive(&[event]).await;
            alarm.settle().await;
        }
        for (name, id) in ids {
            let (was, would) = alarm.both(id).await;
            assert!(!was.is_empty(), "{name} never fired, so nothing is shown");
            assert_eq!(would, was, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn alr1_a_replay_tells_why_not_and_where_it_begins() {
    testkit::on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        alarm.receive_many(3, json!({"message": "old"})).await;
        alarm.advance(8 * 24 * 3_600);
        alarm.receive_many(2, json!({"message": "new"})).await;
        alarm.settle().await;
        let id = alarm.rule("often", json!({"conditions": [at_least(3, "1w")]})).await;
        let rule = alert_rules::read(&alarm.stored(id).await).unwrap();
        let preview = alarm.preview_of(&rule).await;
        assert_eq!((preview.times, preview.events, preview.is_cut), (0, 2, false));
        assert_eq!(
            preview.since,
            alarm.installation.app.now() - Duration::from_secs(7 * 24 * 3_600)
        );
        let (reason, events) = &preview.silences[0];
        assert_eq!(*events, 2);
        assert!(!reason.is_empty());
        // What is counted first was received before the seven days.
        alarm.receive_many(1, json!({"message": "old"})).await;
        alarm.settle().await;
        let id = alarm.rule("long", json!({"conditions": [at_least(4, "30d")]})).await;
        let rule = alert_rules::read(&alarm.stored(id).await).unwrap();
        assert_eq!(alarm.preview_of(&rule).await.times, 1);
    })
    .await;
}
