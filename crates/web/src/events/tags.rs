//! Tags: those of one event, and how they spread over all events of its issue.

use crate::{number, text};

/// How often the values of one tag occur among the events of an issue.
#[derive(Debug, Clone, Default)]
pub(crate) struct TagDistribution {
    pub(crate) key: String,
    /// Events that have the tag at all.
    pub(crate) total: u64,
    /// The most frequent values.
    pub(crate) values: Vec<(String, u64)>,
}

/// Tags that tell most, first; after them come all others by name.
const TELLING: [&str; 9] = [
    "environment",
    "release",
    "browser",
    "os",
    "device",
    "runtime",
    "server_name",
    "transaction",
    "url",
];
const SHOWN_DISTRIBUTIONS: usize = 10;

/// The distributions that stand beside an issue, without those that say nothing or stand in its head already.
pub(crate) fn most_telling(mut all: Vec<TagDistribution>) -> Vec<TagDistribution> {
    all.retain(|one| !matches!(one.key.as_str(), "level" | "handled" | "mechanism" | "user") && !one.is_scattered());
    all.sort_by_key(|one| TELLING.iter().position(|key| *key == one.key).unwrap_or(TELLING.len()));
    all.truncate(SHOWN_DISTRIBUTIONS);
    all
}

/// One value's share, drawn as a bar of 0 to 100.
#[derive(Debug, Clone)]
pub(crate) struct TagShare {
    pub(crate) value: String,
    /// What finds the issues that have it; nothing does for the rest together.
    pub(crate) search: Option<String>,
    pub(crate) count: String,
    pub(crate) percent: String,
    pub(crate) width: u64,
}

const SHOWN_VALUES: usize = 4;

impl TagDistribution {
    /// Nearly every event has a value of its own: an id, an address.
    fn is_scattered(&self) -> bool {
        let top = self.values.first().map_or(0, |(_, count)| *count);
        self.total > 10 && top.saturating_mul(10) <= self.total && top <= 2
    }

    pub(crate) fn shares(&self) -> Vec<TagShare> {
        let share = |value: &str, count: u64| TagShare {
            value: text::line(value, 200),
            search: Some(search(&self.key, value)),
            count: number::of(count, "event"),
            percent: number::percent(count, self.total),
            width: u64::try_from(u128::from(count) * 100 / u128::from(self.total.max(1)))
                .unwrap_or(100)
                .min(100),
        };
        let mut shares: Vec<_> = self
            .values
            .iter()
            .take(SHOWN_VALUES)
            .map(|(value, count)| share(value, *count))
            .collect();
        let shown: u64 = self.values.iter().take(SHOWN_VALUES).map(|(_, count)| *count).sum();
        if let Some(rest) = self.total.checked_sub(shown).filter(|rest| *rest > 0) {
            shares.push(TagShare {
                search: None,
                ..share("other values", rest)
            });
        }
        shares
    }
}

/// A tag of the event, with the share of the events that have the same value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagRow {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) share: Option<String>,
    /// What finds the issues that have it, unless that were longer than the value is worth.
    pub(crate) search: Option<String>,
}

/// Tags of one event that are laid out.
const MAX_TAGS: usize = 100;
/// Values up to this many bytes are links to their search.
const MAX_SEARCHED: usize = 120;

pub(crate) fn rows(tags: Vec<(String, String)>, distributions: &[TagDistribution]) -> Vec<TagRow> {
    let row = |(key, value): (String, String)| {
        let distribution = distributions.iter().find(|distribution| distribution.key == key);
        let share = distribution.and_then(|distribution| {
            let (_, count) = distribution.values.iter().find(|(name, _)| *name == value)?;
            Some(number::percent(*count, distribution.total))
        });
        TagRow {
            search: (value.len() <= MAX_SEARCHED).then(|| search(&key, &value)),
            key: text::line(&key, 200),
            value: text::line(&value, 400),
            share,
        }
    };
    let mut rows: Vec<_> = tags.into_iter().take(MAX_TAGS).map(row).collect();
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    rows
}

/// The search for issues with a tag: `browser:"Chrome 156"`.
fn search(key: &str, value: &str) -> String {
    format!("{key}:\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_says_how_common_its_value_is() {
        let distribution = TagDistribution {
            key: "os".to_owned(),
            total: 10,
            values: vec![("Linux".to_owned(), 7), ("macOS".to_owned(), 1)],
        };
        let tags = [("os", "Linux"), ("a", "say \"b\"")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let rows = rows(tags.into(), std::slice::from_ref(&distribution));
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.search.as_deref(), row.value.as_str(), row.share.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                (Some("a:\"say \\\"b\\\"\""), "say \"b\"", None),
                (Some("os:\"Linux\""), "Linux", Some("70%"))
            ]
        );
        let shares: Vec<_> = distribution
            .shares()
            .into_iter()
            .map(|share| (share.value, share.width))
            .collect();
        assert_eq!(
            shares,
            [
                ("Linux".to_owned(), 70),
                ("macOS".to_owned(), 10),
                ("other values".to_owned(), 20)
            ]
        );
    }
}
