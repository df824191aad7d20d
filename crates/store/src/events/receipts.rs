//! Rows of an issue by the time of their receipt: what frequencies are counted from.
//!
//! A row lies in the folder of the day of its own timestamp, which may be a month before its receipt. So all days are
//! looked at, and of each segment first whether anything in it was received in time.

use std::collections::HashSet;

use model::{EventId, ProjectId, Timestamp};
use query::{Dataset, Expr, Field, Known};
use tantivy::{DocId, SegmentReader};

use super::{
    EventIndex, Limits, QuestionError, Scope,
    budget::Budget,
    columns::{self, Values},
    filter,
    hash_series::rows_of,
};

/// Which rows of events that belong to issues are counted.
#[derive(Debug, Clone)]
pub struct Receipts<'a> {
    pub project: ProjectId,
    /// Of one issue: all that are bound to it.
    pub hashes: &'a [String],
    /// Any when `None`.
    pub environment: Option<&'a str>,
    /// Those received after this, and not after `until`.
    pub after: Timestamp,
    pub until: Timestamp,
    /// Those with this sequence or an earlier one.
    pub last_sequence: i64,
}

impl EventIndex {
    /// How many rows there are.
    pub fn count_received(&self, of: &Receipts<'_>, limits: &Limits) -> Result<u64, QuestionError> {
        let mut count = 0;
        self.each_received(of, limits, |_, docs| {
            count += docs.len() as u64;
            Ok(())
        })?;
        Ok(count)
    }

    /// How many users there are in these rows; those without a user are nobody's.
    pub fn users_received(&self, of: &Receipts<'_>, limits: &Limits) -> Result<u64, QuestionError> {
        let budget = Budget::new(limits);
        let mut memory = budget.share(0)?;
        let mut users: HashSet<String> = HashSet::new();
        let mut bytes = 0;
        self.each_received(of, limits, |segment, docs| {
            let Some(column) = columns::texts(segment, &Field::Known(Known::User))? else {
                return Ok(());
            };
            let ords: HashSet<u64> = docs.iter().flat_map(|doc| column.term_ords(*doc)).collect();
            for ord in ords {
                let mut text = String::new();
                if column.ord_to_str(ord, &mut text)? && !text.is_empty() {
                    bytes += text.len() + size_of::<String>();
                    users.insert(text);
                }
            }
            memory.set(bytes)
        })?;
        Ok(users.len() as u64)
    }

    /// The newest of these rows, at most `most`.
    pub fn ids_received(&self, of: &Receipts<'_>, most: usize, limits: &Limits) -> Result<Vec<EventId>, QuestionError> {
        let budget = Budget::new(limits);
        let mut memory = budget.share(0)?;
        let mut found: Vec<(i64, EventId)> = Vec::new();
        self.each_received(of, limits, |segment, docs| {
            let (high, low) = columns::ids(segment)?;
            let (mut high, mut low) = (Values::new(high), Values::new(low));
            let mut sequences = Values::new(columns::sequences(segment)?);
            let (_, high) = high.read(docs);
            let (_, low) = low.read(docs);
            let (_, sequences) = sequences.read(docs);
            for ((high, low), sequence) in high.iter().zip(low).zip(sequences) {
                let id = (u128::from(*high) << 64) | u128::from(*low);
                found.push((*sequence, EventId(id.to_be_bytes())));
            }
            memory.set(found.len() * size_of::<(i64, EventId)>())
        })?;
        found.sort_unstable_by_key(|(sequence, _)| std::cmp::Reverse(*sequence));
        Ok(found.into_iter().take(most).map(|(_, id)| id).collect())
    }

    fn each_received(
        &self,
        of: &Receipts<'_>,
        limits: &Limits,
        mut visit: impl FnMut(&SegmentReader, &[DocId]) -> Result<(), QuestionError>,
    ) -> Result<(), QuestionError> {
        let budget = Budget::new(limits);
        let scope = Scope {
            datasets: vec![Dataset::Errors, Dataset::Occurrences],
            projects: vec![of.project],
            environments: of.environment.map(str::to_owned).into_iter().collect(),
            start: Timestamp(i64::MIN),
            end: Timestamp(i64::MAX),
        };
        let hidden = self.hidden();
        let reading = self.reading(&hidden, &budget);
        for reader in self.readers(&scope)? {
            for segment in reader.searcher.segment_readers() {
                let Some(received) = columns::times(segment, Known::ReceivedAt)? else {
                    continue;
                };
                if received.max_value() <= of.after.0 || received.min_value() > of.until.0 {
                    continue;
                }
                let mut rows = filter::rows(segment, &scope, &Expr::all(), reading)?;
                if rows.is_empty() {
                    continue;
                }
                let mut received = Values::new(received);
                let mut sequences = Values::new(columns::sequences(segment)?);
                for hash in of.hashes {
                    rows_of(segment, hash, |docs| {
                        budget.check()?;
                        rows.retain(docs);
                        let (_, times) = received.read(docs);
                        let (_, numbers) = sequences.read(docs);
                        let in_time = docs.iter().zip(times.iter().zip(numbers));
                        let found: Vec<DocId> = in_time
                            .filter(|(_, (time, sequence))| {
                                **time > of.after.0 && **time <= of.until.0 && **sequence <= of.last_sequence
                            })
                            .map(|(doc, _)| *doc)
                            .collect();
                        visit(segment, &found)
                    })?;
                }
            }
        }
        Ok(())
    }
}
