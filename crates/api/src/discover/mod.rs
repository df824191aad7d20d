//! Questions about many events: tables, series, facets and counts, and questions that are kept.

mod request; // how a question is asked,

mod cells; // how its answer is written,
mod meta;

mod chart;
mod facets;
mod stats;
mod table; // one endpoint each,
mod timeseries;

mod saved; // and questions that are kept

pub(crate) use facets::{list_facets, show_count};
pub(crate) use request::{NamedDataset, about};
pub(crate) use saved::{create_saved, delete_saved, list_saved, show_saved, update_saved, visit_saved};
pub(crate) use stats::show_stats;
pub(crate) use table::show_table;
pub(crate) use timeseries::show_time_series;
