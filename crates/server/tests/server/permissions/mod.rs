//! Who may do what: every route of the API and of the pages, asked by people of every role, by tokens of every scope, and
//! by strangers. What is expected follows from the table of routes; a new route is asked without anybody's doing.

mod expected; // what the table says,
mod people; // who asks,
mod world; // where,

mod consent;
mod isolation;
mod matrix;
mod table;
