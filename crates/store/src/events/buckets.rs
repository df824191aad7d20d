use std::time::Duration;

use model::Timestamp;

/// Counts of events over time, in `slots` buckets of `width` from `start` on, for each of `issues`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    pub start: Timestamp,
    pub width: Duration,
    pub slots: usize,
}

impl Buckets {
    pub(crate) fn width_micros(&self) -> i64 {
        i64::try_from(self.width.as_micros()).unwrap_or(i64::MAX).max(1)
    }

    /// Behind the last bucket.
    pub fn end(&self) -> Timestamp {
        Timestamp(self.start.0 + self.width_micros() * i64::try_from(self.slots).unwrap_or(0))
    }

    pub(crate) fn slot(&self, number: i64) -> Option<usize> {
        usize::try_from(number).ok().filter(|slot| *slot < self.slots)
    }
}
