use std::{fmt, str::FromStr};

use model::Timestamp;

const MICROS: i64 = 86_400_000_000;

/// A UTC day, as the number of days since 1970-01-01; written as `2026-01-31`, which is also the name of its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day: expected YYYY-MM-DD")]
pub struct ParseDayError;

impl Day {
    /// Of a time before the year 0 or after 9999, the nearest day that can be written.
    pub fn of(time: Timestamp) -> Self {
        let (first, last) = (days(0, 1, 1), days(9999, 12, 31));
        let day = time.0.div_euclid(MICROS).clamp(first.into(), last.into());
        Self(i32::try_from(day).expect("it lies between two of them"))
    }

    /// The first microsecond of the day.
    pub fn start(self) -> Timestamp {
        Timestamp(i64::from(self.0).saturating_mul(MICROS))
    }

    /// The first microsecond of the next day.
    pub fn end(self) -> Timestamp {
        Timestamp(i64::from(self.0).saturating_add(1).saturating_mul(MICROS))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = ParseDayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.rsplitn(3, '-').map(str::parse::<i32>);
        let (Some(Ok(day)), Some(Ok(month)), Some(Ok(year))) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ParseDayError);
        };
        if !(0..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(ParseDayError);
        }
        let parsed = Self(days(year, month, day));
        // Only what is written like this is a day: neither `2026-02-31` nor `2026-2-3`.
        if parsed.to_string() == text {
            Ok(parsed)
        } else {
            Err(ParseDayError)
        }
    }
}

/// Years begin in March here, so that the leap day is the last of one.
fn days(year: i32, month: i32, day: i32) -> i32 {
    let year = if month > 2 { year } else { year - 1 };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil(days: i32) -> (i64, i64, i64) {
    let days = i64::from(days) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_and_read() {
        for (number, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (19_782, "2024-02-29"),
            (20_484, "2026-01-31"),
        ] {
            assert_eq!(Day(number).to_string(), text);
            assert_eq!(text.parse(), Ok(Day(number)));
        }
        for number in (-10_000..40_000).step_by(7) {
            assert_eq!(Day(number).to_string().parse(), Ok(Day(number)));
        }
        for text in ["", "2026-02-30", "2026-1-01", "damaged", "2026-01-01-01", "+2026-01-01"] {
            assert_eq!(text.parse::<Day>(), Err(ParseDayError), "{text}");
        }
    }

    #[test]
    fn a_time_belongs_to_its_utc_day() {
        let day = Day(20_484);
        assert_eq!((Day::of(day.start()), Day::of(day.end())), (day, Day(20_485)));
        assert_eq!(Day::of(Timestamp(day.end().0 - 1)), day);
        assert_eq!(Day::of(Timestamp(-1)), Day(-1));
        assert_eq!(Day::of(Timestamp(i64::MAX)).to_string(), "9999-12-31");
        assert_eq!(Day::of(Timestamp(i64::MIN)).to_string(), "0000-01-01");
    }
}
