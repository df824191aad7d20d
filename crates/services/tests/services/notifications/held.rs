//! What is told later: digests, caps, quiet hours.

use serde_json::json;
use services::{
    notifications::{
        policy::ProjectNotifications,
        preferences::{self, Preferences, QuietHours},
        settings::{NotificationType, Scope},
    },
    settings,
};

use super::Crowd;

impl Crowd {
    /// All notifications of a kind, oldest first: what they tell of.
    async fn causes(&self, kind: ::model::NotificationKind) -> Vec<serde_json::Value> {
        let app = &self.installation.app;
        let filter = store::notifications::NotificationFilter {
            kind: Some(kind),
            ..store::notifications::NotificationFilter::default()
        };
        let organization = self.installation.scope.organization.id;
        let mut db = app.store.read().await.unwrap();
        let mut found = store::notifications::list(&mut db, organization, filter, store::IdPage::newest(100))
            .await
            .unwrap();
        found.reverse();
        found.into_iter().map(|one| one.cause).collect()
    }

    async fn digests(&self) -> Vec<usize> {
        let causes = self.causes(::model::NotificationKind::Digest).await;
        causes
            .iter()
            .map(|cause| cause["notifications"].as_array().unwrap().len())
            .collect()
    }
}

#[tokio::test]
async fn ntf8_the_first_alert_comes_at_once_and_the_next_nine_as_one_digest() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let user = crowd.member("ada").await;
        crowd.rule_for(&[user]).await;
        for _ in 0..10 {
            crowd.new_issue().await;
            crowd.wait(12).await;
        }
        assert_eq!(crowd.mailed_to().len(), 1);
        assert_eq!(crowd.digests().await, [0; 0]);
        // 300 s behind the first, and 30 s for each of the eight that came behind the second.
        crowd.wait(540 - 120 - 20).await;
        assert_eq!(crowd.mailed_to().len(), 0);
        crowd.wait(40).await;
        assert_eq!(crowd.mailed(), [("ada@example.com".to_owned(), "gathered".to_owned())]);
        assert_eq!(crowd.digests().await, [9]);
        // One alert in a window is told as it is; and after a quiet window the next one comes at once.
        crowd.new_issue().await;
        assert!(crowd.mailed().is_empty());
        crowd.wait(320).await;
        assert_eq!(
            crowd.mailed(),
            [("ada@example.com".to_owned(), "member_named".to_owned())]
        );
        crowd.wait(320).await;
        crowd.new_issue().await;
        assert_eq!(crowd.mailed_to(), ["ada@example.com"]);
        assert_eq!(crowd.digests().await, [9]);
    })
    .await;
}

#[tokio::test]
async fn ntf8_a_digest_waits_no_longer_than_a_project_says() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let delays = ProjectNotifications {
            digests_min_delay: 60,
            digests_max_delay: 120,
            hourly_cap: None,
        };
        settings::set_of_project(&crowd.installation.app, &crowd.installation.scope, &delays)
            .await
            .unwrap();
        let user = crowd.member("ada").await;
        crowd.rule_for(&[user]).await;
        for _ in 0..14 {
            crowd.new_issue().await;
            crowd.wait(10).await;
        }
        // The first at once; after 120 s what came meanwhile.
        assert_eq!(crowd.mailed_to().len(), 2);
        let gathered = crowd.digests().await;
        assert_eq!(gathered.len(), 1);
        assert!((10..=12).contains(&gathered[0]), "{gathered:?}");
        crowd.wait(200).await;
        assert_eq!(crowd.mailed_to().len(), 1);
        assert_eq!(crowd.digests().await.iter().sum::<usize>(), 13, "none is lost");
    })
    .await;
}

#[tokio::test]
async fn ntf10_a_cap_holds_back_what_is_beyond_it_until_the_hour_ends() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let user = crowd.member("ada").await;
        crowd
            .answer(user, NotificationType::SPIKE_PROTECTION, Scope::Everywhere, "always")
            .await;
        crowd.rule_for(&[user]).await;
        for _ in 0..25 {
            crowd.new_issue().await;
            crowd.wait(60).await;
        }
        let mailed = crowd.mailed();
        let (alerts, notices): (Vec<_>, Vec<_>) = mailed.iter().partition(|(_, why)| why == "member_named");
        assert_eq!((alerts.len(), notices.len()), (10, 1));
        assert_eq!(notices[0].1, "held_back");
        crowd.wait(3_600 - 25 * 60 - 20).await;
        assert!(crowd.mailed().is_empty());
        crowd.wait(40).await;
        assert_eq!(crowd.mailed(), [("ada@example.com".to_owned(), "gathered".to_owned())]);
        assert_eq!(crowd.digests().await, [15]);
        // A new hour begins anew.
        crowd.new_issue().await;
        assert_eq!(crowd.mailed_to().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn ntf10_what_is_critical_is_exempt_from_caps_and_quiet_hours() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let user = crowd.member("ada").await;
        crowd
            .answer(user, NotificationType::SPIKE_PROTECTION, Scope::Everywhere, "always")
            .await;
        let own = Preferences {
            hourly_cap: 1,
            quiet_hours: Some(QuietHours {
                from: 9 * 60,
                to: 10 * 60,
                weekends: false,
            }),
            ..Preferences::default()
        };
        preferences::set(&crowd.installation.app, user, &own).await.unwrap();
        crowd.rule_for(&[user]).await;
        crowd.new_issue().await;
        crowd.new_issue().await;
        assert_eq!(crowd.mailed_to().len(), 2, "one alert, and the notice");
        crowd.new_issue_of("fatal").await;
        crowd.new_issue_of("fatal").await;
        assert_eq!(crowd.mailed_to().len(), 2);
        crowd.wait(3_700).await;
        assert_eq!(crowd.mailed_to().len(), 1, "the one that was held back");
        // 09:01: quiet hours.
        crowd.new_issue().await;
        assert!(crowd.mailed().is_empty());
        crowd.new_issue_of("fatal").await;
        assert_eq!(crowd.mailed_to().len(), 1);
        crowd.new_issue().await;
        crowd.wait(3_600).await;
        assert_eq!(crowd.mailed(), [("ada@example.com".to_owned(), "gathered".to_owned())]);
        assert_eq!(crowd.digests().await, [2]);
    })
    .await;
}

#[tokio::test]
async fn ntf10_the_cap_of_a_project_counts_each_alert_once_however_many_are_told() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (ada, bob) = (crowd.member("ada").await, crowd.member("bob").await);
        let cap = ProjectNotifications {
            hourly_cap: Some(3),
            ..ProjectNotifications::default()
        };
        settings::set_of_project(&crowd.installation.app, &crowd.installation.scope, &cap)
            .await
            .unwrap();
        crowd.rule_for(&[ada, bob]).await;
        for _ in 0..5 {
            crowd.new_issue().await;
            crowd.wait(30).await;
        }
        let mailed = crowd.mailed();
        let alerts = mailed.iter().filter(|(_, why)| why == "member_named").count();
        let notices = mailed.iter().filter(|(_, why)| why == "held_back").count();
        assert_eq!((alerts, notices), (6, 2));
        crowd.wait(3_600).await;
        assert_eq!(crowd.digests().await, [2, 2]);
        assert_eq!(crowd.mailed_to(), ["ada@example.com", "bob@example.com"]);
    })
    .await;
}

#[tokio::test]
async fn what_was_held_back_is_not_told_to_who_has_left() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let user = crowd.member("ada").await;
        crowd.rule_for(&[user]).await;
        crowd.new_issue().await;
        crowd.new_issue().await;
        assert_eq!(crowd.mailed_to().len(), 1);
        let organization = crowd.installation.scope.organization.id;
        let mut tx = crowd.installation.app.store.begin().await.unwrap();
        store::members::delete(&mut tx, organization, user).await.unwrap();
        tx.commit().await.unwrap();
        crowd.wait(2_000).await;
        assert!(crowd.mailed().is_empty());
    })
    .await;
}

#[tokio::test]
async fn chats_and_pagers_are_told_at_once() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        crowd
            .rule(&[json!({
                "id": "sentry.integrations.slack.notify_action.SlackNotifyServiceAction",
                "workspace": "1",
                "channel": "#ops",
            })])
            .await;
        for _ in 0..3 {
            crowd.new_issue().await;
        }
        assert_eq!(crowd.posted(), 3);
    })
    .await;
}
