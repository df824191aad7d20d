//! The custom metrics of before: no SDK of today sends them, and no product part shows them. They are counted and
//! dropped (`ingest.md` §2).

use serde_json::Value;

use crate::{envelope::ItemType, event::json};

/// Why they are not kept.
pub const DROPPED: &str = "feature_disabled";

/// How many values an item of one of their kinds brings; one that cannot be read is one.
pub fn count(item_type: &ItemType, payload: &[u8]) -> u64 {
    let count = match item_type {
        ItemType::Statsd => lines(payload),
        ItemType::MetricBuckets => buckets(payload),
        _ => None,
    };
    count.unwrap_or(1)
}

/// Lines `name@unit:value|type|#tags|Tseconds`.
fn lines(payload: &[u8]) -> Option<u64> {
    let lines = payload
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty());
    u64::try_from(lines.count()).ok()
}

fn buckets(payload: &[u8]) -> Option<u64> {
    match json::parse(payload).ok()? {
        Value::Array(buckets) => u64::try_from(buckets.len()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted() {
        assert_eq!(
            count(&ItemType::Statsd, b"a@none:2|c|#x:y|T1795228811\n\nb@none:1|d\n"),
            2
        );
        assert_eq!(count(&ItemType::MetricBuckets, br#"[{"name":"a"},{},{}]"#), 3);
        assert_eq!(count(&ItemType::MetricBuckets, b"x"), 1);
        assert_eq!(count(&ItemType::MetricMeta, br#"{"timestamp":"2023-01-01"}"#), 1);
        assert_eq!(count(&ItemType::Statsd, b""), 0);
    }
}
