//! Issues: the list, the page of one, its events.

pub(crate) mod events;
pub(crate) mod list;
pub(crate) mod page;
mod row;
mod samples;

pub(crate) use row::{Assignee, Badge, IssueRow};
