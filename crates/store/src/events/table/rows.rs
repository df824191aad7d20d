//! Events as rows of a table: the first ones in an order.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, HashMap},
};

use query::{Column, Dataset, Direction, Equation, Field, Kind, Known};
use tantivy::{DocId, SegmentReader};

use super::{
    order,
    plan::{calculate, unsupported},
    reader::{FieldReader, NONE},
    scalar::{Ordered, Scalar},
    scan::{Scan, share_out},
    segments,
};
use crate::events::{Cell, QuestionError, Table, TableQuestion, budget::Share, day_index::DayReader};

/// What a row is ordered by while only rows of one segment are compared: smaller is earlier.
type Place = Vec<u128>;

/// Stands behind every value.
const LAST: u128 = u128::MAX;

pub(super) fn table(scan: &Scan<'_>, readers: &[DayReader], question: &TableQuestion) -> Result<Table, QuestionError> {
    let columns: Vec<_> = question.columns.iter().map(RowColumn::of).collect::<Result<_, _>>()?;
    let segments = segments(readers);
    let datasets: Vec<_> = readers
        .iter()
        .flat_map(|reader| reader.searcher.segment_readers().iter().map(|_| reader.dataset))
        .collect();
    let ranking = Ranking {
        scan,
        columns: &columns,
        question,
        datasets: &datasets,
    };
    let mut first = ranking.first(readers, &segments)?;
    let more = order::page(&mut first, question, |left, right| ranking.compare(left, right));
    Ok(Table {
        rows: ranking.cells(&first, &segments)?,
        more,
    })
}

/// A column of single events.
enum RowColumn {
    Field(Field),
    Equation(Equation),
}

impl RowColumn {
    fn of(column: &Column) -> Result<Self, QuestionError> {
        match column {
            Column::Field(field) => Ok(Self::Field(field.clone())),
            Column::Equation(equation) => {
                check_numbers(equation)?;
                Ok(Self::Equation(equation.clone()))
            }
            Column::Aggregate(_) => Err(unsupported("an aggregate is about several events".to_owned())),
        }
    }

    /// Whether it is the time by which events are put into days.
    fn is_timestamp(&self) -> bool {
        matches!(self, Self::Field(Field::Known(Known::Timestamp)))
    }
}

fn check_numbers(equation: &Equation) -> Result<(), QuestionError> {
    match equation {
        Equation::Field(field) if !matches!(field.kind(), Kind::Number | Kind::Duration) => Err(unsupported(format!(
            "{field} is no number: it cannot stand in an equation"
        ))),
        Equation::Calculation(left, _, right) => check_numbers(left).and_then(|()| check_numbers(right)),
        _ => Ok(()),
    }
}

/// A row among the first.
struct Candidate {
    by: Vec<Scalar>,
    timestamp: i64,
    id: u128,
    project: i64,
    segment: usize,
    doc: DocId,
}

struct Ranking<'a> {
    scan: &'a Scan<'a>,
    columns: &'a [RowColumn],
    question: &'a TableQuestion,
    /// Of each segment.
    datasets: &'a [Dataset],
}

/// The first rows that one thread has found.
struct First {
    candidates: Vec<Candidate>,
    share: Share,
}

impl Ranking<'_> {
    /// By the order that is asked for, then the newest; nothing else tells two rows apart.
    fn compare(&self, left: &Candidate, right: &Candidate) -> Ordering {
        let rest = |row: &Candidate| (row.timestamp, row.id, row.project, self.datasets[row.segment]);
        order::compare(&left.by, &right.by, &self.question.order).then_with(|| rest(right).cmp(&rest(left)))
    }

    /// As many rows as the page and those before it take, and one more.
    fn first(
        &self,
        readers: &[DayReader],
        segments: &[(usize, &SegmentReader)],
    ) -> Result<Vec<Candidate>, QuestionError> {
        let wanted = order::wanted(self.question);
        let mut first = Vec::new();
        for day in self.steps(readers, segments) {
            let make = || {
                Ok(First {
                    candidates: Vec::new(),
                    share: self.scan.budget.share(0)?,
                })
            };
            let threads = share_out(&day, make, |first: &mut First, number, segment| {
                self.read(first, number, segment, wanted)
            })?;
            first.extend(threads.into_iter().flat_map(|first| first.candidates));
            order::first(&mut first, wanted, |left, right| self.compare(left, right));
            if first.len() == wanted {
                break;
            }
        }
        Ok(first)
    }

    /// Segments that are read together; those of a later step have no row that stands before one of an earlier step.
    fn steps<'s>(
        &self,
        readers: &[DayReader],
        segments: &[(usize, &'s SegmentReader)],
    ) -> Vec<Vec<(usize, &'s SegmentReader)>> {
        let newest_first = match self.question.order.first() {
            None => true,
            Some(by) if self.columns[by.column].is_timestamp() => by.direction == Direction::Descending,
            Some(_) => return vec![segments.to_vec()],
        };
        let days = readers
            .iter()
            .flat_map(|reader| reader.searcher.segment_readers().iter().map(|_| reader.day));
        let mut by_day: Vec<_> = days.zip(segments.iter().copied()).collect();
        by_day.sort_by_key(|(day, _)| *day);
        let mut steps: Vec<Vec<_>> = by_day
            .chunk_by(|left, right| left.0 == right.0)
            .map(|day| day.iter().map(|(_, of)| *of).collect())
            .collect();
        if newest_first {
            steps.reverse();
        }
        steps
    }

    fn read(
        &self,
        first: &mut First,
        number: usize,
        segment: &SegmentReader,
        wanted: usize,
    ) -> Result<(), QuestionError> {
        let Some(mut rows) = self.scan.rows(segment)? else {
            return Ok(());
        };
        let mut keys = SegmentKeys::open(self, segment)?;
        let mut heap: BinaryHeap<(Place, DocId)> = BinaryHeap::new();
        let a_row = size_of::<Candidate>() + (self.question.order.len() + 3) * size_of::<(u128, Scalar)>();
        self.scan.each(&mut rows, |docs| {
            keys.push_first(docs, &mut heap, wanted)?;
            first.share.set((first.candidates.len() + heap.len()) * a_row)
        })?;
        let mut docs: Vec<_> = heap.into_iter().map(|(_, doc)| doc).collect();
        docs.sort_unstable();
        first.candidates.extend(keys.candidates(number, &docs)?);
        order::first(&mut first.candidates, wanted, |left, right| self.compare(left, right));
        Ok(())
    }

    /// The cells of these rows, read segment by segment.
    fn cells(&self, rows: &[Candidate], segments: &[(usize, &SegmentReader)]) -> Result<Vec<Vec<Cell>>, QuestionError> {
        let mut by_segment: HashMap<usize, Vec<(DocId, usize)>> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            by_segment.entry(row.segment).or_default().push((row.doc, place));
        }
        let mut table: Vec<_> = rows.iter().map(|_| Vec::with_capacity(self.columns.len())).collect();
        for (segment, mut wanted) in by_segment {
            self.scan.budget.check()?;
            wanted.sort_unstable();
            let docs: Vec<_> = wanted.iter().map(|(doc, _)| *doc).collect();
            for column in self.columns {
                let cells = self.column_cells(column, segments[segment].1, &docs)?;
                wanted
                    .iter()
                    .zip(cells)
                    .for_each(|((_, place), cell)| table[*place].push(cell));
            }
        }
        Ok(table)
    }

    fn column_cells(
        &self,
        column: &RowColumn,
        segment: &SegmentReader,
        docs: &[DocId],
    ) -> Result<Vec<Cell>, QuestionError> {
        let mut column = SegmentColumn::open(self, column, segment)?;
        let mut codes = Vec::new();
        column.read(docs, &mut codes)?;
        Ok(column
            .scalars(&codes)?
            .into_iter()
            .map(|scalar| column.cell(scalar))
            .collect())
    }
}

/// A column of a table in one segment.
enum SegmentColumn<'a> {
    Field(Box<FieldReader<'a>>),
    Equation {
        equation: &'a Equation,
        fields: Vec<(Field, FieldReader<'a>, Vec<u64>)>,
    },
}

impl<'a> SegmentColumn<'a> {
    fn open(ranking: &Ranking<'a>, column: &'a RowColumn, segment: &'a SegmentReader) -> Result<Self, QuestionError> {
        let reader = |field: &Field| FieldReader::open(ranking.scan, segment, field);
        match column {
            RowColumn::Field(field) => Ok(Self::Field(Box::new(reader(field)?))),
            RowColumn::Equation(equation) => {
                let mut fields = Vec::new();
                fields_of(equation, &mut fields);
                let fields = fields
                    .into_iter()
                    .map(|field| Ok((field.clone(), reader(field)?, Vec::new())));
                Ok(Self::Equation {
                    equation,
                    fields: fields.collect::<Result<_, QuestionError>>()?,
                })
            }
        }
    }

    fn read(&mut self, docs: &[DocId], codes: &mut Vec<u64>) -> Result<(), QuestionError> {
        match self {
            Self::Field(reader) => reader.read(docs, codes),
            Self::Equation { equation, fields } => {
                for (_, reader, codes) in fields.iter_mut() {
                    reader.read(docs, codes)?;
                }
                let number = |row: usize| value(equation, &|field| number_of(fields, field, row));
                codes.clear();
                codes.extend((0..docs.len()).map(|row| number(row).map_or(NONE, |number| Ordered::of(number).0)));
                Ok(())
            }
        }
    }

    /// Where a code stands in an order.
    fn place(&self, code: u64, direction: Direction) -> u128 {
        if code == NONE {
            return LAST;
        }
        let place = match self {
            Self::Field(reader) => reader.place(code),
            Self::Equation { .. } => u128::from(code),
        };
        match direction {
            Direction::Ascending => place,
            Direction::Descending => LAST - 1 - place.min(LAST - 1),
        }
    }

    fn scalars(&self, codes: &[u64]) -> Result<Vec<Scalar>, QuestionError> {
        let Self::Field(reader) = self else {
            let scalar = |code: &u64| {
                if *code == NONE {
                    Scalar::Null
                } else {
                    Scalar::Number(Ordered(*code))
                }
            };
            return Ok(codes.iter().map(scalar).collect());
        };
        let mut wanted: Vec<_> = codes.iter().copied().filter(|code| *code != NONE).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut scalars = HashMap::with_capacity(wanted.len());
        reader.scalars(&wanted, |code, scalar| drop(scalars.insert(code, scalar)))?;
        Ok(codes
            .iter()
            .map(|code| scalars.get(code).cloned().unwrap_or(Scalar::Null))
            .collect())
    }

    fn cell(&self, scalar: Scalar) -> Cell {
        match self {
            Self::Field(reader) => reader.cell(scalar),
            Self::Equation { .. } => scalar.into(),
        }
    }
}

fn fields_of<'e>(equation: &'e Equation, fields: &mut Vec<&'e Field>) {
    match equation {
        Equation::Field(field) if !fields.contains(&field) => fields.push(field),
        Equation::Calculation(left, _, right) => {
            fields_of(left, fields);
            fields_of(right, fields);
        }
        _ => {}
    }
}

fn number_of(fields: &[(Field, FieldReader<'_>, Vec<u64>)], wanted: &Field, row: usize) -> Option<f64> {
    let (_, _, codes) = fields.iter().find(|(field, ..)| field == wanted)?;
    Some(codes[row])
        .filter(|code| *code != NONE)
        .map(|code| Ordered(code).number())
}

fn value(equation: &Equation, field: &impl Fn(&Field) -> Option<f64>) -> Option<f64> {
    match equation {
        Equation::Number(number) => Some(*number),
        Equation::Field(wanted) => field(wanted),
        Equation::Aggregate(_) => None,
        Equation::Calculation(left, operator, right) => calculate(value(left, field)?, *operator, value(right, field)?),
    }
}

/// What the rows of one segment are ordered by.
struct SegmentKeys<'a> {
    /// As the question orders, then what tells rows apart.
    keys: Vec<(SegmentColumn<'a>, Direction)>,
    codes: Vec<Vec<u64>>,
}

/// Behind the order that is asked for: the same as `Ranking::compare` has, but for the dataset, which a segment has one of.
static TIMESTAMP: RowColumn = RowColumn::Field(Field::Known(Known::Timestamp));
static ID: RowColumn = RowColumn::Field(Field::Known(Known::Id));
static PROJECT: RowColumn = RowColumn::Field(Field::Known(Known::Project));

impl<'a> SegmentKeys<'a> {
    fn open(ranking: &Ranking<'a>, segment: &'a SegmentReader) -> Result<Self, QuestionError> {
        let asked = ranking
            .question
            .order
            .iter()
            .map(|by| (&ranking.columns[by.column], by.direction));
        let rest = [&TIMESTAMP, &ID, &PROJECT].map(|column| (column, Direction::Descending));
        let open = |(column, direction)| Ok((SegmentColumn::open(ranking, column, segment)?, direction));
        let keys: Vec<_> = asked.chain(rest).map(open).collect::<Result<_, QuestionError>>()?;
        Ok(Self {
            codes: vec![Vec::new(); keys.len()],
            keys,
        })
    }

    /// Puts those of these rows that are among the first so many into the heap, and what is not any more out of it.
    fn push_first(
        &mut self,
        docs: &[DocId],
        heap: &mut BinaryHeap<(Place, DocId)>,
        wanted: usize,
    ) -> Result<(), QuestionError> {
        let docs = self.sieve(docs, heap, wanted)?;
        for ((column, _), codes) in self.keys.iter_mut().zip(&mut self.codes) {
            column.read(&docs, codes)?;
        }
        for (row, doc) in docs.iter().enumerate() {
            let places = self.keys.iter().zip(&self.codes);
            let place = places
                .map(|((column, direction), codes)| column.place(codes[row], *direction))
                .collect();
            if heap.len() < wanted {
                heap.push((place, *doc));
            } else if let Some(mut last) = heap.peek_mut().filter(|last| place < last.0) {
                *last = (place, *doc);
            }
        }
        Ok(())
    }

    /// Leaves out, by the first key alone, rows that cannot be among the first so many.
    fn sieve(
        &mut self,
        docs: &[DocId],
        heap: &BinaryHeap<(Place, DocId)>,
        wanted: usize,
    ) -> Result<Vec<DocId>, QuestionError> {
        let ((column, direction), codes) = (&mut self.keys[0], &mut self.codes[0]);
        column.read(docs, codes)?;
        let mut places: Vec<_> = codes.iter().map(|code| column.place(*code, *direction)).collect();
        let of_heap = heap.peek().filter(|_| heap.len() >= wanted).map(|(place, _)| place[0]);
        let of_block = (places.len() > wanted).then(|| *places.clone().select_nth_unstable(wanted - 1).1);
        let bound = [of_heap, of_block].into_iter().flatten().min().unwrap_or(LAST);
        let mut place = places.drain(..);
        Ok(docs
            .iter()
            .copied()
            .filter(|_| place.next().is_some_and(|place| place <= bound))
            .collect())
    }

    /// These rows with what they are ordered by, as values that mean the same in every segment.
    fn candidates(&mut self, segment: usize, docs: &[DocId]) -> Result<Vec<Candidate>, QuestionError> {
        let mut by_key = Vec::with_capacity(self.keys.len());
        for ((column, _), codes) in self.keys.iter_mut().zip(&mut self.codes) {
            column.read(docs, codes)?;
            by_key.push(column.scalars(codes)?.into_iter());
        }
        let mut candidate = |doc: &DocId| {
            let mut by: Vec<_> = by_key.iter_mut().filter_map(Iterator::next).collect();
            let (timestamp, id, project) = match by.split_off(by.len() - 3).as_slice() {
                [Scalar::Time(timestamp), Scalar::EventId(id), Scalar::Project(project)] => (*timestamp, *id, *project),
                // Every row has all three.
                _ => (0, 0, 0),
            };
            Candidate {
                by,
                timestamp,
                id,
                project,
                segment,
                doc: *doc,
            }
        };
        Ok(docs.iter().map(&mut candidate).collect())
    }
}
