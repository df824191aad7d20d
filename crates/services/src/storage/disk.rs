//! What is still taken when the disk gets full: the least important goes without first.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU8, Ordering},
};

use model::DataCategory;
use quota::{Quota, Scope};

/// How little is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Pressure {
    #[default]
    None,
    /// Below the floor: no logs, spans, replays, profiles and metrics any more.
    Floor,
    /// Below half of it: neither transactions nor attachments nor sessions.
    Half,
    /// Below a quarter: nothing at all. What was accepted before is still processed.
    Quarter,
}

impl Pressure {
    const ALL: [Self; 4] = [Self::None, Self::Floor, Self::Half, Self::Quarter];

    /// For `free` bytes under a floor, which is 0 where none is wanted.
    pub fn of(free: u64, floor: u64) -> Self {
        match free {
            _ if free >= floor => Self::None,
            _ if free >= floor / 2 => Self::Floor,
            _ if free >= floor / 4 => Self::Half,
            _ => Self::Quarter,
        }
    }

    /// What is refused, the least important first; `None` is everything.
    fn refused(self) -> Option<Vec<DataCategory>> {
        let mut refused = Vec::new();
        if self >= Self::Floor {
            refused.extend(FIRST);
        }
        if self >= Self::Half {
            refused.extend(SECOND);
        }
        (self < Self::Quarter).then_some(refused)
    }
}

const FIRST: [DataCategory; 11] = [
    DataCategory::LogItem,
    DataCategory::LogByte,
    DataCategory::Span,
    DataCategory::SpanIndexed,
    DataCategory::TraceMetric,
    DataCategory::MetricBucket,
    DataCategory::Profile,
    DataCategory::ProfileIndexed,
    DataCategory::ProfileChunk,
    DataCategory::ProfileChunkUi,
    DataCategory::Replay,
];

const SECOND: [DataCategory; 5] = [
    DataCategory::Transaction,
    DataCategory::TransactionIndexed,
    DataCategory::Attachment,
    DataCategory::AttachmentItem,
    DataCategory::Session,
];

/// Why something was refused, in outcomes and answers.
pub const REASON: &str = "disk_full";

/// The disk of the data folder as it was measured last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Disk {
    pub free_bytes: u64,
    pub total_bytes: u64,
    /// Below this, less and less is taken.
    pub floor_bytes: u64,
}

/// The last measurement and what follows from it.
#[derive(Debug, Default)]
pub(crate) struct DiskWatch {
    pressure: AtomicU8,
    disk: Mutex<Disk>,
}

impl DiskWatch {
    /// Returns the pressure before and now.
    pub(crate) fn set(&self, disk: Disk) -> (Pressure, Pressure) {
        let now = Pressure::of(disk.free_bytes, disk.floor_bytes);
        *self.disk.lock().unwrap_or_else(PoisonError::into_inner) = disk;
        let before = self.pressure.swap(now as u8, Ordering::Relaxed);
        (Pressure::ALL[usize::from(before)], now)
    }

    pub(crate) fn pressure(&self) -> Pressure {
        Pressure::ALL[usize::from(self.pressure.load(Ordering::Relaxed))]
    }

    pub(crate) fn disk(&self) -> Disk {
        *self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A quota of nothing for what is not taken now: SDKs are told to come back later, and outcomes say why.
    pub(crate) fn quota(&self) -> Option<Quota> {
        let pressure = self.pressure();
        if pressure == Pressure::None {
            return None;
        }
        Some(Quota {
            id: REASON.to_owned(),
            categories: pressure.refused().unwrap_or_default(),
            scope: Scope::Organization,
            scope_id: None,
            limit: Some(0),
            window: None,
            namespace: None,
            reason_code: Some(REASON.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_important_goes_first() {
        let watch = DiskWatch::default();
        let refuses = |free_bytes, category: DataCategory| {
            watch.set(Disk {
                free_bytes,
                total_bytes: 1_000,
                floor_bytes: 100,
            });
            watch
                .quota()
                .is_some_and(|quota| quota.categories.is_empty() || quota.categories.contains(&category))
        };
        for (free, taken) in [
            (100, [true; 3]),
            (99, [true, true, false]),
            (49, [true, false, false]),
            (24, [false; 3]),
        ] {
            let order = [DataCategory::Error, DataCategory::Transaction, DataCategory::LogItem];
            assert_eq!(
                order.map(|category| !refuses(free, category)),
                taken,
                "{free} bytes free"
            );
        }
    }

    #[test]
    fn without_a_floor_nothing_is_refused() {
        assert_eq!(Pressure::of(0, 0), Pressure::None);
    }
}
