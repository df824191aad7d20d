//! A database of the version before merging, with issues in it, becomes one of today.

use model::{IssueId, IssueStatus, ProjectId, Substatus};
use sqlx::{AnyPool, Executor as _, Row as _};
use store::issues;
use triage::ResolutionKind;

use crate::seed::{ORGANIZATION, PROJECT, at, open};

/// What that version knew.
const BEFORE: &[(&str, &str)] = &[
    (
        "20261121000000_foundation",
        include_str!("../../migrations/20261121000000_foundation.sql"),
    ),
    (
        "20261121010000_blobs",
        include_str!("../../migrations/20261121010000_blobs.sql"),
    ),
    (
        "20261121011000_attachments",
        include_str!("../../migrations/20261121011000_attachments.sql"),
    ),
    (
        "20261121012000_stored_items",
        include_str!("../../migrations/20261121012000_stored_items.sql"),
    ),
    (
        "20261121013000_user_reports",
        include_str!("../../migrations/20261121013000_user_reports.sql"),
    ),
    (
        "20261121014000_sdk_loader",
        include_str!("../../migrations/20261121014000_sdk_loader.sql"),
    ),
    (
        "20261121020000_processing",
        include_str!("../../migrations/20261121020000_processing.sql"),
    ),
    (
        "20261121030000_discover_queries",
        include_str!("../../migrations/20261121030000_discover_queries.sql"),
    ),
    (
        "20261121040000_event_index",
        include_str!("../../migrations/20261121040000_event_index.sql"),
    ),
    (
        "20261121041000_storage_samples",
        include_str!("../../migrations/20261121041000_storage_samples.sql"),
    ),
    (
        "20261121042000_recent_event_ids",
        include_str!("../../migrations/20261121042000_recent_event_ids.sql"),
    ),
];

async fn run(pool: &AnyPool, sql: &str) {
    let code: Vec<&str> = sql
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .collect();
    for statement in code.join("\n").split(";\n") {
        let statement = statement.trim().trim_end_matches(';').to_owned();
        if !statement.is_empty() {
            pool.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
        }
    }
}

/// An open issue with two hashes, a resolved one, and one that was being removed.
async fn old(url: &str) {
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(url).await.unwrap();
    run(&pool, "CREATE TABLE migrations (name TEXT NOT NULL PRIMARY KEY)").await;
    for (name, sql) in BEFORE {
        run(&pool, sql).await;
        run(&pool, &format!("INSERT INTO migrations (name) VALUES ('{name}')")).await;
    }
    run(
        &pool,
        "INSERT INTO organizations (id, slug, name, created_at) VALUES (1, 'acme', 'ACME', 0)",
    )
    .await;
    run(
        &pool,
        "INSERT INTO projects (id, organization_id, slug, name, created_at, last_short_number, deleting)
            VALUES (10, 1, 'web', 'web', 0, 3, 0)",
    )
    .await;
    let (first, last, resolved) = (at(1).0, at(9).0, at(20).0);
    for (id, status, resolved_at, deleting) in [
        (1, 0, "NULL".to_owned(), 0),
        (2, 1, resolved.to_string(), 0),
        (3, 0, "NULL".to_owned(), 1),
    ] {
        run(
            &pool,
            &format!(
                "INSERT INTO issues (id, project_id, short_number, event_type, title, culprit, metadata, search_text,
                    level, platform, logger, unhandled, status, substatus, priority, resolved_at, first_seen, last_seen,
                    times_seen, users_seen, first_release, last_release, deleting)
                VALUES ({id}, 10, {id}, 'error', 'T', '', '{{}}', 't', 40, 'python', '', 0, {status}, 0, 75,
                    {resolved_at}, {first}, {last}, 7, 2, 'shop@1', 'shop@2', {deleting});
                INSERT INTO issue_users (issue_id, user_tag) VALUES ({id}, 'id:a'), ({id}, 'id:b');
                INSERT INTO issue_environments (issue_id, environment, first_seen, last_seen, times_seen)
                    VALUES ({id}, 'production', {first}, {last}, 5), ({id}, 'staging', {first}, {first}, 2)"
            ),
        )
        .await;
    }
    // What was being removed has none any more.
    run(
        &pool,
        "INSERT INTO issue_hashes (project_id, hash, issue_id) VALUES (10, 'aa', 1), (10, 'bb', 1), (10, 'cc', 2)",
    )
    .await;
    pool.close().await;
}

#[tokio::test]
async fn issues_of_the_version_before_merging_keep_their_counts_and_can_be_merged() {
    testkit::on_every_database(async |url| {
        old(url).await;
        let store = open(url).await;
        let mut tx = store.begin().await.unwrap();
        let (one, two) = (IssueId(1), IssueId(2));
        for id in [one, two] {
            let before = issues::find(&mut tx, ORGANIZATION, id).await.unwrap().unwrap();
            assert_eq!((before.times_seen, before.users_seen), (7, 2));
            // The sums of what its hashes brought.
            issues::recount(&mut tx, PROJECT, id).await.unwrap();
            let after = issues::find(&mut tx, ORGANIZATION, id).await.unwrap().unwrap();
            assert_eq!(after, before);
            let environments = issues::environments(&mut tx, id).await.unwrap();
            assert_eq!(environments, ["production", "staging"]);
            assert_eq!(issues::seen_hashes(&mut tx, PROJECT, id).await.unwrap().len(), 1);
        }
        let states = issues::states(&mut tx, &[PROJECT], &[one, two]).await.unwrap();
        assert_eq!(
            (states[0].state.status, states[0].state.substatus),
            (IssueStatus::Unresolved, Substatus::New)
        );
        let resolution = states[1].state.resolution.clone().unwrap();
        assert_eq!((resolution.at, resolution.kind), (at(20), ResolutionKind::Now));

        issues::rebind_all(&mut tx, PROJECT, two, one).await.unwrap();
        issues::recount(&mut tx, PROJECT, one).await.unwrap();
        let merged = issues::find(&mut tx, ORGANIZATION, one).await.unwrap().unwrap();
        assert_eq!((merged.times_seen, merged.users_seen), (14, 2));
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        while issues::purge(&mut tx, 10, at(30)).await.unwrap() {}
        let left = sqlx::query("SELECT COUNT(*) FROM issues WHERE id = 3")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(left.get::<i64, _>(0), 0);
        // A hash that is bound from now on has an id of its own among those that were numbered.
        issues::bind_hashes(
            &mut tx,
            ProjectId(10),
            one,
            &[("dd".to_owned(), model::BindingId(1 << 40))],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        store.close().await;
    })
    .await;
}
