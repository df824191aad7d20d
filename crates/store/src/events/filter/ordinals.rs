//! Texts of a column by their places in its dictionary.

use tantivy::{SegmentReader, columnar::StrColumn};

use super::Reading;
use crate::events::{QuestionError, budget::Budget, hash_texts::Texts};

/// Terms of a dictionary are compressed together in blocks of about so many, so a look-up reads half as many.
const TERMS_A_LOOKUP: usize = 64;

/// So many hashes are worth reading all of a segment, which are kept for the next question.
const MANY_HASHES: usize = 8;

/// How many terms are walked between two looks at the limits.
const TERMS_A_CHECK: u64 = 8192;

/// A set of ordinals.
pub(super) enum Ordinals {
    None,
    One(u64),
    /// A bit for each.
    Many(Vec<u64>),
}

impl Ordinals {
    pub(super) fn of(column: &StrColumn, ordinals: &[u64]) -> Self {
        match ordinals {
            [] => Self::None,
            [one] => Self::One(*one),
            many => {
                let mut bits = vec![0; column.num_terms().div_ceil(64)];
                for ordinal in many {
                    bits[(ordinal / 64) as usize] |= 1 << (ordinal % 64);
                }
                Self::Many(bits)
            }
        }
    }
}

#[inline]
pub(super) fn has_bit(bits: &[u64], place: u64) -> bool {
    bits.get((place / 64) as usize)
        .is_some_and(|word| word >> (place % 64) & 1 == 1)
}

/// Those of the terms that pass. An empty text stands for none and never does.
pub(super) fn matching(
    column: &StrColumn,
    budget: &Budget,
    mut passes: impl FnMut(&str) -> bool,
) -> Result<Ordinals, QuestionError> {
    let mut found = Vec::new();
    walk(column, budget, |ordinal, term| {
        if !term.is_empty() && passes(term) {
            found.push(ordinal);
        }
    })?;
    Ok(Ordinals::of(column, &found))
}

/// Those of the texts, which are sorted.
pub(super) fn exact(column: &StrColumn, texts: &[String], budget: &Budget) -> Result<Ordinals, QuestionError> {
    let found: Vec<_> = places(column, texts, budget)?.into_iter().flatten().collect();
    Ok(Ordinals::of(column, &found))
}

/// The ordinal of each of these grouping hashes, which are sorted.
pub(super) fn of_hashes(
    segment: &SegmentReader,
    column: &StrColumn,
    hashes: &[String],
    reading: Reading<'_>,
) -> Result<Vec<Option<u64>>, QuestionError> {
    let known = match reading.hash_texts.known(segment) {
        None if hashes.len() < MANY_HASHES => return places(column, hashes, reading.budget),
        None => reading.hash_texts.of(segment, || Texts::read(column))?,
        Some(known) => known,
    };
    let place = |hash: &String| known.place(hash).filter(|_| !hash.is_empty());
    Ok(hashes.iter().map(place).collect())
}

/// The ordinal of each of the texts, which are sorted.
fn places(column: &StrColumn, texts: &[String], budget: &Budget) -> Result<Vec<Option<u64>>, QuestionError> {
    let mut places = Vec::with_capacity(texts.len());
    if texts.len() * TERMS_A_LOOKUP < column.num_terms() {
        for text in texts {
            let place = column.dictionary().term_ord(text)?;
            places.push(place.filter(|_| !text.is_empty()));
        }
    } else {
        places.resize(texts.len(), None);
        let mut next = 0;
        walk(column, budget, |ordinal, term| {
            while texts.get(next).is_some_and(|text| text.as_str() < term) {
                next += 1;
            }
            while texts.get(next).is_some_and(|text| text == term) {
                places[next] = Some(ordinal).filter(|_| !term.is_empty());
                next += 1;
            }
        })?;
    }
    Ok(places)
}

/// All terms in their order, with their ordinals.
fn walk(column: &StrColumn, budget: &Budget, mut visit: impl FnMut(u64, &str)) -> Result<(), QuestionError> {
    let mut terms = column.dictionary().stream()?;
    let mut ordinal = 0;
    while terms.advance() {
        if ordinal % TERMS_A_CHECK == 0 {
            budget.check()?;
        }
        // Only texts are written.
        if let Ok(term) = std::str::from_utf8(terms.key()) {
            visit(ordinal, term);
        }
        ordinal += 1;
    }
    Ok(())
}
