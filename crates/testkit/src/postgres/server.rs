use std::{
    fs, io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use super::{template, user::ServerUser};

const START_LIMIT: Duration = Duration::from_secs(60);

/// Runs the server until this process has ended, however it did: `read` returns when the last writer of the pipe on
/// standard input is gone. So neither a killed nor an aborted test leaves a server or its folder behind.
/// `$1` the folder, `$2` the template of the data folder, the rest is the server's command line.
const KEEPER: &str = r#"
folder=$1 template=$2
shift 2
if cp -R "$template" "$folder/data" 2>"$folder/log"; then
    "$@" >"$folder/log" 2>&1 </dev/null &
    server=$!
else
    echo "FATAL: no data folder" >>"$folder/log"
fi
read -r _
if [ "$server" ]; then
    kill -QUIT "$server"
    wait "$server"
fi
rm -rf "$folder"
"#;

/// A running server. It ends with this process.
#[derive(Debug)]
pub(super) struct Server {
    folder: PathBuf,
    /// Holds the pipe that the keeper reads.
    _keeper: Child,
}

impl Server {
    pub(super) fn start(binaries: &Path) -> io::Result<Self> {
        let user = ServerUser::choose();
        let template = template::find_or_create(binaries, user)?;
        let folder = tempfile::Builder::new()
            .prefix("tocsin-pg-")
            .tempdir_in(super::temporary_folder())?;
        user.give(folder.path())?;
        let keeper = user
            .command("/bin/sh")
            .args(["-c", KEEPER, "sh"])
            .arg(folder.path())
            .arg(&template)
            .arg(binaries.join("postgres"))
            .args(server_options(folder.path()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Outlives a signal to this process' group (the terminal's, a test runner's) to tidy up after it.
            .process_group(0)
            .spawn()?;
        let server = Self {
            folder: folder.keep(),
            _keeper: keeper,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// The address of one of its databases.
    pub(super) fn url(&self, database: &str) -> String {
        // Through the socket: no port that another process could take. `localhost` is not asked.
        format!(
            "postgres://postgres@localhost/{database}?host={}",
            self.folder.display()
        )
    }

    fn wait_until_ready(&self) -> io::Result<()> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            // The eighth line of this file is the server's state.
            let state = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
            if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            if log.contains("FATAL") || Instant::now() > deadline {
                return Err(io::Error::other(format!("the server did not start:\n{log}")));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn server_options(folder: &Path) -> Vec<String> {
    let socket = format!("unix_socket_directories={}", folder.display());
    let settings = [
        &socket,
        "listen_addresses=",
        // Durability is not what these tests ask of PostgreSQL.
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "wal_level=minimal",
        "max_wal_senders=0",
        "autovacuum=off",
        "max_connections=200",
        "shared_buffers=16MB",
        // In the data folder, which is removed, and not in /dev/shm, which is not.
        "dynamic_shared_memory_type=mmap",
        "timezone=UTC",
    ];
    let data = ["-D".to_owned(), folder.join("data").display().to_string()];
    data.into_iter()
        .chain(
            settings
                .iter()
                .flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]),
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end of a process, however it comes, closes its pipes; so does the end of this value.
    #[test]
    fn neither_server_nor_folder_outlive_the_pipe() {
        let Some(binaries) = super::super::binaries::find() else {
            return;
        };
        let server = Server::start(&binaries).unwrap();
        let pid = fs::read_to_string(server.folder.join("data/postmaster.pid")).unwrap();
        let pid = rustix::process::Pid::from_raw(pid.lines().next().unwrap().parse().unwrap()).unwrap();
        let folder = server.folder.clone();
        assert!(rustix::process::test_kill_process(pid).is_ok());
        drop(server);
        let deadline = Instant::now() + Duration::from_secs(30);
        while rustix::process::test_kill_process(pid).is_ok() || folder.exists() {
            assert!(
                Instant::now() < deadline,
                "still there: {pid:?} or {}",
                folder.display()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
