use super::*;

/// Kept in the tree with its mode: a program that a test had just written could not be run while another test's child
/// still held it open for writing.
fn stand_in() -> TestServerBuilder {
    TestServer::builder(concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/stand-in.sh"))
}

fn starts(server: &TestServer) -> usize {
    fs::read_to_string(server.data_folder().join("starts"))
        .unwrap()
        .lines()
        .count()
}

#[tokio::test]
async fn it_starts_is_killed_and_starts_again_on_the_same_data() {
    let mut server = stand_in().start().await;
    assert_eq!(server.url(), "http://127.0.0.1:43210");
    assert_eq!(starts(&server), 1);
    server.kill().await;
    server.start().await;
    assert_eq!(starts(&server), 2);
    assert!(server.stop().await.success());
    assert!(server.log().contains("draining"), "{}", server.log());
    let (data, pid) = (server.data_folder(), {
        server.start().await;
        server.pid()
    });
    drop(server);
    assert!(!data.exists());
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

#[tokio::test]
async fn commands_are_run_with_the_servers_settings() {
    let mut server = stand_in().not_started();
    let installation = server.setup(&Setup::for_corpus()).await;
    assert_eq!(
        installation.auth_token,
        "setup --json --org acme --project shop --email admin@example.com --password correct horse battery \
         --project-id 1 --public-key aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    );
    server.start().await;
    assert_eq!(server.setup(&Setup::for_corpus()).await, installation);
    let output = server.run(&["nonsense"]).await;
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(1), b"no such command\n".as_slice())
    );
}

#[tokio::test]
async fn the_clock_is_written_as_an_offset() {
    let server = stand_in()
        .clock_at(SystemClock::new().now() + Duration::from_secs(1000))
        .start()
        .await;
    let offset = || fs::read_to_string(clock_file(server.folder.path())).unwrap();
    assert!(["999", "1000"].contains(&offset().as_str()), "{}", offset());
    server.set_clock(-5);
    assert_eq!(offset(), "-5");
}

#[tokio::test]
async fn an_error_in_the_log_fails_the_test_unless_it_is_expected() {
    for says in [
        "ERROR store: disk on fire",
        "thread 'main' panicked at src/main.rs:1:1:",
    ] {
        for expected in [false, true] {
            let mut server = stand_in().setting("TOCSIN_SAY", says).start().await;
            server.stop().await;
            if expected {
                server.expect_error(says);
            }
            let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(server)));
            assert_eq!(dropped.is_ok(), expected, "{says}");
        }
    }
    let server = stand_in().setting("TOCSIN_SAY", "INFO no ERRORs").start().await;
    drop(server);
}

#[tokio::test]
#[should_panic(expected = "the server ended by itself: exit status: 0")]
async fn a_server_that_ended_by_itself_fails_the_test() {
    let server = stand_in().start().await;
    server.running.as_ref().unwrap().terminate();
    wait_until("it has ended", async || server.log().contains("draining").then_some(())).await;
    let ended = Path::new("/proc").join(server.pid().to_string()).join("stat");
    wait_until("it is a zombie", async || {
        fs::read_to_string(&ended).unwrap().contains(") Z ").then_some(())
    })
    .await;
}

#[tokio::test]
#[should_panic(expected = "no address in the first line printed: None")]
async fn a_server_that_ends_at_once_fails_the_test() {
    stand_in().setting("TOCSIN_SAY", "nothing").start().await;
}

#[tokio::test]
async fn waiting_ends_with_the_first_answer() {
    let mut left = 3;
    let answer = wait_until("it is zero", async || {
        left -= 1;
        (left == 0).then_some("zero")
    });
    assert_eq!(answer.await, "zero");
}

#[test]
fn the_address_is_found_in_words_and_alone() {
    let expected = Some("127.0.0.1:80".parse().unwrap());
    for line in [
        "127.0.0.1:80",
        "http://127.0.0.1:80",
        "Listening on http://127.0.0.1:80/ (pid 7)",
    ] {
        assert_eq!(address_in(line), expected, "{line}");
    }
    assert_eq!(address_in("Listening"), None);
}
