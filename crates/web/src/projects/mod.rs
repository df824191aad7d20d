//! Projects: the list, creating one, connecting an SDK to it, its settings and keys.

pub(crate) mod create;
pub(crate) mod getting_started;
pub(crate) mod list;
mod sdk;
pub(crate) mod settings;
mod snippets;
