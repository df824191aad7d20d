//! When a new token ends: a choice of some spans of time.

use std::time::Duration;

use model::Timestamp;

/// In how many days a new token ends; `None` for never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiry(Option<u64>);

/// What the form offers.
const CHOICES: [(u64, &str); 4] = [
    (7, "In a week"),
    (30, "In 30 days"),
    (90, "In 90 days"),
    (365, "In a year"),
];

impl Expiry {
    /// What is not offered is never.
    pub(crate) fn of(text: &str) -> Self {
        let days = text.parse().ok();
        Self(days.filter(|days| CHOICES.iter().any(|(offered, _)| offered == days)))
    }

    pub(crate) fn at(self, now: Timestamp) -> Option<Timestamp> {
        self.0.map(|days| now + Duration::from_secs(days * 24 * 3600))
    }

    /// Days, words, and whether they are chosen.
    pub(crate) fn choices(self) -> impl Iterator<Item = (u64, &'static str, bool)> {
        CHOICES
            .into_iter()
            .map(move |(days, words)| (days, words, self.0 == Some(days)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_offered_is_taken() {
        assert_eq!(
            Expiry::of("30").at(Timestamp(0)),
            Some(Timestamp::from_seconds(30 * 86_400))
        );
        for never in ["", "31", "-1", "x", "99999999999999999999"] {
            assert_eq!(Expiry::of(never).at(Timestamp(0)), None, "{never}");
        }
    }
}
