//! What has to be done now and then: merging, closing what is idle, looking for damage.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use model::Timestamp;
use tantivy::index::SegmentId;

use super::{EventIndex, WriteError, day_index::DayIndex, event_index::Inner, merging::Pace};

/// A day to which nothing was added for so long is quiet: there is time to pack what came.
const QUIET: Duration = Duration::from_secs(10);
/// A writer to which nothing was added for so long is closed.
const IDLE: Duration = Duration::from_secs(60);
/// The files of a day that nobody has asked for so long are closed.
const UNASKED: Duration = Duration::from_mins(10);
/// A day has passed so long after its end: by then hardly anything comes for it.
const PASSED: Duration = Duration::from_hours(24);

impl EventIndex {
    /// Does one piece of upkeep, at most a merge, and says whether there is more to do at once. To be called again and
    /// again; nothing else merges.
    pub fn tend(&self, now: Timestamp) -> Result<bool, WriteError> {
        let inner = &self.0;
        let _one_at_a_time = inner.upkeep.lock().unwrap_or_else(PoisonError::into_inner);
        inner.writers().close_idle(now, now - IDLE)?;
        for day in inner.days() {
            let failed = |source| day.key.error(source);
            let pace = inner.pace(&day, now);
            if !inner.writers().is_open(day.key) {
                day.close_idle(now, now - UNASKED);
            }
            if day.is_settled(pace) || !inner.is_legible(&day).map_err(failed)? {
                continue;
            }
            // Before it is looked at, since a commit may come at any time.
            day.settle(pace);
            let next = day.next_merge(pace, inner.config.max_segment_rows);
            if let Some(together) = next.map_err(failed)? {
                day.changed();
                inner.merge(&day, &together)?;
                return Ok(true);
            }
        }
        let unchecked = inner.days().into_iter().find(|day| day.is_open() && !day.is_checked());
        if let Some(day) = unchecked {
            inner.check(&day).map_err(|source| day.key.error(source))?;
            return Ok(true);
        }
        Ok(false)
    }
}

impl Inner {
    fn pace(&self, day: &DayIndex, now: Timestamp) -> Pace {
        let writers = self.writers();
        let passed = day.key.day.end() + PASSED <= now;
        if passed && writers.is_quiet(day.key, now) {
            Pace::Passed
        } else if writers.is_quiet(day.key, now - QUIET) {
            Pace::Quiet
        } else {
            Pace::Busy
        }
    }

    /// Whether the day has segments to speak of. Days are not opened for it: after a start that would be all of them.
    fn is_legible(&self, day: &Arc<DayIndex>) -> tantivy::Result<bool> {
        if !day.is_open() && day.is_empty()? {
            return Ok(false);
        }
        match day.segments() {
            Ok(_) => Ok(true),
            // Perhaps it is damaged, and then moved aside.
            Err(_) => self.sound(day),
        }
    }

    /// Makes one of these segments, without what was deleted in them. `upkeep` is locked.
    pub(super) fn merge(&self, day: &DayIndex, segments: &[SegmentId]) -> Result<(), WriteError> {
        // The writer must stay open meanwhile, but does not have to wait: adding and committing go on.
        let merge = self
            .writers()
            .with(self, day.key, |writer| Ok(writer.start_merge(segments)))?;
        let merged = merge.wait();
        self.writers().with_if_open(day.key, |writer| {
            writer.merging = false;
            merged?;
            writer.collect_garbage()
        })
    }
}
