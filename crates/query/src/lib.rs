//! What people type into search bars, as data. Lives here: the grammar and its error messages. Stays out: how a store
//! answers it.

pub mod issues;
