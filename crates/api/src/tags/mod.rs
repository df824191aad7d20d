//! The tags of events: of an issue's, a project's, an organization's.

mod of_issue;
mod of_many;
mod view;

pub(crate) use of_issue::{keys, list, list_values, show};
pub(crate) use of_many::{
    list_of_organization, list_of_project, list_users, list_values_of_organization, list_values_of_project,
};
pub(crate) use view::{EventUserView, TagKeyView};

use services::tags::{TagValue, ValuePage};
use store::events::ValueOrder;

use crate::{
    page::{Page, PageRequest},
    parameters::Parameters,
};

/// How many values of a key can be paged through.
const MOST_VALUES: usize = 1_000;

/// Inside Sentry some keys have a prefix, which clients may send.
fn plain(key: &str) -> &str {
    key.strip_prefix("sentry:").unwrap_or(key)
}

/// The values that a request asks for, one more than the page holds; `contains` is a part of them.
fn value_page(page: &PageRequest, parameters: &Parameters, contains: &str) -> ValuePage {
    let offset = page.start().min(MOST_VALUES);
    ValuePage {
        contains: contains.trim_matches('*').to_owned(),
        order: order(parameters.filled("sort")),
        offset,
        limit: (page.limit + 1).min(MOST_VALUES - offset),
    }
}

/// By events, by the first time, all else by the last time; largest first, whatever sign stands before.
fn order(by: Option<&str>) -> ValueOrder {
    match by.map(|by| by.trim_start_matches('-')) {
        Some("count") => ValueOrder::Rows,
        Some("age") => ValueOrder::FirstSeen,
        _ => ValueOrder::LastSeen,
    }
}

/// Cuts what was read for a [`value_page`].
fn cut(app: &services::App, page: &PageRequest, mut values: Vec<TagValue>) -> Page<TagValue> {
    let more = values.len() > page.limit;
    values.truncate(page.limit);
    page.of_part(&app.url, values, more)
}
