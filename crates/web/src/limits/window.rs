//! A length of time as people type it: a number and a unit.

/// Name in the form, what it is called, seconds.
pub(crate) const UNITS: [(&str, &str, u64); 4] = [
    ("s", "seconds", 1),
    ("m", "minutes", 60),
    ("h", "hours", 3_600),
    ("d", "days", 86_400),
];

/// As it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) number: String,
    pub(crate) unit: String,
}

impl Window {
    /// In the largest unit that leaves no rest.
    pub(crate) fn of_seconds(seconds: u64) -> Self {
        let fits = |(_, _, length): &&(&str, &str, u64)| seconds > 0 && seconds.is_multiple_of(*length);
        let (unit, _, length) = UNITS.iter().rev().find(fits).unwrap_or(&UNITS[0]);
        Self {
            number: (seconds / length).to_string(),
            unit: (*unit).to_owned(),
        }
    }

    /// What is no number, or too large a one, is no time.
    pub(crate) fn seconds(&self) -> Option<u64> {
        let (_, _, length) = UNITS.iter().find(|(unit, ..)| *unit == self.unit)?;
        self.number.trim().parse::<u64>().ok()?.checked_mul(*length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_read_as_it_was_written() {
        for (seconds, number, unit) in [
            (0, "0", "s"),
            (59, "59", "s"),
            (60, "1", "m"),
            (5_400, "90", "m"),
            (3_600, "1", "h"),
            (172_800, "2", "d"),
        ] {
            let window = Window::of_seconds(seconds);
            assert_eq!((window.number.as_str(), window.unit.as_str()), (number, unit));
            assert_eq!(window.seconds(), Some(seconds));
        }
        for (number, unit) in [
            ("", "h"),
            ("x", "h"),
            ("1", "w"),
            ("99999999999999999999", "s"),
            ("1e18", "d"),
        ] {
            let window = Window {
                number: number.to_owned(),
                unit: unit.to_owned(),
            };
            assert_eq!(window.seconds(), None, "{number} {unit}");
        }
    }
}
