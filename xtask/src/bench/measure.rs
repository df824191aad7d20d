//! What the system knows about a process and its files, and what to make of many numbers.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The smallest of the values that so many per cent of them do not exceed.
pub(super) fn percentile(values: &[f64], percent: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let rank = (sorted.len() as f64 * percent / 100.0).ceil();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the length"
    )]
    let rank = rank as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Resident memory, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// All that is resident, mapped files included.
    pub(super) all: u64,
    /// Without mapped files.
    pub(super) own: u64,
}

pub(super) fn memory(pid: u32) -> Result<Memory, String> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    Ok(Memory {
        all: kilobytes(&status, "VmRSS:"),
        own: kilobytes(&status, "RssAnon:"),
    })
}

fn kilobytes(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap_or(0) * 1024
}

/// Looks at a process again and again, until its most memory is asked for.
#[derive(Debug)]
pub(super) struct MemoryWatch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Memory>,
}

impl MemoryWatch {
    pub(super) fn start(pid: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut most = Memory::default();
            while !seen.load(Ordering::Relaxed) {
                if let Ok(now) = memory(pid) {
                    most = Memory {
                        all: most.all.max(now.all),
                        own: most.own.max(now.own),
                    };
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            most
        });
        Self { stop, thread }
    }

    pub(super) fn most(self) -> Memory {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("reading a file does not panic")
    }
}

/// The processor time that a process has used.
pub(super) fn cpu_time(pid: u32) -> Result<Duration, String> {
    let path = format!("/proc/{pid}/stat");
    let stat = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    Ok(cpu_time_in(&stat))
}

fn cpu_time_in(stat: &str) -> Duration {
    // The name in parentheses may hold anything; utime and stime are the 12th and 13th fields after it.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    // Linux shows them in hundredths of a second on every machine.
    Duration::from_millis(ticks * 10)
}

/// What the entries of a folder take up on the disk, by the first part of their path.
pub(super) fn disk(folder: &Path) -> Result<BTreeMap<String, u64>, String> {
    let mut parts = BTreeMap::new();
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        parts.insert(name, allocated(&entry.path()));
    }
    Ok(parts)
}

/// Files come and go while it looks; what has gone takes up nothing.
fn allocated(path: &Path) -> u64 {
    let Ok(metadata) = std::fs::symlink_metadata(path) else {
        return 0;
    };
    let own = metadata.blocks() * 512;
    if !metadata.is_dir() {
        return own;
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    own + entries.map(|entry| allocated(&entry.path())).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        for (percent, expected) in [
            (0.0, 1.0),
            (50.0, 100.0),
            (95.0, 190.0),
            (99.0, 198.0),
            (99.6, 200.0),
            (100.0, 200.0),
        ] {
            assert_eq!(percentile(&values, percent), Some(expected), "p{percent}");
        }
        assert_eq!(percentile(&[7.0], 99.0), Some(7.0));
        assert_eq!(percentile(&[], 50.0), None);
    }

    #[test]
    fn a_process_has_memory_and_time() {
        let own = memory(std::process::id()).unwrap();
        assert!(own.all > own.own && own.own > 100_000, "{own:?}");
        let watch = MemoryWatch::start(std::process::id());
        let large = vec![1_u8; 64 << 20];
        while memory(std::process::id()).unwrap().own < own.own + (60 << 20) {
            std::hint::black_box(&large);
        }
        std::thread::sleep(Duration::from_millis(100));
        drop(large);
        assert!(watch.most().own >= own.own + (60 << 20));
        assert!(memory(u32::MAX).is_err());
        let stat = "7 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 150 25 17 18";
        assert_eq!(cpu_time_in(stat), Duration::from_millis(1_750));
    }

    #[test]
    fn files_are_counted_by_what_they_take_up() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("index/day")).unwrap();
        std::fs::write(folder.path().join("index/day/a"), vec![1; 100_000]).unwrap();
        std::fs::write(folder.path().join("index/day/b"), vec![1; 100_000]).unwrap();
        std::fs::write(folder.path().join("database"), vec![1; 50_000]).unwrap();
        let parts = disk(folder.path()).unwrap();
        assert_eq!(parts.keys().collect::<Vec<_>>(), ["database", "index"]);
        assert!((50_000..80_000).contains(&parts["database"]), "{parts:?}");
        assert!((200_000..300_000).contains(&parts["index"]), "{parts:?}");
    }
}
