//! Options: single values that are set by name, for the installation, an organization, a project, or by users for
//! themselves. The narrowest place counts; for the installation, the settings of the process and the database meet.

mod change;
mod definition;
mod read;
mod registry;
mod state;

pub(crate) use change::purge;
pub use change::{OptionChannel, OptionError, Setting, set, unset};
pub use definition::{Definition, Flags, Kind, Level};
pub(crate) use read::get_secret;
pub use read::{Lock, OptionState, Reader, Target, get, get_count, get_flag, get_many, list};
pub use registry::*;
pub use state::{FileOptionError, FileOptions, OptionValues};
