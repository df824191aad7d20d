//! Every statement of the store, on every database.

mod events;
mod issues;
mod people;
mod power_cut;
mod projects;
mod schema;
mod seed;
