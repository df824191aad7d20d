//! Deploys, incidents, reports, spikes.

use ::model::{IssueId, NotificationKind, UserId};
use serde_json::{Value, json};
use services::{
    notifications::{
        self, NewCause,
        actions::{self, ActionError, NewAction},
        addresses,
        settings::{NotificationType, Scope},
    },
    releases::{self, NewCommit, NewDeploy, ReleaseChange},
};

use super::{Crowd, rows};

impl Crowd {
    pub(super) async fn tell(&self, kind: NotificationKind, cause: Value) {
        let app = &self.installation.app;
        let new = NewCause {
            organization: Some(self.installation.scope.organization.id),
            project: Some(self.project()),
            issue: None::<IssueId>,
            event: None,
            kind,
            cause,
            is_critical: false,
        };
        let mut tx = app.store.begin().await.unwrap();
        notifications::cause(app, &mut tx, new).await.unwrap();
        tx.commit().await.unwrap();
        self.settle().await;
    }

    pub(super) fn metric(&self, action: Value) -> Value {
        json!({
            "incident": 1, "identifier": 1, "rule": 1, "name": "errors", "status": "critical", "text": "64 events",
            "projects": [self.project().0], "actions": [action], "subscribers": [], "snoozed_for": [], "snoozed": false,
        })
    }
}

#[tokio::test]
async fn a_deploy_is_told_to_those_whose_commits_went_live_or_who_want_to_know_of_all() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, scope) = (&crowd.installation.app, crowd.installation.organization());
        crowd.member("ada").await;
        let (every, never) = (crowd.member("every").await, crowd.member("never").await);
        crowd
            .answer(every, NotificationType::DEPLOY, Scope::Everywhere, "always")
            .await;
        crowd
            .answer(never, NotificationType::DEPLOY, Scope::Everywhere, "never")
            .await;
        let commit = NewCommit {
            key: "abc".to_owned(),
            author_email: "Ada@example.com".to_owned(),
            ..NewCommit::default()
        };
        let change = ReleaseChange {
            commits: Some(vec![commit]),
            ..ReleaseChange::default()
        };
        releases::create(app, &scope, "web@1.0", &[crowd.project()], change)
            .await
            .unwrap();
        let release = releases::get(app, &scope, "web@1.0").await.unwrap().release;
        let deploy = NewDeploy {
            environment: "production".to_owned(),
            name: None,
            url: None,
            started_at: None,
            finished_at: None,
            projects: vec![crowd.project()],
        };
        releases::deploy(app, &scope, &release, deploy).await.unwrap();
        crowd.settle().await;
        assert_eq!(
            crowd.mailed(),
            [
                ("ada@example.com".to_owned(), "own_commits".to_owned()),
                ("every@example.com".to_owned(), "every_deploy".to_owned())
            ]
        );
        assert!(
            crowd
                .ledger()
                .await
                .contains(&("never@example.com".to_owned(), false, "setting_off".to_owned()))
        );
    })
    .await;
}

#[tokio::test]
async fn ntf7_whom_a_metric_alert_names_is_told_whatever_they_say_of_alerts() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let user = crowd.member("ada").await;
        crowd
            .answer(user, NotificationType::ALERTS, Scope::Everywhere, "never")
            .await;
        let named = json!({ "type": "email", "targetType": "user", "targetIdentifier": user.to_string() });
        crowd.tell(NotificationKind::MetricAlert, crowd.metric(named)).await;
        assert_eq!(crowd.mailed_to(), ["ada@example.com"]);
        let team = json!({ "type": "email", "targetType": "team", "targetIdentifier": crowd.team().await.to_string() });
        crowd.tell(NotificationKind::MetricAlert, crowd.metric(team)).await;
        assert_eq!(crowd.mailed_to(), ["a@example.com"]);
        assert!(
            crowd
                .ledger()
                .await
                .contains(&("ada@example.com".to_owned(), false, "setting_off".to_owned()))
        );
    })
    .await;
}

#[tokio::test]
async fn mails_of_a_project_go_where_its_user_says_if_the_address_is_confirmed() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let app = &crowd.installation.app;
        let user = crowd.owner();
        crowd.rule_for(&[user]).await;
        let scope = &crowd.installation.scope;
        let other = Some("work@example.com".to_owned());
        assert!(addresses::set(app, &[(scope.clone(), other.clone())]).await.is_err());
        let own = store::users::find(&mut app.store.read().await.unwrap(), user)
            .await
            .unwrap()
            .unwrap();
        services::users::add_email(app, &own, "work@example.com").await.unwrap();
        let mut tx = app.store.begin().await.unwrap();
        store::user_emails::set_verified(&mut tx, user, "work@example.com", app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        addresses::set(app, &[(scope.clone(), other)]).await.unwrap();
        crowd.settle().await;
        crowd.mailed();
        crowd.new_issue().await;
        assert_eq!(crowd.mailed_to(), ["work@example.com"]);
        addresses::set(app, &[(scope.clone(), None)]).await.unwrap();
        crowd.wait(4_000).await;
        crowd.new_issue().await;
        assert_eq!(crowd.mailed_to(), ["a@example.com"]);
    })
    .await;
}

#[tokio::test]
async fn ntf1_reports_and_quotas_ask_the_settings() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let owner = crowd.owner();
        crowd
            .tell(NotificationKind::Quota, json!({ "type": "quotaErrors" }))
            .await;
        assert_eq!(
            crowd.ledger().await,
            rows(&[("a@example.com", true, "organization_owner")])
        );
        crowd
            .answer(owner, NotificationType::QUOTA_ERRORS, Scope::Everywhere, "never")
            .await;
        crowd
            .tell(NotificationKind::Quota, json!({ "type": "quotaErrors" }))
            .await;
        assert_eq!(crowd.ledger().await, rows(&[("a@example.com", false, "setting_off")]));
        let report = |user: UserId| json!({ "user": user });
        crowd
            .answer(owner, NotificationType::REPORTS, Scope::Everywhere, "never")
            .await;
        crowd.tell(NotificationKind::WeeklyReport, report(owner)).await;
        assert_eq!(crowd.ledger().await, rows(&[("a@example.com", false, "setting_off")]));
    })
    .await;
}

#[tokio::test]
async fn ntf9_actions_of_an_organization_are_told_of_spikes_and_refused_where_they_are_unknown() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, scope) = (&crowd.installation.app, crowd.installation.organization());
        let slack = |target: &str| NewAction {
            trigger: "spike-protection".to_owned(),
            service: "slack".to_owned(),
            integration: Some(3),
            target_id: target.to_owned(),
            target_label: "#ops".to_owned(),
            projects: vec![crowd.project()],
            ..NewAction::default()
        };
        actions::create(app, &scope, slack("C1")).await.unwrap();
        let field = |answer: Result<_, ActionError>| match answer {
            Err(ActionError::Invalid(field, _)) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            field(actions::create(app, &scope, slack("C1")).await),
            "non_field_errors"
        );
        for (new, expected) in [
            (
                NewAction {
                    trigger: "nonsense".to_owned(),
                    ..slack("C2")
                },
                "trigger_type",
            ),
            (
                NewAction {
                    service: "fax".to_owned(),
                    ..slack("C2")
                },
                "service_type",
            ),
            // Nobody has set it up.
            (
                NewAction {
                    service: "msteams".to_owned(),
                    ..slack("C2")
                },
                "service_type",
            ),
            (
                NewAction {
                    target_kind: "user".to_owned(),
                    ..slack("C2")
                },
                "target_type",
            ),
            (
                NewAction {
                    integration: None,
                    ..slack("C2")
                },
                "integration_id",
            ),
            (
                NewAction {
                    projects: vec![::model::ProjectId(7)],
                    ..slack("C2")
                },
                "projects",
            ),
        ] {
            assert_eq!(field(actions::create(app, &scope, new).await), expected);
        }
        crowd
            .tell(NotificationKind::SpikeProtection, json!({ "type": "spikeProtection" }))
            .await;
        assert_eq!(
            crowd.ledger().await,
            rows(&[
                ("#ops", true, "notification_action"),
                ("a@example.com", false, "setting_off")
            ])
        );
        assert_eq!(crowd.posted(), 1);
    })
    .await;
}
