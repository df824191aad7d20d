//! Metric alert rules: the builder, and the page that tells what a rule measured. They stand in the list of all alert
//! rules; their incidents have pages of their own.

pub(crate) mod actions; // what buttons do,
pub(crate) mod alert; // what a rule measured,
pub(crate) mod builder; // and how it is made

mod form; // what the builder's form holds

use crate::gallery::Sample;

pub(crate) fn samples() -> Vec<Sample> {
    let mut samples = builder::MetricBuilderPage::samples();
    samples.extend(alert::MetricAlertPage::samples());
    samples
}
