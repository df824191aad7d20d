//! What is counted, as people tell it apart: errors of all kinds are one, and bytes are no pieces.

use model::DataCategory::{self, *};

/// Data categories that are shown as one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Category {
    /// In the URL.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) of: &'static [DataCategory],
    pub(crate) is_bytes: bool,
}

const fn pieces(name: &'static str, label: &'static str, of: &'static [DataCategory]) -> Category {
    Category {
        name,
        label,
        of,
        is_bytes: false,
    }
}

const fn bytes(name: &'static str, label: &'static str, of: &'static [DataCategory]) -> Category {
    Category {
        name,
        label,
        of,
        is_bytes: true,
    }
}

/// In the order in which they are shown. What is counted a second time, as indexed, is left out.
static ALL: [Category; 16] = [
    pieces("error", "Errors", &[Error, Default, Security]),
    pieces("transaction", "Transactions", &[Transaction]),
    pieces("span", "Spans", &[Span]),
    pieces("log_item", "Logs", &[LogItem]),
    bytes("log_byte", "Log bytes", &[LogByte]),
    pieces("trace_metric", "Metrics", &[TraceMetric]),
    pieces("session", "Sessions", &[Session]),
    pieces("attachment_item", "Attachments", &[AttachmentItem]),
    bytes("attachment", "Attachment bytes", &[Attachment]),
    pieces("replay", "Replays", &[Replay]),
    pieces("profile", "Profiles", &[Profile]),
    pieces("profile_chunk", "Profile chunks", &[ProfileChunk, ProfileChunkUi]),
    pieces("monitor", "Check-ins", &[Monitor]),
    pieces("feedback", "Feedback", &[Feedback]),
    pieces("metric_bucket", "Metric buckets", &[MetricBucket]),
    pieces("unknown", "Unknown", &[Unknown]),
];

impl Category {
    pub(crate) fn all() -> &'static [Self] {
        &ALL
    }

    /// What a page shows of which nothing was asked.
    pub(crate) fn errors() -> &'static Self {
        &ALL[0]
    }

    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|category| category.name == name)
    }

    /// By the number under which it is stored.
    pub(crate) fn of_number(number: i64) -> Option<&'static Self> {
        let category = DataCategory::from_number(number)?;
        ALL.iter().find(|shown| shown.of.contains(&category))
    }

    pub(crate) fn numbers(&self) -> Vec<i64> {
        self.of.iter().map(|category| category.number()).collect()
    }

    /// `1,204 errors`, `18.0 MB log bytes`.
    pub(crate) fn quantity(&self, count: u64) -> String {
        let label = self.label.to_lowercase();
        let label = match label.strip_suffix('s') {
            Some(one) if count == 1 && !self.is_bytes => one,
            _ => &label,
        };
        format!("{} {label}", self.short(count))
    }

    pub(crate) fn short(&self, count: u64) -> String {
        if self.is_bytes {
            crate::number::size(usize::try_from(count).unwrap_or(usize::MAX))
        } else {
            crate::number::grouped(count)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_data_category_is_shown_once_at_most() {
        for category in DataCategory::ALL {
            let shown = ALL.iter().filter(|shown| shown.of.contains(category)).count();
            assert!(shown <= 1, "{category:?}");
        }
        assert_eq!(Category::of_number(Security.number()), Some(Category::errors()));
        assert_eq!(Category::of_number(SpanIndexed.number()), None);
        assert_eq!(
            Category::named("log_byte").unwrap().quantity(2_500_000),
            "2.5 MB log bytes"
        );
    }
}
