//! Spike protection: a project that suddenly sends much more than it used to is held at a threshold, hour by hour, so
//! that one bad deployment does not fill the disk.
//!
//! The threshold of an hour follows from what was accepted in the hours before:
//!
//! ```text
//! baseline  = max(mean of the last 24 hours, weighted mean of the same hour on the last 7 days)
//!             where the hour of d days ago weighs 8 − d
//! wanted    = max(minimum, factor × baseline)
//! threshold = the one before, if `wanted` lies within a fifth of it;
//!             three quarters of the one before, if `wanted` is less than that;
//!             else `wanted`
//! ```
//!
//! So it rises at once with real traffic, falls slowly, and does not waver from hour to hour. A quota of a spike is
//! one that counts what is accepted: hours at the threshold can raise the next baseline to the threshold at most, and
//! with the usual factor real growth is let through within some hours.

use std::time::Duration;

use model::{DataCategory, ProjectId};
use serde::{Deserialize, Serialize};

use crate::{
    quota::{Quota, Scope},
    settings::SettingsError,
};

pub const HOUR: Duration = Duration::from_secs(3600);

/// The reason of an item that was dropped.
pub const REASON: &str = "spike_protection";

const HOURS_OF_DAY: usize = 24;
const DAYS: usize = 7;

/// Hours of history that the threshold looks at.
pub const HISTORY: usize = HOURS_OF_DAY * DAYS;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub enabled: bool,
    /// Items an hour that are never a spike.
    pub minimum: u64,
    /// How many times the baseline is a spike.
    pub factor: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: false,
            minimum: 10_000,
            factor: 6.0,
        }
    }
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        if self.minimum == 0 {
            let message = "the minimum is at least 1: with 0 a quiet project could never start";
            return Err(SettingsError::new("spike_protection.minimum", message));
        }
        if !(1.5..=1000.0).contains(&self.factor) {
            let message = "the factor lies between 1.5 and 1000: less would cut usual traffic";
            return Err(SettingsError::new("spike_protection.factor", message));
        }
        Ok(())
    }
}

/// How many items the coming hour may have. `history` is what was accepted in each hour before, the last one last;
/// `previous` the threshold of the hour before. Without a day of history nothing is known, so there is none.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of items: exact below 2^53, never negative, and the cast saturates"
)]
pub fn threshold(settings: &Settings, history: &[u64], previous: Option<u64>) -> Option<u64> {
    if !settings.enabled || settings.check().is_err() || history.len() < HOURS_OF_DAY {
        return None;
    }
    let wanted = (settings.factor * baseline(history)).max(settings.minimum as f64);
    let Some(previous) = previous.map(|previous| previous as f64) else {
        return Some(wanted as u64);
    };
    let threshold = if (wanted - previous).abs() <= previous / 5.0 {
        previous
    } else {
        wanted.max(previous * 0.75)
    };
    Some(threshold.max(settings.minimum as f64) as u64)
}

#[expect(clippy::cast_precision_loss, reason = "counts of items: exact below 2^53")]
fn baseline(history: &[u64]) -> f64 {
    let last_day = &history[history.len() - HOURS_OF_DAY..];
    let mean = last_day.iter().map(|&count| count as f64).sum::<f64>() / HOURS_OF_DAY as f64;
    let (mut sum, mut weights) = (0.0, 0.0);
    for day in 1..=DAYS {
        let Some(index) = history.len().checked_sub(day * HOURS_OF_DAY) else {
            break;
        };
        let weight = (DAYS + 1 - day) as f64;
        sum += weight * history[index] as f64;
        weights += weight;
    }
    // There is at least one day.
    mean.max(sum / weights)
}

/// The quota of a threshold, which counts a category of a project by the hour.
pub fn quota(project: ProjectId, category: DataCategory, threshold: u64) -> Quota {
    Quota {
        id: format!("spike:{}", category.name()),
        categories: vec![category],
        scope: Scope::Project,
        scope_id: Some(project.0),
        limit: Some(threshold),
        window: Some(HOUR.as_secs()),
        namespace: None,
        reason_code: Some(REASON.to_owned()),
    }
}
