//! Points in time as a reader wants them: how long ago, with the absolute time one hover away.

use std::fmt;

use askama::filters::HtmlSafe;
use model::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A `<time>` that says how long ago something was. The script keeps the words fresh and turns the hover text into the
/// reader's own zone; without script both stay right as of the rendering, in UTC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ago {
    pub(crate) at: Timestamp,
    pub(crate) now: Timestamp,
}

impl fmt::Display for Ago {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = ago_in_words(self.at, self.now);
        write!(
            f,
            r#"<time datetime="{}" title="{}" data-ago>{words}</time>"#,
            self.at,
            Absolute(self.at)
        )
    }
}

impl HtmlSafe for Ago {}

/// `2026-11-21 02:49:06 UTC`, to the second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Absolute(pub(crate) Timestamp);

impl fmt::Display for Absolute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Timestamp::from_seconds(self.0.seconds()).to_string();
        let (date, rest) = text.split_once('T').unwrap_or((&text, ""));
        write!(f, "{date} {} UTC", rest.trim_end_matches('Z'))
    }
}

impl HtmlSafe for Absolute {}

/// `just now`, `5m ago`, `3h ago`, `2d ago`, `4mo ago`; the future is `in 5m`.
fn ago_in_words(at: Timestamp, now: Timestamp) -> String {
    let past = now.since(at).as_secs();
    let future = at.since(now).as_secs();
    if past.max(future) < 10 {
        return "just now".to_owned();
    }
    if future > 0 {
        format!("in {}", span(future))
    } else {
        format!("{} ago", span(past))
    }
}

/// The largest unit that fits, rounded down: `59s`, `5m`, `23h`, `6d`, `3w`, `11mo`, `2y`.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..MINUTE => format!("{seconds}s"),
        MINUTE..HOUR => format!("{}m", seconds / MINUTE),
        HOUR..DAY => format!("{}h", seconds / HOUR),
        _ if seconds < 14 * DAY => format!("{}d", seconds / DAY),
        _ if seconds < 60 * DAY => format!("{}w", seconds / (7 * DAY)),
        _ if seconds < 365 * DAY => format!("{}mo", seconds / (30 * DAY)),
        _ => format!("{}y", seconds / (365 * DAY)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_long_ago_in_the_largest_unit_that_fits() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let check = |seconds: i64, expected: &str| {
            assert_eq!(
                ago_in_words(Timestamp::from_seconds(now.seconds() - seconds), now),
                expected
            );
        };
        check(0, "just now");
        check(9, "just now");
        check(59, "59s ago");
        check(3_599, "59m ago");
        check(86_399, "23h ago");
        check(13 * 86_400, "13d ago");
        check(15 * 86_400, "2w ago");
        check(100 * 86_400, "3mo ago");
        check(800 * 86_400, "2y ago");
        check(-300, "in 5m");
    }

    #[test]
    fn carries_the_exact_time_for_scripts_and_for_hover() {
        let at: Timestamp = "2026-11-21T02:49:06.108158Z".parse().unwrap();
        let html = Ago { at, now: at }.to_string();
        assert_eq!(
            html,
            r#"<time datetime="2026-11-21T02:49:06.108158Z" title="2026-11-21 02:49:06 UTC" data-ago>just now</time>"#
        );
    }
}
