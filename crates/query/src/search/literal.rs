//! Values as people write them: numbers, durations, sizes, shares, points in time, yes and no.

use std::time::Duration;

use model::Timestamp;

use crate::error::nearest;

/// A number in front of a unit; the unit may be empty. Neither exponents nor `inf`.
fn split_unit(text: &str) -> Option<(f64, &str)> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let length = digits
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
        .count();
    let number = text[..text.len() - digits.len() + length].parse::<f64>().ok()?;
    let begins_with_digit = digits.starts_with(|c: char| c.is_ascii_digit());
    (begins_with_digit && number.is_finite()).then(|| (number, &digits[length..]))
}

/// `5`, `-1.5`, `10k`, `2m`, `1b`.
pub(crate) fn number(text: &str) -> Option<f64> {
    let (number, unit) = split_unit(text)?;
    let factor = match unit {
        "" => 1.0,
        "k" | "K" => 1e3,
        "m" | "M" => 1e6,
        "b" | "B" => 1e9,
        _ => return None,
    };
    Some(number * factor)
}

/// The units of durations, for messages.
pub(crate) const DURATION_UNITS: &str = "ms, s, min, h, d or w";

/// In milliseconds, which is also what a number without a unit is.
pub(crate) fn duration(text: &str) -> Option<f64> {
    let (number, unit) = split_unit(text)?;
    let factor = match unit {
        "" | "ms" | "millisecond" | "milliseconds" => 1.0,
        "ns" | "nanosecond" | "nanoseconds" => 1e-6,
        "us" | "µs" | "microsecond" | "microseconds" => 1e-3,
        "s" | "sec" | "secs" | "second" | "seconds" => 1e3,
        "m" | "min" | "mins" | "minute" | "minutes" => 60e3,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600e3,
        "d" | "day" | "days" => 86_400e3,
        "w" | "wk" | "week" | "weeks" => 604_800e3,
        _ => return None,
    };
    Some(number * factor)
}

/// What was perhaps meant by something that is nearly a duration.
pub(crate) fn nearest_duration(text: &str) -> Option<String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = &text[digits.len()..];
    number(digits)?;
    let unit = nearest(unit, ["min", "ms", "s", "h", "d", "w"]).filter(|_| !unit.is_empty())?;
    Some(format!("{digits}{unit}"))
}

/// `5%` as 0.05.
pub(crate) fn share(text: &str) -> Option<f64> {
    match split_unit(text)? {
        (number, "%") => Some(number / 100.0),
        _ => None,
    }
}

/// In bytes: `5kb` by thousands, `5kib` by 1,024.
pub(crate) fn size(text: &str) -> Option<f64> {
    let (number, unit) = split_unit(text)?;
    let unit = unit.to_ascii_lowercase();
    let (base, power) = match unit.as_str() {
        "byte" | "bytes" => (1_f64, 0),
        "kb" | "kilobyte" | "kilobytes" => (1e3, 1),
        "mb" | "megabyte" | "megabytes" => (1e3, 2),
        "gb" | "gigabyte" | "gigabytes" => (1e3, 3),
        "tb" | "terabyte" | "terabytes" => (1e3, 4),
        "kib" | "kibibyte" | "kibibytes" => (1024.0, 1),
        "mib" | "mebibyte" | "mebibytes" => (1024.0, 2),
        "gib" | "gibibyte" | "gibibytes" => (1024.0, 3),
        "tib" | "tebibyte" | "tebibytes" => (1024.0, 4),
        _ => return None,
    };
    Some(number * base.powi(power))
}

/// Any of these, of a field whose unit is not known. A bare `m` is millions.
pub(crate) fn quantity(text: &str) -> Option<f64> {
    number(text)
        .or_else(|| share(text))
        .or_else(|| size(text))
        .or_else(|| duration(text))
}

pub(crate) fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Some(true),
        "0" | "false" | "no" => Some(false),
        _ => None,
    }
}

/// A point in time as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    /// `-24h`: younger than that.
    After(Timestamp),
    /// `+24h`: older than that.
    Before(Timestamp),
    /// A day, minute, second or less, that begins at the first and ends before the second.
    Span(Timestamp, Timestamp),
}

impl Time {
    /// What is compared with `<` and the like.
    pub(crate) fn point(self) -> Timestamp {
        match self {
            Self::After(point) | Self::Before(point) | Self::Span(point, _) => point,
        }
    }
}

/// How to write times, for messages.
pub(crate) const TIME_FORMS: &str =
    "a date as 2026-01-31, a time as 2026-01-31T10:00:00Z, -24h for the last 24 hours, or +24h for before that";

/// Nothing is older.
const MOST_DAYS: f64 = 36_500.0;

pub(crate) fn time(text: &str, now: Timestamp) -> Option<Time> {
    match text.as_bytes().first()? {
        b'-' => Some(Time::After(now - relative(&text[1..])?)),
        b'+' => Some(Time::Before(now - relative(&text[1..])?)),
        _ => absolute(text),
    }
}

fn relative(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    if unit.is_empty() || text.starts_with(['-', '+']) {
        return None;
    }
    let millis = duration(text)?;
    (number >= 0.0 && millis <= MOST_DAYS * 86_400e3).then(|| Duration::from_secs_f64(millis / 1e3))
}

fn absolute(text: &str) -> Option<Time> {
    let begins = |length: usize| text.get(..length);
    // jiff takes many forms of ISO 8601, weeks and bare hours among them: only those of `TIME_FORMS` are meant.
    let date = begins(10).filter(|date| {
        let shape = |(at, byte): (usize, u8)| {
            if at == 4 || at == 7 {
                byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        };
        date.bytes().enumerate().all(shape)
    })?;
    if text.len() == 10 {
        let start: Timestamp = format!("{date}T00:00:00Z").parse().ok()?;
        return Some(Time::Span(start, start + Duration::from_secs(86_400)));
    }
    let clock = &text[10..];
    if !clock.starts_with(['T', 't', ' ']) {
        return None;
    }
    let clock = &clock[1..];
    let digits_end = clock
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.'))
        .unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(digits_end);
    let precision = match clock.len() {
        5 => Duration::from_secs(60),
        8 => Duration::from_secs(1),
        10..=18 => Duration::from_micros(1),
        _ => return None,
    };
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    let zone = match zone {
        "" | "Z" | "z" => "Z".to_owned(),
        // `+0200` and `+02` as well as `+02:00`.
        _ if zone.len() == 5 && zone.is_ascii() => format!("{}:{}", &zone[..3], &zone[3..]),
        _ if zone.len() == 3 => format!("{zone}:00"),
        _ => zone.to_owned(),
    };
    let start: Timestamp = format!("{date}T{clock}{seconds}{zone}").parse().ok()?;
    Some(Time::Span(start, start + precision))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_suffixes() {
        let check = |text: &str, expected: Option<f64>| assert_eq!(number(text), expected, "{text}");
        check("5", Some(5.0));
        check("-1.5", Some(-1.5));
        check("10k", Some(10_000.0));
        check("2.5m", Some(2_500_000.0));
        check("1b", Some(1e9));
        for text in [
            "", "-", ".5", "1.2.3", "k", "5kk", "1e3", "inf", "NaN", "0x10", "5 ", "٣",
        ] {
            check(text, None);
        }
        check(&"9".repeat(400), None);
    }

    #[test]
    fn quantities_have_units() {
        let check = |text: &str, expected: Option<f64>| assert_eq!(quantity(text), expected, "{text}");
        check("5%", Some(0.05));
        check("2kb", Some(2_000.0));
        check("2MiB", Some(2.0 * 1024.0 * 1024.0));
        check("250ms", Some(250.0));
        check("1.5s", Some(1_500.0));
        check("2m", Some(2e6));
        check("2h", Some(7_200_000.0));
        check("2parsec", None);
        assert_eq!(duration("2m"), Some(120_000.0));
        assert_eq!(duration("1wk"), Some(604_800_000.0));
        assert_eq!(duration("500us"), Some(0.5));
        assert_eq!(duration("5%"), None);
    }

    #[test]
    fn times_are_points_or_stretches() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let check = |text: &str, expected: Option<Time>| assert_eq!(time(text, now), expected, "{text}");
        let span = |start: &str, end: &str| Some(Time::Span(at(start), at(end)));
        check("2026-01-31", span("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"));
        check("2026-01-31T10:20", span("2026-01-31T10:20:00Z", "2026-01-31T10:21:00Z"));
        check("2026-01-31 10:20", span("2026-01-31T10:20:00Z", "2026-01-31T10:21:00Z"));
        check(
            "2026-01-31T10:20:30",
            span("2026-01-31T10:20:30Z", "2026-01-31T10:20:31Z"),
        );
        for zone in ["+02:00", "+0200", "+02"] {
            let text = format!("2026-01-31T10:20:30{zone}");
            check(&text, span("2026-01-31T08:20:30Z", "2026-01-31T08:20:31Z"));
        }
        check(
            "2026-01-31T10:20:30.5Z",
            span("2026-01-31T10:20:30.5Z", "2026-01-31T10:20:30.500001Z"),
        );
        check(
            "-24h",
            Some(Time::After(Timestamp::from_seconds(1_800_000_000 - 86_400))),
        );
        check(
            "+2w",
            Some(Time::Before(Timestamp::from_seconds(1_800_000_000 - 14 * 86_400))),
        );
        check(
            "-1.5h",
            Some(Time::After(Timestamp::from_seconds(1_800_000_000 - 5_400))),
        );
        for text in [
            "",
            "-",
            "24h",
            "-24",
            "--24h",
            "-24parsec",
            "-99999999d",
            "2026-13-01",
            "2026-02-30",
            "2026-1-1",
            "yesterday",
            "2026-01-31X",
            "2026-01-31T10",
            "2026-01-31T25:00",
            "2026-01-31T10:20:30ééé",
            "2026-01-3é",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn yes_and_no_have_several_words() {
        assert_eq!(["1", "TRUE", "yes"].map(flag), [Some(true); 3]);
        assert_eq!(["0", "false", "No"].map(flag), [Some(false); 3]);
        assert_eq!(flag("maybe"), None);
    }
}
