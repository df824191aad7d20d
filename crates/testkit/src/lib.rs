//! What tests of several crates need. Lives here: databases of the tests' own, the file layer that discards what was not
//! synced, the raw HTTP client, the reader of recorded SDK traffic, and the program as a child process. Stays out: rules
//! of the product, and whatever only one crate's tests need. A dev-dependency only: nothing here is in the binary.
//!
//! | to… | go to |
//! | --- | --- |
//! | run a store test on every database | [`on_every_database`] |
//! | look for what must not be in a database | [`cells`] |
//! | prove that a commit survives a power cut | [`power_cut`] |
//! | send requests byte for byte, broken ones too | [`http`] |
//! | replay what real SDKs sent | [`corpus`] |
//! | make as many realistic events as wanted | [`load`] |
//! | run the real program | [`server`] |

mod cells;
mod databases; // what a store test runs on:
pub mod postgres; // among them a PostgreSQL that the tests start // and all that such a database holds

pub mod power_cut;

pub mod http;

pub mod corpus;

pub mod load; // what a busy service sends

pub mod server;

mod requirement; // when an absent program or folder fails a test instead of skipping it

pub use cells::{Cell, cells};
pub use databases::{TestDatabase, databases, on_every_database};
