//! Recipients of alerts, and what they have said.

use std::time::Duration;

use ::model::{Assignee, UserId};
use serde_json::json;
use services::notifications::{
    chat,
    preferences::{self, AlertToggles, Preferences},
    settings::{self, Answer, NotificationType, Provider, Scope},
    unsubscribe,
};
use store::issue_owners::{IssueOwner, OwnerKind};

use super::{Crowd, MAIL, rows};

const ALERTS: NotificationType = NotificationType::ALERTS;

#[tokio::test]
async fn ntf1_never_for_the_user_and_always_for_one_project() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, user) = (&crowd.installation.app, crowd.member("ada").await);
        crowd.rule_for(&[user]).await;
        crowd.new_issue().await;
        assert_eq!(
            crowd.mailed(),
            [("ada@example.com".to_owned(), "member_named".to_owned())]
        );
        crowd.answer(user, ALERTS, Scope::Everywhere, "never").await;
        crowd.wait(4_000).await;
        crowd.new_issue().await;
        assert_eq!(crowd.mailed_to(), [""; 0]);
        assert_eq!(crowd.ledger().await, rows(&[("ada@example.com", false, "setting_off")]));

        crowd
            .answer(user, ALERTS, Scope::Project(crowd.project()), "always")
            .await;
        crowd.new_issue().await;
        assert_eq!(crowd.mailed_to(), ["ada@example.com"]);
        // The row goes, and what holds everywhere counts again.
        crowd.wait(4_000).await;
        let own = settings::list(app, Assignee::User(user)).await.unwrap();
        let narrow = own.iter().find(|row| row.scope_kind == "project").unwrap();
        settings::remove(app, settings::Holder::User(user), narrow.id)
            .await
            .unwrap();
        crowd.new_issue().await;
        assert_eq!(crowd.mailed_to(), [""; 0]);
        crowd.answer(user, ALERTS, Scope::Everywhere, "default").await;
        crowd.new_issue().await;
        assert_eq!(crowd.mailed_to(), ["ada@example.com"]);
    })
    .await;
}

#[tokio::test]
async fn ntf1_the_six_recommended_rows_can_be_set() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, user) = (&crowd.installation.app, crowd.owner());
        for (kind, answer) in [
            (NotificationType::DEPLOY, Answer::Always),
            (NotificationType::ALERTS, Answer::AssignedOnly),
            (NotificationType::WORKFLOW, Answer::Always),
            (NotificationType::REPORTS, Answer::Always),
            (NotificationType::SPIKE_PROTECTION, Answer::Always),
            (NotificationType::QUOTA, Answer::Always),
        ] {
            crowd.answer(user, kind, Scope::Everywhere, answer.name()).await;
            let answers = settings::Answers::new(settings::list(app, Assignee::User(user)).await.unwrap());
            assert_eq!(
                answers.of(Assignee::User(user), kind, None, None),
                answer,
                "{}",
                kind.name()
            );
        }
        // Ten an hour, as the guide has it.
        assert_eq!(preferences::get(app, user).await.unwrap().hourly_cap, 10);
        let wrong = settings::set(
            app,
            settings::Holder::User(user),
            ALERTS,
            Scope::Everywhere,
            Some("committed_only"),
        )
        .await;
        assert!(wrong.is_err());
    })
    .await;
}

#[tokio::test]
async fn ntf1_assigned_only_is_told_of_own_issues_and_those_of_own_teams() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (mine, teams, other) = (
            crowd.member("mine").await,
            crowd.member("teams").await,
            crowd.outsider("other").await,
        );
        for user in [mine, teams, other] {
            crowd.answer(user, ALERTS, Scope::Everywhere, "assigned_only").await;
        }
        crowd
            .rule(&[json!({ "id": MAIL, "targetType": "IssueOwners", "fallthroughType": "AllMembers" })])
            .await;
        crowd.new_issue().await;
        // Of the members of the project the owner of the installation has said nothing.
        assert_eq!(crowd.mailed_to(), ["a@example.com"]);
        assert!(
            crowd
                .ledger()
                .await
                .contains(&("mine@example.com".to_owned(), false, "only_assigned".to_owned()))
        );
        own(&crowd, Assignee::User(mine)).await;
        crowd.wait(4_000).await;
        crowd.new_issue().await;
        assert_eq!(crowd.mailed(), [("mine@example.com".to_owned(), "owner".to_owned())]);
        own(&crowd, Assignee::Team(crowd.team().await)).await;
        crowd.wait(4_000).await;
        crowd.new_issue().await;
        assert_eq!(
            crowd.mailed_to(),
            ["a@example.com", "mine@example.com", "teams@example.com"]
        );
        assert_ne!(teams, other);
    })
    .await;
}

/// Lets a rule say that all issues are theirs, and assigns them.
async fn own(crowd: &Crowd, who: Assignee) {
    let raw = match who {
        Assignee::User(_) => "tags.level:error mine@example.com".to_owned(),
        Assignee::Team(_) => "tags.level:error #acme".to_owned(),
    };
    let ownership = triage::ownership::Settings {
        raw,
        auto_assignment: triage::ownership::AutoAssignment::Owner,
        ..triage::ownership::Settings::default()
    };
    services::ownership::set(&crowd.installation.app, &crowd.installation.scope, ownership)
        .await
        .unwrap();
}

#[tokio::test]
async fn ntf2_toggles_of_alerts_add_up() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, user) = (&crowd.installation.app, crowd.member("ada").await);
        crowd.rule_for(&[user]).await;
        let only = |toggles: AlertToggles| Preferences {
            alerts: toggles,
            ..Preferences::default()
        };
        let none = AlertToggles {
            assigned: false,
            watching: false,
            my_teams: false,
            all: false,
        };
        let check = async |toggles: AlertToggles, is_told: bool| {
            preferences::set(app, user, &only(toggles)).await.unwrap();
            crowd.wait(4_000).await;
            crowd.new_issue().await;
            assert_eq!(crowd.mailed_to().len(), usize::from(is_told), "{toggles:?}");
        };
        check(none, false).await;
        assert_eq!(crowd.ledger().await, rows(&[("ada@example.com", false, "toggle_off")]));
        check(AlertToggles { my_teams: true, ..none }, true).await;
        check(AlertToggles { all: true, ..none }, true).await;
        check(AlertToggles { assigned: true, ..none }, false).await;
        check(AlertToggles { watching: true, ..none }, false).await;
    })
    .await;
}

#[tokio::test]
async fn ntf7_a_team_with_a_channel_gets_one_post_and_its_members_no_mails() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let app = &crowd.installation.app;
        crowd.member("ada").await;
        let team = Assignee::Team(crowd.team().await);
        crowd
            .rule(&[json!({ "id": MAIL, "targetType": "IssueOwners", "fallthroughType": "NoOne" })])
            .await;
        crowd.new_issue().await;
        assert_eq!((crowd.mailed_to().len(), crowd.posted()), (0, 0));
        assert!(
            crowd
                .ledger()
                .await
                .iter()
                .any(|(_, told, why)| !told && why == "nobody_chosen")
        );

        own(&crowd, team).await;
        crowd.new_issue().await;
        assert_eq!(
            (crowd.mailed_to().len(), crowd.posted()),
            (2, 0),
            "without a channel each member is told"
        );
        let organization = crowd.installation.scope.organization.id;
        chat::link(
            app,
            organization,
            team,
            Provider::Slack,
            "#platform",
            json!({ "channel_id": "C1" }),
        )
        .await
        .unwrap();
        crowd.wait(4_000).await;
        crowd.mailed_to();
        crowd.new_issue().await;
        assert_eq!((crowd.mailed_to().len(), crowd.posted()), (0, 1));
        assert_eq!(
            crowd.ledger().await,
            rows(&[
                ("#platform", true, "team_channel"),
                ("a@example.com", false, "team_told"),
                ("ada@example.com", false, "team_told"),
            ])
        );
    })
    .await;
}

#[tokio::test]
async fn ntf7_without_an_owner_the_twenty_who_were_there_last_are_told() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let app = &crowd.installation.app;
        let mut tx_users: Vec<UserId> = Vec::new();
        for number in 0..25_u64 {
            let user = crowd.member(&format!("m{number:02}")).await;
            let mut tx = app.store.begin().await.unwrap();
            let at = app.now() + Duration::from_secs(number);
            store::users::set_last_active(&mut tx, user, at).await.unwrap();
            tx.commit().await.unwrap();
            tx_users.push(user);
        }
        crowd.outsider("stranger").await;
        crowd.rule(&[json!({ "id": MAIL, "targetType": "IssueOwners" })]).await;
        crowd.new_issue().await;
        let mailed = crowd.mailed();
        let expected: Vec<String> = (5..25).map(|number| format!("m{number:02}@example.com")).collect();
        assert_eq!(
            mailed.iter().map(|(address, _)| address.clone()).collect::<Vec<_>>(),
            expected
        );
        assert!(mailed.iter().all(|(_, why)| why == "fallthrough_active"));
        assert_eq!(tx_users.len(), 25);
    })
    .await;
}

#[tokio::test]
async fn ntf7_suspect_committers_and_members_need_a_part_in_the_project() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let app = &crowd.installation.app;
        let (ada, far) = (crowd.member("ada").await, crowd.outsider("far").await);
        crowd.rule_for(&[far]).await;
        crowd.new_issue().await;
        assert_eq!(
            crowd.ledger().await,
            rows(&[("far@example.com", false, "not_in_project")])
        );
        // A muted rule tells nobody, or not whom it is muted for.
        let rule = crowd.rule_for(&[ada]).await;
        let snooze = store::alert_rules::Snooze {
            id: ::model::SnoozeId(app.next_sequence()),
            rule,
            user: Some(ada),
            until: None,
            made_by: Some(ada),
            created_at: app.now(),
        };
        let mut tx = app.store.begin().await.unwrap();
        store::alert_rules::set_snooze(&mut tx, &snooze).await.unwrap();
        tx.commit().await.unwrap();
        crowd.new_issue().await;
        assert!(crowd.mailed_to().is_empty());
        let ledger = crowd.ledger().await;
        assert!(ledger.contains(&("ada@example.com".to_owned(), false, "rule_muted_by_user".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn who_unsubscribed_from_an_issue_hears_of_it_no_more() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, user) = (&crowd.installation.app, crowd.member("ada").await);
        let issue = crowd.new_issue().await;
        unsubscribe::from_issue(app, user, issue).await.unwrap();
        // As every owner of an event's issue is: by the rules for it.
        let owner = IssueOwner {
            issue,
            kind: OwnerKind::Rule,
            owner: Assignee::User(user),
            rule: "tags.level:error ada@example.com".to_owned(),
            created_at: app.now(),
        };
        let mut tx = app.store.begin().await.unwrap();
        store::issue_owners::replace(&mut tx, crowd.project(), issue, 1, &[owner])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let scope = crowd.installation.organization();
        let found = services::issues::get(app, &scope, &issue.to_string()).await.unwrap();
        services::issues::comments::add(app, &scope, &found, "look, @ada@example.com", &[])
            .await
            .unwrap();
        crowd.settle().await;
        assert!(crowd.mailed_to().is_empty());
        assert!(
            crowd
                .ledger()
                .await
                .contains(&("ada@example.com".to_owned(), false, "unsubscribed".to_owned()))
        );
        // A type of notifications ends by a link as well.
        unsubscribe::from_type(app, user, ALERTS, Some(crowd.project()))
            .await
            .unwrap();
        crowd.rule_for(&[user]).await;
        crowd.new_issue().await;
        assert!(crowd.mailed_to().is_empty());
        assert_eq!(crowd.ledger().await, rows(&[("ada@example.com", false, "setting_off")]));
    })
    .await;
}
