//! Numbers of answers as a reader wants them: short, with their unit.

use query::{Selection, ValueType};

use crate::number;

/// What the numbers of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Unit {
    #[default]
    Plain,
    /// In milliseconds.
    Duration,
    /// A share of 1.
    Share,
    PerSecond,
    PerMinute,
}

impl Unit {
    pub(crate) fn of(selection: &Selection) -> Self {
        match (selection.value_type(), selection.unit()) {
            (ValueType::Duration, _) => Self::Duration,
            (ValueType::Percentage, _) => Self::Share,
            (ValueType::Rate, Some("1/second")) => Self::PerSecond,
            (ValueType::Rate, _) => Self::PerMinute,
            _ => Self::Plain,
        }
    }

    /// For the script that draws charts, and for people above them.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Duration => "duration",
            Self::Share => "share",
            Self::PerSecond => "per second",
            Self::PerMinute => "per minute",
        }
    }

    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Plain => decimal(value),
            Self::Duration => duration(value),
            Self::Share => format!("{}%", decimal(value * 100.0)),
            Self::PerSecond => format!("{}/s", decimal(value)),
            Self::PerMinute => format!("{}/min", decimal(value)),
        }
    }

    /// The exact value, where what is shown is rounded.
    pub(crate) fn exact(self, value: f64) -> Option<String> {
        match self {
            Self::Duration => Some(format!("{value} ms")),
            _ if value.fract() != 0.0 => Some(value.to_string()),
            _ => None,
        }
    }
}

/// `1,234.57`: two places, three significant digits below one.
fn decimal(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let size = value.abs();
    if size >= 1e15 || (size > 0.0 && size < 0.001) {
        return format!("{value:.2e}");
    }
    let text = if size < 1.0 {
        format!("{size:.3}")
    } else {
        format!("{size:.2}")
    };
    let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
    let places = places.trim_end_matches('0');
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), number::grouped);
    let sign = if value < 0.0 { "-" } else { "" };
    if places.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{places}")
    }
}

fn duration(millis: f64) -> String {
    const UNITS: [(f64, &str); 4] = [
        (86_400_000.0, "d"),
        (3_600_000.0, "h"),
        (60_000.0, "min"),
        (1_000.0, "s"),
    ];
    let found = UNITS.iter().find(|(length, _)| millis.abs() >= *length);
    let (length, name) = found.copied().unwrap_or((1.0, "ms"));
    format!("{} {name}", decimal(millis / length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_short_and_has_its_unit() {
        for (unit, value, expected) in [
            (Unit::Plain, 0.0, "0"),
            (Unit::Plain, 1_234_567.0, "1,234,567"),
            (Unit::Plain, -1234.567, "-1,234.57"),
            (Unit::Plain, 0.12345, "0.123"),
            (Unit::Plain, 1e20, "1.00e20"),
            (Unit::Plain, f64::NAN, "NaN"),
            (Unit::Duration, 0.5, "0.5 ms"),
            (Unit::Duration, 999.0, "999 ms"),
            (Unit::Duration, 1_500.0, "1.5 s"),
            (Unit::Duration, 90_000.0, "1.5 min"),
            (Unit::Duration, 5_400_000.0, "1.5 h"),
            (Unit::Share, 0.0512, "5.12%"),
            (Unit::PerSecond, 2.5, "2.5/s"),
            (Unit::PerMinute, 2.0, "2/min"),
        ] {
            assert_eq!(unit.show(value), expected, "{unit:?} {value}");
        }
    }

    #[test]
    fn what_is_rounded_has_its_exact_value_beside_it() {
        assert_eq!(Unit::Plain.exact(3.0), None);
        assert_eq!(Unit::Plain.exact(0.123_456).as_deref(), Some("0.123456"));
        assert_eq!(Unit::Duration.exact(1_234.5).as_deref(), Some("1234.5 ms"));
    }
}
