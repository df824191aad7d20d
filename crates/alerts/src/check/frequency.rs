//! How often, by how many: numbers over a window that ends with the event.

use std::time::Duration;

use model::Timestamp;
use serde_json::{Map, Value, json};

use super::event::EventCheck;
use crate::{
    names::{Name, names},
    reader::{Field, Reader, number},
};

names! {
    pub enum Of {
        Events = "events" "events",
        Users = "users" "users",
        /// The events, in percent of the project's sessions.
        Sessions = "sessions" "percent of sessions",
    }

    pub enum Operator {
        /// Sentry's own comparison.
        More = "gt" "more than",
        AtLeast = "gte" "at least",
    }

    pub enum Interval {
        OneMinute = "1m" "one minute",
        FiveMinutes = "5m" "5 minutes",
        TenMinutes = "10m" "10 minutes",
        FifteenMinutes = "15m" "15 minutes",
        ThirtyMinutes = "30m" "30 minutes",
        OneHour = "1h" "one hour",
        OneDay = "1d" "one day",
        OneWeek = "1w" "one week",
        ThirtyDays = "30d" "30 days",
    }

    enum Comparison {
        Count = "count" "a number",
        Percent = "percent" "a change in percent",
    }
}

impl Interval {
    /// Those of events and users.
    pub const OF_COUNTS: [Self; 7] = [
        Self::OneMinute,
        Self::FiveMinutes,
        Self::FifteenMinutes,
        Self::OneHour,
        Self::OneDay,
        Self::OneWeek,
        Self::ThirtyDays,
    ];
    pub const OF_SESSIONS: [Self; 4] = [Self::FiveMinutes, Self::TenMinutes, Self::ThirtyMinutes, Self::OneHour];
    /// How long ago the span begins that is compared with.
    pub const OF_COMPARISONS: [Self; 6] = [
        Self::FiveMinutes,
        Self::FifteenMinutes,
        Self::OneHour,
        Self::OneDay,
        Self::OneWeek,
        Self::ThirtyDays,
    ];

    pub fn duration(self) -> Duration {
        const MINUTE: u64 = 60;
        const DAY: u64 = 24 * 60 * MINUTE;
        Duration::from_secs(match self {
            Self::OneMinute => MINUTE,
            Self::FiveMinutes => 5 * MINUTE,
            Self::TenMinutes => 10 * MINUTE,
            Self::FifteenMinutes => 15 * MINUTE,
            Self::ThirtyMinutes => 30 * MINUTE,
            Self::OneHour => 60 * MINUTE,
            Self::OneDay => DAY,
            Self::OneWeek => 7 * DAY,
            Self::ThirtyDays => 30 * DAY,
        })
    }

    /// Also in the spellings of the newer model: `5min`, `1hr`.
    pub fn find_in_any_spelling(name: &str) -> Option<Self> {
        let short = name
            .strip_suffix("min")
            .map(|number| format!("{number}m"))
            .or_else(|| name.strip_suffix("hr").map(|number| format!("{number}h")));
        Self::find(short.as_deref().unwrap_or(name))
    }
}

/// Offered intervals of each kind, in the form of a closed set.
macro_rules! offered {
    ($($name:ident = $list:ident;)*) => {$(
        #[derive(Clone, Copy)]
        pub(super) struct $name(Interval);

        impl Name for $name {
            fn choices() -> Vec<(&'static str, &'static str)> {
                Interval::$list.iter().map(|one| (one.name(), one.text())).collect()
            }

            fn find(name: &str) -> Option<Self> {
                let interval = Interval::find_in_any_spelling(name)?;
                Interval::$list.contains(&interval).then_some(Self(interval))
            }
        }
    )*};
}

offered! {
    CountInterval = OF_COUNTS;
    SessionInterval = OF_SESSIONS;
    ComparisonInterval = OF_COMPARISONS;
}

/// More events, users or percent than `value` within `interval`; or that many percent more than in the same span before.
#[derive(Debug, Clone, PartialEq)]
pub struct Frequency {
    pub of: Of,
    pub value: f64,
    pub operator: Operator,
    pub interval: Interval,
    /// Compare with the span of the same length that ended so long ago; `value` is percent then.
    pub change: Option<Interval>,
    /// Of users: only events count for which all of these hold.
    pub filters: Vec<EventCheck>,
}

/// Half open, as the newest event counts and one of exactly an interval ago no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Received later than this,
    pub after: Timestamp,
    /// and no later than this.
    pub until: Timestamp,
}

impl Window {
    pub fn contains(&self, received_at: Timestamp) -> bool {
        self.after < received_at && received_at <= self.until
    }
}

/// What was counted in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measure {
    /// Events or users.
    pub count: u64,
    /// Sessions of the project. Needed for [`Of::Sessions`] only.
    pub sessions: Option<u64>,
}

/// Of fewer sessions, a share says nothing.
const LEAST_SESSIONS: u64 = 50;

pub(super) const MOST_FILTERS: usize = 10;
const MOST: i64 = 1_000_000_000;

pub(super) const COUNT_FIELDS: &[Field] = &[
    Field::whole("value", 1, MOST),
    Field::choice::<Operator>("operator", "gt"),
    Field::choice::<CountInterval>("interval", "1m"),
    Field::choice::<Comparison>("comparisonType", "count"),
    Field::choice::<ComparisonInterval>("comparisonInterval", ""),
];

pub(super) const SESSION_FIELDS: &[Field] = &[
    Field::decimal("value", 0.0, 1_000_000_000.0),
    Field::choice::<Operator>("operator", "gt"),
    Field::choice::<SessionInterval>("interval", "5m"),
    Field::choice::<Comparison>("comparisonType", "count"),
    Field::choice::<ComparisonInterval>("comparisonInterval", ""),
];

impl Frequency {
    pub(super) fn read_count(of: Of, reader: &mut Reader<'_>) -> Option<Self> {
        let value = reader.whole("value");
        let interval = reader.choice::<CountInterval>("interval");
        let rest = Self::read_rest(reader);
        #[expect(clippy::cast_precision_loss, reason = "it is at most 10^9")]
        let value = value? as f64;
        Self::new(of, value, interval?.0, rest?)
    }

    pub(super) fn read_share(reader: &mut Reader<'_>) -> Option<Self> {
        let value = reader.decimal("value");
        let interval = reader.choice::<SessionInterval>("interval");
        let rest = Self::read_rest(reader)?;
        let value = value?;
        if rest.1.is_none() && value > 100.0 {
            reader.problem("value", "a share is at most 100 percent");
            return None;
        }
        Self::new(Of::Sessions, value, interval?.0, rest)
    }

    fn new(of: Of, value: f64, interval: Interval, (operator, change): (Operator, Option<Interval>)) -> Option<Self> {
        Some(Self {
            of,
            value,
            operator,
            interval,
            change,
            filters: Vec::new(),
        })
    }

    fn read_rest(reader: &mut Reader<'_>) -> Option<(Operator, Option<Interval>)> {
        let operator = reader.choice("operator");
        let change = match reader.choice::<Comparison>("comparisonType")? {
            Comparison::Count => None,
            Comparison::Percent => Some(reader.choice::<ComparisonInterval>("comparisonInterval")?.0),
        };
        Some((operator?, change))
    }

    pub(super) fn write(&self, wire: &mut Map<String, Value>) {
        wire.insert("value".to_owned(), number(self.value));
        if self.operator == Operator::AtLeast {
            wire.insert("operator".to_owned(), json!(self.operator.name()));
        }
        wire.insert("interval".to_owned(), json!(self.interval.name()));
        let comparison = self.change.map_or(Comparison::Count, |_| Comparison::Percent);
        wire.insert("comparisonType".to_owned(), json!(comparison.name()));
        if let Some(change) = self.change {
            wire.insert("comparisonInterval".to_owned(), json!(change.name()));
        }
        if !self.filters.is_empty() {
            let filters: Vec<_> = self.filters.iter().map(EventCheck::to_filter).collect();
            wire.insert("filters".to_owned(), Value::Array(filters));
        }
    }

    /// The window that ends with an event, and the one that it is compared with.
    pub fn windows(&self, received_at: Timestamp) -> (Window, Option<Window>) {
        let ending = |until: Timestamp| Window {
            after: until - self.interval.duration(),
            until,
        };
        let before = self.change.map(|change| ending(received_at - change.duration()));
        (ending(received_at), before)
    }

    /// What is compared with `value`. `None` if there are too few sessions for a share, or they were not told.
    pub fn measured(&self, now: Measure, before: Option<Measure>) -> Option<f64> {
        let now = self.number(now)?;
        if self.change.is_none() {
            return Some(now);
        }
        let before = self.number(before.unwrap_or_default()).unwrap_or(0.0);
        // Where nothing was, everything is new.
        Some(if before > 0.0 {
            (now - before) / before * 100.0
        } else {
            now * 100.0
        })
    }

    pub fn is_met_by(&self, measured: f64) -> bool {
        match self.operator {
            Operator::More => measured > self.value,
            Operator::AtLeast => measured >= self.value,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn number(&self, measure: Measure) -> Option<f64> {
        if self.of != Of::Sessions {
            return Some(measure.count as f64);
        }
        let sessions = measure.sessions.filter(|sessions| *sessions >= LEAST_SESSIONS)?;
        Some(measure.count as f64 / sessions as f64 * 100.0)
    }

    /// `the issue is seen more than 100 times in one hour`.
    pub fn text(&self) -> String {
        let value = number(self.value);
        let operator = self.operator.text();
        let interval = self.interval.text();
        if let Some(change) = self.change {
            let of = match self.of {
                Of::Events => "events",
                Of::Users => "affected users",
                Of::Sessions => "the share of affected sessions",
            };
            let ago = change.text();
            return format!("{of} in {interval} are {operator} {value} percent above those of {ago} before");
        }
        match self.of {
            Of::Events => format!("the issue is seen {operator} {value} times in {interval}"),
            Of::Users if self.filters.is_empty() => {
                format!("the issue is seen by {operator} {value} users in {interval}")
            }
            Of::Users => {
                let filters: Vec<_> = self.filters.iter().map(EventCheck::text).collect();
                let filters = filters.join(" and ");
                format!("the issue is seen by {operator} {value} users in {interval} where {filters}")
            }
            Of::Sessions => format!("the issue affects {operator} {value} percent of sessions in {interval}"),
        }
    }
}
