//! What becomes of an issue: its states and what changes them, and whose it is.
//!
//! Lives here: the rules of resolving, archiving, escalating and prioritizing, and the ownership rules. Pure: time,
//! counts and releases are passed in, and what is to be written comes out as a [`Step`]. Stays out: database, HTTP,
//! clock; `services::issues` writes the steps. Start at [`State`].

mod state; // what an issue is,

mod act; // what people make of it,
mod events; // what events do,
mod tick; // and what time does;

mod escalation; // when events are too many,
mod release_order; // and which release comes first;

pub mod ownership; // whose it is

pub use act::act;
pub use escalation::{DAYS, HOURS, ceilings};
pub use events::{Batch, Hour, events};
pub use release_order::{comes_after, follows_semver};
pub use state::{Action, Activity, Data, Release, Resolution, ResolutionKind, Review, Snooze, State, Step, Target};
pub use tick::{Age, UNTIL_ONGOING, due, tick};
