//! Rows over time of many grouping hashes at once: the little charts of a list of issues.

use std::collections::HashMap;

use model::ProjectId;
use query::{Expr, Known};
use tantivy::{DocId, DocSet as _, SegmentReader, TERMINATED, Term, schema::IndexRecordOption};

use super::{
    Buckets, EventIndex, Limits, QuestionError, Scope,
    budget::Budget,
    columns::{self, BLOCK, Values},
    filter,
};

impl EventIndex {
    /// For each of the hashes, in their order, how many of its rows lie in each bucket.
    pub fn hash_series(
        &self,
        scope: &Scope,
        hashes: &[(ProjectId, String)],
        buckets: Buckets,
        limits: &Limits,
    ) -> Result<Vec<Vec<i64>>, QuestionError> {
        let budget = Budget::new(limits);
        let _memory = budget.share(hashes.len().saturating_mul(buckets.slots) * size_of::<i64>())?;
        let mut counts = vec![vec![0; buckets.slots]; hashes.len()];
        let mut scope = scope.clone();
        scope.start = scope.start.max(buckets.start);
        scope.end = scope.end.min(buckets.end());
        // Of each hash, the projects that are asked for, and their places in the answer.
        let mut wanted: HashMap<&str, Vec<(i64, usize)>> = HashMap::new();
        for (place, (project, hash)) in hashes.iter().enumerate() {
            wanted.entry(hash).or_default().push((project.0, place));
        }
        let hidden = self.hidden();
        let reading = self.reading(&hidden, &budget);
        for reader in self.readers(&scope)? {
            for segment in reader.searcher.segment_readers() {
                let mut rows = filter::rows(segment, &scope, &Expr::all(), reading)?;
                if rows.is_empty() {
                    continue;
                }
                let mut projects = Values::new(columns::projects(segment)?);
                let mut times = Values::new(columns::timestamps(segment)?);
                for (hash, places) in &wanted {
                    rows_of(segment, hash, |docs| {
                        budget.check()?;
                        rows.retain(docs);
                        let (_, projects) = projects.read(docs);
                        let (_, times) = times.read(docs);
                        for (project, time) in projects.iter().zip(times) {
                            // Before its end, so the difference is small.
                            let slot = buckets.slot((time - buckets.start.0) / buckets.width_micros());
                            let Some(slot) = slot else { continue };
                            for (_, place) in places.iter().filter(|(of, _)| of == project) {
                                counts[*place][slot] += 1;
                            }
                        }
                        Ok(())
                    })?;
                }
            }
        }
        Ok(counts)
    }
}

/// All rows of a hash, in blocks.
pub(super) fn rows_of(
    segment: &SegmentReader,
    hash: &str,
    mut visit: impl FnMut(&mut Vec<DocId>) -> Result<(), QuestionError>,
) -> Result<(), QuestionError> {
    let field = segment.schema().get_field(Known::Hash.name())?;
    let index = segment.inverted_index(field)?;
    let Some(mut postings) = index.read_postings(&Term::from_field_text(field, hash), IndexRecordOption::Basic)? else {
        return Ok(());
    };
    let mut block = Vec::with_capacity(BLOCK.min(postings.doc_freq() as usize));
    while postings.doc() != TERMINATED {
        block.clear();
        while block.len() < BLOCK && postings.doc() != TERMINATED {
            block.push(postings.doc());
            postings.advance();
        }
        visit(&mut block)?;
    }
    Ok(())
}
