//! Issues: the list with its views, the page of one, its events, hashes and relatives, and what is done to them.

mod filter;
pub(crate) mod list; // the list,
pub(crate) mod live;
mod row;
pub(crate) mod views;

mod activity;
pub(crate) mod attachments;
pub(crate) mod event_texts;
pub(crate) mod events;
pub(crate) mod merged;
pub(crate) mod page; // one issue,
mod settled;
pub(crate) mod share;
mod side;
pub(crate) mod similar;

pub(crate) mod actions; // and what is done to them

mod samples;

pub(crate) use filter::time_of;
pub(crate) use row::{Assignee, Badge, IssueRow};
