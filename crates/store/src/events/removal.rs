//! Removing rows so that nothing of them stays in any file.
//!
//! A delete in tantivy only marks: the row's texts stay in its segment until it is merged. So each segment that has
//! marked rows is written anew without them, and the old files are deleted, before a removal is done.

use std::{
    collections::BTreeSet,
    ops::Bound,
    sync::{Arc, PoisonError},
};

use model::{EventId, ProjectId};
use query::{Dataset, Known};
use tantivy::{
    Term,
    collector::Count,
    index::SegmentId,
    query::{AllQuery, BooleanQuery, ExistsQuery, Occur, Query, RangeQuery, TermQuery, TermSetQuery},
    schema::IndexRecordOption,
};

use super::{
    Day, EventIndex, WriteError,
    day_index::DayIndex,
    event_index::Inner,
    schema::{self, Fields},
};

/// Rows to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    pub project: ProjectId,
    pub rows: RowsOf,
    /// Only of these datasets; of all when empty.
    pub datasets: Vec<Dataset>,
    /// Only of days before this one.
    pub before: Option<Day>,
}

/// Which rows of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowsOf {
    All,
    /// Those of the hashes whose sequence is not above this one: what came later stays.
    Hashes(Vec<String>, i64),
    /// `id:…`, `username:…`, `email:…` or `ip:…`, as in `Known::User`.
    User(String),
    Events(Vec<EventId>),
    /// An empty name is that of rows without environment.
    Environment(String),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    pub rows: u64,
}

impl EventIndex {
    /// Removes what is committed or was added before the call. When it returns, no file holds anything of the rows; if
    /// it fails or is interrupted, it is to be called again. Questions and writers go on meanwhile.
    pub fn remove(&self, removal: &Removal) -> Result<Removed, WriteError> {
        let inner = &self.0;
        let _one_at_a_time = inner.upkeep.lock().unwrap_or_else(PoisonError::into_inner);
        let mut removed = Removed::default();
        for day in inner.days() {
            let wanted = removal.datasets.is_empty() || removal.datasets.contains(&day.key.dataset);
            if wanted && removal.before.is_none_or(|before| day.key.day < before) {
                removed.rows += inner.remove(&day, removal)?;
            }
        }
        Ok(removed)
    }
}

impl Removal {
    fn query(&self, fields: &Fields) -> Box<dyn Query> {
        let project = TermQuery::new(
            Term::from_field_i64(fields.project, self.project.0),
            IndexRecordOption::Basic,
        );
        let mut all: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, Box::new(project))];
        match &self.rows {
            RowsOf::All => {}
            RowsOf::Hashes(hashes, sequence) => {
                let hashes = hashes.iter().map(|hash| Term::from_field_text(fields.hash, hash));
                all.push((Occur::Must, Box::new(TermSetQuery::new(hashes))));
                let sequence = Term::from_field_i64(fields.sequence, *sequence);
                let up_to = RangeQuery::new(Bound::Unbounded, Bound::Included(sequence));
                all.push((Occur::Must, Box::new(up_to)));
            }
            RowsOf::User(user) => all.push((Occur::Must, text_equals(fields, Known::User, user))),
            RowsOf::Events(ids) => all.push((Occur::Must, Box::new(BooleanQuery::union(events(fields, ids))))),
            RowsOf::Environment(name) if name.is_empty() => {
                let any = ExistsQuery::new(Known::Environment.name().to_owned(), false);
                all.push((Occur::Must, Box::new(AllQuery)));
                all.push((Occur::MustNot, Box::new(any)));
            }
            RowsOf::Environment(name) => all.push((Occur::Must, text_equals(fields, Known::Environment, name))),
        }
        Box::new(BooleanQuery::new(all))
    }
}

/// Of a column that is not inverted: the range of one value.
fn text_equals(fields: &Fields, known: Known, text: &str) -> Box<dyn Query> {
    match fields.field(known) {
        Some(field) => {
            let term = Term::from_field_text(field, schema::cut_value(text));
            Box::new(RangeQuery::new(Bound::Included(term.clone()), Bound::Included(term)))
        }
        None => Box::new(BooleanQuery::new(Vec::new())),
    }
}

fn events(fields: &Fields, ids: &[EventId]) -> Vec<Box<dyn Query>> {
    let event = |id: &EventId| -> Box<dyn Query> {
        let (high, low) = schema::id_halves(*id);
        let high = TermQuery::new(Term::from_field_u64(fields.id_high, high), IndexRecordOption::Basic);
        let low = Term::from_field_u64(fields.id_low, low);
        let low = RangeQuery::new(Bound::Included(low.clone()), Bound::Included(low));
        Box::new(BooleanQuery::intersection(vec![Box::new(high), Box::new(low)]))
    };
    ids.iter().map(event).collect()
}

impl Inner {
    /// `upkeep` is locked.
    fn remove(&self, day: &Arc<DayIndex>, removal: &Removal) -> Result<u64, WriteError> {
        let failed = |source| day.key.error(source);
        if !self.sound(day).map_err(failed)? || !self.has_rows(day, removal).map_err(failed)? {
            return Ok(0);
        }
        let marked = self
            .writers()
            .with(self, day.key, |writer| writer.delete(|fields| removal.query(fields)))?;
        day.reload().map_err(failed)?;
        for segment in &marked.segments {
            self.merge(day, &[*segment])?;
        }
        self.writers()
            .with_if_open(day.key, |writer| writer.collect_garbage())?;
        Ok(marked.rows)
    }

    /// Whether the day is concerned, so that a writer is opened only where there is something to do. Rows that are not
    /// committed may be anything.
    fn has_rows(&self, day: &DayIndex, removal: &Removal) -> tantivy::Result<bool> {
        if self.writers().has_uncommitted(day.key) {
            return Ok(true);
        }
        // An earlier removal may have been interrupted between marking and writing anew.
        if day.segments()?.iter().any(|segment| segment.has_deletes()) {
            return Ok(true);
        }
        let query = removal.query(&day.open()?.fields);
        Ok(day.reader()?.searcher.search(&query, &Count)? > 0)
    }
}

/// Rows that are marked as deleted in some segments.
#[derive(Debug)]
pub(super) struct Marked {
    pub(super) rows: u64,
    pub(super) segments: BTreeSet<SegmentId>,
}
