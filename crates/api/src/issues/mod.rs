//! Issues: lists, single ones, changes.

mod bulk;
mod change;
mod details;
mod expand;
mod hashes;
mod list;
mod numbers;
mod rendering;
mod selection;
mod stats;
mod view;

pub(crate) use bulk::{delete_of_organization, delete_of_project, update_of_organization, update_of_project};
pub(crate) use details::{delete, resolve_short_id, show, update};
pub(crate) use hashes::list_hashes;
pub(crate) use list::{count, list_of_organization, list_of_project, list_stats};
pub(crate) use rendering::views_by_id;
pub(crate) use selection::named_projects;
pub(crate) use stats::series;
pub(crate) use view::IssueView;
