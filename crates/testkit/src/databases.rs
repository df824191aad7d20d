use sqlx::{AnyConnection, Connection as _, Executor as _};
use tempfile::TempDir;

use crate::postgres;

/// A new, empty database of one kind. It is removed after this value.
#[derive(Debug)]
pub struct TestDatabase {
    name: &'static str,
    url: String,
    _kept: Kept,
}

/// What goes away with the database.
#[derive(Debug)]
enum Kept {
    Sqlite { _folder: TempDir },
    Postgres { _database: postgres::Database },
}

impl TestDatabase {
    /// A new file in a temporary folder.
    pub fn sqlite() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("tocsin-sqlite-")
            .tempdir()
            .expect("a temporary folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("tocsin.db").display());
        Self {
            name: "SQLite",
            url,
            _kept: Kept::Sqlite { _folder: folder },
        }
    }

    /// See [`postgres::database`].
    pub async fn postgres() -> Option<Self> {
        let database = postgres::database().await?;
        Some(Self {
            name: "PostgreSQL",
            url: database.url.clone(),
            _kept: Kept::Postgres { _database: database },
        })
    }

    /// `SQLite` or `PostgreSQL`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The databases that every test of SQL runs on: SQLite, and PostgreSQL where it is installed.
pub async fn databases() -> Vec<TestDatabase> {
    [Some(TestDatabase::sqlite()), TestDatabase::postgres().await]
        .into_iter()
        .flatten()
        .collect()
}

/// Runs a test on each of [`databases`], one after the other, and says on which one it failed.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// testkit::on_every_database(async |url| {
///     assert!(url.starts_with("sqlite:") || url.starts_with("postgres:"));
/// })
/// .await;
/// # }
/// ```
pub async fn on_every_database(test: impl AsyncFn(&str)) {
    for database in databases().await {
        let _named = NamedOnPanic(database.name());
        test(database.url()).await;
    }
}

/// Runs a statement on a database of [`on_every_database`], beside whoever has it open.
///
/// # Panics
/// When the database refuses it.
pub async fn execute(url: &str, statement: &'static str) {
    sqlx::any::install_default_drivers();
    let mut db = AnyConnection::connect(url).await.expect("the database can be opened");
    db.execute(statement)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    db.close().await.expect("the connection can be closed");
}

struct NamedOnPanic(&'static str);

impl Drop for NamedOnPanic {
    #[expect(clippy::print_stderr, reason = "belongs to the output of the failed test")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the test failed on {}", self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use sqlx::{AnyConnection, Connection as _};

    use super::*;

    #[tokio::test]
    async fn a_test_runs_on_each_database_and_meets_no_traces_of_another() {
        sqlx::any::install_default_drivers();
        for _ in 0..2 {
            let seen = RefCell::new(Vec::new());
            on_every_database(async |url| {
                let mut connection = AnyConnection::connect(url).await.unwrap();
                sqlx::query("CREATE TABLE bells (id BIGINT)")
                    .execute(&mut connection)
                    .await
                    .unwrap();
                seen.borrow_mut().push(connection.backend_name().to_owned());
                connection.close().await.unwrap();
            })
            .await;
            let seen = seen.into_inner();
            assert_eq!(seen[0], "SQLite");
            assert!(seen.len() == 1 || seen[1] == "PostgreSQL", "{seen:?}");
        }
    }
}
