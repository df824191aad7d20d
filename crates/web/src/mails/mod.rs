//! What links in mails lead to, for readers who need not be signed in.

pub(crate) mod agree;
pub(crate) mod unsubscribe;

use crate::gallery::Sample;

pub(crate) fn samples() -> Vec<Sample> {
    [agree::AgreePage::samples(), unsubscribe::UnsubscribePage::samples()]
        .into_iter()
        .flatten()
        .collect()
}
