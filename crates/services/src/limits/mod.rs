//! How often somebody may do something: requests to the API by endpoint, and single deeds by name. Counted in fixed
//! windows and in memory: a restart begins anew, and when too many are counted at once, further ones are let through.

mod deeds;
mod requests;
mod windows;

pub use deeds::{Deed, LimitReached};
pub use requests::{Allowance, Asker, Exceeded, Group, Permit, begin};

/// All that is counted.
#[derive(Debug, Default)]
pub struct Limits {
    requests: requests::Requests,
    pub(crate) deeds: deeds::Deeds,
}
