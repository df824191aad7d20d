mod append;
mod crash;
mod damage;
mod quarantine;
mod release;

use std::{path::Path, path::PathBuf, sync::Arc};

use bytes::Bytes;
use model::{TestClock, Timestamp};

use crate::{
    Entry, OpenOptions, OpenReport, Position, Spool, SpoolConfig,
    disk::{Disk, simulated::PowerCutDisk},
    quarantine::{Quarantine, QuarantineConfig},
    record::HEADER_BYTES,
};

/// A spool on a simulated disk.
struct Fixture {
    disk: PowerCutDisk,
    clock: Arc<TestClock>,
    quarantine: Arc<Quarantine>,
    spool: Spool,
    report: OpenReport,
}

const FOLDER: &str = "spool";

impl Fixture {
    fn new() -> Self {
        Self::open(PowerCutDisk::new(1), SpoolConfig::default())
    }

    fn open(disk: PowerCutDisk, config: SpoolConfig) -> Self {
        Self::reopen(disk, config, Position::START)
    }

    fn reopen(disk: PowerCutDisk, config: SpoolConfig, processed: Position) -> Self {
        Self::try_open(disk, config, processed).expect("the disk works")
    }

    fn try_open(disk: PowerCutDisk, config: SpoolConfig, processed: Position) -> Option<Self> {
        let clock = TestClock::at(Timestamp::from_seconds(1_800_000_000));
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let quarantine = Quarantine::open(
            PathBuf::from("quarantine"),
            QuarantineConfig::default(),
            Arc::clone(&shared),
        )
        .ok()?;
        let quarantine = Arc::new(quarantine);
        let options = OpenOptions {
            folder: PathBuf::from(FOLDER),
            config,
            disk: shared,
            quarantine: Arc::clone(&quarantine),
            clock: clock.clone(),
            processed,
        };
        let (spool, report) = Spool::open(options).ok()?;
        Some(Self {
            disk,
            clock,
            quarantine,
            spool,
            report,
        })
    }

    async fn append(&self, body: &str) -> Position {
        self.spool
            .append(b"m".to_vec(), Bytes::copy_from_slice(body.as_bytes()))
            .await
            .unwrap()
    }

    /// Closes the spool and opens it again on the same disk.
    async fn restart(self) -> Self {
        self.spool.close().await;
        Self::open(self.disk, SpoolConfig::default())
    }

    /// Everything from the position on, read in small steps.
    async fn read_all(&self, mut position: Position) -> Vec<Entry> {
        let mut entries = Vec::new();
        loop {
            let batch = self.spool.read_from(position, 1, 7).await.unwrap();
            if batch.next == position {
                return entries;
            }
            assert!(batch.next > position);
            entries.extend(batch.entries);
            position = batch.next;
        }
    }

    async fn bodies(&self) -> Vec<String> {
        let entries = self.read_all(Position::START).await;
        entries
            .into_iter()
            .map(|entry| String::from_utf8(entry.body.to_vec()).unwrap())
            .collect()
    }

    fn segments(&self) -> Vec<PathBuf> {
        self.disk
            .paths()
            .into_iter()
            .filter(|path| path.starts_with(FOLDER))
            .collect()
    }

    fn first_segment(&self) -> PathBuf {
        self.segments().remove(0)
    }
}

/// The bytes that a record with the meta "m" takes.
fn record_bytes(body: &str) -> usize {
    HEADER_BYTES + 1 + body.len()
}

fn segment_path(start: u64) -> PathBuf {
    Path::new(FOLDER).join(crate::segment::file_name(Position(start)))
}
