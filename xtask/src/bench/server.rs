//! The server that is measured: the release binary with a fresh data folder.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

pub(super) const ORGANIZATION: &str = "bench";
pub(super) const PROJECT: &str = "shop";
pub(super) const EMAIL: &str = "bench@example.com";
pub(super) const PASSWORD: &str = "correct horse battery";

const STOP_LIMIT: Duration = Duration::from_secs(60);

/// An installation with one project, and the server on it while it runs.
#[derive(Debug)]
pub(super) struct Server {
    binary: PathBuf,
    folder: TempDir,
    running: Option<Child>,
    address: SocketAddr,
    project: String,
    key: String,
    pub(super) token: String,
}

impl Server {
    /// Sets it up and does not start it.
    pub(super) fn set_up(binary: &Path, folder: Option<&Path>) -> Result<Self, String> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("tocsin-bench-");
        let folder = match folder {
            Some(parent) => builder.tempdir_in(parent),
            None => builder.tempdir(),
        };
        let folder = folder.map_err(|error| format!("no temporary folder: {error}"))?;
        let mut server = Self {
            binary: binary.to_owned(),
            folder,
            running: None,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            project: String::new(),
            key: String::new(),
            token: String::new(),
        };
        let setup = [
            "setup",
            "--json",
            "--org",
            ORGANIZATION,
            "--project",
            PROJECT,
            "--email",
            EMAIL,
        ];
        let output = server
            .command(&setup)
            .args(["--password", PASSWORD, "--platform", "python"])
            .output()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        if !output.status.success() {
            return Err(format!("setup failed: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let printed: Value =
            serde_json::from_slice(&output.stdout).map_err(|error| format!("setup printed {error}"))?;
        let text = |name: &str| match &printed[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (server.project, server.key, server.token) = (text("project_id"), text("public_key"), text("auth_token"));
        Ok(server)
    }

    /// A fresh one that runs.
    pub(super) fn fresh(binary: &Path, folder: Option<&Path>) -> Result<Self, String> {
        let mut server = Self::set_up(binary, folder)?;
        server.start()?;
        Ok(server)
    }

    /// Gives the time from before the process was made; it listens when this returns.
    pub(super) fn start(&mut self) -> Result<Instant, String> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .map_err(|error| format!("{}: {error}", self.log_file().display()))?;
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0", "--log", "warn"]);
        command.stdout(Stdio::piped()).stderr(log);
        let begin = Instant::now();
        let mut child = command
            .spawn()
            .map_err(|error| format!("{}: {error}", self.binary.display()))?;
        let printed = child.stdout.take().expect("piped above");
        self.running = Some(child);
        let mut line = String::new();
        BufReader::new(printed)
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
        let address = line
            .trim()
            .rsplit("http://")
            .next()
            .and_then(|address| address.parse().ok());
        self.address = address.ok_or_else(|| format!("the server did not start: {line}{}", self.log()))?;
        Ok(begin)
    }

    /// SIGTERM, and waits for the end.
    pub(super) fn stop(&mut self) -> Result<(), String> {
        let Some(mut child) = self.running.take() else {
            return Ok(());
        };
        // An error means that it has ended, which the waiting finds.
        kill_process(Pid::from_child(&child), Signal::TERM).ok();
        let deadline = Instant::now() + STOP_LIMIT;
        loop {
            match child.try_wait().map_err(|error| error.to_string())? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("the server ended with {status}: {}", self.log())),
                None if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
                None => {
                    self.running = Some(child);
                    return Err(format!("the server runs {STOP_LIMIT:?} after SIGTERM"));
                }
            }
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        for (variable, _) in std::env::vars_os() {
            if variable.as_encoded_bytes().starts_with(b"TOCSIN_") {
                command.env_remove(variable);
            }
        }
        // No settings file of the folder from which the benchmark is started.
        command
            .args(args)
            .current_dir(self.folder.path())
            .env("TOCSIN_DATA_DIR", self.data())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// # Panics
    /// When it does not run.
    pub(super) fn pid(&self) -> u32 {
        self.running.as_ref().expect("the server was started").id()
    }

    /// Where envelopes go.
    pub(super) fn ingest_path(&self) -> String {
        format!("/api/{}/envelope/", self.project)
    }

    /// What an SDK sends with each envelope.
    pub(super) fn ingest_headers(&self) -> String {
        format!(
            "User-Agent: sentry.python/2.75.0\r\nContent-Type: application/x-sentry-envelope\r\n\
             X-Sentry-Auth: Sentry sentry_key={}, sentry_version=7, sentry_client=sentry.python/2.75.0\r\n",
            self.key
        )
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What it logged so far: warnings and errors.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            // Errors are for a process that has ended by itself.
            child.kill().ok();
            child.wait().ok();
        }
    }
}
