//! The guarded HTTP client: what a tenant typed in never leads to an address that is not of the public internet, and no
//! answer takes more time or memory than it may.

mod client; // a request and the redirects after it,
mod connect; // the connection of each,
mod exchange; // what a request and its answer are,
mod log; // and what is kept of them, without secrets

pub use client::{HttpClient, RootsError};
pub use connect::{Resolve, Resolving, SystemResolver};
pub use exchange::{Answer, HttpError, Request, Trust};
pub use log::{Exchange, RequestLog, shown_url};
