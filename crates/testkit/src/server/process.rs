use std::{
    io::{self, BufRead as _, BufReader, Read},
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// A call of the program: what it is told by the environment, and nothing of what the tests themselves are told.
#[derive(Debug, Clone)]
pub(super) struct Program {
    path: std::path::PathBuf,
    settings: Vec<(String, String)>,
}

impl Program {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            settings: Vec::new(),
        }
    }

    /// A later value replaces an earlier one.
    pub(super) fn set(&mut self, variable: &str, value: &str) {
        self.settings.push((variable.to_owned(), value.to_owned()));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        for (variable, _) in std::env::vars_os() {
            if variable.as_encoded_bytes().starts_with(b"TOCSIN_") {
                command.env_remove(variable);
            }
        }
        let settings = self.settings.iter().map(|(variable, value)| (variable, value));
        command
            .args(arguments)
            .envs(settings)
            .env("RUST_BACKTRACE", "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub(super) async fn run(&self, arguments: &[&str], limit: Duration) -> io::Result<Output> {
        let child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pid = pid_of(&child);
        let mut output = tokio::task::spawn_blocking(move || child.wait_with_output());
        match tokio::time::timeout(limit, &mut output).await {
            Ok(output) => output.expect("waiting does not panic"),
            Err(_) => {
                kill_process(pid, Signal::KILL)?;
                Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("not done within {limit:?}"),
                ))
            }
        }
    }

    /// Starts it as a server, and reads what it prints.
    pub(super) fn start(&self, arguments: &[&str], log: &Log) -> io::Result<(Process, FirstLine)> {
        let mut child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, first_line) = mpsc::sync_channel(1);
        let printed = child.stdout.take().expect("piped above");
        let logged = child.stderr.take().expect("piped above");
        let mut sender = Some(sender);
        let readers = [
            log.collect(printed, move |line| {
                if let Some(sender) = sender.take() {
                    sender.send(line.to_owned()).ok(); // nobody waits for it when the start has failed
                }
            }),
            log.collect(logged, |_| {}),
        ];
        Ok((
            Process {
                child,
                readers: readers.into(),
            },
            FirstLine(first_line),
        ))
    }
}

/// The first line that a server prints, once it has.
pub(super) struct FirstLine(mpsc::Receiver<String>);

impl FirstLine {
    /// None when the server ended without one, or did not print any in time.
    pub(super) async fn within(self, limit: Duration) -> Option<String> {
        let waiting = tokio::task::spawn_blocking(move || self.0.recv_timeout(limit).ok());
        waiting.await.expect("waiting does not panic")
    }
}

/// A running server. It is killed when this value is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Process {
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn terminate(&self) {
        // An error means that it has ended by itself, which the waiting that follows will see.
        kill_process(pid_of(&self.child), Signal::TERM).ok();
    }

    /// How it has ended, if it has.
    pub(super) fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child of ours can be waited for")
    }

    /// Ends it as a crash would.
    pub(super) fn kill(mut self) -> ExitStatus {
        self.child.kill().expect("a child of ours can be killed");
        self.reap()
    }

    /// Waits until it has ended by itself; gives it back when it has not.
    pub(super) async fn ended(mut self, limit: Duration) -> Result<ExitStatus, Self> {
        let deadline = Instant::now() + limit;
        while self
            .child
            .try_wait()
            .expect("a child of ours can be waited for")
            .is_none()
        {
            if Instant::now() > deadline {
                return Err(self);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(self.reap())
    }

    /// The log is complete after this.
    fn reap(&mut self) -> ExitStatus {
        let status = self.child.wait().expect("a child of ours can be waited for");
        for reader in self.readers.drain(..) {
            reader.join().expect("reading lines does not panic");
        }
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Errors are for a process that was reaped before.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// All lines that a server printed or logged, over its restarts.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// Lines that tell of something that should not have happened, unless they contain one of `expected`.
    pub(super) fn errors(&self, expected: &[String]) -> Vec<String> {
        let is_error = |line: &&String| {
            [" ERROR ", "\"level\":\"ERROR\"", "panicked at "]
                .iter()
                .any(|mark| line.contains(mark))
                && !expected.iter().any(|expected| line.contains(expected))
        };
        self.lines().iter().filter(is_error).cloned().collect()
    }

    fn collect(
        &self,
        from: impl Read + Send + 'static,
        mut seen: impl FnMut(&str) + Send + 'static,
    ) -> thread::JoinHandle<()> {
        let log = self.clone();
        thread::spawn(move || {
            for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                seen(&line);
                log.lines().push(line);
            }
        })
    }
}
