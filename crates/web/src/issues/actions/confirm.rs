//! What would be done to all issues that a search finds, before it is.

use askama::Template;

use crate::{gallery::Sample, icon::Icon, issues::samples, shell::Shell};

/// Asks once more, with the count: many issues are not taken back by one press of a button.
#[derive(Debug, Template)]
#[template(path = "issues/confirm.html")]
pub(crate) struct ConfirmPage {
    pub(crate) shell: Shell,
    /// `Resolve 214 issues`
    pub(crate) what: String,
    pub(crate) query: String,
    /// There are more than are changed at once.
    pub(crate) is_cut: bool,
    /// What the form said, to be said again.
    pub(crate) fields: Vec<(&'static str, String)>,
    /// The list that it was sent from.
    pub(crate) back: String,
}

impl ConfirmPage {
    pub(crate) fn samples() -> Vec<Sample> {
        samples::confirmations()
    }
}
