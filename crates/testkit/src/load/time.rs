/// Unix seconds as `2026-11-21T09:08:07.123456Z`, the form that SDKs send.
pub fn iso(timestamp: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "microseconds of this millennium fit into 64 bits"
    )]
    let micros = (timestamp * 1e6) as i64;
    let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

/// The date so many days after 1970-01-01, by counting: years of 400 hold 146,097 days.
fn date(days: i64) -> (i64, i64, i64) {
    let mut year = 1970 + 400 * days.div_euclid(146_097);
    let mut left = days.rem_euclid(146_097);
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while left >= 365 + i64::from(is_leap(year)) {
        left -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [
        31,
        28 + i64::from(is_leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_have_their_dates() {
        for (timestamp, expected) in [
            (0.0, "1970-01-01T00:00:00.000000Z"),
            (951_782_400.0, "2000-02-29T00:00:00.000000Z"),
            (1_763_700_000.25, "2025-11-21T04:40:00.250000Z"),
            (1_798_761_599.5, "2026-12-31T23:59:59.500000Z"),
            (4_107_542_400.0, "2100-03-01T00:00:00.000000Z"),
        ] {
            assert_eq!(iso(timestamp), expected);
        }
    }
}
