//! Events, rules and messages together, with the clock of the test.

mod corrupt;
mod crashes;
mod delivery;
mod firing;
mod metric;
mod model;
mod replay;

use std::time::Duration;

use ::model::{AlertRuleId, EventId, IssueId};
use alerts::IssueRule;
use integrations::Recording;
use protocol::event::Event;
use serde_json::{Value, json};
use services::{
    alert_rules::{self, RuleDraft},
    events::{self, Saved, TraceOrigin},
    jobs, project_config,
};
use store::{
    IdPage,
    alert_firings::{self, Evaluation, EvaluationFilter, Firing, FiringFilter},
};

use crate::installation::Installation;

const FIRST_SEEN: &str = "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition";
const EVERY_EVENT: &str = "sentry.rules.conditions.every_event.EveryEventCondition";
const FREQUENCY: &str = "sentry.rules.conditions.event_frequency.EventFrequencyCondition";

/// An installation whose only rules are those of the test, and whose mails are kept.
struct Alarm {
    installation: Installation,
    mails: Recording,
}

impl Alarm {
    async fn new(database_url: &str) -> Self {
        let installation = Installation::new(database_url).await;
        let mails = Recording::new("email");
        installation.app.channels.register(mails.clone());
        for rule in alert_rules::list(&installation.app, &installation.scope).await.unwrap() {
            alert_rules::delete(&installation.app, &installation.scope, rule.stored.id)
                .await
                .unwrap();
        }
        Self { installation, mails }
    }

    /// Makes a rule that mails to the one user there is.
    async fn rule(&self, name: &str, more: Value) -> AlertRuleId {
        let user = self.installation.scope.actor.user_id().unwrap();
        let mut wire = json!({
            "name": name,
            "actionMatch": "any",
            "filterMatch": "all",
            "frequency": 5,
            "conditions": [],
            "filters": [],
            "actions": [{
                "id": "sentry.mail.actions.NotifyEmailAction",
                "targetType": "Member",
                "targetIdentifier": user.to_string(),
            }],
        });
        let (Value::Object(wire), Value::Object(more)) = (&mut wire, more) else {
            panic!("a rule is an object");
        };
        wire.extend(more);
        let draft = RuleDraft {
            rule: IssueRule::read(wire).unwrap(),
            owner: None,
            is_enabled: true,
        };
        let rule = alert_rules::create(&self.installation.app, &self.installation.scope, draft).await;
        rule.unwrap().id
    }

    /// Receives events at the time of the clock, all in one batch. `fields` are those of each event.
    async fn receive(&self, fields: &[Value]) -> Vec<(EventId, Option<IssueId>)> {
        let app = &self.installation.app;
        let (organization, project) = (
            self.installation.scope.organization.id,
            self.installation.scope.project.id,
        );
        let config = project_config::get(app, organization, project).await.unwrap().unwrap();
        let mut batch = Vec::new();
        for fields in fields {
            let event = Event::from_slice(fields.to_string().as_bytes()).unwrap();
            let context = normalize::Context::new(app.now(), EventId::random());
            let processed = events::process(event, &context, TraceOrigin::default(), &config).unwrap();
            batch.push(processed);
        }
        let ids: Vec<EventId> = batch.iter().map(|event| event.id).collect();
        let saved = events::record(app, batch.into_iter().map(Into::into).collect())
            .await
            .unwrap();
        ids.into_iter().zip(saved.into_iter().map(Saved::issue)).collect()
    }

    /// The same event so many times.
    async fn receive_many(&self, number: usize, fields: Value) -> Vec<EventId> {
        let received = self.receive(&vec![fields; number]).await;
        received.into_iter().map(|(id, _)| id).collect()
    }

    /// Does all that is due now.
    async fn settle(&self) {
        jobs::run_due(&self.installation.app).await.unwrap();
    }

    fn advance(&self, seconds: u64) {
        self.installation.clock.advance(Duration::from_secs(seconds));
    }

    /// The oldest first.
    async fn firings(&self, rule: AlertRuleId) -> Vec<Firing> {
        let mut db = self.installation.app.store.read().await.unwrap();
        let filter = FiringFilter {
            rule: Some(rule),
            ..FiringFilter::default()
        };
        let project = self.installation.scope.project.id;
        let mut found = alert_firings::list(&mut db, project, filter, IdPage::newest(10_000))
            .await
            .unwrap();
        found.reverse();
        found
    }

    async fn evaluations(&self, rule: AlertRuleId) -> Vec<Evaluation> {
        let mut db = self.installation.app.store.read().await.unwrap();
        let filter = EvaluationFilter {
            rule: Some(rule),
            ..EvaluationFilter::default()
        };
        let project = self.installation.scope.project.id;
        alert_firings::evaluations(&mut db, project, filter, 10_000)
            .await
            .unwrap()
    }
}

/// At least so many events in an interval.
fn at_least(value: u32, interval: &str) -> Value {
    json!({"id": FREQUENCY, "value": value, "interval": interval, "operator": "gte"})
}
