//! Events: reading them, and saving a processed one into its issue.

pub mod document;
mod new_event; // what is written of it,
pub mod payload; // what it holds, for whoever shows it,
mod process; // an event through the pure steps,
pub mod raw_trace;
mod read;
mod record;
mod removal;
mod save;

pub use new_event::NewEvent;
pub(crate) use new_event::sighting;
pub use process::{ProcessedEvent, Step, TraceOrigin, process, process_with, sampled_out};
pub use read::{
    EventInIssue, EventSearch, Which, counts_of_project, get, get_in_organization, get_of_issue, latest_of_hashes,
    list, locate, scope_of_issue,
};
pub(crate) use read::{OF_ISSUES, ask, find, find_in_organization, has_hash, latest_of_issues, read_in_project};
pub use record::record;
pub use removal::{RemoveError, remove_hidden, remove_project};
pub(crate) use removal::{caught_up, refresh_hidden, remove};
pub use save::{RuleOwners, Saved, SavedEvents, save, save_watched};
