use query::{Condition, Expr, Field, Kind, Test};
use tantivy::{DocId, SegmentReader};

use crate::events::{
    QuestionError, Scope,
    budget::Budget,
    columns::{self, BLOCK},
    day_index::DayReader,
    filter::{self, DocList, DocListBuilder, Reading},
    table::share_out,
};

/// Rows that were found, kept so that several of their fields can be looked at.
pub(super) struct Matched<'r>(Vec<MatchedSegment<'r>>);

pub(super) struct MatchedSegment<'r> {
    pub(super) reader: &'r SegmentReader,
    pub(super) rows: DocList,
}

impl<'r> Matched<'r> {
    pub(super) fn find(
        readers: &'r [DayReader],
        scope: &Scope,
        filter: &Expr<Condition>,
        reading: Reading<'_>,
    ) -> Result<Self, QuestionError> {
        let segments: Vec<_> = readers
            .iter()
            .flat_map(|reader| reader.searcher.segment_readers())
            .collect();
        let segments: Vec<_> = segments.into_iter().enumerate().collect();
        let threads = share_out(
            &segments,
            || Ok(Vec::new()),
            |found, number, reader| {
                let mut rows = filter::rows(reader, scope, filter, reading)?;
                let mut list = DocListBuilder::new(reader.max_doc(), reading.budget)?;
                rows.for_each(reading.budget, |docs| list.add_all(docs))?;
                let rows = list.finish();
                if rows.len() > 0 {
                    found.push((number, MatchedSegment { reader, rows }));
                }
                Ok(())
            },
        )?;
        let mut found: Vec<_> = threads.into_iter().flatten().collect();
        found.sort_by_key(|(number, _)| *number);
        Ok(Self(found.into_iter().map(|(_, segment)| segment).collect()))
    }

    /// Has the work done for each segment, by several threads where there is much; the answers are in no order.
    pub(super) fn each<S: Send>(
        &self,
        work: impl Fn(&MatchedSegment<'r>) -> Result<Option<S>, QuestionError> + Sync,
    ) -> Result<Vec<S>, QuestionError> {
        let segments: Vec<_> = self.0.iter().map(|segment| segment.reader).enumerate().collect();
        let threads = share_out(
            &segments,
            || Ok(Vec::new()),
            |found, number, _| {
                found.extend(work(&self.0[number])?);
                Ok(())
            },
        )?;
        Ok(threads.into_iter().flatten().collect())
    }

    pub(super) fn segments(&self) -> &[MatchedSegment<'r>] {
        &self.0
    }
}

impl MatchedSegment<'_> {
    /// How many of the rows have the field.
    pub(super) fn count_present(&self, field: &Field, reading: Reading<'_>) -> Result<i64, QuestionError> {
        let mut present = filter::field(self.reader, field, &Test::Present, reading)?;
        let mut count = 0;
        self.with_field(field, reading.budget, |docs| {
            present.retain(docs);
            count += i64::try_from(docs.len()).unwrap_or(0);
            Ok(())
        })?;
        Ok(count)
    }

    /// Gives the rows in blocks, at least those that have a value of the field.
    pub(super) fn with_field(
        &self,
        field: &Field,
        budget: &Budget,
        mut visit: impl FnMut(&mut Vec<DocId>) -> Result<(), QuestionError>,
    ) -> Result<(), QuestionError> {
        // A tag that hardly a row has is not looked for in all of them.
        if let Some(having) = self.rows_having(field)? {
            for block in having.chunks(BLOCK) {
                budget.check()?;
                let mut block = block.to_vec();
                self.rows.retain(&mut block);
                visit(&mut block)?;
            }
            return Ok(());
        }
        self.rows.for_each_block(|block| {
            budget.check()?;
            visit(block)
        })
    }

    /// All rows of the segment with a value, if they are fewer than those that were found.
    fn rows_having(&self, field: &Field) -> Result<Option<Vec<DocId>>, QuestionError> {
        let having = match field.kind() {
            Kind::Text | Kind::Texts => columns::texts(self.reader, field)?.map(|column| column.ords().index.clone()),
            Kind::Number | Kind::Duration => columns::numbers(self.reader, field)?.map(|column| column.index),
            _ => return Ok(None),
        };
        Ok(match having {
            None => Some(Vec::new()),
            Some(index) => columns::rows_of_few(&index, self.rows.len() / 4),
        })
    }
}
