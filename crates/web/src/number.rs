//! Numbers as a reader wants them: short, with the exact value one hover away.

use std::fmt;

use askama::filters::HtmlSafe;

/// `1.2k` with `1,234` on hover; below a thousand the number itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1_000 {
            return write!(f, "{}", self.0);
        }
        write!(f, r#"<span title="{}">{}</span>"#, grouped(self.0), short(self.0))
    }
}

impl HtmlSafe for Count {}

/// `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `999`, `1.2k`, `12k`, `3.4M`, `5B`; rounded down, so that nothing looks larger than it is.
pub(crate) fn short(number: u64) -> String {
    let (unit, name) = match number {
        0..1_000 => return number.to_string(),
        1_000..1_000_000 => (1_000, "k"),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "B"),
    };
    let (whole, tenth) = (number / unit, number % unit * 10 / unit);
    if whole < 10 && tenth > 0 {
        format!("{whole}.{tenth}{name}")
    } else {
        format!("{whole}{name}")
    }
}

/// `512 B`, `18 kB`, `10.0 MB`: decimal units, as disks and networks count.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// `512 B`, `18 kB`, `3.4 MB`, `1.2 GB`, `5.0 TB`: decimal units, rounded down.
pub(crate) fn bytes(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => return format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        1_000_000_000..1_000_000_000_000 => (1_000_000_000, "GB"),
        _ => (1_000_000_000_000, "TB"),
    };
    format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
}

/// `one event`, `2 events`, `1,234 events`.
pub(crate) fn of(number: u64, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{} {one}s", grouped(number))
    }
}

/// A share in whole percent; what is there but rounds to nothing is `<1%`.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0%".to_owned();
    }
    let percent = u128::from(part) * 100 / u128::from(whole);
    if percent == 0 && part > 0 {
        "<1%".to_owned()
    } else {
        format!("{percent}%")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_and_keeps_the_exact_value() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1k"),
            (1_250, "1.2k"),
            (12_900, "12k"),
            (3_400_000, "3.4M"),
        ] {
            assert_eq!(short(number), expected);
        }
        assert_eq!(Count(1_234_567).to_string(), r#"<span title="1,234,567">1.2M</span>"#);
        assert_eq!(Count(7).to_string(), "7");
        assert_eq!(size(10_400_000), "10.4 MB");
        assert_eq!(
            (
                percent(1, 1_000).as_str(),
                percent(1, 3).as_str(),
                percent(0, 0).as_str()
            ),
            ("<1%", "33%", "0%")
        );
    }
}
