//! Why somebody was, or was not, told; and the guide's checks of what may keep messages from arriving.

pub mod email; // the checks,
pub mod trace; // and the trace of one event
