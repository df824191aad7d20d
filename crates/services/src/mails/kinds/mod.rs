//! What each kind of notification says by mail.

mod event; // the parts that tell of an event

pub(super) mod activity;
pub(super) mod deploy;
pub(super) mod digest;
pub(super) mod issue_alert;
pub(super) mod metric_alert;
pub(super) mod notices;
pub(super) mod written;

pub(super) use event::{message_of, trace_of};
