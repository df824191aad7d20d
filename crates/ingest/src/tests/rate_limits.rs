//! What SDKs are told when something is over a limit (`ingest.md` §1.6, §13.6).

use std::time::Duration;

use quota::CategoryLimit;
use services::{
    access::{self, Actor, ProjectScope, Scope, Scopes},
    settings::{self, ClientSettings},
};

use super::{Answer, ENVELOPE, Fixture};
use crate::LimitedItem;

const SESSION: &str = r#"{"sid":"9ec79c33-ec99-42ab-8353-589fcb2e04dc","init":true,"started":"2026-11-21T00:00:00Z","attrs":{"release":"a@1"}}"#;
const TRANSACTION: &str = "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n{\"type\":\"transaction\"}\n{}\n";

impl Fixture {
    pub(super) async fn scope(&self) -> ProjectScope {
        let mut db = self.app.store.read().await.unwrap();
        let user = store::users::find_by_email(&mut db, "a@example.com").await.unwrap();
        drop(db);
        let actor = Actor::of_user(user.unwrap(), Scopes::all());
        access::project(&self.app, &actor, "acme", "shop", Scope::ProjectWrite)
            .await
            .unwrap()
    }

    async fn limit(&self, category: &str, limit: u64, window: u64) {
        let settings = quota::Settings {
            limits: vec![CategoryLimit {
                categories: vec![category.to_owned()],
                limit: Some(limit),
                window,
            }],
            ..quota::Settings::default()
        };
        settings::set_of_project(&self.app, &self.scope().await, &settings)
            .await
            .unwrap();
    }

    /// What outcomes of refused requests wait to be written, as `category reason quantity`.
    fn refused(&self) -> Vec<String> {
        let counts = self.state.refusals.counts();
        let line = |(key, quantity): (&store::outcomes::OutcomeKey, &i64)| {
            format!("{} {} {quantity}", key.category.name(), key.outcome.reason)
        };
        counts.iter().map(line).collect()
    }
}

impl Answer {
    fn limits(&self) -> (Option<&str>, Option<&str>) {
        (self.header("retry-after"), self.header("x-sentry-rate-limits"))
    }
}

#[tokio::test]
async fn a_quota_of_nothing_refuses_its_category_and_nothing_else() {
    let fixture = Fixture::new().await;
    fixture.limit("error", 0, 60).await;

    let answer = fixture.post("/api/1/envelope/", &[], ENVELOPE).await;
    answer.assert(429);
    let (retry_after, limits) = answer.limits();
    let seconds: u64 = retry_after.unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(limits, Some(format!("{seconds}:error:project:project_quota").as_str()));
    assert_eq!(fixture.refused(), ["error project_quota 1"]);
    assert!(fixture.records().await.is_empty(), "nothing is left to be kept");

    let both = format!("{ENVELOPE}{{\"type\":\"session\"}}\n{SESSION}\n");
    fixture.post("/api/1/envelope/", &[], both).await.assert(429);
    let (meta, _) = fixture.last().await;
    let limited = LimitedItem {
        item: 0,
        reason: "project_quota".to_owned(),
    };
    assert_eq!(
        meta.limited,
        [limited],
        "the session is kept, the event is counted by processing"
    );
    assert_eq!(fixture.refused(), ["error project_quota 1"]);

    let answer = fixture.post("/api/1/envelope/", &[], TRANSACTION).await;
    assert_eq!(answer.assert(200).limits(), (None, None));
    fixture.post("/api/1/store/", &[], "{}").await.assert(429);
}

#[tokio::test]
async fn the_last_item_of_a_window_is_taken_and_the_next_one_is_not() {
    let fixture = Fixture::new().await;
    fixture.limit("error", 2, 60).await;
    for _ in 0..2 {
        fixture.post("/api/1/envelope/", &[], ENVELOPE).await.assert(200);
    }
    fixture.post("/api/1/envelope/", &[], ENVELOPE).await.assert(429);
    fixture.clock.advance(Duration::from_secs(60));
    fixture.post("/api/1/envelope/", &[], ENVELOPE).await.assert(200);
}

#[tokio::test]
async fn crash_reporters_and_check_ins_are_not_told() {
    let fixture = Fixture::new().await;
    fixture.limit("error", 0, 60).await;
    let dump = ("content-type", "application/octet-stream");
    let answer = fixture.post("/api/1/minidump/", &[dump], "MDMP1234").await;
    assert_eq!(answer.assert(200).limits(), (None, None));
    assert_eq!(fixture.refused(), ["error project_quota 1"]);
    fixture.limit("monitor", 0, 60).await;
    fixture
        .post("/api/1/cron/nightly/?status=ok", &[], "")
        .await
        .assert(202);
    assert_eq!(fixture.refused(), ["error project_quota 1", "monitor project_quota 1"]);
}

#[tokio::test]
async fn counts_outlive_a_restart() {
    let fixture = Fixture::new().await;
    fixture.limit("error", 1, 3600).await;
    fixture.post("/api/1/envelope/", &[], ENVELOPE).await.assert(200);
    services::quotas::save(&fixture.app).await.unwrap();
    let stored = store::instance::find(&mut fixture.app.store.read().await.unwrap(), "rate_limit_windows").await;
    assert!(stored.unwrap().unwrap().contains("\"used\":1"));
}

#[tokio::test]
async fn pages_of_other_domains_are_refused() {
    let fixture = Fixture::new().await;
    let settings = ClientSettings {
        allowed_domains: vec!["*.shop.example".to_owned()],
    };
    settings::set_of_project(&fixture.app, &fixture.scope().await, &settings)
        .await
        .unwrap();
    let own = ("origin", "https://www.shop.example");
    fixture.post("/api/1/envelope/", &[own], ENVELOPE).await.assert(200);
    fixture.post("/api/1/envelope/", &[], ENVELOPE).await.assert(200);
    let foreign = ("origin", "https://evil.example");
    let answer = fixture.post("/api/1/envelope/", &[foreign], ENVELOPE).await;
    assert!(
        answer
            .assert(403)
            .detail()
            .starts_with("event submission rejected with_reason: Cors")
    );
    assert_eq!(fixture.refused(), ["error cors 1"]);
    let referer = ("referer", "https://evil.example/page");
    fixture.post("/api/1/envelope/", &[referer], ENVELOPE).await.assert(403);
}

#[tokio::test]
async fn a_full_disk_refuses_the_least_important_first() {
    let fixture = Fixture::new().await;
    let free = |free_bytes| {
        let disk = services::storage::disk::Disk {
            free_bytes,
            total_bytes: 10_000,
            floor_bytes: 1_000,
        };
        services::storage::set_disk(&fixture.app, disk);
    };
    let transaction = async || fixture.post("/api/1/envelope/", &[], TRANSACTION).await.status.as_u16();
    let error = async || fixture.post("/api/1/envelope/", &[], ENVELOPE).await.status.as_u16();
    for (bytes, expected) in [
        (1_000, (200, 200)),
        (499, (429, 200)),
        (249, (429, 429)),
        (2_000, (200, 200)),
    ] {
        free(bytes);
        assert_eq!((transaction().await, error().await), expected, "{bytes} bytes are free");
    }
    let refused = fixture.refused();
    assert!(
        refused.contains(&"transaction disk_full 2".to_owned()) && refused.contains(&"error disk_full 1".to_owned()),
        "{refused:?}"
    );
}
