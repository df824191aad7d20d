//! Signing in and out, and the first administrator.

pub(crate) mod first_run;
pub(crate) mod login;
mod origin;
