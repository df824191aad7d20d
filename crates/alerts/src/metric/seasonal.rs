//! What is usual at a time of the day and the week, from the weeks before: a band around the middle of like times.

use super::{Direction, Sensitivity};

/// How many days before are looked at.
pub const DAYS: usize = 28;

/// Less is no history.
const LEAST_DAYS: usize = 7;
const LEAST_WEEKS: usize = 3;

/// Between which values it is as usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    pub low: f64,
    pub expected: f64,
    pub high: f64,
}

impl Band {
    /// By how many of its half widths a value is away from the middle, above or below: more than 1 either way is
    /// unusual. A band has a width.
    pub fn distance(&self, value: f64) -> f64 {
        let half = if value >= self.expected {
            self.high - self.expected
        } else {
            self.expected - self.low
        };
        (value - self.expected) / half.max(f64::MIN_POSITIVE)
    }

    /// What the thresholds of a dynamic rule, which are 0, are compared with: beyond 0 is outside of the band.
    pub fn excess(&self, direction: Direction, value: f64) -> f64 {
        let distance = self.distance(value);
        match direction {
            Direction::Above => distance - 1.0,
            // Below is beyond when it is less than 0.
            Direction::Below => distance + 1.0,
            Direction::Outside => (distance.abs() - 1.0).max(0.0),
        }
    }
}

/// The band of the slot that follows the history; `None` while there is too little of it.
///
/// `history` has one value a slot, the oldest first; a slot without a value is not counted. `slots_a_day` is at least 1.
pub fn band(history: &[Option<f64>], slots_a_day: usize, sensitivity: Sensitivity) -> Option<Band> {
    let first = history.iter().position(Option::is_some)?;
    if history.len() - first < LEAST_DAYS * slots_a_day {
        return None;
    }
    let daily = like_times(history, slots_a_day, DAYS);
    let weekly = like_times(history, slots_a_day * 7, DAYS / 7);
    let weeks = (history.len() - first) / (slots_a_day * 7);
    // Days of a week differ where the same days are much more alike than all days are.
    let by_week = weeks >= LEAST_WEEKS && mean_distance(&weekly)? * 2.0 < mean_distance(&daily)?;
    let samples = if by_week { weekly } else { daily };
    let expected = median(&samples)?;
    // Where all was the same so far, a little more is nothing yet: counts vary by about their root.
    let floor = expected.abs().sqrt().max(expected.abs() * 0.05).max(1e-6);
    let half = width(sensitivity) * spread(&samples)?.max(floor);
    Some(Band {
        low: expected - half,
        expected,
        high: expected + half,
    })
}

/// How many spreads around the middle are usual.
fn width(sensitivity: Sensitivity) -> f64 {
    match sensitivity {
        Sensitivity::Low => 7.0,
        Sensitivity::Medium => 5.0,
        Sensitivity::High => 3.0,
    }
}

/// The values one, two, … cycles before the slot that follows, each with its neighbours.
fn like_times(history: &[Option<f64>], cycle: usize, cycles: usize) -> Vec<f64> {
    let mut samples = Vec::new();
    for back in 1..=cycles {
        let Some(at) = history.len().checked_sub(back * cycle) else {
            break;
        };
        for index in at.saturating_sub(1)..=at + 1 {
            samples.extend(history.get(index).copied().flatten());
        }
    }
    samples
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// How far values are from their median on average: unlike [`spread`], it notices two days in seven.
fn mean_distance(values: &[f64]) -> Option<f64> {
    let middle = median(values)?;
    let sum: f64 = values.iter().map(|value| (value - middle).abs()).sum();
    Some(sum / values.len() as f64)
}

/// The median distance from the median, as a standard deviation: a few wild values do not move it.
fn spread(values: &[f64]) -> Option<f64> {
    let middle = median(values)?;
    let distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    Some(median(&distances)? * 1.4826)
}
