//! What must not get lost: digests of all kinds, browsers, and what stands behind something that cannot be read.

use ::model::{NotificationKind, PushSubscriptionId, UserId};
use integrations::SendError;
use serde_json::{Value, json};
use services::{
    access::{self, MembershipSettings, Scope as Permission},
    notifications::{
        policy,
        preferences::{self, Preferences, QuietHours},
        settings::{NotificationType, Scope},
    },
    projects::{self, ProjectChange},
    settings,
};
use store::{
    held_notifications::{self, Held, Timeline},
    push_subscriptions::PushSubscription,
};

use super::{Crowd, text};

impl Crowd {
    async fn timeline(&self, id: i64, user: UserId) {
        let now = self.installation.app.now();
        let new = Timeline {
            id,
            name: format!("quiet_hours:{id}"),
            kind: "quiet_hours".to_owned(),
            organization: Some(self.installation.scope.organization.id),
            project: None,
            user: Some(user),
            team: None,
            told_at: now,
            due_at: now,
            held: 0,
        };
        let mut tx = self.installation.app.store.begin().await.unwrap();
        held_notifications::open(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Holds the newest notification back for somebody; whether it was kept.
    async fn hold(&self, timeline: i64, notification: ::model::NotificationId, to: Value, most: i64) -> bool {
        let held = Held {
            notification,
            recipient: to,
            held_at: self.installation.app.now(),
        };
        let mut tx = self.installation.app.store.begin().await.unwrap();
        let is_kept = held_notifications::hold(&mut tx, timeline, &held, most).await.unwrap();
        tx.commit().await.unwrap();
        is_kept
    }

    /// The ids of so many notifications, each of an issue of its own.
    async fn some_notifications(&self, number: usize) -> Vec<::model::NotificationId> {
        let mut ids = Vec::new();
        for _ in 0..number {
            self.new_issue().await;
            ids.push(self.ledger_rows().await[0].notification);
        }
        ids
    }
}

fn mail_to(user: UserId, address: &str) -> Value {
    json!({
        "who": { "user": user }, "channel": "email", "told": true, "reason": "member_named", "detail": "",
        "label": address, "target": { "address": address, "user": user },
    })
}

#[tokio::test]
async fn a_digest_tells_of_deploys_spikes_and_incidents_too() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let user = crowd.member("ada").await;
        let quiet = Preferences {
            quiet_hours: Some(QuietHours {
                from: 8 * 60,
                to: 9 * 60,
                weekends: false,
            }),
            ..Preferences::default()
        };
        preferences::set(&crowd.installation.app, user, &quiet).await.unwrap();
        crowd
            .answer(user, NotificationType::DEPLOY, Scope::Everywhere, "always")
            .await;
        for version in ["web@1", "web@2"] {
            let deploy = json!({
                "deploy": 1, "release": 1, "version": version, "environment": "production", "name": null, "url": null,
                "projects": [crowd.project().0], "actor": null,
            });
            crowd.tell(NotificationKind::Deploy, deploy).await;
        }
        let named = json!({ "type": "email", "targetType": "user", "targetIdentifier": user.to_string() });
        crowd.tell(NotificationKind::MetricAlert, crowd.metric(named)).await;
        assert!(crowd.mailed().is_empty());
        crowd.wait(3_700).await;
        let mails = crowd.news(&crowd.mails, 0);
        assert_eq!(mails.len(), 1);
        let body = text(&mails[0].content, "text");
        for part in [
            "web@1 was deployed to production",
            "web@2 was deployed to production",
            "Critical: errors",
            "64 events",
            "3 notifications",
        ] {
            assert!(body.contains(part), "{part} in\n{body}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_timeline_does_not_keep_is_counted_and_told_as_a_number() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let ada = crowd.member("ada").await;
        crowd.rule_for(&[crowd.owner()]).await;
        let ids = crowd.some_notifications(5).await;
        crowd.mailed();
        crowd.timeline(7, ada).await;
        let mut kept = Vec::new();
        for id in ids {
            kept.push(crowd.hold(7, id, mail_to(ada, "ada@example.com"), 3).await);
        }
        assert_eq!(kept, [true, true, true, false, false]);
        crowd.wait(10).await;
        let mails = crowd.news(&crowd.mails, 0);
        assert_eq!(mails.len(), 1);
        let body = text(&mails[0].content, "text");
        assert!(body.contains("And 2 more notifications."), "{body}");
        assert!(text(&mails[0].content, "subject").contains("5 new alerts"), "{body}");
        let waiting = policy::waiting(&crowd.installation.app, ada).await;
        assert!(waiting.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_holds_up_nothing_behind_it() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let ada = crowd.member("ada").await;
        crowd.rule_for(&[crowd.owner()]).await;
        let ids = crowd.some_notifications(1).await;
        crowd.mailed();
        // The first is looked at first.
        crowd.timeline(7, ada).await;
        crowd.hold(7, ids[0], json!({ "who": "nonsense" }), 10).await;
        crowd.timeline(8, ada).await;
        crowd.hold(8, ids[0], mail_to(ada, "ada@example.com"), 10).await;
        crowd.wait(10).await;
        assert_eq!(crowd.mailed_to(), ["ada@example.com"]);
        let waiting = policy::waiting(&crowd.installation.app, ada).await.unwrap();
        assert_eq!(waiting.len(), 1);
        assert!(
            waiting[0].0.due_at > crowd.installation.app.now(),
            "it is tried again later"
        );
    })
    .await;
}

#[tokio::test]
async fn only_its_own_user_loses_a_browser_and_only_when_it_is_gone() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let app = &crowd.installation.app;
        let (ada, bob) = (crowd.member("ada").await, crowd.member("bob").await);
        let mut tx = app.store.begin().await.unwrap();
        for (id, user) in [(1, ada), (2, bob)] {
            let browser = PushSubscription {
                id: PushSubscriptionId(id),
                user,
                endpoint: format!("https://push.example/{id}"),
                p256dh: "x".to_owned(),
                auth: "x".to_owned(),
                user_agent: String::new(),
                created_at: app.now(),
                last_sent_at: None,
            };
            store::push_subscriptions::set(&mut tx, &browser).await.unwrap();
        }
        tx.commit().await.unwrap();
        let push = async |subscription: i64, failure: SendError| {
            crowd.browsers.fail_next(failure);
            let recipient = json!({
                "who": { "user": ada }, "channel": "web_push", "told": true, "reason": "member_named", "detail": "",
                "label": "browser", "target": { "subscription": subscription },
            });
            let cause = json!({
                "recipient": recipient, "why": "user_cap", "cap": 1, "held": 1, "until": app.now(),
            });
            crowd.tell(NotificationKind::HeldNotice, cause).await;
            let left = store::push_subscriptions::list(&mut app.store.read().await.unwrap(), &[ada, bob]).await;
            left.unwrap().len()
        };
        assert_eq!(
            push(1, SendError::rejected("413 too long")).await,
            2,
            "the message was wrong"
        );
        assert_eq!(push(1, SendError::retry("403 who are you")).await, 2);
        assert_eq!(
            push(2, SendError::refused("410 gone")).await,
            2,
            "it is somebody else's"
        );
        assert_eq!(push(1, SendError::refused("410 gone")).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_metric_alert_is_for_all_who_see_one_of_its_projects() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, scope) = (&crowd.installation.app, crowd.installation.organization());
        let (ada, far) = (crowd.outsider("ada").await, crowd.outsider("far").await);
        let closed = MembershipSettings {
            open_membership: false,
            ..MembershipSettings::default()
        };
        settings::set_of_organization(app, &scope, &closed).await.unwrap();
        let team = services::teams::create(app, &scope, Some("Shop"), None).await.unwrap();
        let mut tx = app.store.begin().await.unwrap();
        store::teams::add_member(&mut tx, team.id, ada, ::model::TeamRole::Contributor, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let change = ProjectChange {
            name: Some("Shop"),
            ..ProjectChange::default()
        };
        projects::create(app, &scope, Some(&team), &change).await.unwrap();
        let actor = &crowd.installation.scope.actor;
        let shop = access::project(app, actor, "acme", "shop", Permission::EventRead)
            .await
            .unwrap();
        let to = |user: UserId| json!({ "type": "email", "targetType": "user", "targetIdentifier": user.to_string() });
        let mut cause = crowd.metric(to(ada));
        cause["actions"] = json!([to(ada), to(far)]);
        cause["projects"] = json!([crowd.project().0, shop.project.id.0]);
        crowd.tell(NotificationKind::MetricAlert, cause.clone()).await;
        assert_eq!(crowd.mailed_to(), ["ada@example.com"]);
        let ledger = crowd.ledger().await;
        assert!(
            ledger.contains(&("far@example.com".to_owned(), false, "no_access".to_owned())),
            "{ledger:?}"
        );
        cause["projects"] = json!([crowd.project().0]);
        crowd.tell(NotificationKind::MetricAlert, cause).await;
        assert!(crowd.mailed_to().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_ledger_says_whom_a_rule_gave_an_issue_to() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (ada, bob) = (crowd.member("ada").await, crowd.member("bob").await);
        let id = "tocsin.rules.actions.assign.AssignAction";
        let to = |user: UserId| json!({ "id": id, "targetType": "Member", "targetIdentifier": user.to_string() });
        crowd.rule(&[to(ada)]).await;
        crowd.rule(&[to(bob)]).await;
        crowd.rule(&[json!({ "id": id, "targetType": "IssueOwners" })]).await;
        let issue = crowd.new_issue().await;
        let told = crowd.notified(issue).await;
        let alert = told
            .iter()
            .find(|one| one.kind == NotificationKind::IssueAlert)
            .unwrap();
        let mut db = crowd.installation.app.store.read().await.unwrap();
        let recipients = store::notifications::recipients(&mut db, &[alert.id]).await.unwrap();
        let said: Vec<(&str, &str)> = recipients
            .iter()
            .map(|row| (row.label.as_str(), row.reason.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                ("ada@example.com", "given_to_them"),
                ("bob@example.com", "not_given_to_them"),
                ("rule 3", "nobody_to_assign"),
            ]
        );
    })
    .await;
}
