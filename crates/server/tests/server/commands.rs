//! The command line, which scripts depend on.

use std::{process::Command, time::Instant};

use serde_json::Value;
use testkit::server::{Setup, TestServer};

use crate::installation::{event_id, ready, zero_division};

fn tocsin() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tocsin"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TOCSIN_")) {
        command.env_remove(name);
    }
    command
}

#[tokio::test]
async fn setup_twice_gives_the_same_dsn_and_a_new_token() {
    let ready = ready().await;
    let again = ready.server.setup(&Setup::default()).await;
    assert_eq!(again.dsn, ready.installation.dsn);
    assert_ne!(again.auth_token, ready.installation.auth_token);
    let target = format!("/api/0/organizations/{}/issues/", again.organization);
    let client = ready.server.http();
    client
        .clone()
        .with_bearer_token(&again.auth_token)
        .get(&target)
        .await
        .assert_status(200);
    client
        .clone()
        .with_bearer_token(&ready.installation.auth_token)
        .get(&target)
        .await
        .assert_status(401);
    client.get(&target).await.assert_status(401);
}

#[tokio::test]
async fn setup_keeps_a_given_dsn_and_refuses_a_contradiction() {
    let server = TestServer::builder(env!("CARGO_BIN_EXE_tocsin")).start().await;
    let first = server.setup(&Setup::for_corpus()).await;
    assert_eq!(
        (first.project_id, first.public_key.as_str()),
        (Value::from(1), testkit::corpus::PUBLIC_KEY)
    );
    let run = async |project: &str, id: &str, key: &str| {
        let fixed = [
            "setup",
            "--org",
            "acme",
            "--email",
            "a@example.com",
            "--password",
            "secret123",
            "--json",
        ];
        let arguments = [
            &fixed[..],
            &["--project", project, "--project-id", id, "--public-key", key],
        ]
        .concat();
        let output = server.run(&arguments).await;
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (a, b) = ("a".repeat(32), "b".repeat(32));
    assert_eq!(run("shop", "1", &a).await.0, Some(0));
    for (project, id, key, expected) in [
        ("shop", "2", a.as_str(), "has the id 1, not 2"),
        ("shop", "1", b.as_str(), "has no key"),
        ("other", "1", b.as_str(), "belongs to another project"),
        ("other", "3", a.as_str(), "belongs to another project"),
        ("other", "0", b.as_str(), "is no project id"),
        ("other", "3", "XYZ", "is no public key"),
        ("Other", "3", b.as_str(), "is no slug"),
    ] {
        let (code, message) = run(project, id, key).await;
        assert_eq!(code, Some(1), "{message}");
        assert!(message.contains(expected), "{expected:?} is not in {message:?}");
    }
    let again = server.setup(&Setup::for_corpus()).await;
    assert_eq!(again.dsn, first.dsn);
}

#[tokio::test]
async fn setup_works_without_a_server_and_before_the_first_start() {
    let mut server = TestServer::builder(env!("CARGO_BIN_EXE_tocsin")).not_started();
    let installation = server.setup(&Setup::default()).await;
    server.start().await;
    let target = format!("/api/0/organizations/{}/projects/", installation.organization);
    let projects = server
        .http()
        .with_bearer_token(&installation.auth_token)
        .get(&target)
        .await
        .json();
    assert_eq!(projects.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let ready = ready().await;
    let second = ready.server.run(&["serve"]).await;
    assert_eq!(second.status.code(), Some(1));
    let message = String::from_utf8(second.stderr).unwrap();
    assert!(message.contains("is in use by another tocsin"), "{message}");
}

#[tokio::test]
async fn check_says_what_is_wrong() {
    let ready = ready().await;
    let fine = ready.server.run(&["check"]).await;
    let report = String::from_utf8(fine.stdout).unwrap();
    assert_eq!(fine.status.code(), Some(0), "{report}");
    assert!(report.contains("server: running on 127.0.0.1:"), "{report}");
    let folder = tempfile::tempdir().unwrap();
    let broken = |variable: &str, value: &str| {
        let output = tocsin()
            .arg("check")
            .env("TOCSIN_DATA_DIR", folder.path())
            .env(variable, value)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{variable}");
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    assert!(broken("TOCSIN_LISTEN", "nowhere").contains("expected an IP address and a port"));
    assert!(broken("TOCSIN_DATABASE_URL", "postgres://127.0.0.1:1/x").contains("TOCSIN_DATABASE_URL"));
    assert!(broken("TOCSIN_LIMITS_CONNECTIONS", "x").contains("TOCSIN_LIMITS_CONNECTIONS"));
}

#[tokio::test]
async fn sigterm_ends_within_ten_seconds_and_loses_nothing() {
    let mut ready = ready().await;
    for _ in 0..50 {
        ready.send_event(&zero_division(&event_id())).await.assert_status(200);
    }
    let begun = Instant::now();
    let status = ready.server.stop().await;
    assert!(status.success(), "{status}");
    assert!(begun.elapsed().as_secs() < 10);
    ready.server.start().await;
    ready.issues_with_events(50).await;
}

/// More than can be processed in the time of a stop: it ends in time and well, and the next start goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_spool_does_not_hold_up_the_stop() {
    const EVENTS: i64 = 8_000;
    let mut ready = ready().await;
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (client, dsn) = (ready.server.http(), ready.dsn());
        senders.spawn(async move {
            for _ in 0..EVENTS / 8 {
                let event = zero_division(&event_id());
                client
                    .send(&dsn.envelope_request(&crate::installation::envelope(&event)))
                    .await
                    .assert_status(200);
            }
        });
    }
    senders.join_all().await;
    let begun = Instant::now();
    let status = ready.server.stop().await;
    assert!(status.success(), "{status}");
    assert!(begun.elapsed().as_secs() < 10);
    ready.server.start().await;
    ready.issues_with_events(EVENTS).await;
}

#[tokio::test]
async fn health_and_metrics_answer() {
    let ready = ready().await;
    let client = ready.server.http();
    client.get("/_health/").await.assert_status(200);
    let full = client.get("/_health/?full").await.json();
    assert_eq!(
        (
            &full["healthy"],
            &full["spool"]["healthy"],
            &full["database"]["healthy"]
        ),
        (&true.into(), &true.into(), &true.into())
    );
    assert!(client.get("/metrics").await.text().contains("tocsin_spool_bytes"));
}

#[tokio::test]
async fn the_test_clock_moves_the_server() {
    let ready = ready().await;
    let mut event = zero_division(&event_id());
    event.as_object_mut().unwrap().remove("timestamp");
    ready.server.set_clock(-7 * 24 * 3600);
    // The file is read several times a second; what is asked for until then tells the old time.
    testkit::server::wait_until("the clock has moved", async || {
        ready.send_event(&zero_division(&event_id())).await.assert_status(200);
        let issues = ready
            .get(&format!("{}?query=&statsPeriod=", ready.issues_target()))
            .await;
        let first: String = issues[0]["firstSeen"].as_str().unwrap_or_default().to_owned();
        let last: String = issues[0]["lastSeen"].as_str().unwrap_or_default().to_owned();
        (!first.is_empty() && first[..10] < last[..10]).then_some(())
    })
    .await;
}

#[test]
fn version_and_help() {
    let version = tocsin().arg("--version").output().unwrap();
    assert_eq!(
        String::from_utf8(version.stdout).unwrap().trim(),
        concat!("tocsin ", env!("CARGO_PKG_VERSION"))
    );
    let help = tocsin().args(["help", "setup"]).output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("--project-id"));
    assert_eq!(tocsin().arg("nonsense").output().unwrap().status.code(), Some(2));
}
