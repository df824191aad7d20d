//! Tags: those of one event, and how they spread over all events of its issue.

use serde_json::Value;

use crate::{events::payload, number, text};

/// How often the values of one tag occur among the events of an issue.
#[derive(Debug, Clone, Default)]
pub(crate) struct TagDistribution {
    pub(crate) key: String,
    /// Events that have the tag at all.
    pub(crate) total: u64,
    /// The most frequent values.
    pub(crate) values: Vec<(String, u64)>,
}

/// One value's share, drawn as a bar of 0 to 100.
#[derive(Debug, Clone)]
pub(crate) struct TagShare {
    pub(crate) value: String,
    pub(crate) count: String,
    pub(crate) percent: String,
    pub(crate) width: u64,
}

const SHOWN_VALUES: usize = 4;

impl TagDistribution {
    pub(crate) fn shares(&self) -> Vec<TagShare> {
        let share = |value: &str, count: u64| TagShare {
            value: text::line(value, 200),
            count: number::of(count, "event"),
            percent: number::percent(count, self.total),
            width: u64::try_from(u128::from(count) * 100 / u128::from(self.total.max(1))).unwrap_or(100).min(100),
        };
        let mut shares: Vec<_> = self.values.iter().take(SHOWN_VALUES).map(|(value, count)| share(value, *count)).collect();
        let shown: u64 = self.values.iter().take(SHOWN_VALUES).map(|(_, count)| *count).sum();
        if let Some(rest) = self.total.checked_sub(shown).filter(|rest| *rest > 0) {
            shares.push(share("other values", rest));
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
}

/// Tags of one event that are laid out.
const MAX_TAGS: usize = 200;

pub(crate) fn tags(event: &Value, distributions: &[TagDistribution]) -> Vec<TagRow> {
    let row = |(key, value): (String, &Value)| {
        let value = payload::scalar(value).unwrap_or_default();
        let distribution = distributions.iter().find(|distribution| distribution.key == key);
        let share = distribution.and_then(|distribution| {
            let (_, count) = distribution.values.iter().find(|(name, _)| *name == value)?;
            Some(number::percent(*count, distribution.total))
        });
        TagRow { key: text::line(&key, 200), value: text::line(&value, 400), share }
    };
    let mut rows: Vec<_> = payload::pairs(event, "tags").into_iter().take(MAX_TAGS).map(row).collect();
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tag_says_how_common_its_value_is() {
        let distribution =
            TagDistribution { key: "os".to_owned(), total: 10, values: vec![("Linux".to_owned(), 7), ("macOS".to_owned(), 1)] };
        let rows = tags(&json!({"tags": [["os", "Linux"], ["a", "b"], ["x", null]]}), std::slice::from_ref(&distribution));
        let told: Vec<_> = rows.iter().map(|row| (row.key.as_str(), row.value.as_str(), row.share.as_deref())).collect();
        assert_eq!(told, [("a", "b", None), ("os", "Linux", Some("70%")), ("x", "", None)]);
        let shares: Vec<_> = distribution.shares().into_iter().map(|share| (share.value, share.width)).collect();
        assert_eq!(shares, [("Linux".to_owned(), 70), ("macOS".to_owned(), 10), ("other values".to_owned(), 20)]);
    }
}
