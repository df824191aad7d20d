//! The Unix socket in the data folder through which commands reach the running server, and the file that tells where it
//! listens. Both are for the folder's owner only.

use std::{fs, io, net::SocketAddr, os::unix::fs::PermissionsExt as _, path::PathBuf, sync::Arc, time::Duration};

use ingest::processing::{self, ReplayError};
use model::SystemClock;
use services::App;
use spool::{
    Spool,
    quarantine::{Quarantine, QuarantineId},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
};
use tokio_util::sync::CancellationToken;

use crate::config::Config;

fn socket(config: &Config) -> PathBuf {
    config.data_dir.join("control.sock")
}

fn address_file(config: &Config) -> PathBuf {
    config.data_dir.join("address")
}

/// Where the server of this data folder listens or last listened: with port 0, setup cannot know otherwise.
pub(crate) fn served_address(config: &Config) -> Option<SocketAddr> {
    fs::read_to_string(address_file(config)).ok()?.trim().parse().ok()
}

/// What the socket acts on.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    pub(crate) app: App,
    pub(crate) clock: Arc<SystemClock>,
    pub(crate) spool: Arc<Spool>,
    pub(crate) quarantine: Arc<Quarantine>,
}

/// The longest request: a verb and an id.
const MAX_LINE: usize = 256;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long jobs may take before the answer says that they go on.
const JOBS: Duration = Duration::from_secs(25);

impl Control {
    /// Binds the socket, taking the place of one that a killed server left. The caller holds the folder's lock.
    pub(crate) fn bind(config: &Config, address: SocketAddr) -> io::Result<UnixListener> {
        fs::write(address_file(config), address.to_string())?;
        let path = socket(config);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        Ok(listener)
    }

    /// Answers one request after the other: they are rare and short.
    pub(crate) async fn run(self, listener: UnixListener, stop: CancellationToken) -> io::Result<()> {
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted?.0,
                () = stop.cancelled() => return Ok(()),
            };
            let answered = tokio::time::timeout(PATIENCE, self.answer(stream)).await;
            if let Ok(Err(error)) = answered {
                tracing::warn!(error = %error, "a command could not be answered");
            }
        }
    }

    async fn answer(&self, mut stream: UnixStream) -> io::Result<()> {
        use tokio::io::AsyncReadExt as _;
        let mut line = String::new();
        BufReader::new((&mut stream).take(MAX_LINE as u64))
            .read_line(&mut line)
            .await?;
        let answer = match line.trim().split_once(' ').unwrap_or((line.trim(), "")) {
            ("replay", id) => match id.parse() {
                Ok(id) => self.replay(id).await,
                Err(_) => "error not the id of a quarantine entry".to_owned(),
            },
            ("run-jobs", "") => self.run_jobs().await,
            _ => "error unknown command".to_owned(),
        };
        stream.write_all(format!("{answer}\n").as_bytes()).await
    }

    async fn replay(&self, id: QuarantineId) -> String {
        match processing::replay(&self.spool, &self.quarantine, id).await {
            Ok(()) => "ok".to_owned(),
            Err(error) => format!("error {error}"),
        }
    }

    /// Answers when nothing is due any more.
    async fn run_jobs(&self) -> String {
        // Somebody may have moved it just now.
        self.clock.reload();
        match tokio::time::timeout(JOBS, services::jobs::wait_until_done(&self.app)).await {
            Ok(Ok(())) => "ok".to_owned(),
            Ok(Err(error)) => {
                tracing::error!(error = %error, "jobs could not be run");
                "error the database does not answer: the log says more".to_owned()
            }
            Err(_) => format!("error jobs are still being done after {} seconds", JOBS.as_secs()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    #[error("the running server does not answer")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

/// Asks the running server to replay an entry. `None` when no server runs.
pub(crate) async fn ask_replay(config: &Config, id: QuarantineId) -> Option<Result<(), ControlError>> {
    let stream = UnixStream::connect(socket(config)).await.ok()?;
    Some(exchange(stream, &format!("replay {id}\n")).await)
}

/// Asks the running server to do the jobs that are due, and waits for it. `None` when no server runs.
pub(crate) async fn ask_run_jobs(config: &Config) -> Option<Result<(), ControlError>> {
    let stream = UnixStream::connect(socket(config)).await.ok()?;
    Some(exchange(stream, "run-jobs\n").await)
}

async fn exchange(mut stream: UnixStream, request: &str) -> Result<(), ControlError> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).await?;
    match answer.trim() {
        "ok" => Ok(()),
        "" => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        answer => Err(ControlError::Refused(answer.trim_start_matches("error ").to_owned())),
    }
}
