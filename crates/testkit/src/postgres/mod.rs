//! A PostgreSQL of the tests' own: started from the installed server's programs in a temporary folder, reached through a
//! Unix socket in it, one per test process, gone with the process. As an unprivileged user when the tests run as root.

mod binaries; // where the programs are,
mod server; // how a server is started, and ended with this process,
mod template; // from a copy of which data folder,
mod user; // and as whom

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::requirement::skip_unless_required;
use server::Server;

/// Set to 1, it makes [`database`] fail where no server is installed.
pub const REQUIRE: &str = "TOCSIN_REQUIRE_POSTGRES";

/// A database that no other test uses. It is dropped some time after this value.
#[derive(Debug)]
pub struct Database {
    pub url: String,
    name: String,
}

/// Databases whose test has ended. The next one that makes a database drops them, so that a process with hundreds of
/// tests does not fill the disk.
static UNUSED: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Drop for Database {
    fn drop(&mut self) {
        UNUSED
            .lock()
            .expect("nothing panics while it holds this lock")
            .push(std::mem::take(&mut self.name));
    }
}

/// A new, empty database; none, and a line that says so, where no server is installed.
///
/// # Panics
/// When a server is installed and does not start, and when none is and [`REQUIRE`] is 1.
pub async fn database() -> Option<Database> {
    let starting = tokio::task::spawn_blocking(running_server);
    let Some(server) = starting.await.expect("the server starts") else {
        skip_unless_required("no PostgreSQL server binaries", REQUIRE);
        return None;
    };
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let unused = std::mem::take(&mut *UNUSED.lock().expect("nothing panics while it holds this lock"));
    let mut admin = PgConnection::connect(&server.url("postgres"))
        .await
        .expect("the server takes connections");
    for unused in unused {
        run(&mut admin, format!("DROP DATABASE {unused} WITH (FORCE)")).await;
    }
    run(&mut admin, format!("CREATE DATABASE {name}")).await;
    admin.close().await.expect("the connection closes");
    Some(Database {
        url: server.url(&name),
        name,
    })
}

async fn run(admin: &mut PgConnection, sql: String) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.as_str())).execute(admin).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The server of this process, started by the first who asks.
fn running_server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let binaries = binaries::find()?;
        Some(Server::start(&binaries).unwrap_or_else(|error| panic!("PostgreSQL of {}: {error}", binaries.display())))
    });
    server.as_ref()
}

/// The system's temporary folder, unless the server's user cannot enter it (root's own one) or it is too deep for the
/// path of a Unix socket, which has room for 107 bytes.
fn temporary_folder() -> PathBuf {
    let folder = std::env::temp_dir();
    let open = |path: &Path| {
        path.metadata()
            .is_ok_and(|found| found.permissions().mode() & 0o001 != 0)
    };
    let own = !rustix::process::geteuid().is_root();
    if folder.as_os_str().len() <= 60 && (own || folder.ancestors().all(open)) {
        folder
    } else {
        "/tmp".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_call_makes_a_database_of_its_own_on_one_server() {
        let (Some(one), Some(two)) = (database().await, database().await) else {
            return;
        };
        assert_ne!(one.url, two.url);
        let mut first = PgConnection::connect(&one.url).await.unwrap();
        let mut second = PgConnection::connect(&two.url).await.unwrap();
        sqlx::query("CREATE TABLE bells (id BIGINT)")
            .execute(&mut first)
            .await
            .unwrap();
        let missing = sqlx::query("SELECT id FROM bells")
            .fetch_all(&mut second)
            .await
            .unwrap_err();
        assert!(missing.to_string().contains("does not exist"), "{missing}");
        let started = "SELECT pg_postmaster_start_time()::TEXT";
        let (one, two): (String, String) = (
            sqlx::query_scalar(started).fetch_one(&mut first).await.unwrap(),
            sqlx::query_scalar(started).fetch_one(&mut second).await.unwrap(),
        );
        assert_eq!(one, two);
    }

    #[tokio::test]
    async fn a_database_is_dropped_after_its_test_even_while_connected() {
        let Some(one) = database().await else { return };
        let name = one.name.clone();
        let still_connected = PgConnection::connect(&one.url).await.unwrap();
        drop(one);
        let next = database().await.unwrap();
        let mut connection = PgConnection::connect(&next.url).await.unwrap();
        // Whoever made a database in the meantime has taken it off the list and may still be dropping it.
        let gone = "SELECT COUNT(*) FROM pg_database WHERE datname = $1";
        for _ in 0..500 {
            let left: i64 = sqlx::query_scalar(gone)
                .bind(&name)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            if left == 0 {
                drop(still_connected);
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{name} is still there");
    }
}
