//! How far what was received has come.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use model::Timestamp;

use crate::App;

/// How long a request may take from its receipt until it is safe.
const MARGIN: Duration = Duration::from_secs(10);

/// Up to when everything that was received is in the event index, as far as processing has said. Where nothing processes,
/// as in a command, it is taken to be there at once.
#[derive(Debug, Default)]
pub struct Intake(AtomicI64);

impl Intake {
    /// Somebody processes from now on: until they have said how far they are, nothing is known to be through.
    pub fn begin(&self) {
        self.0.fetch_max(1, Ordering::Relaxed);
    }

    /// Nothing that came before `at` waits any longer: neither in the spool nor for the index.
    pub fn is_through(&self, at: Timestamp) {
        self.0.fetch_max(at.0, Ordering::Relaxed);
    }

    fn through(&self) -> Option<Timestamp> {
        Some(Timestamp(self.0.load(Ordering::Relaxed))).filter(|at| at.0 > 0)
    }
}

/// Up to when a count of what was received is final.
pub(crate) fn settled_until(app: &App) -> Timestamp {
    let now = app.now();
    // A clock that stepped back is believed.
    app.intake.through().map_or(now, |through| through.min(now)) - MARGIN
}
