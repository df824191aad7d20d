//! What the installation keeps, for how long, and whether there is room for it.

pub mod disk;
mod jobs;
mod report;
mod retention;
mod settings;

pub(crate) use jobs::Retain;
pub use report::{DatasetSize, StorageReport, report, sample};
pub use retention::{ExpireError, InstallationRetention, earliest, expire};
pub use settings::{MAX_DAYS, RetentionSettings};

use disk::{Disk, Pressure};

use crate::App;

/// Notes how much of the disk is free. To be called every few seconds: what is taken depends on it.
pub fn set_disk(app: &App, disk: Disk) {
    let (before, now) = app.disk.set(disk);
    if now > before {
        tracing::error!(
            disk.free_bytes = disk.free_bytes,
            disk.floor_bytes = disk.floor_bytes,
            pressure = ?now,
            "the disk is almost full: the least important data is no longer taken"
        );
    } else if now < before {
        tracing::info!(disk.free_bytes = disk.free_bytes, pressure = ?now, "there is room on the disk again");
    }
}

/// What is no longer taken because the disk is almost full.
pub fn pressure(app: &App) -> Pressure {
    app.disk.pressure()
}
