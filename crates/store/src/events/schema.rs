//! How a row lies in a day's index.
//!
//! What is compared, grouped or summed up is a column and nothing else: an equality is a look into the column's
//! dictionary and a scan of numbers, which costs a nanosecond or two a row, while an inverted list of the same values
//! would double what an event takes on disk. Inverted are only the ways to few rows among many: project, hash, the
//! first half of the event id, and words.

use std::collections::BTreeMap;

use model::EventId;
use query::{Kind, Known};
use tantivy::{
    TantivyDocument,
    schema::{
        Field, IndexRecordOption, JsonObjectOptions, NumericOptions, OwnedValue, Schema, TextFieldIndexing, TextOptions,
    },
};

use super::{
    document::{Document, SearchText, Value},
    words,
};

/// The two halves of the event id, as unsigned numbers.
pub(super) const ID_HIGH: &str = "id_high";
pub(super) const ID_LOW: &str = "id_low";
/// `Document::sequence`.
pub(super) const SEQUENCE: &str = "sequence";
/// The columns of tags and numbers are these names, `\u{1}` and the key.
pub(super) const TAGS: &str = "tags";
pub(super) const NUMBERS: &str = "numbers";
pub(super) const PROSE: &str = "prose";
pub(super) const SURROUNDINGS: &str = "surroundings";

/// Between the values of a field that may have several, which stand together as one. Thirty frames with four fields each
/// would else be a hundred and twenty numbers a row; so equal stacks are one number.
const SEPARATOR: char = '\u{1f}';

/// The dictionary of a column is written with each segment, so a single long value costs what thousands of short ones
/// do. Normalization cuts most texts shorter than this.
const MAX_VALUE_BYTES: usize = 4096;
/// Of all values of one field that may have several.
const MAX_TEXTS_BYTES: usize = 16 * 1024;
/// Of all words that are searched in prose, and of the surroundings.
const MAX_PROSE_BYTES: usize = 16 * 1024;
const MAX_SURROUNDINGS_BYTES: usize = 64 * 1024;

/// The fields of one day's index. A day keeps the schema that it was made with: a field that a newer version added is
/// `None` in days from before, and not written there.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    /// Indexed (unsigned) and a column.
    pub(super) id_high: Field,
    pub(super) id_low: Field,
    /// Indexed and a column, as `Known::Project`.
    pub(super) project: Field,
    /// Indexed and a column, as `Known::Hash`.
    pub(super) hash: Field,
    /// Indexed with positions, by `words::INDEXED`.
    pub(super) prose: Field,
    /// Indexed without positions, by `words::SURROUNDINGS`.
    pub(super) surroundings: Field,
    timestamp: Field,
    received_at: Field,
    pub(super) sequence: Field,
    tags: Field,
    numbers: Field,
    /// By the place in `Known::ALL`.
    known: Vec<Option<Field>>,
}

/// The column by which rows are sorted, so that like events lie together.
pub(super) fn sorted_by() -> &'static str {
    Known::Hash.name()
}

/// The schema of new days.
pub(super) fn schema() -> Schema {
    let column = || NumericOptions::default().set_fast();
    let text = || TextOptions::default().set_fast("raw");
    let words = |tokenizer, option| {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(tokenizer)
                .set_index_option(option)
                .set_fieldnorms(false),
        )
    };
    let mut builder = Schema::builder();
    builder.add_u64_field(ID_HIGH, column().set_indexed());
    builder.add_u64_field(ID_LOW, column());
    builder.add_i64_field(SEQUENCE, column());
    for known in Known::ALL {
        let name = known.name();
        match known {
            // Two halves stand for the id; the issue is computed.
            Known::Id | Known::Issue => {}
            Known::Project => {
                builder.add_i64_field(name, column().set_indexed());
            }
            Known::Hash => {
                builder.add_text_field(
                    name,
                    text().set_indexing_options(
                        TextFieldIndexing::default()
                            .set_tokenizer("raw")
                            .set_index_option(IndexRecordOption::Basic)
                            .set_fieldnorms(false),
                    ),
                );
            }
            _ => match known.kind() {
                Kind::Text | Kind::Texts => {
                    builder.add_text_field(name, text());
                }
                Kind::Number | Kind::Duration => {
                    builder.add_f64_field(name, column());
                }
                Kind::Flag => {
                    builder.add_bool_field(name, column());
                }
                Kind::Time | Kind::Project => {
                    builder.add_i64_field(name, column());
                }
                Kind::EventId | Kind::Issue => {}
            },
        }
    }
    builder.add_json_field(TAGS, JsonObjectOptions::default().set_fast("raw"));
    builder.add_json_field(NUMBERS, JsonObjectOptions::default().set_fast("raw"));
    builder.add_text_field(PROSE, words(words::INDEXED, IndexRecordOption::WithFreqsAndPositions));
    builder.add_text_field(SURROUNDINGS, words(words::SURROUNDINGS, IndexRecordOption::Basic));
    builder.build()
}

impl Fields {
    /// An error for a schema that is none of ours.
    pub(super) fn of(schema: &Schema) -> tantivy::Result<Self> {
        let field = |name| schema.get_field(name);
        Ok(Self {
            id_high: field(ID_HIGH)?,
            id_low: field(ID_LOW)?,
            project: field(Known::Project.name())?,
            hash: field(Known::Hash.name())?,
            prose: field(PROSE)?,
            surroundings: field(SURROUNDINGS)?,
            timestamp: field(Known::Timestamp.name())?,
            received_at: field(Known::ReceivedAt.name())?,
            sequence: field(SEQUENCE)?,
            tags: field(TAGS)?,
            numbers: field(NUMBERS)?,
            known: Known::ALL.iter().map(|known| field(known.name()).ok()).collect(),
        })
    }

    /// Everything but the payload, which goes to its own file.
    pub(super) fn row(&self, document: &Document) -> TantivyDocument {
        let mut row = TantivyDocument::new();
        let (high, low) = id_halves(document.id);
        row.add_u64(self.id_high, high);
        row.add_u64(self.id_low, low);
        row.add_i64(self.sequence, document.sequence);
        row.add_i64(self.project, document.project.0);
        row.add_text(self.hash, cut_value(&document.hash));
        row.add_i64(self.timestamp, document.timestamp.0);
        row.add_i64(self.received_at, document.received_at.0);
        self.add_known(&mut row, &document.fields);
        if !document.tags.is_empty() {
            let texts = document.tags.iter().map(|(key, value)| {
                let value = cut_value(value).to_owned();
                (path_segment(key), OwnedValue::Str(value))
            });
            row.add_object(self.tags, texts.collect());
        }
        let numbers: BTreeMap<_, _> = document
            .numbers
            .iter()
            .filter(|(_, number)| number.is_finite())
            .map(|(key, number)| (path_segment(key), OwnedValue::F64(*number)))
            .collect();
        if !numbers.is_empty() {
            row.add_object(self.numbers, numbers);
        }
        self.add_words(&mut row, &document.text);
        row
    }

    /// A value that is not of the field's kind is left out: a column has one type.
    fn add_known(&self, row: &mut TantivyDocument, fields: &[(Known, Value)]) {
        let mut joined: Vec<(Field, String)> = Vec::new();
        for (known, value) in fields {
            let Some(field) = self.field(*known) else {
                continue;
            };
            match (known.kind(), value) {
                (Kind::Text, Value::Text(text)) => row.add_text(field, cut_value(text)),
                (Kind::Texts, Value::Text(text)) => {
                    let text = text.replace(SEPARATOR, " ");
                    match joined.iter_mut().find(|(other, _)| *other == field) {
                        Some((_, texts)) => {
                            texts.push(SEPARATOR);
                            texts.push_str(&text);
                        }
                        None => joined.push((field, text)),
                    }
                }
                (Kind::Number | Kind::Duration, Value::Number(number)) if number.is_finite() => {
                    row.add_f64(field, *number);
                }
                (Kind::Flag, Value::Flag(flag)) => row.add_bool(field, *flag),
                _ => {}
            }
        }
        for (field, texts) in joined {
            row.add_text(field, cut(&texts, MAX_TEXTS_BYTES));
        }
    }

    /// Of a field that `Document::fields` may have.
    pub(super) fn field(&self, known: Known) -> Option<Field> {
        match known {
            Known::Id | Known::Project | Known::Timestamp | Known::ReceivedAt | Known::Issue | Known::Hash => None,
            _ => self.known[Known::ALL.iter().position(|other| *other == known)?],
        }
    }

    fn add_words(&self, row: &mut TantivyDocument, texts: &[SearchText]) {
        let (mut prose_left, mut surroundings_left) = (MAX_PROSE_BYTES, MAX_SURROUNDINGS_BYTES);
        let mut surroundings = String::new();
        for text in texts {
            match text {
                SearchText::Prose(text) => {
                    let text = cut(text, prose_left);
                    prose_left -= text.len();
                    row.add_text(self.prose, text);
                }
                SearchText::Surroundings(text) => {
                    let text = cut(text, surroundings_left);
                    surroundings_left -= text.len();
                    surroundings.push_str(text);
                    surroundings.push('\n');
                }
            }
        }
        // One value, since a word is kept once for each value.
        if !surroundings.is_empty() {
            row.add_text(self.surroundings, &surroundings);
        }
    }
}

/// The halves of an id as they stand in their columns.
pub(super) fn id_halves(id: EventId) -> (u64, u64) {
    let [high, low] = [0, 8].map(|start| {
        let half = id.0[start..start + 8].try_into().expect("an id has 16 bytes");
        u64::from_be_bytes(half)
    });
    (high, low)
}

pub(super) fn id_of_halves(high: u64, low: u64) -> EventId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&low.to_be_bytes());
    EventId(bytes)
}

/// The values of a field of `Kind::Texts`, as they stand in its column.
pub(super) fn texts(joined: &str) -> impl Iterator<Item = &str> {
    joined.split(SEPARATOR)
}

/// A key as a segment of a column's name; the two characters that the format gives a meaning to become `_`.
pub(super) fn path_segment(key: &str) -> String {
    key.replace(['\0', '\u{1}'], "_")
}

/// A value as its column holds it.
pub(super) fn cut_value(text: &str) -> &str {
    cut(text, MAX_VALUE_BYTES)
}

fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
