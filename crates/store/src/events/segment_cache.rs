//! What was read of the dictionaries of segments. They are decompressed block by block, which takes longer than anything
//! that is then done with their texts; segments do not change, so what was read of one stays good.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use tantivy::{SegmentReader, index::SegmentId};

use super::QuestionError;

/// What is kept of all segments together, in each cache.
const MOST_BYTES: usize = 24 << 20;

/// What has a size in memory.
pub(super) trait Weighed {
    fn bytes(&self) -> usize;
}

impl Weighed for Vec<u64> {
    fn bytes(&self) -> usize {
        self.len() * size_of::<u64>()
    }
}

/// A value of each of the segments that were read last.
#[derive(Debug)]
pub(super) struct SegmentCache<T>(Mutex<Kept<T>>);

#[derive(Debug)]
struct Kept<T> {
    of_segments: HashMap<SegmentId, Arc<T>>,
    /// The oldest first.
    order: VecDeque<SegmentId>,
    bytes: usize,
}

impl<T> Default for SegmentCache<T> {
    fn default() -> Self {
        Self(Mutex::new(Kept {
            of_segments: HashMap::new(),
            order: VecDeque::new(),
            bytes: 0,
        }))
    }
}

impl<T: Weighed> SegmentCache<T> {
    pub(super) fn known(&self, segment: &SegmentReader) -> Option<Arc<T>> {
        self.kept(|kept| kept.of_segments.get(&segment.segment_id()).cloned())
    }

    pub(super) fn of(
        &self,
        segment: &SegmentReader,
        read: impl FnOnce() -> Result<T, QuestionError>,
    ) -> Result<Arc<T>, QuestionError> {
        if let Some(known) = self.known(segment) {
            return Ok(known);
        }
        let value = Arc::new(read()?);
        self.kept(|kept| kept.add(segment.segment_id(), &value));
        Ok(value)
    }

    fn kept<R>(&self, work: impl FnOnce(&mut Kept<T>) -> R) -> R {
        // A thread that panicked left whole entries behind.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T: Weighed> Kept<T> {
    fn add(&mut self, id: SegmentId, value: &Arc<T>) {
        // One that is as large as many others would drive them out.
        if value.bytes() > MOST_BYTES / 4 || self.of_segments.insert(id, value.clone()).is_some() {
            return;
        }
        self.order.push_back(id);
        self.bytes += value.bytes();
        while self.bytes > MOST_BYTES {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some(value) = self.of_segments.remove(&oldest) {
                self.bytes -= value.bytes();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let cache = SegmentCache::<Vec<u64>>::default();
        let ids: Vec<SegmentId> = (0..6).map(|_| SegmentId::generate_random()).collect();
        let fifth = Arc::new(vec![0; MOST_BYTES / 5 / 8]);
        for id in &ids {
            cache.kept(|kept| kept.add(*id, &fifth));
        }
        let known = |id: &SegmentId| cache.kept(|kept| kept.of_segments.contains_key(id));
        assert!(!known(&ids[0]) && ids[1..].iter().all(known));
        assert!(cache.kept(|kept| kept.bytes) <= MOST_BYTES);
        // What is too large for its neighbours is not kept.
        let large = SegmentId::generate_random();
        cache.kept(|kept| kept.add(large, &Arc::new(vec![0; MOST_BYTES / 3 / 8])));
        assert!(!known(&large) && ids[1..].iter().all(known));
    }
}
