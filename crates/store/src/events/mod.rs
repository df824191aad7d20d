//! The event index: events, spans and logs, searched, summed up and read back.
//!
//! One tantivy index a dataset and UTC day. A row carries its project and grouping hash, never an issue: which issue it
//! belongs to is decided when it is read. Every question names its projects.

mod answer;
mod buckets;
mod budget;
mod columns;
mod damage;
mod day;
mod day_index;
mod distinct;
mod document;
mod event_index;
mod facets;
mod files;
mod filter;
mod hash;
mod hash_series;
mod hash_texts;
mod hits;
mod merging;
mod packing;
mod payloads;
#[cfg(test)]
mod power_cut;
mod receipts;
mod removal;
mod rows;
mod schema;
mod scope;
mod segment_cache;
mod sizes;
mod stored;
mod table;
mod upkeep;
mod words;
mod writers;

pub use answer::{
    Cell, Facet, FacetValue, HashHit, QuestionError, Series, SeriesAnswer, SeriesGroups, SeriesQuestion, Table,
    TableQuestion, ValueOrder,
};
pub use buckets::Buckets;
pub use damage::{CheckError, Health};
pub use day::{Day, ParseDayError};
pub use document::{Document, SearchText, Value};
pub use event_index::{EventIndex, Hidden, IndexConfig, OpenError};
pub use facets::{FieldRows, Values};
pub use payloads::unpacked_payloads;
pub use receipts::Receipts;
pub use removal::{Removal, Removed, RowsOf};
pub use rows::{Neighbors, RowPlace, StoredRow};
pub use scope::{Bindings, Cancel, Limits, Scope};
pub use sizes::DayInfo;
pub use stored::{EventPage, EventPlace, EventsOf, PageStart, StoredEvent};
pub use writers::{Committed, WriteError};
