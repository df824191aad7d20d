//! Events: reading them, and saving a processed one into its issue.

pub mod document;
mod process;
mod read;
mod record;
mod removal;
mod save;

pub use process::{ProcessedEvent, Step, TraceOrigin, process, process_with, sampled_out};
pub(crate) use read::{ask, find_in_organization};
pub use read::{
    EventInIssue, EventSearch, Which, counts_of_project, get, get_in_organization, get_of_issue, list, locate,
    scope_of_issue,
};
pub use record::record;
pub(crate) use removal::{refresh_hidden, remove};
pub use removal::{RemoveError, remove_hidden, remove_project};
pub use save::{Saved, save};
