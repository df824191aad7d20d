//! What tests of several crates need. Lives here: databases of the tests' own, the file layer that discards what was not
//! synced, the raw HTTP client, the reader of recorded SDK traffic, and the program as a child process. Stays out: rules
//! of the product, and whatever only one crate's tests need. A dev-dependency only: nothing here is in the binary.
//! The benchmark in `xtask` uses [`load`] alone, so all else stands behind the feature `full`.
//!
//! | to… | go to |
//! | --- | --- |
//! | run a store test on every database | [`on_every_database`] |
//! | make a database refuse something | [`execute`] |
//! | look for what must not be in a database | [`cells`] |
//! | prove that a commit survives a power cut | [`power_cut`] |
//! | send requests byte for byte, broken ones too | [`http`] |
//! | replay what real SDKs sent | [`corpus`] |
//! | make as many realistic events as wanted | [`load`] |
//! | run the real program | [`server`] |
//! | take mails, or refuse them | [`smtp`] |

#[cfg(feature = "full")]
mod cells;
#[cfg(feature = "full")]
mod databases; // what a store test runs on:
#[cfg(feature = "full")]
pub mod postgres; // among them a PostgreSQL that the tests start // and all that such a database holds

#[cfg(feature = "full")]
pub mod power_cut;

#[cfg(feature = "full")]
pub mod http;

#[cfg(feature = "full")]
pub mod corpus;

pub mod load; // what a busy service sends

#[cfg(feature = "full")]
pub mod server;

#[cfg(feature = "full")]
pub mod smtp; // and where its mails go

#[cfg(feature = "full")]
mod requirement; // when an absent program or folder fails a test instead of skipping it

#[cfg(feature = "full")]
pub use cells::{Cell, cells};
#[cfg(feature = "full")]
pub use databases::{TestDatabase, databases, execute, on_every_database};
#[cfg(feature = "full")]
pub use requirement::skip_unless_required;
