//! Issue alert rules at work: every event that was saved is held against the rules of its project, once.
//!
//! What a rule asks of the event itself was found out while the event was at hand ([`alerts::Facts`]). The batch that
//! saves events writes down, in its transaction, what the rules are to be asked; a job decides, as soon as the event
//! index has the batch, so that counts are exact. Decisions, firings, what people are to be told, and the end of the job
//! are one transaction.

mod assigning; // what a rule does itself,
mod batch; // what a batch of events hands over,
mod counting; // how often, exactly,
mod deciding; // whether each rule fires for each event,
mod post_process;
mod releases; // which release is the newest,
mod sessions; // and of how many sessions, // and the job that writes it down

pub use batch::{SavedEvent, hand_over};
pub use counting::Counts;
pub use post_process::{PostProcess, SetAside};
