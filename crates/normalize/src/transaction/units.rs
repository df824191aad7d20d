//! Units of measurements, by their full names.

/// Longer names of units that a program makes up are refused.
const MAX_CUSTOM: usize = 15;

/// The name of the unit; `None` if it can be none.
pub(super) fn canonical(unit: &str) -> Option<String> {
    let lower = unit.to_ascii_lowercase();
    match lower.as_str() {
        "" => Some("none".to_owned()),
        "ns" => Some("nanosecond".to_owned()),
        "ms" => Some("millisecond".to_owned()),
        "s" => Some("second".to_owned()),
        name => {
            let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            (name.len() <= MAX_CUSTOM && name.bytes().all(allowed)).then_some(lower)
        }
    }
}

/// How many milliseconds one of the unit is.
pub(super) fn in_milliseconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "nanosecond" => 1e-6,
        "microsecond" => 1e-3,
        "millisecond" => 1.0,
        "second" => 1e3,
        "minute" => 6e4,
        "hour" => 36e5,
        "day" => 864e5,
        "week" => 6048e5,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_one_name() {
        let check = |unit: &str, expected: Option<&str>| {
            assert_eq!(canonical(unit).as_deref(), expected, "{unit:?}");
        };
        check("", Some("none"));
        check("None", Some("none"));
        check("ms", Some("millisecond"));
        check("Second", Some("second"));
        check("kibibyte", Some("kibibyte"));
        check("my_unit_2", Some("my_unit_2"));
        check("abcdefghijklmno", Some("abcdefghijklmno"));
        for bad in ["abcdefghijklmnop", "a b", "%", "req/s", "µs", "a-b"] {
            check(bad, None);
        }
    }
}
