//! What hashes the ordinals of a segment stand for. A question about issues asks for all of them, and a dictionary is
//! decompressed block by block; segments do not change, so what was read of one stays good.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use tantivy::{SegmentReader, columnar::StrColumn, index::SegmentId};

use super::QuestionError;

/// What is kept of all segments together.
const MOST_BYTES: usize = 24 << 20;

/// The dictionaries of the segments that were asked for last.
#[derive(Debug, Default)]
pub(super) struct HashTexts(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    of_segments: HashMap<SegmentId, Arc<Texts>>,
    /// The oldest first.
    order: VecDeque<SegmentId>,
    bytes: usize,
}

/// By ordinal.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl HashTexts {
    pub(super) fn of(&self, segment: &SegmentReader, column: &StrColumn) -> Result<Arc<Texts>, QuestionError> {
        let id = segment.segment_id();
        if let Some(texts) = self.kept(|kept| kept.of_segments.get(&id).cloned()) {
            return Ok(texts);
        }
        let texts = Arc::new(Texts::read(column)?);
        self.kept(|kept| kept.add(id, &texts));
        Ok(texts)
    }

    fn kept<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        // A thread that panicked left whole entries behind.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn add(&mut self, id: SegmentId, texts: &Arc<Texts>) {
        // One that is as large as many others would drive them out.
        if texts.bytes() > MOST_BYTES / 4 || self.of_segments.insert(id, texts.clone()).is_some() {
            return;
        }
        self.order.push_back(id);
        self.bytes += texts.bytes();
        while self.bytes > MOST_BYTES {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some(texts) = self.of_segments.remove(&oldest) {
                self.bytes -= texts.bytes();
            }
        }
    }
}

impl Texts {
    fn read(column: &StrColumn) -> Result<Self, QuestionError> {
        let mut texts = Self::default();
        texts.ends.reserve_exact(column.num_terms());
        let mut stream = column.dictionary().stream()?;
        while stream.advance() {
            let text =
                std::str::from_utf8(stream.key()).map_err(|_| std::io::Error::from(std::io::ErrorKind::InvalidData))?;
            texts.all.push_str(text);
            let end = u32::try_from(texts.all.len())
                .map_err(|_| QuestionError::Unsupported("a segment has too many hashes".to_owned()))?;
            texts.ends.push(end);
        }
        texts.all.shrink_to_fit();
        Ok(texts)
    }

    pub(super) fn get(&self, ordinal: u64) -> Option<&str> {
        let place = usize::try_from(ordinal).ok()?;
        let start = match place {
            0 => 0,
            place => *self.ends.get(place - 1)? as usize,
        };
        self.all.get(start..*self.ends.get(place)? as usize)
    }

    pub(super) fn bytes(&self) -> usize {
        self.all.len() + self.ends.len() * size_of::<u32>()
    }
}
