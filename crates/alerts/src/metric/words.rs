use super::{CrashFree, Detection, Direction, Level, MetricRule};

/// Beyond this a number is written with a power of ten.
const LARGEST: f64 = 1e15;

/// A number as people read it: thousands apart, three decimals at most.
pub fn number(value: f64) -> String {
    if value.abs() >= LARGEST {
        return format!("{value:.3e}");
    }
    let text = format!("{:.3}", value.abs());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let decimals = decimals.trim_end_matches('0');
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let is_zero = grouped == "0" && decimals.is_empty();
    let sign = if value < 0.0 && !is_zero { "-" } else { "" };
    if decimals.is_empty() {
        format!("{sign}{grouped}")
    } else {
        format!("{sign}{grouped}.{decimals}")
    }
}

/// What a value is of: `64 events`, `3 users affected`, `99.2% sessions crash free rate`.
pub fn value_text(rule: &MetricRule, value: f64) -> String {
    let shown = number(value);
    match rule.crash_free() {
        Some(CrashFree::Sessions) => return format!("{shown}% sessions crash free rate"),
        Some(CrashFree::Users) => return format!("{shown}% users crash free rate"),
        None => {}
    }
    let aggregate = rule.aggregate.as_str();
    let name = aggregate.split('(').next().unwrap_or_default();
    match (name, aggregate) {
        ("count", _) if value == 1.0 => format!("{shown} event"),
        ("count", _) => format!("{shown} events"),
        (_, "count_unique(user)" | "count_unique(tags[sentry:user])") => format!("{shown} users affected"),
        ("apdex", _) => format!("{shown} apdex score"),
        ("failure_rate", _) => format!("{}% failure rate", number(value * 100.0)),
        (_, aggregate) if is_duration(aggregate) => format!("{shown} ms {aggregate}"),
        (_, aggregate) => format!("{shown} {aggregate}"),
    }
}

/// Whether the values are milliseconds.
fn is_duration(aggregate: &str) -> bool {
    let is_bare = |name: &str| aggregate == name || aggregate == format!("{name}()");
    aggregate.contains(".duration") || ["p50", "p75", "p90", "p95", "p99", "p100"].into_iter().any(is_bare)
}

/// `64 events in the last 5 minutes`; of a percentage how it is compared with before.
pub fn sentence(rule: &MetricRule, value: f64) -> String {
    let window = span(rule.window_minutes);
    match rule.detection {
        Detection::Percent { minutes } => {
            let change = value - 100.0;
            let (by, word) = (number(change.abs()), if change < 0.0 { "lower" } else { "higher" });
            format!(
                "{} {by}% {word} in the last {window} than {} before",
                subject(rule),
                span(minutes)
            )
        }
        _ => format!("{} in the last {window}", value_text(rule, value)),
    }
}

/// `critical: more than 50 events in 5 minutes`.
pub fn threshold_text(rule: &MetricRule, level: Level) -> String {
    let Some(trigger) = rule.trigger(level) else {
        return String::new();
    };
    let name = level.name();
    let window = span(rule.window_minutes);
    match (rule.detection, rule.direction) {
        (Detection::Dynamic { sensitivity }, direction) => {
            let side = match direction {
                Direction::Above => "above",
                Direction::Below => "below",
                Direction::Outside => "outside of",
            };
            format!(
                "{name}: {} {side} what is usual ({} sensitivity)",
                subject(rule),
                sensitivity.name()
            )
        }
        (Detection::Percent { minutes }, direction) => {
            let word = if direction == Direction::Below { "less" } else { "more" };
            format!(
                "{name}: over {}% {word} {} in {window} than {} before",
                number(trigger.threshold),
                subject(rule),
                span(minutes)
            )
        }
        (Detection::Static, direction) => {
            let word = if direction == Direction::Below { "less" } else { "more" };
            format!(
                "{name}: {word} than {} in {window}",
                value_text(rule, trigger.threshold)
            )
        }
    }
}

/// What is measured, without a number.
fn subject(rule: &MetricRule) -> String {
    match (rule.crash_free(), rule.aggregate.as_str()) {
        (Some(CrashFree::Sessions), _) => "sessions crash free rate".to_owned(),
        (Some(CrashFree::Users), _) => "users crash free rate".to_owned(),
        (None, "count()") => "events".to_owned(),
        (None, "count_unique(user)" | "count_unique(tags[sentry:user])") => "users affected".to_owned(),
        (None, aggregate) => aggregate.to_owned(),
    }
}

/// `5 minutes`, `1 hour`, `2 days`.
fn span(minutes: u32) -> String {
    let (count, unit) = match minutes {
        minutes if minutes >= 1_440 && minutes % 1_440 == 0 => (minutes / 1_440, "day"),
        minutes if minutes >= 60 && minutes % 60 == 0 => (minutes / 60, "hour"),
        minutes => (minutes, "minute"),
    };
    if count == 1 {
        format!("1 {unit}")
    } else {
        format!("{count} {unit}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_their_thousands_apart() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0001, "0"),
            (50.0, "50"),
            (1_234.5, "1,234.5"),
            (-1_000_000.0, "-1,000,000"),
            (99.2004, "99.2"),
            (0.125, "0.125"),
            (-2.5e300, "-2.500e300"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn spans_are_in_the_largest_whole_unit() {
        for (minutes, expected) in [
            (1, "1 minute"),
            (5, "5 minutes"),
            (60, "1 hour"),
            (90, "90 minutes"),
            (2_880, "2 days"),
        ] {
            assert_eq!(span(minutes), expected);
        }
    }
}
