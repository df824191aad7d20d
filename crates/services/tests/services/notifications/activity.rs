//! Who is told of what happens to issues.

use ::model::{Assignee, IssueId, IssueStatus, Timestamp, UserId};
use serde_json::json;
use services::{
    App,
    access::OrganizationScope,
    issues::{self, IssueChange, comments},
    notifications::{
        chat,
        preferences::{self, Preferences, WorkflowToggles},
        push::{self, Subscription},
        rules::personal::{self, PersonalRule, Triggers, Ways},
        settings::{NotificationType, Provider, Scope},
    },
};
use store::issue_people;

use super::{Crowd, rows};

impl Crowd {
    fn app(&self) -> &App {
        &self.installation.app
    }

    /// What a user may do, as they themself.
    async fn acting(&self, user: UserId) -> OrganizationScope {
        let found = store::users::find(&mut self.app().store.read().await.unwrap(), user).await;
        let actor = services::Actor::of_user(found.unwrap().unwrap(), services::Scopes::all());
        services::access::organization(self.app(), &actor, "acme", services::Scope::EventRead)
            .await
            .unwrap()
    }

    pub(super) async fn comment(&self, by: UserId, issue: IssueId, words: &str) {
        let scope = self.acting(by).await;
        let found = issues::get(self.app(), &scope, &issue.to_string()).await.unwrap();
        comments::add(self.app(), &scope, &found, words, &[]).await.unwrap();
        self.settle().await;
    }

    async fn change_as(&self, by: UserId, issue: IssueId, change: IssueChange) {
        let scope = self.acting(by).await;
        let found = issues::get(self.app(), &scope, &issue.to_string()).await.unwrap();
        issues::update(self.app(), &scope, &[found], change).await.unwrap();
        self.settle().await;
    }

    async fn assign(&self, by: UserId, issue: IssueId, to: Assignee) {
        let change = IssueChange {
            assignee: Some(Some(to)),
            ..IssueChange::default()
        };
        self.change_as(by, issue, change).await;
    }

    async fn resolve(&self, by: UserId, issue: IssueId) {
        let change = IssueChange {
            status: Some(IssueStatus::Resolved.into()),
            ..IssueChange::default()
        };
        self.change_as(by, issue, change).await;
    }

    pub(super) async fn subscribe(&self, user: UserId, issue: IssueId, is_active: bool) {
        let mut tx = self.app().store.begin().await.unwrap();
        let now: Timestamp = self.app().now();
        issue_people::set_subscription(&mut tx, issue, user, is_active, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn ntf6_a_comment_reaches_subscribers_with_the_reason_but_not_who_wrote_it() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (a, b, c) = (
            crowd.member("a2").await,
            crowd.member("b").await,
            crowd.member("c").await,
        );
        let issue = crowd.new_issue().await;
        crowd.subscribe(b, issue, true).await;
        crowd.subscribe(c, issue, false).await;
        crowd.comment(a, issue, "have a look").await;
        assert_eq!(crowd.mailed(), [("b@example.com".to_owned(), "subscribed".to_owned())]);
        let ledger = crowd.ledger().await;
        assert_eq!(
            ledger,
            rows(&[
                ("b@example.com", true, "subscribed"),
                ("a2@example.com", false, "own_action")
            ]),
            "who unsubscribed takes no part"
        );
        // Whoever wants to is told of what they did themselves.
        let own = Preferences {
            own_activity: true,
            ..Preferences::default()
        };
        preferences::set(crowd.app(), a, &own).await.unwrap();
        crowd.comment(a, issue, "once more").await;
        assert_eq!(
            crowd.mailed(),
            [
                ("a2@example.com".to_owned(), "commented".to_owned()),
                ("b@example.com".to_owned(), "subscribed".to_owned())
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn ntf2_with_only_mentions_on_a_comment_without_one_tells_nothing() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (ada, bob) = (crowd.member("ada").await, crowd.member("bob").await);
        let issue = crowd.new_issue().await;
        crowd.subscribe(ada, issue, true).await;
        let only_mentions = Preferences {
            workflow: WorkflowToggles {
                comments: false,
                assigned: false,
                status_changes: false,
                mentions: true,
            },
            ..Preferences::default()
        };
        preferences::set(crowd.app(), ada, &only_mentions).await.unwrap();
        crowd.comment(bob, issue, "anybody?").await;
        assert!(crowd.mailed().is_empty());
        assert!(
            crowd
                .ledger()
                .await
                .contains(&("ada@example.com".to_owned(), false, "toggle_off".to_owned()))
        );
        crowd.comment(bob, issue, "@ada@example.com, please").await;
        assert_eq!(crowd.mailed(), [("ada@example.com".to_owned(), "mentioned".to_owned())]);
        crowd.assign(bob, issue, Assignee::User(ada)).await;
        crowd.resolve(bob, issue).await;
        assert!(crowd.mailed().is_empty());
        // The toggles are gated by the type.
        crowd
            .answer(ada, NotificationType::WORKFLOW, Scope::Everywhere, "never")
            .await;
        crowd.comment(bob, issue, "@ada@example.com!").await;
        assert!(crowd.mailed().is_empty());
    })
    .await;
}

#[tokio::test]
async fn assignments_and_changes_of_status_reach_those_who_take_part() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (ada, bob, every) = (
            crowd.member("ada").await,
            crowd.member("bob").await,
            crowd.member("every").await,
        );
        crowd
            .answer(every, NotificationType::WORKFLOW, Scope::Everywhere, "always")
            .await;
        let issue = crowd.new_issue().await;
        crowd.assign(bob, issue, Assignee::User(ada)).await;
        assert_eq!(
            crowd.mailed(),
            [
                ("ada@example.com".to_owned(), "assigned".to_owned()),
                ("every@example.com".to_owned(), "every_workflow".to_owned())
            ]
        );
        crowd.resolve(bob, issue).await;
        assert_eq!(crowd.mailed_to(), ["ada@example.com", "every@example.com"]);
        // A team takes part as its members, or by its channel.
        let team = Assignee::Team(crowd.team().await);
        crowd.assign(ada, issue, team).await;
        assert_eq!(
            crowd.mailed_to(),
            ["a@example.com", "bob@example.com", "every@example.com"]
        );
        let organization = crowd.installation.scope.organization.id;
        let target = json!({ "channel_id": "C1" });
        chat::link(crowd.app(), organization, team, Provider::Slack, "#platform", target)
            .await
            .unwrap();
        let other = crowd.new_issue().await;
        crowd.assign(bob, other, team).await;
        assert_eq!(
            (crowd.mailed_to(), crowd.posted()),
            (vec!["every@example.com".to_owned()], 1)
        );
    })
    .await;
}

#[tokio::test]
async fn ntf3_the_guides_rule_mails_and_writes_once_and_pushes_nothing() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (ada, bob) = (crowd.member("ada").await, crowd.member("bob").await);
        let organization = crowd.installation.scope.organization.id;
        let target = json!({ "user_id": "U1" });
        chat::link(
            crowd.app(),
            organization,
            Assignee::User(ada),
            Provider::Slack,
            "ada",
            target,
        )
        .await
        .unwrap();
        let browser = Subscription {
            endpoint: "https://push.example/1".to_owned(),
            p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
                .to_owned(),
            auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
        };
        push::subscribe(crowd.app(), ada, &browser, "Firefox").await.unwrap();
        let rule = |by: Ways| PersonalRule {
            when: Triggers {
                assigned: true,
                mentioned: true,
                status_changes: true,
                new_high_priority: true,
            },
            by,
        };
        let guides = Ways {
            email: true,
            slack: true,
            browser: false,
        };
        let scope = crowd.project_of(ada).await;
        personal::set(crowd.app(), &scope, &rule(guides)).await.unwrap();
        let issue = crowd.new_issue().await;
        let told = (crowd.mailed(), crowd.posted(), crowd.pushed());
        assert_eq!(
            told,
            (vec![("ada@example.com".to_owned(), "personal_rule".to_owned())], 1, 0)
        );
        crowd.new_issue_of("info").await;
        assert_eq!((crowd.mailed().len(), crowd.posted()), (0, 0), "its priority is low");
        // Two triggers of one event are one message a channel.
        crowd.comment(bob, issue, "@ada@example.com").await;
        assert_eq!(
            (crowd.mailed_to(), crowd.posted()),
            (vec!["ada@example.com".to_owned()], 1)
        );
        crowd.assign(bob, issue, Assignee::User(ada)).await;
        assert_eq!((crowd.mailed_to().len(), crowd.posted(), crowd.pushed()), (1, 1, 0));
        // A rule of the project and an alert rule tell of one event once.
        crowd.rule_for(&[ada]).await;
        crowd.new_issue().await;
        assert_eq!(crowd.mailed_to(), ["ada@example.com"]);

        personal::set(
            crowd.app(),
            &scope,
            &rule(Ways {
                browser: true,
                ..guides
            }),
        )
        .await
        .unwrap();
        let bobs = crowd.project_of(bob).await;
        let by_slack = Ways {
            email: false,
            slack: true,
            browser: false,
        };
        personal::set(crowd.app(), &bobs, &rule(by_slack)).await.unwrap();
        crowd.new_issue().await;
        assert_eq!(crowd.pushed(), 1);
        assert!(
            crowd.mailed_to().contains(&"bob@example.com".to_owned()),
            "nobody knows bob in Slack"
        );
    })
    .await;
}

impl Crowd {
    async fn project_of(&self, user: UserId) -> services::access::ProjectScope {
        let actor = self.acting(user).await.actor;
        services::access::project(self.app(), &actor, "acme", "web", services::Scope::ProjectRead)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn who_resolves_an_issue_that_nobody_sees_to_gets_it_if_they_want() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let ada = crowd.member("ada").await;
        let (one, two) = (crowd.new_issue().await, crowd.new_issue().await);
        crowd.resolve(ada, one).await;
        assert_eq!(crowd.installation.issue(one).await.assignee, None);
        let wanting = Preferences {
            self_assign_on_resolve: true,
            ..Preferences::default()
        };
        preferences::set(crowd.app(), ada, &wanting).await.unwrap();
        crowd.resolve(ada, two).await;
        assert_eq!(crowd.installation.issue(two).await.assignee, Some(Assignee::User(ada)));
    })
    .await;
}
