//! Channels hear of rules that name them.

use alerts::{IssueRule, metric::MetricRule};
use integrations::Recording;
use serde_json::{Value, json};
use services::{
    alert_rules::{self, RuleDraft},
    metric_alerts::{self, Draft},
};

use super::{Crowd, MAIL, NEW_ISSUE, text};

const SLACK: &str = "sentry.integrations.slack.notify_action.SlackNotifyServiceAction";

fn draft(name: &str, frequency: u32, actions: &Value) -> RuleDraft {
    let wire = json!({
        "name": name, "actionMatch": "any", "filterMatch": "all", "frequency": frequency,
        "conditions": [{ "id": NEW_ISSUE }], "filters": [], "actions": actions,
    });
    RuleDraft {
        rule: IssueRule::read(wire.as_object().unwrap()).unwrap(),
        owner: None,
        is_enabled: true,
    }
}

#[tokio::test]
async fn ntf9_a_channel_that_wants_to_know_is_told_when_a_rule_that_names_it_is_made_or_changed() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, scope) = (&crowd.installation.app, &crowd.installation.scope);
        let slack = Recording::new("slack").confirming_rules();
        app.channels.register(slack.clone());
        let actions = json!([
            { "id": SLACK, "workspace": "1", "channel": "#ops" },
            { "id": SLACK, "workspace": "1", "channel": "#web" },
            { "id": MAIL, "targetType": "Member", "targetIdentifier": crowd.owner().to_string() },
            {
                "id": "sentry.integrations.pagerduty.notify_action.PagerDutyNotifyServiceAction",
                "account": "4", "service": "8", "severity": "critical",
            },
        ]);
        let rule = alert_rules::create(app, scope, draft("Payments", 30, &actions))
            .await
            .unwrap();
        crowd.settle().await;
        let sent = slack.sent();
        let mut channels: Vec<String> = sent.iter().map(|one| text(&one.target, "channel")).collect();
        channels.sort();
        assert_eq!(channels, ["#ops", "#web"]);
        let told = &sent[0].content["cause"];
        let said = text(told, "text");
        assert!(
            said.starts_with("The alert rule \"Payments\" was made by a@example.com"),
            "{said}"
        );
        let page = format!(
            "https://tocsin.example/organizations/acme/projects/web/alerts/rules/{}/",
            rule.id
        );
        assert_eq!(told["url"], page);
        // Mailboxes and pagers have no use for it.
        assert!(crowd.mailed().is_empty());
        assert_eq!(crowd.paged(), 0);

        // Nothing changed, or only whether it fires: nothing to say.
        alert_rules::set_enabled(app, scope, rule.id, false).await.unwrap();
        alert_rules::set_enabled(app, scope, rule.id, true).await.unwrap();
        crowd.settle().await;
        assert_eq!(slack.sent().len(), 2);
        let one = json!([{ "id": SLACK, "workspace": "1", "channel": "#ops" }]);
        let changed = draft("Payments", 60, &one);
        alert_rules::update(app, scope, rule.id, None, changed.clone())
            .await
            .unwrap();
        alert_rules::update(app, scope, rule.id, None, changed).await.unwrap();
        crowd.settle().await;
        let sent = slack.sent();
        assert_eq!(sent.len(), 3);
        assert!(text(&sent[2].content["cause"], "text").contains(" was changed by "));
        // A rule that names no such channel is nobody's business.
        crowd.rule_for(&[crowd.owner()]).await;
        crowd.settle().await;
        assert_eq!(slack.sent().len(), 3);
        assert!(crowd.mailed().is_empty());
    })
    .await;
}

#[tokio::test]
async fn ntf9_rules_about_numbers_are_confirmed_as_well_and_a_channel_that_does_not_ask_hears_nothing() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, scope) = (&crowd.installation.app, crowd.installation.organization());
        let draft = |window: u32| {
            let wire = json!({
                "name": "Error rate", "aggregate": "count()", "dataset": "events", "query": "", "timeWindow": window,
                "thresholdType": 0, "triggers": [{
                    "label": "critical", "alertThreshold": 50,
                    "actions": [{
                        "type": "slack", "targetType": "specific", "targetIdentifier": "#ops", "integrationId": 1,
                    }],
                }],
            });
            Draft {
                rule: MetricRule::read(wire.as_object().unwrap()).unwrap(),
                projects: vec![crowd.project()],
                owner: None,
            }
        };
        let quiet = metric_alerts::create(app, &scope, draft(5)).await.unwrap();
        crowd.settle().await;
        assert_eq!(crowd.posted(), 0);
        let slack = Recording::new("slack").confirming_rules();
        app.channels.register(slack.clone());
        metric_alerts::update(app, &scope, quiet.id, None, draft(10))
            .await
            .unwrap();
        crowd.settle().await;
        let sent = slack.sent();
        assert_eq!(sent.len(), 1);
        let told = &sent[0].content["cause"];
        assert!(text(told, "text").starts_with("The alert rule \"Error rate\" was changed by "));
        let page = format!("https://tocsin.example/organizations/acme/alerts/metric/{}/", quiet.id);
        assert_eq!(told["url"], page);
    })
    .await;
}
