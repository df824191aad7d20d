use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use model::Timestamp;

use crate::App;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long a window up to now stays the same.
const LASTS: Duration = MINUTE;

/// How much longer it may be than was asked for.
const SLACK: Duration = MINUTE.saturating_mul(5);

/// How many lengths of windows are remembered.
const MOST_KNOWN: usize = 256;

/// The time that a question is about: it always has an end, because a question about everything would read everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Inclusive.
    pub start: Timestamp,
    /// Exclusive.
    pub end: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    #[error("the start must lie before the end")]
    Backwards,
    #[error("a question may be about 90 days at most: ask for a shorter time with statsPeriod, or with start and end")]
    TooLong,
}

impl Window {
    /// What is asked about when nothing is said.
    pub const DEFAULT: Duration = DAY.saturating_mul(90);
    pub const LONGEST: Duration = DAY.saturating_mul(90);

    /// The time up to now, and a minute more: what is asked again within that minute finds the same window. Both ends are
    /// moved outwards a little.
    fn last(now: Timestamp, length: Duration) -> Result<Self, WindowError> {
        if length.is_zero() {
            return Err(WindowError::Backwards);
        }
        if length > Self::LONGEST {
            return Err(WindowError::TooLong);
        }
        let step = if length > HOUR { MINUTE } else { Duration::from_secs(10) };
        Ok(Self {
            start: (now - length).truncate(step),
            end: (now + LASTS).truncate(step) + step,
        })
    }

    pub fn between(start: Timestamp, end: Timestamp) -> Result<Self, WindowError> {
        if start >= end {
            return Err(WindowError::Backwards);
        }
        let window = Self { start, end };
        // As long as one up to now is at most.
        if window.length() > Self::LONGEST + SLACK {
            return Err(WindowError::TooLong);
        }
        Ok(window)
    }

    pub fn length(&self) -> Duration {
        self.end.since(self.start)
    }

    /// The same time, so much earlier.
    pub fn earlier(&self, by: Duration) -> Self {
        Self {
            start: self.start - by,
            end: self.end - by,
        }
    }

    /// The width of a bucket that gives a chart a readable number of points, as Sentry chooses it.
    pub fn default_interval(&self) -> Duration {
        let length = self.length();
        match () {
            () if length <= HOUR + SLACK => MINUTE,
            () if length <= DAY + SLACK => MINUTE * 5,
            () if length <= DAY * 7 + SLACK => MINUTE * 30,
            () if length <= DAY * 30 + SLACK => HOUR,
            () if length <= DAY * 60 + SLACK => HOUR * 4,
            () => DAY,
        }
    }
}

/// The windows up to now that were asked for last, by length.
#[derive(Debug, Default)]
pub(super) struct Windows(Mutex<HashMap<Duration, (Timestamp, Window)>>);

/// The time up to now: for a minute the same one, so that equal questions are equal.
pub fn up_to_now(app: &App, length: Duration) -> Result<Window, WindowError> {
    app.questions.windows.up_to(app.now(), length)
}

impl Windows {
    fn up_to(&self, now: Timestamp, length: Duration) -> Result<Window, WindowError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made_at, window)) = known.get(&length)
            && (*made_at..*made_at + LASTS).contains(&now)
        {
            return Ok(*window);
        }
        let window = Window::last(now, length)?;
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(length, (now, window));
        Ok(window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T02:40:37Z
    const NOW: Timestamp = Timestamp(1_795_228_837_000_000);

    #[test]
    fn a_window_up_to_now_holds_now_and_stays_the_same_for_a_minute() {
        let windows = Windows::default();
        let check = |now: Timestamp, length: Duration, start: &str, end: &str| {
            let window = windows.up_to(now, length).unwrap();
            assert_eq!(
                (window.start.to_string(), window.end.to_string()),
                (start.to_owned(), end.to_owned())
            );
            assert!(window.end > now && window.length() >= length && window.length() <= length + SLACK);
        };
        check(NOW, MINUTE * 5, "2026-11-21T02:35:30Z", "2026-11-21T02:41:40Z");
        check(NOW, DAY, "2026-11-20T02:40:00Z", "2026-11-21T02:42:00Z");
        let later = NOW + Duration::from_secs(59);
        check(later, DAY, "2026-11-20T02:40:00Z", "2026-11-21T02:42:00Z");
        check(later, DAY * 2, "2026-11-19T02:41:00Z", "2026-11-21T02:43:00Z");
        check(NOW + MINUTE, DAY, "2026-11-20T02:41:00Z", "2026-11-21T02:43:00Z");
        // The clock stepped back.
        check(NOW - HOUR, DAY, "2026-11-20T01:40:00Z", "2026-11-21T01:42:00Z");
    }

    #[test]
    fn a_window_has_an_end_and_a_bound() {
        let days = |days: u32| Window::last(NOW, DAY * days);
        assert_eq!(days(91), Err(WindowError::TooLong));
        assert_eq!(days(0), Err(WindowError::Backwards));
        assert_eq!(Window::between(NOW, NOW), Err(WindowError::Backwards));
        assert_eq!(Window::between(NOW - DAY * 91, NOW), Err(WindowError::TooLong));
        let longest = days(90).unwrap();
        assert_eq!(Window::between(longest.start, longest.end), Ok(longest));
    }

    #[test]
    fn a_chart_has_a_readable_number_of_points() {
        for (length, interval) in [
            (HOUR, MINUTE),
            (DAY, MINUTE * 5),
            (DAY * 14, HOUR),
            (DAY * 30, HOUR),
            (DAY * 90, DAY),
        ] {
            assert_eq!(
                Window::last(NOW, length).unwrap().default_interval(),
                interval,
                "{length:?}"
            );
        }
    }
}
