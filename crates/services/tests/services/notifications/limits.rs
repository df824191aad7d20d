//! Limits that drop what comes in: who is told of it, and that it is once.

use std::time::Duration;

use ::model::{DataCategory, NotificationKind, Outcome, Timestamp};
use quota::{CategoryLimit, Decision, Settings, spikes};
use services::{
    App,
    notifications::settings::{NotificationType, Scope},
    project_config, project_keys,
    quotas::{self, Quotas},
    settings,
};
use store::{
    IdPage,
    notifications::{Notification, NotificationFilter},
    outcomes::{OutcomeCounts, OutcomeKey},
};

use super::Crowd;

const ERROR: DataCategory = DataCategory::Error;
const HOUR: u64 = 3600;

impl Crowd {
    async fn send_errors(&self, number: usize) -> usize {
        self.send_errors_to(&self.installation.app, number).await
    }

    /// What an SDK does: so many errors, one after the other. Returns how many this process took.
    async fn send_errors_to(&self, app: &App, number: usize) -> usize {
        let scope = &self.installation.scope;
        let keys = project_keys::list(app, scope).await.unwrap();
        let owner = project_keys::find_owner(app, &keys[0].public_key)
            .await
            .unwrap()
            .unwrap();
        let config = project_config::get(app, scope.organization.id, scope.project.id)
            .await
            .unwrap()
            .unwrap();
        let quotas = Quotas::of(app, &owner, &config);
        let taken = |_: &usize| quotas.check(app, &[(ERROR, 1)], app.now()) == Decision::Allowed;
        (0..number).filter(taken).count()
    }

    async fn count_outcome(&self, outcome: Outcome, hour: Timestamp, quantity: i64) {
        let app = &self.installation.app;
        let keys = project_keys::list(app, &self.installation.scope).await.unwrap();
        let key = OutcomeKey {
            hour: hour.truncate(OutcomeKey::HOUR),
            organization: self.installation.scope.organization.id,
            project: self.project(),
            key: keys[0].id,
            category: ERROR,
            outcome,
        };
        let mut tx = app.store.begin().await.unwrap();
        store::outcomes::add(&mut tx, &OutcomeCounts::from([(key, quantity)]))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Tells of what was reached, and does what follows.
    async fn tell_of_limits(&self) {
        quotas::tell(&self.installation.app).await.unwrap();
        self.settle().await;
    }

    /// All notifications of a kind, the oldest first.
    async fn told_of(&self, kind: NotificationKind) -> Vec<Notification> {
        let mut db = self.installation.app.store.read().await.unwrap();
        let organization = self.installation.scope.organization.id;
        let all = store::notifications::list(
            &mut db,
            organization,
            NotificationFilter::default(),
            IdPage::newest(100),
        );
        let mut all = all.await.unwrap();
        all.reverse();
        all.retain(|one| one.kind == kind);
        all
    }

    fn hours(&self, hours: u64) {
        self.installation.clock.advance(Duration::from_secs(hours * HOUR));
    }

    /// The project gets ten errors an hour for two days, and may have twenty from now on.
    async fn protect(&self) {
        let app = &self.installation.app;
        let protection = Settings {
            limits: Vec::new(),
            spike_protection: spikes::Settings {
                enabled: true,
                minimum: 20,
                factor: 2.0,
            },
        };
        settings::set_of_project(app, &self.installation.scope, &protection)
            .await
            .unwrap();
        for hour in 1..=48_u32 {
            let at = app.now() - OutcomeKey::HOUR * hour;
            self.count_outcome(Outcome::ACCEPTED, at, 10).await;
        }
        quotas::find_spikes(app).await.unwrap();
        assert_eq!(quotas::thresholds(app, self.project()), [(ERROR, 20)]);
    }
}

#[tokio::test]
async fn ntf10_a_spike_is_told_of_when_it_begins_and_when_it_is_over_and_in_between_not() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let app = &crowd.installation.app;
        let ada = crowd.member("ada").await;
        crowd
            .answer(ada, NotificationType::SPIKE_PROTECTION, Scope::Everywhere, "always")
            .await;
        crowd.protect().await;
        assert_eq!(crowd.send_errors(20).await, 20);
        crowd.tell_of_limits().await;
        assert!(crowd.mailed().is_empty(), "nothing was dropped");

        assert_eq!(crowd.send_errors(30).await, 0);
        crowd
            .count_outcome(Outcome::rate_limited(spikes::REASON), app.now(), 30)
            .await;
        crowd.tell_of_limits().await;
        // The owner of the installation has not asked for it.
        assert_eq!(
            crowd.mailed(),
            [("ada@example.com".to_owned(), "project_member".to_owned())]
        );
        let told = crowd.told_of(NotificationKind::SpikeProtection).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].cause["status"], "started");
        assert_eq!(told[0].cause["subject"], "Spike protection drops errors of web");
        assert_eq!(told[0].cause["threshold"], "20 an hour");

        // It goes on, into the next hour, and a second process has its share of it.
        for _ in 0..3 {
            crowd.send_errors(30).await;
            crowd.tell_of_limits().await;
            crowd.hours(1);
        }
        crowd.send_errors(30).await;
        let second = crowd.installation.second_process().await;
        quotas::find_spikes(&second).await.unwrap();
        assert!(crowd.send_errors_to(&second, 100).await < 100);
        crowd.tell_of_limits().await;
        quotas::tell(&second).await.unwrap();
        assert_eq!(crowd.told_of(NotificationKind::SpikeProtection).await.len(), 1);

        // It is over after an hour in which nothing was dropped, whoever notices.
        crowd.hours(1);
        quotas::tell(&second).await.unwrap();
        crowd.tell_of_limits().await;
        assert_eq!(crowd.told_of(NotificationKind::SpikeProtection).await.len(), 1);
        crowd.hours(1);
        quotas::tell(&second).await.unwrap();
        crowd.tell_of_limits().await;
        crowd.tell_of_limits().await;
        let told = crowd.told_of(NotificationKind::SpikeProtection).await;
        assert_eq!(told.len(), 2);
        assert_eq!(told[1].cause["status"], "ended");
        let text = told[1].cause["text"].as_str().unwrap();
        assert!(text.contains(" 30 errors of web were dropped"), "{text}");
        assert_eq!(crowd.mailed_to(), ["ada@example.com"]);

        // The next one is news.
        crowd.send_errors(30).await;
        crowd.tell_of_limits().await;
        assert_eq!(crowd.told_of(NotificationKind::SpikeProtection).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn ntf1_a_limit_that_is_used_up_is_told_of_once_a_window_whatever_process_finds_it_so() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let app = &crowd.installation.app;
        let limits = [
            (Some(5), HOUR, &["error"][..]),
            // That of a minute is there to be reached, that of nothing is meant so, and this one has room.
            (Some(3), 60, &[]),
            (Some(0), 86_400, &["session"]),
            (Some(1_000), 86_400, &["error", "span"]),
        ];
        let limits = limits.into_iter().map(|(limit, window, categories)| CategoryLimit {
            categories: categories.iter().map(|name| (*name).to_owned()).collect(),
            limit,
            window,
        });
        let wanted = Settings {
            limits: limits.collect(),
            ..Settings::default()
        };
        settings::set_of_project(app, &crowd.installation.scope, &wanted)
            .await
            .unwrap();
        assert_eq!(crowd.send_errors(10).await, 3);
        crowd.tell_of_limits().await;
        assert!(crowd.told_of(NotificationKind::Quota).await.is_empty());
        crowd.installation.clock.advance(Duration::from_secs(60));
        assert_eq!(crowd.send_errors(10).await, 2);
        crowd.tell_of_limits().await;
        assert_eq!(
            crowd.mailed(),
            [("a@example.com".to_owned(), "organization_owner".to_owned())]
        );
        let told = crowd.told_of(NotificationKind::Quota).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].cause["type"], "quotaErrors");
        assert_eq!(told[0].cause["threshold"], "5 in 1 hour");
        assert_eq!(
            told[0].cause["subject"],
            "The limit of the project web is used up: errors"
        );

        // More of the same window is no news, not for a process that knows nothing of it either.
        crowd.send_errors(10).await;
        crowd.tell_of_limits().await;
        let second = crowd.installation.second_process().await;
        assert_eq!(crowd.send_errors_to(&second, 3).await, 3);
        crowd.installation.clock.advance(Duration::from_secs(60));
        assert_eq!(crowd.send_errors_to(&second, 3).await, 2);
        quotas::tell(&second).await.unwrap();
        crowd.settle().await;
        assert_eq!(crowd.told_of(NotificationKind::Quota).await.len(), 1);

        crowd.hours(1);
        assert_eq!(crowd.send_errors(10).await, 3);
        crowd.installation.clock.advance(Duration::from_secs(60));
        crowd.send_errors(10).await;
        crowd.tell_of_limits().await;
        assert_eq!(crowd.told_of(NotificationKind::Quota).await.len(), 2);
        assert_eq!(crowd.mailed_to(), ["a@example.com"]);
    })
    .await;
}
