//! Alert rules: the list of all of them, and of rules about issues the builder and the page that tells what one did.

pub(crate) mod actions; // what buttons do,
pub(crate) mod builder; // how a rule is made,
pub(crate) mod list;
pub(crate) mod rule; // and what it did

mod choices; // what the builder's form offers,
mod form; // what it holds,
mod preview; // what the rule would have done,
mod sentence; // and how both are put into words

use crate::gallery::Sample;

pub(crate) fn samples() -> Vec<Sample> {
    [
        list::AlertListPage::samples(),
        builder::BuilderPage::samples(),
        rule::RulePage::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
