//! The ways into an organization, for people and for projects: what the links of mails lead to, and asking to be let in.

pub(crate) mod accept;
pub(crate) mod join;
pub(crate) mod transfer;

use crate::gallery::Sample;

pub(crate) fn samples() -> Vec<Sample> {
    [
        accept::AcceptPage::samples(),
        join::JoinPage::samples(),
        transfer::TransferPage::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
