//! Issues that become part of others while somebody is to be told of them.

use ::model::{IssueId, NotificationKind, UserId};
use integrations::SendError;
use serde_json::{Value, json};
use services::{
    housekeeping, issues,
    notifications::{self, NewCause, content},
};
use store::{
    IdPage,
    alert_firings::{self, FiringFilter},
    notifications::NotificationFilter,
};

use super::{Crowd, MAIL, text};
use crate::installation::NOW;

impl Crowd {
    /// Makes the first part of the second.
    async fn merge(&self, child: IssueId, parent: IssueId) {
        let (app, scope) = (&self.installation.app, self.installation.organization());
        let both = [
            self.installation.issue(child).await,
            self.installation.issue(parent).await,
        ];
        let merged = issues::merge(app, &scope, &both).await.unwrap();
        assert_eq!(merged.parent, parent);
        self.installation.finish_moves().await;
    }

    async fn purge(&self) {
        while housekeeping::purge_step(&self.installation.app).await.unwrap() {}
    }

    /// Writes down that something is to be told of an issue, and tells it.
    async fn tell_of(&self, issue: IssueId, kind: NotificationKind, cause: Value) {
        let app = &self.installation.app;
        let new = NewCause {
            organization: Some(self.installation.scope.organization.id),
            project: Some(self.project()),
            issue: Some(issue),
            event: None,
            kind,
            cause,
            is_critical: true,
        };
        let mut tx = app.store.begin().await.unwrap();
        notifications::cause(app, &mut tx, new).await.unwrap();
        tx.commit().await.unwrap();
        self.settle().await;
    }

    pub(super) async fn notified(&self, issue: IssueId) -> Vec<store::notifications::Notification> {
        let filter = NotificationFilter {
            issue: Some(issue),
            ..NotificationFilter::default()
        };
        let organization = self.installation.scope.organization.id;
        let mut db = self.installation.app.store.read().await.unwrap();
        store::notifications::list(&mut db, organization, filter, IdPage::newest(100))
            .await
            .unwrap()
    }
}

fn alert(user: UserId) -> Value {
    let action = json!({ "id": MAIL, "targetType": "Member", "targetIdentifier": user.to_string() });
    json!({
        "rules": [{ "id": 9, "name": "r", "actions": [action], "reasons": [] }], "sequence": 1, "received_at": NOW,
    })
}

#[tokio::test]
async fn what_happened_before_a_merge_is_told_after_it() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let ada = crowd.member("ada").await;
        let (child, parent) = (crowd.new_issue().await, crowd.new_issue().await);
        crowd.merge(child, parent).await;
        crowd.tell_of(child, NotificationKind::IssueAlert, alert(ada)).await;
        assert_eq!(crowd.mailed_to(), ["ada@example.com"], "an alert");
        let assigned = json!({
            "activity": null, "kind": "assigned", "actor": null,
            "data": { "assignee": ada.to_string(), "assigneeType": "user" },
        });
        crowd.tell_of(child, NotificationKind::Activity, assigned).await;
        assert_eq!(crowd.mailed_to(), ["ada@example.com"], "an activity");
        // What a browser shows is made by its channel.
        let of = crowd.notified(child).await.remove(0);
        let mut db = crowd.installation.app.store.read().await.unwrap();
        let mut delivery = store::deliveries::list_of(&mut db, &[of.id]).await.unwrap().remove(0);
        drop(db);
        delivery.channel = "web_push".to_owned();
        let shown = content::make(&crowd.installation.app, &delivery, &of).await.unwrap();
        assert!(text(&shown.unwrap(), "url").contains(&parent.to_string()));
    })
    .await;
}

#[tokio::test]
async fn what_waits_and_what_was_told_goes_on_with_the_issue_that_is_left() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let ada = crowd.member("ada").await;
        let rule = crowd.rule_for(&[ada]).await;
        crowd.mails.fail_next(SendError::retry("451 later"));
        let child = crowd.new_issue().await;
        // The second waits for a digest, and so does the third.
        let other = crowd.new_issue().await;
        let parent = crowd.new_issue().await;
        crowd.merge(child, parent).await;
        crowd.merge(other, parent).await;
        crowd.purge().await;
        assert!(crowd.notified(child).await.is_empty());
        assert_eq!(crowd.notified(parent).await.len(), 3);
        let filter = FiringFilter {
            rule: Some(rule),
            issue: Some(parent),
            ..FiringFilter::default()
        };
        let mut db = crowd.installation.app.store.read().await.unwrap();
        let fired = alert_firings::list(&mut db, crowd.project(), filter, IdPage::newest(10))
            .await
            .unwrap();
        drop(db);
        assert_eq!(fired.len(), 3);
        crowd.wait(2_000).await;
        let mails = crowd.news(&crowd.mails, 0);
        assert_eq!(mails.len(), 2, "the one that was refused at first, and the digest");
        let digest = text(&mails[1].content, "text");
        let short_id = issues::ShortId::of(&crowd.installation.issue(parent).await).to_string();
        assert!(digest.contains(&short_id) && digest.contains("2 alerts"), "{digest}");
    })
    .await;
}

#[tokio::test]
async fn an_interval_of_a_rule_goes_on_and_so_does_what_an_address_does_not_want() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let app = &crowd.installation.app;
        let ada = crowd.member("ada").await;
        let rule = crowd.rule_for(&[ada]).await;
        let child = crowd.new_issue().await;
        alert_rule_off(&crowd, rule).await;
        let parent = crowd.new_issue().await;
        let mut tx = app.store.begin().await.unwrap();
        store::mail_addresses::mute(&mut tx, "list@example.com", child)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        crowd.merge(child, parent).await;
        let mut db = app.store.read().await.unwrap();
        let known = alert_firings::rule_issues(&mut db, &[rule], &[parent]).await.unwrap();
        assert_eq!(known.len(), 1);
        assert!(
            store::mail_addresses::is_muted(&mut db, "List@example.com", parent)
                .await
                .unwrap()
        );
    })
    .await;
}

async fn alert_rule_off(crowd: &Crowd, rule: ::model::AlertRuleId) {
    services::alert_rules::set_enabled(&crowd.installation.app, &crowd.installation.scope, rule, false)
        .await
        .unwrap();
}
