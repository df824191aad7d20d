use tantivy::{DocId, DocSet, TERMINATED};

use super::ordinals::has_bit;
use crate::events::{
    QuestionError,
    budget::{Budget, Share},
    columns::BLOCK,
};

/// Rows of a segment as inverted lists give them.
pub(in crate::events) struct DocList {
    docs: Docs,
    _memory: Share,
}

enum Docs {
    /// Ascending.
    Few(Vec<DocId>),
    /// A bit for each row, and how many are set.
    Many(Vec<u64>, usize),
}

impl DocList {
    /// Ascending, if they are few.
    pub(in crate::events) fn few(&self) -> Option<&[DocId]> {
        match &self.docs {
            Docs::Few(docs) => Some(docs),
            Docs::Many(..) => None,
        }
    }

    pub(in crate::events) fn len(&self) -> usize {
        match &self.docs {
            Docs::Few(docs) => docs.len(),
            Docs::Many(_, count) => *count,
        }
    }

    /// Gives the rows in blocks.
    pub(in crate::events) fn for_each_block(
        &self,
        mut visit: impl FnMut(&mut Vec<DocId>) -> Result<(), QuestionError>,
    ) -> Result<(), QuestionError> {
        let mut block = Vec::new();
        match &self.docs {
            Docs::Few(docs) => {
                for docs in docs.chunks(BLOCK) {
                    block.clear();
                    block.extend_from_slice(docs);
                    visit(&mut block)?;
                }
            }
            Docs::Many(bits, _) => {
                for (number, words) in (0..).zip(bits.chunks(BLOCK / 64)) {
                    block.clear();
                    for (place, mut word) in (0..).zip(words.iter().copied()) {
                        while word != 0 {
                            block.push(number * BLOCK as DocId + place * 64 + word.trailing_zeros());
                            word &= word - 1;
                        }
                    }
                    if !block.is_empty() {
                        visit(&mut block)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Leaves those of these rows (ascending) that are in the list.
    pub(in crate::events) fn retain(&self, docs: &mut Vec<DocId>) {
        match &self.docs {
            Docs::Few(few) => {
                let mut rest = few.as_slice();
                docs.retain(|doc| {
                    let skipped = rest.partition_point(|other| other < doc);
                    rest = &rest[skipped..];
                    rest.first() == Some(doc)
                });
            }
            Docs::Many(bits, _) => docs.retain(|doc| has_bit(bits, u64::from(*doc))),
        }
    }
}

/// Puts lists of rows together.
pub(in crate::events) struct DocListBuilder {
    max_doc: DocId,
    few: Vec<DocId>,
    bits: Option<Vec<u64>>,
    memory: Share,
}

impl DocListBuilder {
    pub(in crate::events) fn new(max_doc: DocId, budget: &Budget) -> Result<Self, QuestionError> {
        Ok(Self {
            max_doc,
            few: Vec::new(),
            bits: None,
            memory: budget.share(0)?,
        })
    }

    pub(in crate::events) fn add(&mut self, rows: &mut dyn DocSet) -> Result<(), QuestionError> {
        let mut doc = rows.doc();
        while doc != TERMINATED {
            self.add_one(doc)?;
            doc = rows.advance();
        }
        self.tell_memory()
    }

    pub(in crate::events) fn add_all(&mut self, rows: &[DocId]) -> Result<(), QuestionError> {
        rows.iter().try_for_each(|doc| self.add_one(*doc))?;
        self.tell_memory()
    }

    fn add_one(&mut self, doc: DocId) -> Result<(), QuestionError> {
        match &mut self.bits {
            Some(bits) => set_bit(bits, doc),
            None => {
                self.few.push(doc);
                // From here on, bits are smaller.
                if self.few.len() > self.max_doc as usize / 32 {
                    self.spread()?;
                }
            }
        }
        Ok(())
    }

    fn tell_memory(&mut self) -> Result<(), QuestionError> {
        match &self.bits {
            Some(_) => Ok(()),
            None => self.memory.set(self.few.capacity() * size_of::<DocId>()),
        }
    }

    pub(in crate::events) fn finish(self) -> DocList {
        let docs = match self.bits {
            Some(bits) => {
                let count = bits.iter().map(|word| word.count_ones() as usize).sum();
                Docs::Many(bits, count)
            }
            None => {
                let mut few = self.few;
                few.sort_unstable();
                few.dedup();
                Docs::Few(few)
            }
        };
        DocList {
            docs,
            _memory: self.memory,
        }
    }

    fn spread(&mut self) -> Result<(), QuestionError> {
        let words = (self.max_doc as usize).div_ceil(64);
        self.memory.set(words * size_of::<u64>())?;
        let mut bits = vec![0; words];
        for doc in std::mem::take(&mut self.few) {
            set_bit(&mut bits, doc);
        }
        self.bits = Some(bits);
        Ok(())
    }
}

fn set_bit(bits: &mut [u64], doc: DocId) {
    bits[(doc / 64) as usize] |= 1 << (doc % 64);
}
