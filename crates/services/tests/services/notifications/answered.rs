//! How alerts are answered: numbers over a history that is played through.

use std::time::Duration;

use ::model::{Assignee, AttemptOutcome, FiringId, IssueStatus};
use integrations::SendError;
use services::{
    alert_metrics::{self, GroupBy, Measured, MetricsQuery, Month, RuleRef},
    issues::{self, IssueChange},
};
use testkit::on_every_database;

use super::*;

impl Crowd {
    fn after(&self, seconds: u64) {
        self.installation.clock.advance(Duration::from_secs(seconds));
    }

    async fn solve(&self, issue: IssueId) {
        let change = IssueChange {
            status: Some(IssueStatus::Resolved.into()),
            ..IssueChange::default()
        };
        self.installation.change(issue, change).await;
    }

    async fn archive(&self, issue: IssueId) {
        let change = IssueChange {
            status: Some(IssueStatus::Ignored.into()),
            ..IssueChange::default()
        };
        self.installation.change(issue, change).await;
    }

    async fn measure(&self, by: Option<GroupBy>) -> alert_metrics::MetricsReport {
        let now = self.installation.app.now();
        let query = MetricsQuery {
            group_by: by,
            ..MetricsQuery::between(now - Duration::from_secs(30 * 86_400), now + Duration::from_secs(1))
        };
        let scope = self.installation.organization();
        alert_metrics::measure(&self.installation.app, &scope, &query)
            .await
            .unwrap()
    }

    async fn firing_of(&self, issue: IssueId) -> FiringId {
        let mut db = self.installation.app.store.read().await.unwrap();
        let filter = store::alert_firings::FiringFilter {
            issue: Some(issue),
            ..Default::default()
        };
        let found = store::alert_firings::list(&mut db, self.project(), filter, IdPage::newest(1)).await;
        found.unwrap()[0].id
    }
}

#[tokio::test]
async fn ops4_a_history_of_four_alerts_gives_exactly_computed_numbers() {
    on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, scope) = (&crowd.installation.app, crowd.installation.organization());
        let rule = crowd.rule_for(&[crowd.owner()]).await;

        // The first: assigned after 2 minutes, resolved after 10.
        let first = crowd.new_issue().await;
        crowd.after(120);
        let assign = IssueChange {
            assignee: Some(Some(Assignee::User(crowd.owner()))),
            ..IssueChange::default()
        };
        crowd.installation.change(first, assign).await;
        crowd.after(480);
        crowd.solve(first).await;
        // The second: a comment after 4 minutes, resolved after 30.
        let second = crowd.new_issue().await;
        crowd.after(240);
        let issue = crowd.installation.issue(second).await;
        issues::comments::add(app, &scope, &issue, "I look at it", &[])
            .await
            .unwrap();
        crowd.after(1_560);
        crowd.solve(second).await;
        // The third: its mail is refused once, arrives 5 minutes later, and the issue is archived.
        crowd.mails.fail_next(SendError::retry("451 busy"));
        let third = crowd.new_issue().await;
        crowd.wait(600).await;
        crowd.archive(third).await;
        // The fourth: nobody does anything, and one mail is never taken.
        crowd.mails.fail_next(SendError::refused("550 no such user"));
        let fourth = crowd.new_issue().await;
        crowd.settle().await;

        let all = crowd.measure(None).await.total;
        let minutes = |number: u64| Some(Duration::from_secs(number * 60));
        assert_eq!((all.alerts, all.firings, all.told), (4, 4, 3), "{all:?}");
        assert_eq!((all.acknowledged, all.resolved, all.false_alarms), (2, 2, 1));
        assert_eq!(
            (all.to_acknowledge.mean, all.to_acknowledge.median),
            (minutes(3), minutes(3))
        );
        assert_eq!((all.to_resolve.mean, all.to_resolve.median), (minutes(20), minutes(20)));
        assert_eq!(all.acknowledgement_rate(), Some(2.0 / 3.0));
        assert_eq!(all.false_alarm_rate(), Some(0.25));
        assert_eq!((all.attempted, all.delivered, all.retried), (4, 3, 1));
        assert_eq!(all.delivery_rate(), Some(0.75));

        // The same, told apart.
        let numbers = |groups: &[(alert_metrics::GroupKey, Measured)]| -> Vec<(String, u64)> {
            groups.iter().map(|(key, of)| (key.label.clone(), of.alerts)).collect()
        };
        for (by, label) in [
            (GroupBy::Rule, "rule 1"),
            (GroupBy::Project, "web"),
            (GroupBy::Month, "2027-01"),
            (GroupBy::Day, "2027-01-15"),
        ] {
            let groups = crowd.measure(Some(by)).await.groups;
            assert_eq!(numbers(&groups), [(label.to_owned(), 4)], "{by:?}");
            assert_eq!(groups[0].1, all, "{by:?}");
        }
        let channels = crowd.measure(Some(GroupBy::Integration)).await.groups;
        // An alert of which nobody was told is nobody's.
        assert_eq!(numbers(&channels), [("email".to_owned(), 3)]);
        let query = MetricsQuery {
            rule: Some(RuleRef::Issue(rule)),
            team: Some(crowd.team().await),
            ..MetricsQuery::between(
                app.now() - Duration::from_secs(86_400),
                app.now() + Duration::from_secs(1),
            )
        };
        assert_eq!(alert_metrics::measure(app, &scope, &query).await.unwrap().total, all);
        let other = MetricsQuery {
            rule: Some(RuleRef::Issue(::model::AlertRuleId(1))),
            ..query
        };
        assert_eq!(
            alert_metrics::measure(app, &scope, &other).await.unwrap().total,
            Measured::default()
        );

        // Somebody says of the fourth that it was none.
        let firing = crowd.firing_of(fourth).await;
        alert_metrics::mark_false_alarm(app, &scope, firing).await.unwrap();
        assert_eq!(crowd.measure(None).await.total.false_alarms, 2);
        alert_metrics::unmark_false_alarm(app, &scope, firing).await.unwrap();
        assert_eq!(crowd.measure(None).await.total, all);
        let unknown = alert_metrics::mark_false_alarm(app, &scope, FiringId(1)).await;
        assert!(unknown.is_err());

        let review = alert_metrics::review(app, &scope, Some("2027-01".parse::<Month>().unwrap()))
            .await
            .unwrap();
        assert_eq!((review.total, review.before), (all, Measured::default()));
        assert_eq!(numbers(&review.rules), [("rule 1".to_owned(), 4)]);
    })
    .await;
}

#[tokio::test]
async fn ops5_the_trace_of_an_event_names_rules_people_and_every_attempt() {
    use services::diagnostics::trace::{self, Verdict};

    on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, scope) = (&crowd.installation.app, crowd.installation.organization());
        let ann = crowd.member("ann").await;
        crowd
            .answer(ann, NotificationType::ALERTS, Scope::Everywhere, "never")
            .await;
        let team = json!({ "id": MAIL, "targetType": "Team", "targetIdentifier": crowd.team().await.to_string() });
        let fires = crowd.rule(&[team]).await;
        crowd.mails.fail_next(SendError::retry("451 busy"));
        let issue = crowd.new_issue().await;
        crowd.wait(600).await;
        let firing = {
            let mut db = app.store.read().await.unwrap();
            let filter = store::alert_firings::FiringFilter {
                rule: Some(fires),
                ..Default::default()
            };
            store::alert_firings::list(&mut db, crowd.project(), filter, IdPage::newest(1))
                .await
                .unwrap()
                .remove(0)
        };
        let later = crowd.rule_for(&[ann]).await;

        let trace = trace::of_event(app, &scope, firing.event).await.unwrap();
        assert_eq!(trace.place.and_then(|place| place.issue), Some(issue));
        let verdicts: Vec<_> = trace
            .rules
            .iter()
            .map(|rule| (rule.rule, rule.verdict.name()))
            .collect();
        assert_eq!(verdicts, [(fires, "fired"), (later, "made_later")]);
        let Verdict::Fired { reasons, .. } = &trace.rules[0].verdict else {
            panic!()
        };
        assert!(!reasons.is_empty());

        assert_eq!(trace.told.len(), 1);
        let told = &trace.told[0];
        let of_ann = trace::of_user(told, ann);
        assert_eq!(of_ann.len(), 1);
        assert_eq!((of_ann[0].is_told, of_ann[0].reason.as_str()), (false, "setting_off"));
        let of_owner = trace::of_user(told, crowd.owner());
        assert!(of_owner[0].is_told, "{of_owner:?}");
        let outcomes: Vec<_> = told.deliveries[0]
            .attempts
            .iter()
            .map(|attempt| attempt.outcome)
            .collect();
        assert_eq!(outcomes, [AttemptOutcome::Retry, AttemptOutcome::Sent]);

        // An event for which the rule did not fire, and one that nobody knows.
        let again = json!({ "message": "about error 2", "fingerprint": ["error 2"], "level": "error" });
        let event = Event::from_slice(again.to_string().as_bytes()).unwrap();
        let config = project_config::get(app, scope.organization.id, crowd.project())
            .await
            .unwrap()
            .unwrap();
        let quiet = EventId::random();
        let context = normalize::Context::new(app.now(), quiet);
        let new = events::process(event, &context, TraceOrigin::default(), &config).unwrap();
        events::record(app, vec![new.into()]).await.unwrap();
        crowd.settle().await;
        let trace = trace::of_event(app, &scope, quiet).await.unwrap();
        let silent = trace.rules.iter().find(|rule| rule.rule == fires).unwrap();
        assert!(
            matches!(&silent.verdict, Verdict::Silent(reasons) if reasons.len() == 1),
            "{silent:?}"
        );
        assert!(trace.told.is_empty());
        let unknown = trace::of_event(app, &scope, EventId::random()).await.unwrap();
        assert!(unknown.place.is_none() && unknown.rules.is_empty() && unknown.outcomes.is_empty());
    })
    .await;
}

#[tokio::test]
async fn ops5_exactly_the_check_of_what_is_wrong_fails() {
    use services::diagnostics::email::{self, Outcome, Subject};

    on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, scope) = (&crowd.installation.app, crowd.installation.organization());
        let ann = crowd.member("ann").await;
        crowd.rule_for(&[ann]).await;
        let id = crowd.new_issue().await;
        let issue = crowd.installation.issue(id).await;
        let failing = async || {
            let user = email::subject(app, &scope, ann).await.unwrap();
            let subject = Subject {
                user: &user,
                issue: Some(&issue),
            };
            let checks = email::check(app, &scope, subject).await.unwrap();
            assert!(checks.iter().all(|check| !check.evidence.is_empty()));
            let failed = checks.into_iter().filter(|check| check.outcome == Outcome::Fail);
            // There is no mail server in this test, and protection is off where nobody chose it.
            let failed = failed.map(|check| check.code);
            failed
                .filter(|code| !["server", "spike_protection"].contains(code))
                .collect::<Vec<_>>()
        };
        assert_eq!(failing().await, [] as [&str; 0]);
        crowd
            .answer(ann, NotificationType::ALERTS, Scope::Everywhere, "never")
            .await;
        assert_eq!(failing().await, ["preferences"]);
        crowd
            .answer(ann, NotificationType::ALERTS, Scope::Everywhere, "always")
            .await;
        let mut tx = app.store.begin().await.unwrap();
        for _ in 0..3 {
            store::mail_bounces::add(&mut tx, "ann@example.com", "550 no such user", app.now())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(failing().await, ["bounces"]);
        let mut tx = app.store.begin().await.unwrap();
        store::mail_bounces::clear(&mut tx, "ann@example.com").await.unwrap();
        store::issue_people::set_subscription(&mut tx, issue.id, ann, false, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(failing().await, ["subscription"]);
    })
    .await;
}
