//! Telling people: from a cause, over who is to be told, to every attempt to deliver a message.
//!
//! A cause is a row that is written in the transaction of what causes it, with a job that finds the recipients. For each
//! of them there is a row that says why they were chosen or not, and for each one told a delivery with a job of its own.
//! So nothing that was decided is lost, and everything can be asked for later.

mod cause; // what there is to tell,
pub mod causes; // and how it is written down,
pub mod content; // the message itself,
mod deliver; // every attempt to deliver it,
pub(crate) mod gathered; // or of several at once,
pub mod ledger; // and all of that for those who ask
mod plan; // whom it reaches,
pub mod policy; // at once or later,
mod reason;
pub mod recipients; // who that is and why,
pub(crate) mod saved_rules; // rules that channels are told of when somebody saves them
mod webhook; // also for services, // in which words

pub mod actions; // what organizations are told of by services
pub mod activity; // what happens to issues and releases
pub mod addresses; // where the mails of a project go
pub mod chat; // who people are in a chat
pub mod preferences; // what users decide on once
pub mod push; // browsers
pub mod rules; // what users and teams want to be told of beside alerts
pub mod settings; // what they want to be told of at all
pub mod unsubscribe; // what links in messages do

pub use cause::{AlertCause, FiredRule, NewCause, cause};
pub use deliver::Deliver;
pub use plan::{Notify, deliver_held};
pub use reason::Reason;
