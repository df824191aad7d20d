//! What has expired goes, for everybody or for one project or environment, and nothing else.

use std::{collections::BTreeMap, time::Duration};

use model::{EventId, Timestamp};
use services::{events, housekeeping, settings, storage};
use store::events::Day;

use crate::installation::{Installation, NOW};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn id(number: u8) -> EventId {
    EventId([number; 16])
}

impl Installation {
    /// Which of events 1 to 9 can be read.
    async fn readable(&self) -> Vec<u8> {
        let mut found = Vec::new();
        for number in 1..10 {
            if events::get(&self.app, self.scope.project.id, id(number)).await.is_ok() {
                found.push(number);
            }
        }
        found
    }

    fn days(&self) -> Vec<Day> {
        self.app
            .events
            .days()
            .unwrap()
            .into_iter()
            .map(|info| info.day)
            .collect()
    }

    async fn expire(&self) {
        storage::expire(&self.app).await.unwrap();
        while housekeeping::purge_step(&self.app).await.unwrap() {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_days_go_when_nobody_wants_them() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let old = installation.event(id(1), NOW - DAY * 91).await;
        installation.event(id(2), NOW - DAY * 89).await;
        installation.expire().await;
        assert_eq!(installation.readable().await, [2]);
        assert_eq!(installation.days(), [Day::of(NOW - DAY * 89)]);
        let found = services::issues::get(&installation.app, &installation.organization(), &old.id.to_string()).await;
        assert!(found.is_ok(), "the issue has an event left");

        installation.clock.set(NOW + DAY * 2);
        installation.expire().await;
        assert_eq!(installation.readable().await, [0; 0]);
        assert_eq!(installation.days(), []);
        let found = services::issues::get(&installation.app, &installation.organization(), &old.id.to_string()).await;
        assert!(found.is_err(), "an issue without events goes too");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_and_its_environments_have_times_of_their_own() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let at = |days: u32| -> Timestamp { NOW - DAY * days };
        installation.event_in(id(1), at(20), "production").await;
        installation.event_in(id(2), at(20), "staging").await;
        installation.event(id(3), at(20)).await;
        installation.event(id(4), at(5)).await;
        let retention = storage::RetentionSettings {
            days: Some(10),
            environments: BTreeMap::from([("production".to_owned(), 30)]),
            ..storage::RetentionSettings::default()
        };
        settings::set_of_project(&installation.app, &installation.scope, &retention)
            .await
            .unwrap();
        installation.expire().await;
        assert_eq!(installation.readable().await, [1, 4]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_day_goes_first_when_there_is_too_much() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        for (number, days) in [(1, 3), (2, 2), (3, 0)] {
            installation.event(id(number), NOW - DAY * days).await;
        }
        let bytes: u64 = installation
            .app
            .events
            .days()
            .unwrap()
            .iter()
            .map(|info| info.bytes)
            .sum();
        installation
            .app
            .retention
            .set(storage::InstallationRetention {
                days: 90,
                index_bytes: Some(bytes - 1),
            })
            .unwrap();
        installation.expire().await;
        assert_eq!(installation.readable().await, [2, 3]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn growth_and_the_day_of_the_full_disk_are_told_from_samples() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        installation.event(id(1), NOW).await;
        storage::sample(&installation.app).await.unwrap();
        let report = storage::report(&installation.app).await.unwrap();
        assert_eq!((report.growth, report.full_at), (None, None));
        assert_eq!(report.datasets.len(), 1);
        assert!(report.datasets[0].bytes > 0 && report.database_bytes > 0);
        assert!(report.bytes() > report.database_bytes);
        for number in 2..8 {
            installation.event(id(number), NOW).await;
        }
        installation.clock.set(NOW + DAY);
        storage::sample(&installation.app).await.unwrap();
        storage::set_disk(
            &installation.app,
            storage::disk::Disk {
                free_bytes: 10_000_000,
                total_bytes: 100_000_000,
                floor_bytes: 0,
            },
        );
        let report = storage::report(&installation.app).await.unwrap();
        let growth = report.growth.expect("there is a day of history");
        assert!(growth > 0.0, "{growth}");
        assert!(report.full_at.is_some_and(|at| at > NOW + DAY));
    })
    .await;
}
