//! What became of what was sent: `stats_v2`, `stats-summary`, the older series, and the story of one event.

mod event;
mod query;
mod series;
mod stats;
mod summary;

pub(crate) use event::show_event_outcomes;
pub(crate) use query::projects as named_projects;
pub(crate) use series::{series_of_key, series_of_organization, series_of_project};
pub(crate) use stats::show_stats;
pub(crate) use summary::show_summary;

use model::DataCategory;

/// What Sentry counts as errors.
const ERRORS: [DataCategory; 3] = [DataCategory::Default, DataCategory::Error, DataCategory::Security];

/// The name under which a category is shown: errors of all kinds are one.
fn shown(category: i64) -> &'static str {
    match DataCategory::from_number(category) {
        Some(category) if ERRORS.contains(&category) => DataCategory::Error.name(),
        Some(category) => category.name(),
        None => DataCategory::Unknown.name(),
    }
}
