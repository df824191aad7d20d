//! Applications that act for users: those that the signed-in user has made, those that they have let in, and the page on
//! which they decide.

pub(crate) mod applications;
pub(crate) mod authorizations;
pub(crate) mod consent;
mod words;

use crate::gallery::Sample;

pub(crate) fn samples() -> Vec<Sample> {
    [
        applications::ApplicationsPage::samples(),
        applications::ApplicationPage::samples(),
        authorizations::AuthorizationsPage::samples(),
        consent::ConsentPage::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
