//! How many events an hour an archived issue may bring before it escalates.

/// The hours that a forecast looks back on: a week.
pub const HOURS: usize = 168;

/// The days that a forecast is for.
pub const DAYS: usize = 14;

/// What an issue with little history may bring, for each event of its fullest hour.
const YOUNG: f64 = 10.0;

/// The ceiling of each of the days after the `hourly` counts, the oldest first. An issue that is younger than a week has
/// fewer than [`HOURS`] of them.
///
/// The steadier the traffic, the sooner it counts as unusual: `max × clamp(5·e^(−0.65·cv), 2, 5)` bounds what a spike of
/// a bursty issue is, and the mean with a multiple of the deviation what rising traffic is; the larger one holds.
pub fn ceilings(hourly: &[i64]) -> [i64; DAYS] {
    let hourly = &hourly[hourly.len().saturating_sub(HOURS)..];
    let counts: Vec<f64> = hourly.iter().map(|count| *count as f64).collect();
    let max = counts.iter().copied().fold(0.0, f64::max);
    if counts.len() < HOURS {
        // At least one event is there, or the issue would not be.
        return [whole(max.max(1.0) * YOUNG); DAYS];
    }
    let (mean, deviation) = mean_and_deviation(&counts);
    if mean == 0.0 {
        return [whole(YOUNG); DAYS];
    }
    let variation = deviation / mean;
    let spike = max * (5.0 * (-0.65 * variation).exp()).clamp(2.0, 5.0);
    let rise = mean * ((mean + 5.0 * deviation) / mean).clamp(5.0, 8.0);
    std::array::from_fn(|day| {
        let expected = weighted_mean(&counts, day);
        whole(spike.max(expected + rise))
    })
}

fn mean_and_deviation(counts: &[f64]) -> (f64, f64) {
    let number = counts.len() as f64;
    let mean = counts.iter().sum::<f64>() / number;
    let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / (number - 1.0);
    (mean, variance.sqrt())
}

/// The mean, where the hours of the same weekday count double. The day after the counts is that of their first 24 hours.
fn weighted_mean(counts: &[f64], day: usize) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (hour, count) in counts.iter().enumerate() {
        let weight = if hour / 24 == day % 7 { 2.0 } else { 1.0 };
        sum += count * weight;
        weights += weight;
    }
    sum / weights
}

fn whole(ceiling: f64) -> i64 {
    // Casts saturate.
    ceiling.round() as i64
}
