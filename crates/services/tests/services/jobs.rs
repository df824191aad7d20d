//! What an administrator sees of jobs and does about them.

use std::time::Duration;

use model::JobId;
use services::{
    Actor, App, audit,
    jobs::{self, JobActionError, JobFilter},
};
use store::{
    IdPage,
    jobs::{Lane, NewJob, State},
};
use testkit::on_every_database;

use crate::installation::Installation;

/// A job that no version knows: it fails whenever it is tried.
async fn unknown(app: &App, lane: Lane) -> JobId {
    let id = JobId(app.next_sequence());
    let mut tx = app.store.begin().await.unwrap();
    let job = NewJob {
        id,
        name: "unknown",
        lane,
        shard: "unknown:1",
        object: None,
        payload: "{\"issue\": 7}",
        created_at: app.now(),
        due_at: None,
    };
    store::jobs::add(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn of_kind_unknown(app: &App) -> Vec<(JobId, State, u32)> {
    let filter = JobFilter {
        name: Some("unknown"),
        ..JobFilter::default()
    };
    let jobs = jobs::list(app, filter, IdPage::newest(10)).await.unwrap();
    jobs.into_iter().map(|job| (job.id, job.state, job.attempts)).collect()
}

#[tokio::test]
async fn a_blocked_shard_is_shown_tried_at_once_and_goes_on_without_its_first_job() {
    on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let actor = Actor::command();
        let (first, second) = (unknown(app, Lane::Outbox).await, unknown(app, Lane::Outbox).await);
        for _ in 0..10 {
            jobs::run_due(app).await.unwrap();
            installation.clock.advance(Duration::from_secs(3600));
        }
        assert_eq!(jobs::overview(app).await.unwrap().blocked, 1);
        let shard = jobs::failing_shards(app).await.unwrap().remove(0);
        assert_eq!((shard.shard.as_str(), shard.attempts, shard.jobs), ("unknown:1", 10, 2));
        assert_eq!(shard.first, Some(first));
        let (job, of_shard) = jobs::find(app, first).await.unwrap().unwrap();
        assert_eq!((job.name.as_str(), of_shard), ("unknown", Some(shard)));

        installation
            .clock
            .set(crate::installation::NOW + Duration::from_secs(10 * 3600 + 1));
        jobs::retry(app, &actor, second).await.unwrap();
        jobs::run_due(app).await.unwrap();
        assert_eq!(jobs::failing_shards(app).await.unwrap()[0].attempts, 11);
        jobs::discard(app, &actor, first).await.unwrap();
        assert_eq!(jobs::failing_shards(app).await.unwrap()[0].first, Some(second));
        assert!(matches!(
            jobs::retry(app, &actor, first).await,
            Err(JobActionError::Gone)
        ));
        assert!(matches!(
            jobs::discard(app, &actor, first).await,
            Err(JobActionError::Gone)
        ));

        let kept = audit::list_of_installation(app, IdPage::newest(2)).await.unwrap();
        let kept: Vec<(&str, i64)> = kept
            .iter()
            .map(|entry| (entry.action.as_str(), entry.target_id))
            .collect();
        assert_eq!(kept, [("job.drop", first.0), ("job.retry", second.0)]);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_is_worked_on_is_left_alone() {
    on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let actor = Actor::command();
        let (delivery, outbox) = (unknown(app, Lane::Delivery).await, unknown(app, Lane::Outbox).await);
        let mut tx = app.store.begin().await.unwrap();
        store::jobs::beat(&mut tx, 7).await.unwrap();
        store::jobs::claim(&mut tx, 7, &[delivery], app.now()).await.unwrap();
        store::jobs::claim_shard(&mut tx, 7, "unknown:1", app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for job in [delivery, outbox] {
            assert!(matches!(
                jobs::discard(app, &actor, job).await,
                Err(JobActionError::Running)
            ));
        }
        assert!(matches!(
            jobs::retry(app, &actor, delivery).await,
            Err(JobActionError::Running)
        ));
        assert_eq!(
            of_kind_unknown(app).await,
            [(outbox, State::Waiting, 0), (delivery, State::Running, 0)]
        );
        // After a start nobody is there who held them.
        jobs::worker(app).take_over().await.unwrap();
        jobs::discard(app, &actor, delivery).await.unwrap();
        assert_eq!(of_kind_unknown(app).await, [(outbox, State::Waiting, 0)]);
    })
    .await;
}

#[tokio::test]
async fn depths_say_how_many_there_are_and_since_when_one_is_due() {
    on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        jobs::run_due(app).await.unwrap();
        let began = app.now();
        unknown(app, Lane::Delivery).await;
        installation.clock.advance(Duration::from_secs(30));
        unknown(app, Lane::Delivery).await;
        let depth = async || {
            let overview = jobs::overview(app).await.unwrap();
            let mut depths = overview.depths.into_iter().filter(|depth| depth.name == "unknown");
            depths.next().unwrap()
        };
        let before = depth().await;
        assert_eq!((before.jobs, before.state), (2, State::Waiting));
        assert_eq!((before.oldest, before.due_since), (began, Some(began)));
        jobs::run_due(app).await.unwrap();
        let after = depth().await;
        assert_eq!(
            (after.oldest, after.due_since),
            (began, None),
            "they wait to be tried again"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_done_from_time_to_time_is_listed_with_its_next_time() {
    on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let retain = async || {
            let listed = jobs::list_periodic(app).await.unwrap();
            listed.into_iter().find(|job| job.name == "retain").unwrap()
        };
        assert_eq!(retain().await.last, None);
        jobs::run_due(app).await.unwrap();
        // The clock of the tests stands at 08:00.
        let before = retain().await;
        assert_eq!(before.next, app.now() + Duration::from_secs(3600));
        installation.clock.advance(Duration::from_secs(2 * 3600 + 60));
        assert!(jobs::run_due(app).await.unwrap().done > 0);
        let after = retain().await;
        assert_eq!(after.last, Some(app.now() - Duration::from_secs(60)));
        let of_kind = JobFilter {
            name: Some("retain"),
            ..JobFilter::default()
        };
        let kept = jobs::list(app, of_kind, IdPage::newest(10)).await.unwrap();
        assert_eq!(kept, [], "it was done");
    })
    .await;
}
