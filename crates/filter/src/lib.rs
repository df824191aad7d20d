//! Inbound filters: what a project does not want to see is dropped before it is stored (`ingest.md` §4).
//!
//! Lives here: the settings of a project's filters, their check when they are changed, the names that the API knows
//! them by, and the decision. Stays out: parsing user agents (`normalize`), storing settings, and deleted issues whose
//! events are discarded, which only the store knows. Start at [`Filters`].

mod settings;
mod wire;

mod browser_extensions;
mod csp;
mod generic;
mod legacy_browsers;
mod localhost;
mod messages;
mod web_crawlers;

mod filters;
mod item;

pub use filters::{Filters, Reason};
pub use generic::{GenericFilter, GenericFilters};
pub use item::{Browser, Client, Item, user_agent};
pub use legacy_browsers::{KEYS as LEGACY_BROWSER_KEYS, LegacyBrowsers};
pub use settings::{Csp, Settings, SettingsError};
pub use wire::{Active, ChangeError, FilterChange, FilterView};
