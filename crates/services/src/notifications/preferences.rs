//! What users decide on once for everything: finer toggles, a cap, quiet hours.

use std::{collections::HashMap, time::Duration};

use model::{Timestamp, UserId, time_zone};
use serde::{Deserialize, Serialize};
use store::Connection;

use crate::App;

/// A day has so many minutes.
const DAY: u16 = 24 * 60;

/// The most that a cap may allow in an hour.
pub const HIGHEST_CAP: u32 = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    pub alerts: AlertToggles,
    pub workflow: WorkflowToggles,
    /// Whether a user is told of what they did themselves.
    pub own_activity: bool,
    /// Whether an issue that nobody sees to becomes that of who resolves it.
    pub self_assign_on_resolve: bool,
    /// How much spike protection lets through in an hour, where it is on.
    pub hourly_cap: u32,
    pub quiet_hours: Option<QuietHours>,
}

/// Which alerts: those for which any of these holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertToggles {
    /// The issue is assigned to the user or a team of theirs.
    pub assigned: bool,
    /// The user, or a team of theirs, is subscribed to it.
    pub watching: bool,
    /// It is in a project of a team of theirs, or rules say that it is theirs.
    pub my_teams: bool,
    pub all: bool,
}

/// Of what happens to issues: that for which any of these holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkflowToggles {
    pub comments: bool,
    /// It was assigned to the user or a team of theirs.
    pub assigned: bool,
    pub status_changes: bool,
    pub mentions: bool,
}

/// In which nothing comes that can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// Minutes of the day in the user's zone; where they begin later than they end, midnight lies between.
    pub from: u16,
    pub to: u16,
    /// All of Saturday and Sunday.
    #[serde(default)]
    pub weekends: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            alerts: AlertToggles::default(),
            workflow: WorkflowToggles::default(),
            own_activity: false,
            self_assign_on_resolve: false,
            hourly_cap: 10,
            quiet_hours: None,
        }
    }
}

impl Default for AlertToggles {
    fn default() -> Self {
        Self {
            assigned: true,
            watching: true,
            my_teams: true,
            all: false,
        }
    }
}

impl Default for WorkflowToggles {
    fn default() -> Self {
        Self {
            comments: true,
            assigned: true,
            status_changes: true,
            mentions: true,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PreferencesError {
    #[error("the cap is between 1 and {HIGHEST_CAP} an hour")]
    Cap,
    #[error("quiet hours begin and end at different times of a day")]
    QuietHours,
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl QuietHours {
    /// When they end, if they hold at `now` in a zone. `None`: they do not.
    pub fn until(self, zone: &str, now: Timestamp) -> Option<Timestamp> {
        if !self.hold_at(zone, now) {
            return None;
        }
        let mut at = now;
        // A weekend has three midnights at most, and nights at both ends of it.
        for _ in 0..12 {
            at = time_zone::next_at(zone, at, self.to).min(time_zone::next_at(zone, at, 0));
            if !self.hold_at(zone, at) {
                break;
            }
        }
        Some(at)
    }

    fn hold_at(self, zone: &str, at: Timestamp) -> bool {
        let local = time_zone::local(zone, at);
        if self.weekends && local.weekday >= 5 {
            return true;
        }
        if self.from <= self.to {
            (self.from..self.to).contains(&local.minute)
        } else {
            local.minute >= self.from || local.minute < self.to
        }
    }
}

pub async fn get(app: &App, user: UserId) -> Result<Preferences, store::Error> {
    let mut found = of_users(&mut *app.store.read().await?, &[user]).await?;
    Ok(found.remove(&user).unwrap_or_default())
}

/// Those who have decided on nothing are left out.
pub(crate) async fn of_users(
    db: &mut Connection,
    users: &[UserId],
) -> Result<HashMap<UserId, Preferences>, store::Error> {
    let stored = store::notification_settings::preferences(db, users).await?;
    let read = |(user, value): (UserId, String)| Ok((user, serde_json::from_str(&value)?));
    stored.into_iter().map(read).collect()
}

pub async fn set(app: &App, user: UserId, new: &Preferences) -> Result<(), PreferencesError> {
    if !(1..=HIGHEST_CAP).contains(&new.hourly_cap) {
        return Err(PreferencesError::Cap);
    }
    if let Some(QuietHours { from, to, .. }) = new.quiet_hours
        && (from >= DAY || to >= DAY || from == to)
    {
        return Err(PreferencesError::QuietHours);
    }
    let value = serde_json::to_string(new).map_err(store::Error::from)?;
    let mut tx = app.store.begin().await?;
    store::notification_settings::set_preferences(&mut tx, user, &value, app.now()).await?;
    Ok(tx.commit().await?)
}

/// The start of the hour of the clock, as the counters of caps are named, and when it ends.
pub(crate) fn hour_of(now: Timestamp) -> (i64, Timestamp) {
    const HOUR: Duration = Duration::from_secs(3_600);
    let start = now.truncate(HOUR);
    (start.seconds() / 3_600, start + HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_end_when_the_users_clock_says_so() {
        let night = QuietHours {
            from: 22 * 60,
            to: 7 * 60,
            weekends: false,
        };
        let noon = QuietHours {
            from: 12 * 60,
            to: 13 * 60,
            weekends: false,
        };
        let weekends = QuietHours {
            weekends: true,
            ..night
        };
        let check = |hours: QuietHours, zone: &str, now: &str, expected: Option<&str>| {
            let until = hours.until(zone, now.parse().unwrap()).map(|at| at.to_string());
            assert_eq!(until.as_deref(), expected, "{hours:?} {zone} {now}");
        };
        // 2026-11-20 is a Friday.
        check(night, "UTC", "2026-11-20T21:59:59Z", None);
        check(night, "UTC", "2026-11-20T22:00:00Z", Some("2026-11-21T07:00:00Z"));
        check(night, "UTC", "2026-11-21T06:59:59Z", Some("2026-11-21T07:00:00Z"));
        check(night, "UTC", "2026-11-21T07:00:00Z", None);
        check(
            night,
            "Europe/Vienna",
            "2026-11-20T21:30:00Z",
            Some("2026-11-21T06:00:00Z"),
        );
        check(noon, "UTC", "2026-11-20T12:30:00Z", Some("2026-11-20T13:00:00Z"));
        check(noon, "UTC", "2026-11-20T13:00:00Z", None);
        check(weekends, "UTC", "2026-11-20T22:30:00Z", Some("2026-11-23T07:00:00Z"));
        check(weekends, "UTC", "2026-11-21T12:00:00Z", Some("2026-11-23T07:00:00Z"));
        check(weekends, "UTC", "2026-11-23T12:00:00Z", None);
    }

    #[test]
    fn what_was_stored_before_a_field_came_is_read() {
        let read: Preferences = serde_json::from_str(r#"{"workflow": {"comments": false}}"#).unwrap();
        assert!(!read.workflow.comments && read.workflow.mentions);
        assert_eq!(read.hourly_cap, 10);
    }
}
