//! How often each text of a column occurs, in one segment and over all of them.
//!
//! A segment counts by ordinals. To put segments together, their dictionaries are read side by side in their common
//! order: a value is complete when it is given out, so that a million different values need no map of a million texts.

use std::{cmp::Reverse, collections::BinaryHeap};

use query::Field;
use tantivy::columnar::{StrColumn, Streamer};

use super::{counts::Stat, matched::MatchedSegment};
use crate::events::{
    QuestionError,
    budget::Budget,
    columns::{self, Values},
    hash::NumberMap,
};

/// How many values are given out between two looks at the limits.
const VALUES_A_CHECK: usize = 4096;

/// With more ordinals than rows by this factor, most ordinals are not counted at all.
const SPARSE: usize = 4;

pub(super) struct SegmentTexts {
    column: StrColumn,
    stats: Stats,
}

enum Stats {
    /// By ordinal.
    Dense(Vec<Stat>),
    /// The texts that occur, sorted.
    Few(Vec<(Vec<u8>, Stat)>),
}

impl SegmentTexts {
    /// What counting `rows` rows takes.
    pub(super) fn bytes(column: &StrColumn, rows: usize) -> usize {
        column.num_terms().min(rows.saturating_mul(SPARSE)) * size_of::<Stat>()
    }

    /// Also answers how many rows have a value.
    pub(super) fn count(
        column: StrColumn,
        field: &Field,
        segment: &MatchedSegment<'_>,
        budget: &Budget,
    ) -> Result<(Self, i64), QuestionError> {
        let mut times = Values::new(columns::timestamps(segment.reader)?);
        let mut ordinals = Values::new(column.ords().clone());
        let empty = columns::empty_text(&column)?;
        let mut rows = 0;
        let mut each = |visit: &mut dyn FnMut(u64, i64)| {
            segment.with_field(field, budget, |docs| {
                let (docs, ordinals) = ordinals.read(docs);
                let (_, times) = times.read(docs);
                let mut last = None;
                for ((doc, ordinal), time) in docs.iter().zip(ordinals).zip(times) {
                    if Some(*ordinal) == empty {
                        continue;
                    }
                    // A row with several values comes several times.
                    if last != Some(*doc) {
                        rows += 1;
                        last = Some(*doc);
                    }
                    visit(*ordinal, *time);
                }
                Ok(())
            })
        };
        let stats = if column.num_terms() > segment.rows.len().saturating_mul(SPARSE) {
            let mut found: NumberMap<Stat> = NumberMap::default();
            each(&mut |ordinal, time| found.entry(ordinal).or_insert(Stat::NONE).add(time))?;
            Stats::Few(named(&column, found)?)
        } else {
            let mut dense = vec![Stat::NONE; column.num_terms()];
            each(&mut |ordinal, time| dense[ordinal as usize].add(time))?;
            Stats::Dense(dense)
        };
        Ok((Self { column, stats }, rows))
    }
}

fn named(column: &StrColumn, found: NumberMap<Stat>) -> Result<Vec<(Vec<u8>, Stat)>, QuestionError> {
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable_by_key(|(ordinal, _)| *ordinal);
    let ordinals: Vec<u64> = found.iter().map(|(ordinal, _)| *ordinal).collect();
    let mut texts = Vec::with_capacity(found.len());
    column
        .dictionary()
        .sorted_ords_to_term_cb(&ordinals, |text| texts.push(text.to_vec()))?;
    Ok(texts.into_iter().zip(found.into_iter().map(|(_, stat)| stat)).collect())
}

/// Gives each text of all segments once, in their order.
pub(super) fn merge(
    segments: &[SegmentTexts],
    budget: &Budget,
    mut visit: impl FnMut(&str, Stat) -> Result<(), QuestionError>,
) -> Result<(), QuestionError> {
    let mut cursors = Vec::with_capacity(segments.len());
    let mut heads = BinaryHeap::new();
    for segment in segments {
        let mut cursor = Cursor::of(segment)?;
        if let Some((text, stat)) = cursor.next() {
            heads.push(Reverse((text, cursors.len(), stat)));
        }
        cursors.push(cursor);
    }
    let mut given = 0;
    let mut current: Option<(Vec<u8>, Stat)> = None;
    while let Some(Reverse((text, number, stat))) = heads.pop() {
        if let Some((text, stat)) = cursors[number].next() {
            heads.push(Reverse((text, number, stat)));
        }
        match &mut current {
            Some((of, sum)) if *of == text => sum.merge(stat),
            _ => {
                if let Some((text, stat)) = current.replace((text, stat)) {
                    visit(&String::from_utf8_lossy(&text), stat)?;
                }
                if given % VALUES_A_CHECK == 0 {
                    budget.check()?;
                }
                given += 1;
            }
        }
    }
    match current {
        Some((text, stat)) => visit(&String::from_utf8_lossy(&text), stat),
        None => Ok(()),
    }
}

/// The texts of a segment that occur, one after the other.
enum Cursor<'s> {
    Dense {
        texts: Box<Streamer<'s>>,
        stats: &'s [Stat],
        next: usize,
    },
    Few(std::slice::Iter<'s, (Vec<u8>, Stat)>),
}

impl<'s> Cursor<'s> {
    fn of(segment: &'s SegmentTexts) -> Result<Self, QuestionError> {
        Ok(match &segment.stats {
            Stats::Dense(stats) => Self::Dense {
                texts: Box::new(segment.column.dictionary().stream()?),
                stats,
                next: 0,
            },
            Stats::Few(texts) => Self::Few(texts.iter()),
        })
    }

    fn next(&mut self) -> Option<(Vec<u8>, Stat)> {
        match self {
            Self::Few(texts) => texts.next().cloned(),
            Self::Dense { texts, stats, next } => {
                while texts.advance() {
                    let stat = stats.get(*next).copied().unwrap_or(Stat::NONE);
                    *next += 1;
                    if stat.rows > 0 {
                        return Some((texts.key().to_vec(), stat));
                    }
                }
                None
            }
        }
    }
}
