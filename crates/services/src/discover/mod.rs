//! Questions about many events: tables, charts, facets and counts, of the events, spans and logs of one organization.
//!
//! A question names what people know (projects by slug, issues by short id, functions as typed) and always a time. It is
//! read and [resolved](resolve()) into what the index understands, answered on a thread of its own under the limits of
//! the organization ([`ask`]), and its answer is kept for a minute. Start at [`table`].

mod error;
mod window; // the time that a question is about,

mod resolve; // what its words stand for,

mod answers; // answers that are kept,
mod asking; // and how new ones are found;

mod facets; // the questions,
mod series;
mod table;

mod names; // what is in the answers,

pub mod saved; // and questions that are kept

pub use asking::{ask, asked};
pub use error::DiscoverError;
pub use facets::{ValuesRequest, facets, values};
pub use names::{Names, names};
pub(crate) use resolve::latest_releases;
pub use resolve::{About, Resolved, filter, resolve};
pub use series::{MOST_POINTS, MOST_TOP, SeriesReply, SeriesRequest, Top, series};
pub use table::{MOST_COLUMNS, MOST_ROWS, TableAnswer, TableRequest, count, selections, table};
pub use window::{Window, WindowError, up_to_now};

/// What questions share: the windows they are about, whose turn it is, and answers that are kept.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    windows: window::Windows,
    turns: asking::Turns,
    answers: answers::Answers,
}
