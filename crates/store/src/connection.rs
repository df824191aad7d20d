use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use sqlx::{
    Any, AnyConnection, Connection as _, Executor as _, Transaction, any::AnyPoolOptions, pool::PoolConnection,
};

use crate::{Error, migrate};

/// What every function of the store works on: a connection, or a transaction that derefs to one.
pub type Connection = AnyConnection;

/// A connection for reading, given back to the pool when dropped.
pub type Reader = PoolConnection<Any>;

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Connections for reading; the writers are 1 on SQLite and 4 on PostgreSQL.
    pub readers: u32,
    /// How long to wait for a free connection, and on SQLite for another process that writes.
    pub wait: Duration,
}

impl StoreConfig {
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            readers: 4,
            wait: Duration::from_secs(10),
        }
    }
}

/// The database: one writer and several readers on SQLite, pools on PostgreSQL.
#[derive(Debug, Clone)]
pub struct Store {
    backend: Backend,
    readers: sqlx::AnyPool,
    writers: sqlx::AnyPool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backend {
    Sqlite,
    Postgres,
}

impl Store {
    /// Connects, creating an SQLite file that is not there, and brings the schema up to date.
    pub async fn open(config: &StoreConfig) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let backend = Backend::of(&config.url)?;
        let url = backend.connect_url(&config.url);
        let writers = pool(backend, config, if backend == Backend::Sqlite { 1 } else { 4 })
            .connect(&url)
            .await?;
        let readers = pool(backend, config, config.readers).connect_lazy(&url)?;
        let store = Self {
            backend,
            readers,
            writers,
        };
        migrate::run(&store).await?;
        Ok(store)
    }

    /// Begins a transaction that writes.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let transaction = match self.backend {
            // A transaction that reads first and writes later would fail where another process wrote in between.
            Backend::Sqlite => self.writers.begin_with("BEGIN IMMEDIATE").await?,
            Backend::Postgres => self.writers.begin().await?,
        };
        Ok(Tx(transaction))
    }

    /// A connection that sees what was committed.
    pub async fn read(&self) -> Result<Reader, Error> {
        Ok(self.readers.acquire().await?)
    }

    /// Closes all connections; on SQLite this moves the write-ahead log into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }

    /// `sqlite` or `postgres`.
    pub fn backend(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
        }
    }
}

impl Backend {
    fn of(url: &str) -> Result<Self, Error> {
        if url.starts_with("sqlite:") {
            Ok(Self::Sqlite)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres)
        } else {
            Err(Error::UnknownDatabase)
        }
    }

    fn connect_url(self, url: &str) -> String {
        match self {
            Self::Sqlite if !url.contains("mode=") => {
                format!("{url}{}mode=rwc", if url.contains('?') { '&' } else { '?' })
            }
            _ => url.to_owned(),
        }
    }
}

fn pool(backend: Backend, config: &StoreConfig, connections: u32) -> AnyPoolOptions {
    let wait = config.wait;
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(wait)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if backend == Backend::Sqlite {
                    // FULL: a commit is on the disk when it returns, which is what a 200 promises (design: the spool is
                    // cut only behind synced commits). 16 MB of cache a connection bound the memory.
                    let pragmas = format!(
                        "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY; \
                     PRAGMA journal_size_limit = 1048576;",
                        wait.as_millis()
                    );
                    connection.execute(sqlx::AssertSqlSafe(pragmas)).await?;
                }
                Ok(())
            })
        })
        // A full disk makes SQLite roll back by itself, so the driver's own rollback fails and it believes that the
        // transaction goes on: nothing could ever be written again. Such a connection is closed; a ping comes behind
        // the rollback of a transaction that was dropped.
        .after_release(move |connection, _| {
            Box::pin(async move {
                Ok(backend != Backend::Sqlite || connection.ping().await.is_ok() && !connection.is_in_transaction())
            })
        })
}

/// A transaction that writes. It is rolled back when dropped without [`Tx::commit`].
#[derive(Debug)]
pub struct Tx(Transaction<'static, Any>);

impl Tx {
    pub async fn commit(self) -> Result<(), Error> {
        Ok(self.0.commit().await?)
    }

    /// Begins a part that can be rolled back alone (a savepoint).
    pub async fn savepoint(&mut self) -> Result<Savepoint<'_>, Error> {
        Ok(Savepoint(self.0.begin().await?))
    }
}

impl Deref for Tx {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

/// A part of a transaction. It is rolled back when dropped without [`Savepoint::release`].
#[derive(Debug)]
pub struct Savepoint<'tx>(Transaction<'tx, Any>);

impl Savepoint<'_> {
    pub async fn release(self) -> Result<(), Error> {
        Ok(self.0.commit().await?)
    }

    pub async fn rollback(self) -> Result<(), Error> {
        Ok(self.0.rollback().await?)
    }
}

impl Deref for Savepoint<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Savepoint<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}
