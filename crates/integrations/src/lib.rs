//! Every outbound call: the guarded HTTP client, e-mail, webhooks, browser push, and the table of channels. Stays out: who
//! is told, and what; when a delivery is tried again is written down by its caller. Start at [`Channel`].

mod address; // which hosts may be reached at all

pub mod email;
pub mod http;
pub mod web_push;
pub mod webhook;

mod channel; // what they have in common,
mod recording; // and one for tests

pub use address::{Allowed, AllowedError, Guard};
pub use channel::{Channel, Channels, Outgoing, Receipt, Retry, SendError, Sending};
pub use recording::Recording;
