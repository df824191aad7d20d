//! Single rows: found by their id, listed newest first, read back with their payloads.

use std::{cmp::Reverse, collections::BinaryHeap};

use bytes::Bytes;
use model::{EventId, ProjectId, Timestamp};
use query::{Condition, Dataset, Expr, Field, Known, Pattern, Test};
use tantivy::{
    DocAddress, SegmentReader, Term,
    columnar::{Column, StrColumn},
};

use super::{
    EventIndex, EventPage, EventPlace, Limits, PageStart, QuestionError, Scope,
    budget::Budget,
    columns::{self, Values},
    day_index::DayReader,
    filter,
    payloads::Block,
    schema,
};

/// A row as it is stored. Which issue it belongs to is told by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow {
    pub dataset: Dataset,
    pub project: ProjectId,
    pub id: EventId,
    pub timestamp: Timestamp,
    pub received_at: Timestamp,
    /// The primary grouping hash; empty where there is none, as are the texts below.
    pub hash: String,
    pub grouping_strategy: String,
    pub sequence: i64,
    pub environment: String,
    /// `id:…`, `username:…`, `email:…` or `ip:…`
    pub user: String,
    /// `error`, `transaction`, …
    pub event_type: String,
    /// The normalized event, span or log as JSON.
    pub payload: Bytes,
}

impl StoredRow {
    pub fn place(&self) -> EventPlace {
        EventPlace {
            timestamp: self.timestamp,
            id: self.id,
        }
    }
}

/// Where a row stands, without what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowPlace {
    pub dataset: Dataset,
    pub project: ProjectId,
    pub place: EventPlace,
}

/// What stands next to a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Neighbors {
    pub older: Option<EventPlace>,
    pub newer: Option<EventPlace>,
}

impl EventIndex {
    /// The row with this id in one of the projects, of any time. The newest, if there are several.
    pub fn find(&self, projects: &[ProjectId], id: EventId) -> Result<Option<StoredRow>, QuestionError> {
        let budget = Budget::new(&Limits::default());
        let scope = Scope {
            datasets: Dataset::ALL.to_vec(),
            projects: projects.to_vec(),
            environments: Vec::new(),
            start: Timestamp(i64::MIN),
            end: Timestamp(i64::MAX),
        };
        let filter = Expr::Term(Condition::Field {
            field: Field::Known(Known::Id),
            test: Test::Any(vec![Pattern::Exact(id.to_string())]),
        });
        // Before the rows: what is removed meanwhile must not appear between being hidden and being gone.
        let hidden = self.hidden();
        for reader in self.all_readers()? {
            let mut found = None;
            for (ordinal, segment) in (0..).zip(reader.searcher.segment_readers()) {
                // Nearly all segments end here.
                if !may_have(segment, id)? {
                    continue;
                }
                let mut rows = filter::rows(segment, &scope, &filter, self.reading(&hidden, &budget))?;
                rows.for_each(&budget, |docs| {
                    found = docs.last().map(|doc| DocAddress::new(ordinal, *doc));
                    Ok(())
                })?;
            }
            if let Some(address) = found {
                return Ok(read(&[(&reader, address)], &budget)?.pop());
            }
        }
        Ok(None)
    }

    /// A page of the rows, newest first.
    pub fn list(
        &self,
        scope: &Scope,
        filter: &Expr<Condition>,
        page: EventPage,
        limits: &Limits,
    ) -> Result<Vec<StoredRow>, QuestionError> {
        let budget = Budget::new(limits);
        let page = self.page(scope, filter, page, &budget)?;
        let rows: Vec<_> = page
            .rows
            .iter()
            .map(|row| (&page.readers[row.reader], row.address))
            .collect();
        read(&rows, &budget)
    }

    /// Which rows [`Self::list`] answers, without reading them.
    pub fn places(
        &self,
        scope: &Scope,
        filter: &Expr<Condition>,
        page: EventPage,
        limits: &Limits,
    ) -> Result<Vec<RowPlace>, QuestionError> {
        let page = self.page(scope, filter, page, &Budget::new(limits))?;
        page.rows
            .iter()
            .map(|row| {
                let reader = &page.readers[row.reader];
                let projects = columns::projects(reader.searcher.segment_reader(row.address.segment_ord))?;
                Ok(RowPlace {
                    dataset: reader.dataset,
                    project: ProjectId(projects.first(row.address.doc_id).unwrap_or_default()),
                    place: row.place,
                })
            })
            .collect()
    }

    /// The rows next to a place, itself not among them.
    pub fn neighbors(
        &self,
        scope: &Scope,
        filter: &Expr<Condition>,
        place: EventPlace,
        limits: &Limits,
    ) -> Result<Neighbors, QuestionError> {
        let budget = Budget::new(limits);
        let next = |start| {
            let page = self.page(scope, filter, EventPage { start, limit: 1 }, &budget)?;
            Ok::<_, QuestionError>(page.rows.first().map(|row| row.place))
        };
        Ok(Neighbors {
            older: next(PageStart::OlderThan(place))?,
            newer: next(PageStart::NewerThan(place))?,
        })
    }

    /// Goes through the days from the start of the page on, until the page is full.
    fn page(
        &self,
        scope: &Scope,
        filter: &Expr<Condition>,
        page: EventPage,
        budget: &Budget,
    ) -> Result<Page, QuestionError> {
        let mut best = Best::new(page);
        let mut scope = scope.clone();
        match page.start {
            PageStart::Newest => {}
            PageStart::OlderThan(place) => scope.end = scope.end.min(Timestamp(place.timestamp.0.saturating_add(1))),
            PageStart::NewerThan(place) => scope.start = scope.start.max(place.timestamp),
        }
        let hidden = self.hidden();
        let mut readers = self.readers(&scope)?;
        if !best.oldest_first {
            readers.reverse();
        }
        for (number, reader) in readers.iter().enumerate() {
            // A day's rows are in several datasets, but all before those of the next day.
            let is_next_day = number > 0 && readers[number - 1].day != reader.day;
            if best.limit == 0 || is_next_day && best.is_full() {
                break;
            }
            for (ordinal, segment) in (0..).zip(reader.searcher.segment_readers()) {
                let mut rows = filter::rows(segment, &scope, filter, self.reading(&hidden, budget))?;
                if rows.is_empty() {
                    continue;
                }
                let mut ranks = Ranks::of(segment, best.oldest_first)?;
                rows.for_each(budget, |docs| {
                    ranks.offer(docs, number, ordinal, &mut best);
                    Ok(())
                })?;
            }
        }
        Ok(Page {
            rows: best.into_rows(),
            readers,
        })
    }
}

fn may_have(segment: &SegmentReader, id: EventId) -> Result<bool, QuestionError> {
    let field = segment.schema().get_field(schema::ID_HIGH)?;
    let term = Term::from_field_u64(field, schema::id_halves(id).0);
    Ok(segment.inverted_index(field)?.doc_freq(&term)? > 0)
}

struct Page {
    /// Newest first.
    rows: Vec<Placed>,
    readers: Vec<DayReader>,
}

struct Placed {
    place: EventPlace,
    reader: usize,
    address: DocAddress,
}

/// The timestamp and both halves of the id, so turned that greater ones come first on the page or, on a page of newer
/// rows, are nearer to its start.
type Rank = (i64, u64, u64);

fn turned((time, high, low): Rank) -> Rank {
    (!time, !high, !low)
}

/// The rows of the page so far.
struct Best {
    limit: usize,
    oldest_first: bool,
    /// All ranks are less.
    beyond: Option<Rank>,
    /// The least rank on top.
    rows: BinaryHeap<Reverse<(Rank, usize, DocAddress)>>,
}

impl Best {
    fn new(page: EventPage) -> Self {
        let rank = |place: EventPlace| {
            let (high, low) = schema::id_halves(place.id);
            (place.timestamp.0, high, low)
        };
        let (oldest_first, beyond) = match page.start {
            PageStart::Newest => (false, None),
            PageStart::OlderThan(place) => (false, Some(rank(place))),
            PageStart::NewerThan(place) => (true, Some(turned(rank(place)))),
        };
        Self {
            limit: usize::try_from(page.limit).unwrap_or(0),
            oldest_first,
            beyond,
            rows: BinaryHeap::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= self.limit
    }

    /// Whether a row of this time may come onto the page.
    fn may_take(&self, time: i64) -> bool {
        let least = self.rows.peek().filter(|_| self.is_full());
        least.is_none_or(|Reverse((rank, ..))| time >= rank.0)
    }

    fn offer(&mut self, rank: Rank, reader: usize, address: DocAddress) {
        if self.beyond.is_some_and(|beyond| rank >= beyond) {
            return;
        }
        self.rows.push(Reverse((rank, reader, address)));
        if self.rows.len() > self.limit {
            self.rows.pop();
        }
    }

    fn into_rows(self) -> Vec<Placed> {
        let oldest_first = self.oldest_first;
        let mut rows: Vec<_> = self
            .rows
            .into_sorted_vec()
            .into_iter()
            .map(|Reverse((rank, reader, address))| {
                let (time, high, low) = if oldest_first { turned(rank) } else { rank };
                let place = EventPlace {
                    timestamp: Timestamp(time),
                    id: schema::id_of_halves(high, low),
                };
                Placed { place, reader, address }
            })
            .collect();
        if oldest_first {
            rows.reverse();
        }
        rows
    }
}

/// The ranks of a segment's rows.
struct Ranks {
    times: Values<i64>,
    high: Column<u64>,
    low: Column<u64>,
    oldest_first: bool,
}

impl Ranks {
    fn of(segment: &SegmentReader, oldest_first: bool) -> Result<Self, QuestionError> {
        let (high, low) = columns::ids(segment)?;
        Ok(Self {
            times: Values::new(columns::timestamps(segment)?),
            high,
            low,
            oldest_first,
        })
    }

    fn offer(&mut self, docs: &[u32], reader: usize, segment: u32, best: &mut Best) {
        let oldest_first = self.oldest_first;
        let turn = |rank| if oldest_first { turned(rank) } else { rank };
        let (docs, times) = self.times.read(docs);
        for (doc, time) in docs.iter().zip(times) {
            if best.may_take(turn((*time, 0, 0)).0) {
                let half = |column: &Column<u64>| column.first(*doc).unwrap_or_default();
                let rank = turn((*time, half(&self.high), half(&self.low)));
                best.offer(rank, reader, DocAddress::new(segment, *doc));
            }
        }
    }
}

/// Reads rows in the order in which they are stored, since neighbors share a block of payloads, and answers them in the
/// order in which they are asked for.
fn read(rows: &[(&DayReader, DocAddress)], budget: &Budget) -> Result<Vec<StoredRow>, QuestionError> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|place| {
        let (reader, address) = rows[*place];
        (reader.day, reader.dataset, address)
    });
    let mut read: Vec<(usize, StoredRow)> = Vec::with_capacity(rows.len());
    let mut open: Option<(&DayReader, u32, RowColumns)> = None;
    for place in order {
        budget.check()?;
        let (reader, address) = rows[place];
        let mut columns = match open.take() {
            Some((of, segment, columns)) if std::ptr::eq(of, reader) && segment == address.segment_ord => columns,
            _ => RowColumns::of(reader.searcher.segment_reader(address.segment_ord))?,
        };
        let row = columns.row(reader, address)?;
        budget.take(row.payload.len())?;
        read.push((place, row));
        open = Some((reader, address.segment_ord, columns));
    }
    read.sort_by_key(|(place, _)| *place);
    Ok(read.into_iter().map(|(_, row)| row).collect())
}

/// What rows of a segment are read from.
struct RowColumns {
    projects: Column<i64>,
    ids: (Column<u64>, Column<u64>),
    timestamps: Column<i64>,
    received: Option<Column<i64>>,
    sequences: Column<i64>,
    hash: Option<StrColumn>,
    grouping: Option<StrColumn>,
    environment: Option<StrColumn>,
    user: Option<StrColumn>,
    event_type: Option<StrColumn>,
    /// That of the row before.
    payloads: Option<Block>,
}

impl RowColumns {
    fn of(segment: &SegmentReader) -> Result<Self, QuestionError> {
        let texts = |known| columns::texts(segment, &Field::Known(known));
        Ok(Self {
            projects: columns::projects(segment)?,
            ids: columns::ids(segment)?,
            timestamps: columns::timestamps(segment)?,
            received: columns::times(segment, Known::ReceivedAt)?,
            sequences: columns::sequences(segment)?,
            hash: texts(Known::Hash)?,
            grouping: texts(Known::GroupingConfig)?,
            environment: texts(Known::Environment)?,
            user: texts(Known::User)?,
            event_type: texts(Known::EventType)?,
            payloads: None,
        })
    }

    fn row(&mut self, reader: &DayReader, address: DocAddress) -> Result<StoredRow, QuestionError> {
        let doc = address.doc_id;
        let number = |column: &Column<i64>| column.first(doc).unwrap_or_default();
        let text = |column: &Option<StrColumn>| {
            let mut text = String::new();
            if let Some(column) = column
                && let Some(ordinal) = column.ords().first(doc)
            {
                column.ord_to_str(ordinal, &mut text)?;
            }
            Ok::<_, QuestionError>(text)
        };
        Ok(StoredRow {
            dataset: reader.dataset,
            project: ProjectId(number(&self.projects)),
            id: schema::id_of_halves(
                self.ids.0.first(doc).unwrap_or_default(),
                self.ids.1.first(doc).unwrap_or_default(),
            ),
            timestamp: Timestamp(number(&self.timestamps)),
            received_at: Timestamp(self.received.as_ref().map_or(0, number)),
            hash: text(&self.hash)?,
            grouping_strategy: text(&self.grouping)?,
            sequence: number(&self.sequences),
            environment: text(&self.environment)?,
            user: text(&self.user)?,
            event_type: text(&self.event_type)?,
            payload: reader.payload(address, &mut self.payloads)?,
        })
    }
}
