//! Why somebody was, or was not, told; and checks of what may keep mails away.

mod email;
mod told;
mod trace;

pub(crate) use email::check_email;
pub(crate) use trace::{list, trace};
