//! Which rows of a segment a question is about.
//!
//! A filter becomes a [`Predicate`] a segment: its texts become ordinals of the columns' dictionaries, its words lists of
//! rows. Rows are then tested in blocks, column by column. Few rows among many are found by an inverted list first.

mod candidates;
mod doc_list;
mod fields;
mod ordinals;
mod pattern;
mod predicate;
mod terms;

use query::{Condition, Expr};
use tantivy::{DocId, SegmentReader};

use self::candidates::Candidates;
pub(super) use self::{
    doc_list::{DocList, DocListBuilder},
    fields::predicate as field,
    pattern::fold,
    predicate::Predicate,
};
use super::{
    Hidden, QuestionError, Scope, budget::Budget, columns::BLOCK, hash_texts::Texts, segment_cache::SegmentCache,
};

/// What finding rows needs beside the question.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) hidden: &'a [Hidden],
    pub(super) hash_texts: &'a SegmentCache<Texts>,
    pub(super) budget: &'a Budget,
}

/// The rows of one segment that a question is about.
pub(super) struct Rows<'s> {
    segment: &'s SegmentReader,
    candidates: Candidates,
    predicate: Predicate,
}

/// The rows of the scope that are not hidden and pass the filter.
pub(super) fn rows<'s>(
    segment: &'s SegmentReader,
    scope: &Scope,
    filter: &Expr<Condition>,
    reading: Reading<'_>,
) -> Result<Rows<'s>, QuestionError> {
    let mut parts = vec![
        fields::projects(segment, &scope.projects)?,
        fields::period(segment, scope.start, scope.end)?,
        fields::environments(segment, &scope.environments, reading.budget)?,
        fields::hidden(segment, scope, reading)?.not(),
    ];
    // What is empty already needs no look at its words.
    if !parts.iter().any(Predicate::is_nothing) {
        parts.push(predicate(segment, filter, reading)?);
    }
    let predicate = Predicate::all_of(parts);
    let candidates = if predicate.is_nothing() {
        Candidates::none()
    } else {
        Candidates::find(segment, scope, filter, &predicate)?
    };
    Ok(Rows {
        segment,
        candidates,
        predicate,
    })
}

impl Rows<'_> {
    /// Whether it is known already that there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.predicate.is_nothing() || self.candidates.is_empty()
    }

    /// Leaves those of these rows (ascending) that are among them, candidates or not.
    pub(super) fn retain(&mut self, docs: &mut Vec<DocId>) {
        if let Some(alive) = self.segment.alive_bitset() {
            docs.retain(|doc| alive.is_alive(*doc));
        }
        self.predicate.retain(docs);
    }

    /// Gives all rows in ascending order, in blocks of at most [`BLOCK`] and none empty.
    pub(super) fn for_each(
        &mut self,
        budget: &Budget,
        mut visit: impl FnMut(&[DocId]) -> Result<(), QuestionError>,
    ) -> Result<(), QuestionError> {
        if self.is_empty() {
            return Ok(());
        }
        let mut block = Vec::with_capacity(BLOCK);
        let mut start = 0;
        while self.candidates.next_block(&mut start, &mut block) {
            budget.check()?;
            self.retain(&mut block);
            if !block.is_empty() {
                visit(&block)?;
            }
        }
        Ok(())
    }
}

/// The rows that pass an expression, of any scope.
pub(super) fn predicate(
    segment: &SegmentReader,
    filter: &Expr<Condition>,
    reading: Reading<'_>,
) -> Result<Predicate, QuestionError> {
    Ok(match filter {
        Expr::And(parts) => {
            let mut all = Vec::with_capacity(parts.len());
            for part in parts {
                let part = predicate(segment, part, reading)?;
                if part.is_nothing() {
                    return Ok(Predicate::Nothing);
                }
                all.push(part);
            }
            Predicate::all_of(all)
        }
        Expr::Or(parts) => {
            let any: Result<_, _> = parts.iter().map(|part| predicate(segment, part, reading)).collect();
            Predicate::any_of(any?)
        }
        Expr::Not(part) => predicate(segment, part, reading)?.not(),
        Expr::Term(Condition::Field { field, test }) => fields::predicate(segment, field, test, reading)?,
        Expr::Term(Condition::Text(text)) => terms::text(segment, text, reading.budget)?,
    })
}
