//! `tocsin jobs` and what the server does of itself.

use std::time::Duration;

use model::{JobId, Timestamp};
use serde_json::Value;
use store::{
    Store, StoreConfig,
    jobs::{Lane, NewJob},
};
use testkit::server::{TestServer, wait_until};

const BLOCKED: u32 = 10;

/// Writes a job of a kind that no version knows, so that it fails whenever it is tried.
async fn unknown(server: &TestServer, id: i64, lane: Lane) -> JobId {
    let file = server.data_folder().join("tocsin.db");
    let store = Store::open(&StoreConfig::new(format!("sqlite://{}", file.display())))
        .await
        .unwrap();
    let job = NewJob {
        id: JobId(id),
        name: "unknown",
        lane,
        shard: "unknown:1",
        object: None,
        payload: "{\"issue\": 7}",
        created_at: Timestamp::from_seconds(1_795_262_400),
        due_at: None,
    };
    let mut tx = store.begin().await.unwrap();
    store::jobs::add(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    job.id
}

/// Runs a command that must succeed, and gives what it prints.
async fn jobs(server: &TestServer, arguments: &[&str]) -> String {
    let output = server.run(&[&["jobs"], arguments].concat()).await;
    let (printed, said) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(output.status.success(), "{arguments:?}: {printed}{said}");
    printed
}

async fn failures(server: &TestServer) -> u32 {
    let listed = jobs(server, &["list", "--name", "unknown"]).await;
    let line = listed.lines().find(|line| line.starts_with("shard unknown:1"));
    let count = line.and_then(|line| line.split(", ").nth(1)?.split(' ').next()?.parse().ok());
    count.unwrap_or_else(|| panic!("no failures in {listed:?}"))
}

#[tokio::test]
async fn tsk1_failures_of_a_shard_are_shown_and_mended() {
    let server = TestServer::builder(env!("CARGO_BIN_EXE_tocsin"))
        .clock_at(Timestamp::from_seconds(1_795_262_400))
        .start()
        .await;
    let first = unknown(&server, 1_000, Lane::Outbox).await.to_string();
    let second = unknown(&server, 2_000, Lane::Outbox).await.to_string();
    for hours in 1..=i64::from(BLOCKED) {
        jobs(&server, &["run-due"]).await;
        server.set_clock_to(Timestamp::from_seconds(1_795_262_400 + hours * 3_700));
    }
    jobs(&server, &["run-due"]).await;
    let failed = failures(&server).await;
    assert!(failed >= BLOCKED, "{failed}");
    let listed = jobs(&server, &["list"]).await;
    assert!(listed.contains("shard unknown:1 is blocked: 2 jobs"), "{listed}");
    assert!(listed.contains("this version does not know such jobs"), "{listed}");
    let metrics = server.http().get("/metrics").await.assert_status(200).text();
    assert!(metrics.contains("\ntocsin_job_shards_blocked 1\n"), "{metrics}");
    assert!(
        metrics.contains("\ntocsin_jobs{name=\"unknown\",state=\"waiting\"} 2\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("tocsin_job_age_seconds{name=\"unknown\"}"),
        "{metrics}"
    );

    jobs(&server, &["retry", &first]).await;
    jobs(&server, &["run-due"]).await;
    assert_eq!(failures(&server).await, failed + 1);
    let shown: Value = {
        let shown = jobs(&server, &["show", &second]).await;
        let json = &shown[..=shown.rfind('}').unwrap()];
        serde_json::from_str(json).unwrap()
    };
    assert_eq!(
        (&shown["payload"]["issue"], &shown["lane"]),
        (&7.into(), &"outbox".into())
    );
    for job in [&first, &second] {
        jobs(&server, &["drop", job]).await;
    }
    let output = server.run(&["jobs", "show", &first]).await;
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("there is no job"));
    assert_eq!(jobs(&server, &["list", "--name", "unknown", "--json"]).await.trim(), "");
    wait_until("the shard is forgotten", async || {
        let listed = jobs(&server, &["list"]).await;
        (!listed.contains("unknown:1")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn jobs_of_a_killed_server_are_done_by_the_next_one() {
    let mut server = TestServer::builder(env!("CARGO_BIN_EXE_tocsin"))
        .clock_at(Timestamp::from_seconds(1_795_262_400))
        .start()
        .await;
    server.kill().await;
    // The place of a worker that was killed while it had the job.
    let job = unknown(&server, 1_000, Lane::Delivery).await;
    let file = server.data_folder().join("tocsin.db");
    let store = Store::open(&StoreConfig::new(format!("sqlite://{}", file.display())))
        .await
        .unwrap();
    let mut tx = store.begin().await.unwrap();
    store::jobs::beat(&mut tx, 7).await.unwrap();
    let claimed = store::jobs::claim(&mut tx, 7, &[job], Timestamp::from_seconds(1_795_262_400)).await;
    assert_eq!(claimed.unwrap().len(), 1);
    tx.commit().await.unwrap();
    server.start().await;
    let tried = wait_until("it was tried", async || {
        let found = store::jobs::find(&mut store.read().await.unwrap(), job).await.unwrap();
        found.filter(|job| job.attempts > 0)
    });
    let tried = tokio::time::timeout(Duration::from_secs(10), tried)
        .await
        .expect("at once");
    assert_eq!(
        (tried.attempts, tried.error.as_deref()),
        (1, Some("this version does not know such jobs"))
    );
    store.close().await;
}

#[tokio::test]
async fn without_a_server_the_command_does_what_is_due() {
    let server = TestServer::builder(env!("CARGO_BIN_EXE_tocsin"))
        .clock_at(Timestamp::from_seconds(1_795_262_400))
        .not_started();
    assert_eq!(jobs(&server, &["run-due"]).await, "0 done, 0 failed\n");
    unknown(&server, 1_000, Lane::Delivery).await;
    assert_eq!(jobs(&server, &["run-due"]).await, "0 done, 1 failed\n");
    // Later everything is due that is done every hour.
    server.set_clock_to(Timestamp::from_seconds(1_795_262_400 + 7_200));
    let ran = jobs(&server, &["run-due"]).await;
    assert!(ran.ends_with("1 failed\n") && !ran.starts_with("0 done"), "{ran}");
    assert!(jobs(&server, &["list"]).await.contains("2 failures"));
    assert!(
        jobs(&server, &["list", "--state", "dead"])
            .await
            .contains("nothing to do"),
        "such jobs are never given up"
    );
}
