//! Incidents of metric alert rules: the list, and one with its chart, timeline and comments.

pub(crate) mod actions;
pub(crate) mod incident;
pub(crate) mod list;

use crate::gallery::Sample;

pub(crate) fn samples() -> Vec<Sample> {
    let mut samples = list::IncidentListPage::samples();
    samples.extend(incident::IncidentPage::samples());
    samples
}
