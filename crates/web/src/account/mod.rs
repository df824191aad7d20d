//! The signed-in user's own account: profile and addresses, password, second factor and sessions.

pub(crate) mod emails;
pub(crate) mod notifications;
pub(crate) mod profile;
mod qr;
pub(crate) mod second_factor;
pub(crate) mod security;

use crate::gallery::Sample;

pub(crate) fn samples() -> Vec<Sample> {
    [
        profile::ProfilePage::samples(),
        notifications::NotificationsPage::samples(),
        security::SecurityPage::samples(),
        second_factor::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
