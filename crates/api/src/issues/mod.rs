//! Issues: lists, single ones, changes.

mod activities;
mod assignee;
mod bulk;
mod change;
mod comments;
mod derived;
mod details;
mod expand;
mod hashes;
mod links;
mod list;
mod merge;
mod numbers;
mod participants;
mod rendering;
mod selection;
mod shared;
mod similar;
mod stats;
mod status_details;
mod view;

pub(crate) use activities::list_activities;
pub(crate) use assignee::AssigneeView;
pub(crate) use bulk::{delete_of_organization, delete_of_project, update_of_organization, update_of_project};
pub(crate) use comments::{create_comment, delete_comment, list_comments, update_comment};
pub(crate) use details::{delete, resolve_short_id, show, update};
pub(crate) use hashes::{list_hashes, unmerge};
pub(crate) use links::{create_link, delete_link, list_links};
pub(crate) use list::{count, list_of_organization, list_of_project, list_stats};
pub(crate) use participants::list_participants;
pub(crate) use rendering::views_by_id;
pub(crate) use selection::named_projects;
pub(crate) use shared::show_shared;
pub(crate) use similar::list_similar;
pub(crate) use stats::series;
pub(crate) use view::IssueView;
