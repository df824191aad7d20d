use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Executor as _, any::AnyPoolOptions};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{PowerCut, database_url};

/// How a database promises durability.
#[derive(Clone, Copy)]
struct Mode {
    journal: &'static str,
    synchronous: &'static str,
    /// Pages in the log before they are moved into the database; 0 is never.
    checkpoint: u32,
}

const WAL_FULL: Mode = Mode {
    journal: "WAL",
    synchronous: "FULL",
    checkpoint: 8,
};

/// Connections that write at the same time.
async fn open(url: &str, mode: Mode) -> AnyPool {
    sqlx::any::install_default_drivers();
    let Mode {
        journal,
        synchronous,
        checkpoint,
    } = mode;
    let pool = AnyPoolOptions::new()
        .max_connections(4)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                let pragmas = format!(
                    "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = {journal}; PRAGMA synchronous = {synchronous};
                 PRAGMA wal_autocheckpoint = {checkpoint};"
                );
                connection.execute(AssertSqlSafe(pragmas)).await?;
                Ok(())
            })
        });
    let pool = pool.connect(url).await.unwrap();
    pool.execute("CREATE TABLE IF NOT EXISTS bells (id BIGINT PRIMARY KEY, text TEXT NOT NULL)")
        .await
        .unwrap();
    pool
}

/// Writers that note what was committed.
struct Load {
    committed: Arc<Mutex<BTreeSet<i64>>>,
    enough: Arc<AtomicBool>,
    writers: JoinSet<()>,
}

impl Load {
    fn start(pool: &AnyPool, next: &Arc<AtomicI64>) -> Self {
        let (committed, enough) = (Arc::<Mutex<BTreeSet<_>>>::default(), Arc::<AtomicBool>::default());
        let mut writers = JoinSet::new();
        for _ in 0..3 {
            let (pool, next) = (pool.clone(), Arc::clone(next));
            let (committed, enough) = (Arc::clone(&committed), Arc::clone(&enough));
            writers.spawn(async move {
                while !enough.load(Ordering::Relaxed) {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    let insert = sqlx::query("INSERT INTO bells (id, text) VALUES ($1, $2)");
                    match insert.bind(id).bind("x".repeat(1000)).execute(&pool).await {
                        Ok(_) => assert!(committed.lock().unwrap().insert(id)),
                        Err(_) => return, // there is no power any more
                    }
                }
            });
        }
        Self {
            committed,
            enough,
            writers,
        }
    }

    fn committed(&self) -> BTreeSet<i64> {
        self.committed.lock().unwrap().clone()
    }

    async fn wait_for(&self, commits: usize) {
        let enough = async {
            while self.committed.lock().unwrap().len() < commits {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), enough)
            .await
            .expect("the writers get on");
    }

    /// Ends the writers and gives all that was ever committed.
    async fn stop(self) -> BTreeSet<i64> {
        self.enough.store(true, Ordering::Relaxed);
        self.writers.join_all().await;
        std::mem::take(&mut *self.committed.lock().unwrap())
    }
}

/// What is in the database after the cut, which must be whole.
async fn found_after(cut: &PowerCut) -> (TempDir, BTreeSet<i64>) {
    let folder = tempfile::tempdir().unwrap();
    cut.restore_into(folder.path()).unwrap();
    let mut db = AnyConnection::connect(&database_url(folder.path(), "t.db"))
        .await
        .unwrap();
    let check: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(check, "ok");
    let found: Vec<i64> = sqlx::query_scalar("SELECT id FROM bells")
        .fetch_all(&mut db)
        .await
        .unwrap();
    db.close().await.unwrap();
    (folder, found.into_iter().collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_with_full_synchronous_survives_one_cut_after_another() {
    let mut folder = tempfile::tempdir().unwrap();
    let next = Arc::new(AtomicI64::new(1));
    let mut committed = BTreeSet::new();
    for round in 1..=5 {
        let cut = PowerCut::new(folder.path()).unwrap();
        let pool = open(&cut.url("t.db"), WAL_FULL).await;
        let load = Load::start(&pool, &next);
        load.wait_for(20 * round).await;
        committed.append(&mut load.committed());
        cut.freeze();
        load.wait_for(20 * round + 20).await;
        let (after, found) = found_after(&cut).await;
        let lost: Vec<_> = committed.difference(&found).collect();
        assert!(lost.is_empty(), "round {round} lost {lost:?}");
        committed.extend(found); // committed, and the answer was on its way
        load.stop().await;
        pool.close().await;
        folder = after;
    }
    assert!(committed.len() >= 300, "{}", committed.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_reported_as_committed_once_the_plug_is_pulled() {
    for mode in [
        WAL_FULL,
        Mode {
            journal: "DELETE",
            synchronous: "EXTRA",
            checkpoint: 0,
        },
    ] {
        let folder = tempfile::tempdir().unwrap();
        let cut = PowerCut::new(folder.path()).unwrap();
        let pool = open(&cut.url("t.db"), mode).await;
        let load = Load::start(&pool, &Arc::new(AtomicI64::new(1)));
        load.wait_for(50).await;
        cut.pull_plug();
        let refused = sqlx::query("INSERT INTO bells (id, text) VALUES (-1, '')")
            .execute(&pool)
            .await;
        assert!(refused.is_err());
        let committed = load.stop().await;
        pool.close().await;
        let (_folder, found) = found_after(&cut).await;
        let lost: Vec<_> = committed.difference(&found).collect();
        assert!(lost.is_empty(), "{} lost {lost:?}", mode.journal);
        assert!(!found.contains(&-1));
    }
}

/// Controls: the disk does lose what was not synced, or the tests above would prove nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_without_sync_are_lost() {
    for synchronous in ["OFF", "NORMAL"] {
        let folder = tempfile::tempdir().unwrap();
        let cut = PowerCut::new(folder.path()).unwrap();
        open(&cut.url("t.db"), WAL_FULL).await.close().await; // the table is to survive, for the rows to be looked for
        let pool = open(
            &cut.url("t.db"),
            Mode {
                synchronous,
                checkpoint: 0,
                ..WAL_FULL
            },
        )
        .await;
        let load = Load::start(&pool, &Arc::new(AtomicI64::new(1)));
        load.wait_for(50).await;
        let committed = load.stop().await;
        cut.freeze();
        let (_folder, found) = found_after(&cut).await;
        let lost = committed.difference(&found).count();
        assert!(
            lost > 0,
            "synchronous={synchronous} lost nothing of {}",
            committed.len()
        );
        pool.close().await;
    }
}

#[tokio::test]
async fn a_file_outside_of_every_watched_folder_is_refused() {
    sqlx::any::install_default_drivers();
    let (watched, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cut = PowerCut::new(watched.path()).unwrap();
    let elsewhere = cut.url("t.db").replace(
        watched.path().canonicalize().unwrap().to_str().unwrap(),
        other.path().canonicalize().unwrap().to_str().unwrap(),
    );
    assert!(AnyConnection::connect(&elsewhere).await.is_err());
    assert!(AnyConnection::connect(&cut.url("t.db")).await.is_ok());
    assert!(PowerCut::new(watched.path()).is_err(), "two disks for one folder");
}
