//! Data scrubbing as a form: of a project and of an organization alike, with a box to try the rules out.

mod form;
mod trial;

pub(crate) use form::{ScrubbingForm, field};
pub(crate) use trial::{Trial, trial_of_event, trial_of_text};
