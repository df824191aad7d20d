//! The real program as a child process, on a free port with a data folder of its own.
//!
//! ```no_run
//! # async fn example() {
//! use testkit::server::{Setup, TestServer, wait_until};
//!
//! # const BINARY: &str = "tocsin";
//! // In an integration test of the crate that has the binary: env!("CARGO_BIN_EXE_tocsin").
//! let mut server = TestServer::builder(BINARY).start().await;
//! let installation = server.setup(&Setup::default()).await;
//! let api = server.http().with_bearer_token(&installation.auth_token);
//! server.kill().await;
//! server.start().await;
//! wait_until("the issue is there", async || {
//!     let issues = server.http().get("/api/0/organizations/acme/issues/").await.json();
//!     issues.get(0).cloned()
//! })
//! .await;
//! # }
//! ```

mod process; // the child and its log,
mod setup; // and `tocsin setup`

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Output},
    time::{Duration, Instant},
};

use model::{Clock as _, SystemClock, Timestamp};
use tempfile::TempDir;

use crate::http;
use process::{Log, Process, Program};
pub use setup::{Installation, Setup};

const START_LIMIT: Duration = Duration::from_secs(30);
/// Longer than the program may take to drain after SIGTERM.
const STOP_LIMIT: Duration = Duration::from_secs(20);
const COMMAND_LIMIT: Duration = Duration::from_secs(60);
const WAIT_LIMIT: Duration = Duration::from_secs(30);

/// How a server is to be started.
#[derive(Debug)]
pub struct TestServerBuilder {
    binary: PathBuf,
    settings: Vec<(String, String)>,
    clock_offset: Option<i64>,
}

impl TestServerBuilder {
    /// Sets an environment variable, such as `TOCSIN_LOG`.
    pub fn setting(mut self, variable: &str, value: &str) -> Self {
        self.settings.push((variable.to_owned(), value.to_owned()));
        self
    }

    /// SQLite in the data folder when this is not called.
    pub fn database(self, url: &str) -> Self {
        self.setting("TOCSIN_DATABASE_URL", url)
    }

    /// The server's clock shows this time at its start, and goes on.
    pub fn clock_at(mut self, now: Timestamp) -> Self {
        self.clock_offset = Some(offset_to(now));
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// When the server does not print its address in time; with its log.
    pub async fn start(self) -> TestServer {
        let mut server = self.not_started();
        server.start().await;
        server
    }

    /// For what is done before the first start.
    pub fn not_started(self) -> TestServer {
        let folder = tempfile::Builder::new()
            .prefix("tocsin-server-")
            .tempdir()
            .expect("a temporary folder");
        let mut program = Program::new(&self.binary);
        program.set("TOCSIN_LISTEN", "127.0.0.1:0");
        program.set("TOCSIN_DATA_DIR", &folder.path().join("data").display().to_string());
        program.set("TOCSIN_TEST_CLOCK", &clock_file(folder.path()).display().to_string());
        for (variable, value) in &self.settings {
            program.set(variable, value);
        }
        let server = TestServer {
            folder,
            program,
            running: None,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            log: Log::default(),
            expected_errors: Vec::new(),
        };
        if let Some(seconds) = self.clock_offset {
            server.set_clock(seconds);
        }
        server
    }
}

/// A server of a test's own. When it is dropped it is killed, and the test fails if it had logged an
/// error or ended by itself.
#[derive(Debug)]
pub struct TestServer {
    folder: TempDir,
    program: Program,
    running: Option<Process>,
    address: SocketAddr,
    log: Log,
    expected_errors: Vec<String>,
}

impl TestServer {
    /// `binary` is `env!("CARGO_BIN_EXE_tocsin")` in an integration test of the crate that has it.
    pub fn builder(binary: impl Into<PathBuf>) -> TestServerBuilder {
        TestServerBuilder {
            binary: binary.into(),
            settings: Vec::new(),
            clock_offset: None,
        }
    }

    /// Starts it, also after [`Self::kill`] or [`Self::stop`]: on the same data, at another port.
    ///
    /// # Panics
    /// When it runs already, or does not print its address in time; with its log.
    pub async fn start(&mut self) {
        assert!(self.running.is_none(), "the server runs already");
        let (process, first_line) = self
            .program
            .start(&["serve"], &self.log)
            .expect("the binary can be run");
        self.running = Some(process);
        let line = first_line.within(START_LIMIT).await;
        let address = line.as_deref().and_then(address_in);
        self.address = address.unwrap_or_else(|| panic!("no address in the first line printed: {line:?}"));
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client without a token.
    pub fn http(&self) -> http::Client {
        http::Client::new(self.address)
    }

    pub fn data_folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// # Panics
    /// When it does not run.
    pub fn pid(&self) -> u32 {
        self.running.as_ref().expect("the server runs").pid()
    }

    /// Runs the program with the server's settings, to its end.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let output = self.program.run(arguments, COMMAND_LIMIT).await;
        output.unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
    }

    /// Runs `tocsin setup`.
    ///
    /// # Panics
    /// When it fails or prints something else than it should.
    pub async fn setup(&self, setup: &Setup) -> Installation {
        let arguments = setup.arguments();
        let output = self
            .run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
            .await;
        let (printed, logged) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "setup: {}\n{printed}{logged}", output.status);
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("setup printed {printed:?}: {error}"))
    }

    /// Moves the server's wall clock to so many seconds from the real one. It is seen within half a second.
    pub fn set_clock(&self, seconds: i64) {
        let file = clock_file(self.folder.path());
        // Renamed into place: the server must not meet half a number.
        let new = file.with_extension("new");
        fs::write(&new, seconds.to_string())
            .and_then(|()| fs::rename(&new, &file))
            .expect("the file can be written");
    }

    /// Moves the server's wall clock to this time, from which it goes on.
    pub fn set_clock_to(&self, now: Timestamp) {
        self.set_clock(offset_to(now));
    }

    /// SIGKILL.
    ///
    /// # Panics
    /// When it does not run any more: a crash is not what the test meant to make.
    pub async fn kill(&mut self) {
        let process = self.running.take().expect("the server runs");
        let status = tokio::task::spawn_blocking(|| process.kill())
            .await
            .expect("killing does not panic");
        assert!(
            !status.success() && status.code().is_none(),
            "it had ended by itself: {status}"
        );
    }

    /// SIGTERM, and waits for the end.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn stop(&mut self) -> ExitStatus {
        let process = self.running.take().expect("the server runs");
        process.terminate();
        process
            .ended(STOP_LIMIT)
            .await
            .unwrap_or_else(|_| panic!("still running {STOP_LIMIT:?} after SIGTERM"))
    }

    /// What it has printed and logged so far, over all its starts.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Error lines with this text do not fail the test.
    pub fn expect_error(&mut self, text: &str) {
        self.expected_errors.push(text.to_owned());
    }
}

impl Drop for TestServer {
    #[expect(clippy::print_stderr, reason = "belongs to the output of the failed test")]
    fn drop(&mut self) {
        let ended = self.running.as_mut().and_then(Process::status);
        if let Some(process) = self.running.take() {
            process.kill();
        }
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log.text());
            return;
        }
        if let Some(status) = ended {
            panic!("the server ended by itself: {status}\n{}", self.log.text());
        }
        let errors = self.log.errors(&self.expected_errors);
        assert!(
            errors.is_empty(),
            "the server logged errors:\n{}\nthe whole log:\n{}",
            errors.join("\n"),
            self.log.text()
        );
    }
}

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none after half a minute.
#[track_caller]
pub fn wait_until<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + WAIT_LIMIT;
        loop {
            if let Some(answer) = probe().await {
                return answer;
            }
            assert!(
                Instant::now() < deadline,
                "{caller}: waited {WAIT_LIMIT:?} in vain until {what}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn clock_file(folder: &Path) -> PathBuf {
    folder.join("clock")
}

fn offset_to(now: Timestamp) -> i64 {
    (now.0 - SystemClock::new().now().0) / 1_000_000
}

/// The first address in a line such as `Tocsin listens on http://127.0.0.1:43210/`.
fn address_in(line: &str) -> Option<SocketAddr> {
    line.split_whitespace().find_map(|word| {
        let word = word.strip_prefix("http://").unwrap_or(word);
        word.split('/').next()?.parse().ok()
    })
}

#[cfg(test)]
mod tests;
