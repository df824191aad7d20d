//! Issues: the list, the page of one, its events.

pub(crate) mod actions;
pub(crate) mod attachments;
pub(crate) mod event_texts;
pub(crate) mod events;
mod filter;
pub(crate) mod list;
pub(crate) mod page;
mod row;
mod samples;

pub(crate) use filter::time_of;
pub(crate) use row::{Assignee, Badge, IssueRow};
