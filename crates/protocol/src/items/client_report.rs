//! Client reports: what SDKs threw away before it was sent (`ingest.md` §1.7).

use std::collections::BTreeMap;

use model::{DataCategory, Outcome, OutcomeKind, Timestamp};
use serde_json::Value;

use super::{Invalid, field, session};

/// What SDKs are known to say. Anything else is counted without a reason: the texts are the sender's, and there may be
/// any number of them.
const DISCARD_REASONS: &[&str] = &[
    "backpressure",
    "before_send",
    "buffer_overflow",
    "cache_overflow",
    "event_processor",
    "ignored",
    "insufficient_data",
    "internal_sdk_error",
    "invalid",
    "network_error",
    "no_parent_span",
    "queue_overflow",
    "ratelimit_backoff",
    "sample_rate",
    "send_error",
];

const FILTER_REASONS: &[&str] = &[
    "browser-extensions",
    "chunk-load-error",
    "cors",
    "discarded-hash",
    "error-message",
    "filtered-transaction",
    "hydration-error",
    "invalid-csp",
    "ip-address",
    "legacy-browsers",
    "localhost",
    "release-version",
    "web-crawlers",
];

/// Distinct lines of a report beyond which nothing more is counted; SDKs have a handful.
const MAX_ENTRIES: usize = 500;
/// The most that one line counts for. Whoever says more is not to be believed, and sums must stay numbers.
const MAX_QUANTITY: u64 = u32::MAX as u64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientReport {
    /// `None`: none was named, or one that lies outside of what is taken. The time of receipt stands for it.
    pub timestamp: Option<Timestamp>,
    /// One entry for each outcome and category.
    pub discarded: Vec<Discarded>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discarded {
    pub outcome: Outcome,
    pub category: DataCategory,
    pub quantity: u64,
}

impl ClientReport {
    pub fn parse(payload: &[u8], received_at: Timestamp) -> Result<Self, Invalid> {
        let mut map = field::object(payload)?;
        let timestamp = map
            .get("timestamp")
            .and_then(field::timestamp)
            .filter(|time| (received_at - session::MAX_AGE..=received_at + session::MAX_AHEAD).contains(time));
        let mut merged: BTreeMap<(Outcome, DataCategory), u64> = BTreeMap::new();
        for (list, outcome) in LISTS {
            for entry in field::list(&mut map, list).unwrap_or_default() {
                let Some((category, quantity, reason)) = read(&entry) else {
                    continue;
                };
                let key = (outcome(reason), category);
                if merged.len() < MAX_ENTRIES || merged.contains_key(&key) {
                    let sum = merged.entry(key).or_default();
                    *sum = sum.saturating_add(quantity).min(MAX_QUANTITY);
                }
            }
        }
        let discarded = merged.into_iter().map(|((outcome, category), quantity)| Discarded {
            outcome,
            category,
            quantity,
        });
        Ok(Self {
            timestamp,
            discarded: discarded.collect(),
        })
    }
}

type OutcomeOf = fn(&str) -> Outcome;

/// SDKs fill only the first; the others are for servers in between.
const LISTS: [(&str, OutcomeOf); 4] = [
    ("discarded_events", |reason| {
        known(OutcomeKind::ClientDiscard, reason, DISCARD_REASONS)
    }),
    ("rate_limited_events", |_| Outcome::rate_limited("")),
    ("filtered_events", |reason| {
        known(OutcomeKind::Filtered, reason, FILTER_REASONS)
    }),
    ("filtered_sampling_events", sampled),
];

fn known(kind: OutcomeKind, reason: &str, known: &[&'static str]) -> Outcome {
    let reason = known.iter().find(|known| **known == reason);
    Outcome::new(kind, reason.copied().unwrap_or_default())
}

/// `Sampled:1000,1500`: the ids of rules, of which a few are named at most.
fn sampled(reason: &str) -> Outcome {
    const MAX_RULES: usize = 4;
    let ids = reason.strip_prefix("Sampled:").unwrap_or_default();
    let valid = |id: &str| id.parse::<u32>().is_ok_and(|id| (1000..5000).contains(&id)) && !id.starts_with('+');
    if ids.split(',').count() <= MAX_RULES && ids.split(',').all(valid) {
        Outcome::filtered(format!("Sampled:{ids}"))
    } else {
        Outcome::filtered("Sampled:")
    }
}

fn read(entry: &Value) -> Option<(DataCategory, u64, &str)> {
    let category = entry.get("category").and_then(Value::as_str)?;
    let quantity = entry.get("quantity").and_then(field::unsigned)?;
    let reason = entry.get("reason").and_then(Value::as_str).unwrap_or_default();
    // `internal` is what SDKs count their own reports under.
    let category = DataCategory::from_name(category).unwrap_or(DataCategory::Unknown);
    (quantity > 0).then_some((category, quantity, reason))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp(1_795_230_000_000_000);

    fn report(json: Value) -> ClientReport {
        ClientReport::parse(json.to_string().as_bytes(), NOW).unwrap()
    }

    fn lines(report: &ClientReport) -> Vec<String> {
        let line = |entry: &Discarded| {
            let Discarded {
                outcome,
                category,
                quantity,
            } = entry;
            format!(
                "{} {:?} {} {quantity}",
                outcome.kind.name(),
                outcome.reason,
                category.name()
            )
        };
        report.discarded.iter().map(line).collect()
    }

    #[test]
    fn lines_of_one_reason_and_category_are_one() {
        let report = report(json!({
            "timestamp": 1_795_228_718.881_564,
            "discarded_events": [
                {"reason": "sample_rate", "category": "transaction", "quantity": 2},
                {"reason": "before_send", "category": "error", "quantity": 3},
                {"reason": "sample_rate", "category": "transaction", "quantity": 5},
                {"reason": "my_reason", "category": "error", "quantity": 1},
                {"reason": "other_reason", "category": "error", "quantity": 1},
                {"reason": "before_send", "category": "user_report_v2", "quantity": 1},
                {"reason": "before_send", "category": "internal", "quantity": 1},
            ],
        }));
        assert_eq!(report.timestamp, Some(Timestamp(1_795_228_718_881_564)));
        assert_eq!(
            lines(&report),
            [
                r#"client_discard "" error 2"#,
                r#"client_discard "before_send" unknown 1"#,
                r#"client_discard "before_send" error 3"#,
                r#"client_discard "before_send" feedback 1"#,
                r#"client_discard "sample_rate" transaction 7"#,
            ]
        );
    }

    #[test]
    fn the_lists_of_servers_in_between() {
        let report = report(json!({
            "rate_limited_events": [{"reason": "quota", "category": "error", "quantity": 1}],
            "filtered_events": [
                {"reason": "localhost", "category": "error", "quantity": 2},
                {"reason": "x", "category": "error", "quantity": 2},
            ],
            "filtered_sampling_events": [
                {"reason": "Sampled:1000,1500", "category": "transaction", "quantity": 3},
                {"reason": "Sampled:abc", "category": "transaction", "quantity": 3},
            ],
        }));
        assert_eq!(
            lines(&report),
            [
                r#"filtered "" error 2"#,
                r#"filtered "Sampled:" transaction 3"#,
                r#"filtered "Sampled:1000,1500" transaction 3"#,
                r#"filtered "localhost" error 2"#,
                r#"rate_limited "" error 1"#,
            ]
        );
    }

    #[test]
    fn bad_lines_are_left_out_and_bad_reports_refused() {
        let report = report(json!({
            "timestamp": "soon",
            "discarded_events": [
                {"reason": "before_send", "category": "error", "quantity": 0},
                {"reason": "before_send", "category": "error", "quantity": -1},
                {"reason": "before_send", "quantity": 1},
                {"category": "nonsense", "quantity": u64::MAX},
                {"category": "more nonsense", "quantity": 1},
                7,
            ],
        }));
        assert_eq!(report.timestamp, None);
        assert_eq!(lines(&report), [format!("client_discard \"\" unknown {}", u32::MAX)]);
        for bad in [&b"[]"[..], b"", b"{"] {
            assert_eq!(ClientReport::parse(bad, NOW).unwrap_err().reason, "invalid_json");
        }
    }

    #[test]
    fn the_time_of_receipt_stands_for_one_that_is_too_old_or_to_come() {
        let at = |text: &str| report(json!({"timestamp": text})).timestamp.is_some();
        assert!(at("2026-11-16T03:00:00Z") && at("2026-11-21T03:01:00Z"));
        assert!(!at("2026-11-16T02:59:59Z") && !at("2026-11-21T03:01:01Z"));
    }

    #[test]
    fn a_report_cannot_make_any_number_of_lines() {
        let categories = ["error", "transaction", "session", "profile", "replay"];
        let entry = |number: usize| json!({"reason": format!("Sampled:{}", 1000 + number), "category": categories[number % 5], "quantity": 1});
        let report = report(json!({"filtered_sampling_events": (0..2000).map(entry).collect::<Vec<_>>()}));
        assert_eq!(report.discarded.len(), MAX_ENTRIES);
    }
}
