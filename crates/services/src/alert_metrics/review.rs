//! The monthly review: how a month went, compared with the one before.

use std::{fmt, str::FromStr, time::Duration};

use model::{Timestamp, time_zone};

use super::{GroupBy, GroupKey, Measured, MetricsQuery, measure};
use crate::{App, access::OrganizationScope, reports};

/// A month of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    pub year: i16,
    /// January is 1.
    pub month: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a month, as 2026-11")]
pub struct ParseMonthError;

impl FromStr for Month {
    type Err = ParseMonthError;

    fn from_str(text: &str) -> Result<Self, ParseMonthError> {
        let (year, month) = text.split_once('-').ok_or(ParseMonthError)?;
        let year = year.parse().map_err(|_| ParseMonthError)?;
        let month = month.parse().map_err(|_| ParseMonthError)?;
        if (1970..=9000).contains(&year) && (1..=12).contains(&month) {
            Ok(Self { year, month })
        } else {
            Err(ParseMonthError)
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl Month {
    /// The one that the clocks of a zone show.
    pub fn of(zone: &str, at: Timestamp) -> Self {
        let date = time_zone::date(zone, at);
        let month = date.get(..7).and_then(|month| month.parse().ok());
        month.unwrap_or(Self { year: 1970, month: 1 })
    }

    pub fn previous(self) -> Self {
        match self.month {
            1 => Self {
                year: self.year - 1,
                month: 12,
            },
            month => Self {
                month: month - 1,
                ..self
            },
        }
    }

    pub fn next(self) -> Self {
        match self.month {
            12 => Self {
                year: self.year + 1,
                month: 1,
            },
            month => Self {
                month: month + 1,
                ..self
            },
        }
    }

    /// When it begins on the clocks of a zone.
    fn start(self, zone: &str) -> Timestamp {
        // Around noon of its first day all zones are within a day of it.
        let noon: Timestamp = format!("{self}-01T12:00:00Z").parse().unwrap_or_default();
        let day = Duration::from_secs(24 * 3600);
        let candidates = [noon - day, noon, noon + day];
        let start = candidates
            .into_iter()
            .map(|at| time_zone::day_start(zone, at, 0))
            .find(|start| time_zone::date(zone, *start) == format!("{self}-01"));
        start.unwrap_or(noon)
    }
}

/// How a month went.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    pub month: Month,
    pub from: Timestamp,
    pub until: Timestamp,
    pub total: Measured,
    /// The month before.
    pub before: Measured,
    /// The rules with most alerts first.
    pub rules: Vec<(GroupKey, Measured)>,
    /// How well each channel delivered.
    pub integrations: Vec<(GroupKey, Measured)>,
    /// How much there was each week.
    pub weeks: Vec<(GroupKey, Measured)>,
}

pub async fn review(app: &App, scope: &OrganizationScope, month: Option<Month>) -> Result<Review, store::Error> {
    let zone = reports::settings_of(app, scope).await?.time_zone;
    let month = month.unwrap_or_else(|| Month::of(&zone, app.now()));
    let (from, until) = (month.start(&zone), month.next().start(&zone));
    let grouped = async |by: GroupBy| {
        let query = MetricsQuery {
            group_by: Some(by),
            ..MetricsQuery::between(from, until)
        };
        measure(app, scope, &query).await
    };
    let by_rule = grouped(GroupBy::Rule).await?;
    let before = MetricsQuery::between(month.previous().start(&zone), from);
    Ok(Review {
        month,
        from,
        until,
        total: by_rule.total,
        before: measure(app, scope, &before).await?.total,
        rules: by_rule.groups,
        integrations: grouped(GroupBy::Integration).await?.groups,
        weeks: grouped(GroupBy::Week).await?.groups,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_at_midnight_of_their_zone() {
        let check = |zone: &str, month: &str, expected: &str| {
            let month: Month = month.parse().unwrap();
            assert_eq!(month.start(zone).to_string(), expected, "{zone} {month}");
        };
        check("UTC", "2026-11", "2026-11-01T00:00:00Z");
        check("Europe/Vienna", "2026-07", "2026-06-30T22:00:00Z");
        check("Pacific/Kiritimati", "2026-01", "2025-12-31T10:00:00Z");
        check("Pacific/Pago_Pago", "2026-01", "2026-01-01T11:00:00Z");
        let january: Month = "2026-01".parse().unwrap();
        assert_eq!(january.previous().to_string(), "2025-12");
        assert_eq!(january.previous().next(), january);
        for bad in ["", "2026", "2026-13", "2026-00", "x-1", "99999-01", "1800-01"] {
            assert!(bad.parse::<Month>().is_err(), "{bad}");
        }
        assert_eq!(
            Month::of("Europe/Vienna", "2026-10-31T23:30:00Z".parse().unwrap()).to_string(),
            "2026-11"
        );
    }
}
