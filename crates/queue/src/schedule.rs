//! When what is done from time to time is due. All in UTC.

use std::time::Duration;

use model::Timestamp;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// At each multiple since 1970: every hour is on the hour.
    Every(Duration),
    Daily {
        hour: u8,
        minute: u8,
    },
    Weekly {
        weekday: Weekday,
        hour: u8,
        minute: u8,
    },
}

/// In the order of 1970, which began on a Thursday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weekday {
    Thursday,
    Friday,
    Saturday,
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
}

/// What becomes of times that passed while nothing ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// One job does for all of them.
    Once,
    /// Each has its own job, in order; of more than `at_most` only the newest.
    Each { at_most: u32 },
}

impl Schedule {
    fn period_and_offset(self) -> (i64, i64) {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        let of_day = |hour: u8, minute: u8| Duration::from_secs(u64::from(hour) * 3600 + u64::from(minute) * 60);
        match self {
            Self::Every(period) => (micros(period).max(1), 0),
            Self::Daily { hour, minute } => (micros(DAY), micros(of_day(hour, minute))),
            Self::Weekly { weekday, hour, minute } => {
                let days = DAY * weekday as u32;
                (micros(DAY * 7), micros(days + of_day(hour, minute)))
            }
        }
    }

    /// The newest time of the schedule that is not after `at`.
    pub fn at_or_before(self, at: Timestamp) -> Timestamp {
        let (period, offset) = self.period_and_offset();
        Timestamp(at.0.saturating_sub((at.0 - offset).rem_euclid(period)))
    }

    pub fn next_after(self, at: Timestamp) -> Timestamp {
        let (period, _) = self.period_and_offset();
        Timestamp(self.at_or_before(at).0.saturating_add(period))
    }

    /// The times for which a job is written, when those up to `last` have theirs.
    pub(crate) fn due(self, last: Timestamp, now: Timestamp, catch_up: CatchUp) -> Vec<Timestamp> {
        let (period, _) = self.period_and_offset();
        let newest = self.at_or_before(now);
        if newest <= last {
            return Vec::new();
        }
        let most = match catch_up {
            CatchUp::Once => 1,
            CatchUp::Each { at_most } => i64::from(at_most.max(1)),
        };
        let missed = (newest.0 - self.at_or_before(last).0) / period;
        let times = (0..missed.min(most)).rev();
        times.map(|back| Timestamp(newest.0 - back * period)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_aligned() {
        let check = |schedule: Schedule, before: &str, expected: &str| {
            assert_eq!(
                schedule.next_after(at(before)),
                at(expected),
                "{schedule:?} after {before}"
            );
        };
        let hourly = Schedule::Every(Duration::from_secs(3600));
        check(hourly, "2026-11-21T10:20:30Z", "2026-11-21T11:00:00Z");
        check(hourly, "2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z");
        let daily = Schedule::Daily { hour: 6, minute: 30 };
        check(daily, "2026-11-21T06:29:59Z", "2026-11-21T06:30:00Z");
        check(daily, "2026-11-21T06:30:00Z", "2026-11-22T06:30:00Z");
        // 2026-11-23 is a Monday.
        let weekly = Schedule::Weekly {
            weekday: Weekday::Monday,
            hour: 9,
            minute: 0,
        };
        check(weekly, "2026-11-21T10:00:00Z", "2026-11-23T09:00:00Z");
        check(weekly, "2026-11-23T09:00:00Z", "2026-11-30T09:00:00Z");
        let thursday = Schedule::Weekly {
            weekday: Weekday::Thursday,
            hour: 0,
            minute: 0,
        };
        check(thursday, "1970-01-01T00:00:00Z", "1970-01-08T00:00:00Z");
    }

    #[test]
    fn missed_times_are_made_up_for_once_or_each() {
        let hourly = Schedule::Every(Duration::from_secs(3600));
        let check = |last: &str, now: &str, catch_up, expected: &[&str]| {
            let expected: Vec<Timestamp> = expected.iter().map(|text| at(text)).collect();
            assert_eq!(
                hourly.due(at(last), at(now), catch_up),
                expected,
                "{last} {now} {catch_up:?}"
            );
        };
        let last = "2026-11-21T10:00:00Z";
        check(last, "2026-11-21T10:59:59Z", CatchUp::Once, &[]);
        check(last, "2026-11-21T11:00:00Z", CatchUp::Once, &["2026-11-21T11:00:00Z"]);
        check(last, "2026-11-21T13:30:00Z", CatchUp::Once, &["2026-11-21T13:00:00Z"]);
        let each = CatchUp::Each { at_most: 2 };
        check(last, "2026-11-21T11:30:00Z", each, &["2026-11-21T11:00:00Z"]);
        check(
            last,
            "2026-11-21T13:30:00Z",
            each,
            &["2026-11-21T12:00:00Z", "2026-11-21T13:00:00Z"],
        );
        // A time that is not of the schedule, as after the schedule was changed.
        check(
            "2026-11-21T10:20:00Z",
            "2026-11-21T11:00:00Z",
            each,
            &["2026-11-21T11:00:00Z"],
        );
        check("2026-11-21T12:00:00Z", "2026-11-21T11:00:00Z", each, &[]);
    }
}
