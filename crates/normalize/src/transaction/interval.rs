//! Stretches of time, and how long they are together.

use protocol::event::Span;

/// In microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interval {
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Interval {
    pub(super) fn of(span: &Span) -> Option<Self> {
        let (start, end) = (span.start_timestamp?, span.timestamp?);
        Some(Self {
            start: start.0,
            end: end.0.max(start.0),
        })
    }

    pub(super) fn length(self) -> i64 {
        self.end.saturating_sub(self.start)
    }

    /// The part of this one that lies in the other; of no length where they do not meet.
    pub(super) fn within(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        Self {
            start,
            end: self.end.min(other.end).max(start),
        }
    }
}

/// The same stretches without overlaps, in order.
pub(super) fn merged(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort_unstable();
    intervals.dedup_by(|next, last| {
        let meets = next.start <= last.end;
        if meets {
            last.end = last.end.max(next.end);
        }
        meets
    });
    intervals
}

pub(crate) fn milliseconds(micros: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact for 285 years")]
    let micros = micros as f64;
    micros / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_count_once() {
        let check = |intervals: &[(i64, i64)], expected: i64| {
            let intervals = intervals.iter().map(|&(start, end)| Interval { start, end }).collect();
            let length: i64 = merged(intervals).into_iter().map(Interval::length).sum();
            assert_eq!(length, expected);
        };
        check(&[], 0);
        check(&[(5, 5)], 0);
        check(&[(0, 10), (2, 3), (20, 25)], 15);
        check(&[(20, 25), (5, 12), (0, 10), (12, 13)], 18);
        check(&[(0, 1), (0, 1), (0, 1)], 1);
    }
}
