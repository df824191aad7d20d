//! The command line, which scripts depend on.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    time::Instant,
};

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

/// That of the owner after a setup.
const PASSWORD: &str = "correct horse battery";

/// What a command printed, and whether it succeeded.
async fn printed(server: &TestServer, arguments: &[&str]) -> (bool, String) {
    let output = server.run(arguments).await;
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.success(), text.trim().to_owned())
}

/// Whether a password signs somebody in: by the form, as a browser sends it.
async fn signs_in(server: &TestServer, login: &str, password: &str) -> bool {
    let fields = [("email", login), ("password", password)];
    server.http().post_form("/auth/login/", &fields).await.status == 303
}

#[tokio::test]
async fn aut6_users_and_permissions_by_command() {
    let mut server = TestServer::builder(env!("CARGO_BIN_EXE_tocsin")).not_started();
    server.setup(&Setup::default()).await;
    // While no server runs, and while one does.
    let new = [
        "user",
        "create",
        "--email",
        "Ops@Example.com",
        "--name",
        "Ops",
        "--password",
        "correct horse",
    ];
    assert_eq!(
        printed(&server, &new).await,
        (true, "created the user ops@example.com".to_owned())
    );
    server.start().await;
    let (created, message) = printed(&server, &new).await;
    assert!(
        !created && message.contains("a user with the e-mail ops@example.com exists"),
        "{message}"
    );
    let (short, message) = printed(
        &server,
        &["user", "create", "--email", "x@example.com", "--password", "short"],
    )
    .await;
    assert!(!short && message.contains("at least 8 characters"), "{message}");
    assert!(signs_in(&server, "ops@example.com", "correct horse").await);

    let permission = async |verb: &str, name: &str| {
        let arguments = ["user", "permission", verb, "ops@example.com", name];
        printed(&server, if name.is_empty() { &arguments[..4] } else { &arguments }).await
    };
    let said = |text: &str| (true, text.to_owned());
    assert_eq!(permission("list", "").await, said(""));
    assert_eq!(
        permission("add", "users.admin").await,
        said("the user ops@example.com now has the permission users.admin")
    );
    assert_eq!(
        permission("add", "users.admin").await,
        said("the user ops@example.com already has the permission users.admin")
    );
    permission("add", "broadcasts.admin").await;
    assert_eq!(permission("list", "").await, said("broadcasts.admin\nusers.admin"));
    assert_eq!(
        permission("remove", "users.admin").await,
        said("the user ops@example.com no longer has the permission users.admin")
    );
    assert_eq!(
        permission("remove", "users.admin").await,
        said("the user ops@example.com does not have the permission users.admin")
    );
    let (known, message) = permission("add", "root").await;
    assert!(
        !known && message.contains("there are superuser, users.admin"),
        "{message}"
    );
}

#[tokio::test]
async fn aut6_the_last_administrator_stays_by_command() {
    let ready = ready().await;
    // Of the first start.
    let owner = "admin@localhost";
    let (done, message) = printed(&ready.server, &["user", "promote", owner, "--demote"]).await;
    assert!(!done && message.contains("the last superuser cannot go"), "{message}");
    let new = [
        "user",
        "create",
        "--email",
        "second@example.com",
        "--password",
        "correct horse",
    ];
    assert!(printed(&ready.server, &new).await.0);
    assert_eq!(
        printed(&ready.server, &["user", "promote", "second"]).await,
        (true, "the user second@example.com is an administrator".to_owned())
    );
    let (done, message) = printed(&ready.server, &["user", "promote", owner, "--demote"]).await;
    assert!(done, "{message}");
    let (done, message) = printed(&ready.server, &["user", "promote", "nobody@example.com"]).await;
    assert!(
        !done && message.contains("there is no user nobody@example.com"),
        "{message}"
    );
}

/// The way back in for whoever runs the installation: without mail, and while the server runs.
#[tokio::test]
async fn a_password_is_set_by_command_and_ends_the_sessions() {
    let ready = ready().await;
    let owner = ready.installation.email.as_str();
    let fields = [("email", owner), ("password", PASSWORD)];
    let client = ready.server.http();
    let answer = client.post_form("/auth/login/", &fields).await.assert_status(303);
    assert!(answer.header("set-cookie").unwrap().contains("HttpOnly; SameSite=Lax"));
    let cookie = format!("tocsin_session={}", answer.cookie("tocsin_session").unwrap());
    let profile = client.request("GET", "/settings/account/").header("Cookie", &cookie);
    client.send(&profile).await.assert_status(200);

    let by_flag = ["user", "password", owner, "--password", "another password"];
    assert_eq!(
        printed(&ready.server, &by_flag).await,
        (true, format!("the user {owner} has a new password"))
    );
    assert!(!signs_in(&ready.server, owner, PASSWORD).await);
    assert!(signs_in(&ready.server, owner, "another password").await);
    let gone = client.send(&profile).await.assert_status(303);
    assert!(gone.header("location").unwrap().starts_with("/auth/login/"));

    // The password need not stand in the list of processes.
    let mut command = tocsin();
    command
        .args(["user", "password", owner])
        .env("TOCSIN_DATA_DIR", ready.server.data_folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut running = command.spawn().unwrap();
    running
        .stdin
        .take()
        .unwrap()
        .write_all(b"from a pipe\nignored")
        .unwrap();
    assert!(running.wait().unwrap().success());
    assert!(signs_in(&ready.server, owner, "from a pipe").await);
}

#[tokio::test]
async fn the_key_of_an_installation_is_made_once_and_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut ready = ready().await;
    let path = ready.server.data_folder().join("secret.key");
    let first = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        (
            first.len(),
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777
        ),
        (64, 0o600)
    );
    ready.server.stop().await;
    ready.server.start().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
    ready.server.stop().await;
    std::fs::write(&path, "nonsense").unwrap();
    let refused = ready.server.run(&["serve"]).await;
    assert_eq!(refused.status.code(), Some(1));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(
        message.contains("cannot use the secret key") && message.contains("secret.key"),
        "{message}"
    );
    assert!(!message.contains("nonsense"), "{message}");
}

#[tokio::test]
async fn opt1_options_by_command_and_by_file() {
    let server = TestServer::builder(env!("CARGO_BIN_EXE_tocsin")).start().await;
    let run = async |arguments: &[&str]| printed(&server, &[&["option"], arguments].concat()).await;
    let (ok, listed) = run(&["list"]).await;
    assert!(ok && listed.contains("  avatars.gravatar = false"), "{listed}");
    assert!(listed.contains("* system.url-prefix = \"http://127.0.0.1:"), "{listed}");
    let (ok, said) = run(&["set", "avatars.gravatar", "true"]).await;
    assert!(ok && said.contains("avatars.gravatar is true"), "{said}");
    assert!(run(&["list"]).await.1.contains("* avatars.gravatar = true"));
    for (name, value, expected) in [
        ("avatars.gravitar", "true", "there is no option"),
        ("avatars.gravatar", "maybe", "expected true or false"),
        ("system.url-prefix", "http://x", "in the settings of the process only"),
    ] {
        let (ok, said) = run(&["set", name, value]).await;
        assert!(!ok && said.contains(expected), "{said}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        file.path(),
        "\"avatars.gravatar\" = false\n\"api.requests-per-second\" = 7\n",
    )
    .unwrap();
    let path = file.path().to_str().unwrap();
    let (ok, said) = run(&["apply", path]).await;
    assert!(
        !ok && said.contains("avatars.gravatar: it was set to another value by the channel cli"),
        "{said}"
    );
    let (_, listed) = run(&["list"]).await;
    assert!(listed.contains("* api.requests-per-second = 7"), "{listed}");
    run(&["unset", "avatars.gravatar"]).await;
    assert!(run(&["apply", path]).await.0);
    assert!(run(&["list"]).await.1.contains("* avatars.gravatar = false"));
}
