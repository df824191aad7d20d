//! What is put into the index.

use bytes::Bytes;
use model::{EventId, ProjectId, Timestamp};
use query::{Dataset, Known};

/// A row of the index, ready to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub dataset: Dataset,
    pub project: ProjectId,
    /// Of spans and logs, a number made for the row.
    pub id: EventId,
    /// The corrected time; its UTC day decides on the index.
    pub timestamp: Timestamp,
    pub received_at: Timestamp,
    /// The primary grouping hash; empty where there is none.
    pub hash: String,
    /// Rises with every row that is received (an id of `model::IdGenerator`): what is removed up to a sequence does not
    /// come back, and what comes later stays.
    pub sequence: i64,
    /// Without those above. A field of `Kind::Texts` may occur several times, any other once.
    pub fields: Vec<(Known, Value)>,
    /// Without those of `Known::TAGS`.
    pub tags: Vec<(String, String)>,
    pub numbers: Vec<(String, f64)>,
    /// What free text is searched in, most important first; a part may be left out when there is too much.
    pub text: Vec<SearchText>,
    /// The normalized event, span or log as JSON.
    pub payload: Bytes,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of text fields.
    Text(String),
    /// Of numbers, and durations in milliseconds.
    Number(f64),
    Flag(bool),
}

/// A text that is searched by its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchText {
    /// Title, message, exception values: every word, and phrases.
    Prose(String),
    /// Frames and breadcrumbs: words, but neither phrases nor numbers and ids.
    Surroundings(String),
}
