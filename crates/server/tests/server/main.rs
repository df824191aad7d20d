//! The real binary, as users and SDKs meet it.

mod bad_input;
mod commands;
mod corpus;
mod crash;
mod events;
mod installation;
mod quarantine;
