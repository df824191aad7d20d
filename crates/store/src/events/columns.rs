//! The columns of a segment, and reading them for many rows at once.

use std::fmt::Debug;

use query::{Field, Known};
use tantivy::{
    DocId, SegmentReader,
    columnar::{Column, ColumnIndex, DynamicColumn, NumericalType, StrColumn},
};

use super::{QuestionError, schema};

/// Rows are read in blocks of at most so many: limits are looked at between them.
pub(super) const BLOCK: usize = 4096;

/// Of texts: fields of `Kind::Text`, tags, and fields of `Kind::Texts` (all texts of a row in one: `schema::texts`). `None`
/// where no row of the segment has one.
pub(super) fn texts(segment: &SegmentReader, field: &Field) -> Result<Option<StrColumn>, QuestionError> {
    let name = match field {
        Field::Known(known) => known.name().to_owned(),
        Field::Tag(key) => json_path(schema::TAGS, key),
        Field::Number(_) => return Ok(None),
    };
    Ok(segment.fast_fields().str(&name)?)
}

/// The ordinal of the empty text, which stands for none.
pub(super) fn empty_text(column: &StrColumn) -> Result<Option<u64>, QuestionError> {
    // It is the first of a dictionary, if it is there.
    Ok(column.dictionary().term_ord("")?)
}

/// Of numbers and durations.
pub(super) fn numbers(segment: &SegmentReader, field: &Field) -> Result<Option<Column<f64>>, QuestionError> {
    let name = match field {
        Field::Known(known) => known.name().to_owned(),
        Field::Number(key) => json_path(schema::NUMBERS, key),
        Field::Tag(_) => return Ok(None),
    };
    // In JSON, whole numbers are kept as integers where a segment has no others.
    for handle in segment.fast_fields().dynamic_column_handles(&name)? {
        if let Some(DynamicColumn::F64(column)) = handle.open()?.coerce_numerical(NumericalType::F64) {
            return Ok(Some(column));
        }
    }
    Ok(None)
}

pub(super) fn flags(segment: &SegmentReader, known: Known) -> Result<Option<Column<bool>>, QuestionError> {
    Ok(segment.fast_fields().column_opt(known.name())?)
}

/// Of times, in microseconds since 1970.
pub(super) fn times(segment: &SegmentReader, known: Known) -> Result<Option<Column<i64>>, QuestionError> {
    integers(segment, known.name())
}

pub(super) fn timestamps(segment: &SegmentReader) -> Result<Column<i64>, QuestionError> {
    required(segment, integers(segment, Known::Timestamp.name())?)
}

pub(super) fn projects(segment: &SegmentReader) -> Result<Column<i64>, QuestionError> {
    required(segment, integers(segment, Known::Project.name())?)
}

pub(super) fn sequences(segment: &SegmentReader) -> Result<Column<i64>, QuestionError> {
    required(segment, integers(segment, schema::SEQUENCE)?)
}

/// The two halves of the event id.
pub(super) fn ids(segment: &SegmentReader) -> Result<(Column<u64>, Column<u64>), QuestionError> {
    let fast = segment.fast_fields();
    Ok((
        required(segment, fast.column_opt(schema::ID_HIGH)?)?,
        required(segment, fast.column_opt(schema::ID_LOW)?)?,
    ))
}

/// The fields that rows of the segment have beside the known ones: tags and numbers, each once.
pub(super) fn open_fields(segment: &SegmentReader) -> Result<Vec<Field>, QuestionError> {
    let columns = segment.fields_metadata()?;
    Ok(columns
        .iter()
        .filter_map(|column| {
            let (root, key) = column.field_name.split_once('.')?;
            match root {
                schema::TAGS => Some(Field::Tag(key.to_owned())),
                schema::NUMBERS => Some(Field::Number(key.to_owned())),
                _ => None,
            }
        })
        .collect())
}

/// The rows that have a value, ascending, if they are at most `most`.
pub(super) fn rows_of_few(index: &ColumnIndex, most: usize) -> Option<Vec<DocId>> {
    match index {
        ColumnIndex::Empty { .. } => Some(Vec::new()),
        ColumnIndex::Full => None,
        ColumnIndex::Optional(index) => {
            (index.num_non_nulls() as usize <= most).then(|| index.iter_non_null_docs().collect())
        }
        ColumnIndex::Multivalued(index) => {
            let rows: Vec<_> = index.iter_non_null_docs().take(most + 1).collect();
            (rows.len() <= most).then_some(rows)
        }
    }
}

fn integers(segment: &SegmentReader, name: &str) -> Result<Option<Column<i64>>, QuestionError> {
    Ok(segment.fast_fields().column_opt(name)?)
}

/// Every row has these, so only a segment without rows has no such column.
fn required<T: PartialOrd + Default>(
    segment: &SegmentReader,
    column: Option<Column<T>>,
) -> Result<Column<T>, QuestionError> {
    Ok(column.unwrap_or_else(|| Column::build_empty_column(segment.max_doc())))
}

/// tantivy takes the name of such a column as a path, in which a dot goes one level down.
fn json_path(root: &str, key: &str) -> String {
    let key = schema::path_segment(key).replace('\\', "\\\\").replace('.', "\\.");
    format!("{root}.{key}")
}

/// A column that is read a block at a time.
pub(super) struct Values<T> {
    column: Column<T>,
    docs: Vec<DocId>,
    places: Vec<u32>,
    values: Vec<T>,
}

impl<T> Values<T>
where
    T: PartialOrd + Copy + Default + Debug + Send + Sync + 'static,
{
    pub(super) fn new(column: Column<T>) -> Self {
        Self {
            column,
            docs: Vec::new(),
            places: Vec::new(),
            values: Vec::new(),
        }
    }

    /// The values of these rows (ascending), each with its row: none or several times where rows have none or several.
    pub(super) fn read<'a>(&'a mut self, docs: &'a [DocId]) -> (&'a [DocId], &'a [T]) {
        if let ColumnIndex::Full = self.column.index {
            self.values.resize(docs.len(), T::default());
            self.column.values.get_vals(docs, &mut self.values);
            return (docs, &self.values);
        }
        self.docs.clear();
        self.places.clear();
        self.column.row_ids_for_docs(docs, &mut self.docs, &mut self.places);
        self.values.resize(self.places.len(), T::default());
        self.column.values.get_vals(&self.places, &mut self.values);
        (&self.docs, &self.values)
    }
}

impl From<tantivy::TantivyError> for QuestionError {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Index(Box::new(error))
    }
}

impl From<std::io::Error> for QuestionError {
    fn from(error: std::io::Error) -> Self {
        Self::Index(Box::new(error))
    }
}
