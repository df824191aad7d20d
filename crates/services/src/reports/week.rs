//! Which week a report is about, and when it is due.

use std::time::Duration;

use model::{Timestamp, time_zone};

use super::ReportSettings;

/// How many days a report may be late because nothing ran: after that its week is left out.
const LATEST_DAYS: u8 = 2;

/// A week may begin this much before the end of the last one that was told, as after another time zone was set.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// Seven whole days on the clocks of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week {
    /// Inclusive.
    pub start: Timestamp,
    /// Exclusive.
    pub end: Timestamp,
    /// The first day, as `2026-11-15`.
    pub first_day: String,
    /// The last one.
    pub last_day: String,
}

impl Week {
    /// The last seven whole days before `at`.
    pub fn before(zone: &str, at: Timestamp) -> Self {
        Self::of(
            zone,
            time_zone::day_start(zone, at, 7),
            time_zone::day_start(zone, at, 0),
        )
    }

    pub(super) fn of(zone: &str, start: Timestamp, end: Timestamp) -> Self {
        Self {
            first_day: time_zone::date(zone, start),
            last_day: time_zone::date(zone, end - Duration::from_secs(1)),
            start,
            end,
        }
    }

    /// The one before it.
    pub fn previous(&self, zone: &str) -> Self {
        Self::before(zone, self.start)
    }

    /// The week whose report is due at `now`, if one is.
    pub fn due(settings: &ReportSettings, now: Timestamp) -> Option<Self> {
        if !settings.is_enabled {
            return None;
        }
        let zone = &settings.time_zone;
        let local = time_zone::local(zone, now);
        let mut late = (7 + local.weekday - settings.weekday.min(6)) % 7;
        if late == 0 && local.minute < u16::from(settings.hour) * 60 {
            late = 7;
        }
        (late <= LATEST_DAYS).then(|| Self::before(zone, time_zone::day_start(zone, now, u16::from(late))))
    }

    /// Whether most of it was told when the week before ended at `told_until`.
    pub fn overlaps(&self, told_until: Timestamp) -> bool {
        self.start + OVERLAP < told_until
    }

    pub fn range(&self) -> (Timestamp, Timestamp) {
        (self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eml5_a_report_is_due_on_its_day_for_the_seven_days_before() {
        let check = |settings: &ReportSettings, now: &str, expected: Option<(&str, &str)>| {
            let due = Week::due(settings, now.parse().unwrap());
            let due = due.map(|week| (week.start.to_string(), week.end.to_string()));
            let expected = expected.map(|(start, end)| (start.to_owned(), end.to_owned()));
            assert_eq!(due, expected, "{now}");
        };
        // The 22nd of November 2026 is a Sunday.
        let week = Some(("2026-11-15T00:00:00Z", "2026-11-22T00:00:00Z"));
        let stock = ReportSettings::default();
        check(&stock, "2026-11-22T08:59:59Z", None);
        check(&stock, "2026-11-22T09:00:00Z", week);
        check(&stock, "2026-11-24T23:59:59Z", week);
        check(&stock, "2026-11-25T00:00:00Z", None);
        let vienna = ReportSettings {
            weekday: 0,
            hour: 0,
            time_zone: "Europe/Vienna".to_owned(),
            ..ReportSettings::default()
        };
        let week = Some(("2026-11-15T23:00:00Z", "2026-11-22T23:00:00Z"));
        check(&vienna, "2026-11-22T22:59:59Z", None);
        check(&vienna, "2026-11-22T23:00:00Z", week);
        // Clocks were put back within the week: it has an hour more.
        check(
            &vienna,
            "2026-10-26T12:00:00Z",
            Some(("2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z")),
        );
        let off = ReportSettings {
            is_enabled: false,
            ..ReportSettings::default()
        };
        check(&off, "2026-11-22T12:00:00Z", None);
    }

    #[test]
    fn a_week_that_was_told_in_part_is_not_told_again() {
        let week = Week::before("UTC", "2026-11-22T12:00:00Z".parse().unwrap());
        for (told_until, expected) in [
            ("2026-11-15T00:00:00Z", false),
            ("2026-11-15T13:00:00Z", false),
            ("2026-11-16T00:00:01Z", true),
            ("2026-11-22T00:00:00Z", true),
        ] {
            assert_eq!(week.overlaps(told_until.parse().unwrap()), expected, "{told_until}");
        }
        assert_eq!(week.previous("UTC").first_day, "2026-11-08");
        assert_eq!(
            (week.first_day.as_str(), week.last_day.as_str()),
            ("2026-11-15", "2026-11-21")
        );
    }
}
