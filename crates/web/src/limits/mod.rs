//! Limits by data category as a form: of a project and of an organization alike.

mod form;
mod window;

pub(crate) use form::{LimitRow, LimitsForm, choices};
pub(crate) use window::{UNITS, Window};
