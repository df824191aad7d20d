//! What a transaction must have to be one (`ingest.md` §7.1).

use model::Timestamp;
use protocol::event::{Event, EventType, Span, SpanId, TraceId};
use serde_json::Value;

use crate::{Context, Invalid, timestamps};

const INVALID: Invalid = Invalid {
    reason: "invalid_transaction",
};
const OUT_OF_WINDOW: Invalid = Invalid { reason: "timestamp" };

/// Runs before anything is changed.
pub(crate) fn validate(event: &Event, cx: &Context<'_>) -> Result<(), Invalid> {
    if event.kind != EventType::Transaction {
        return Ok(());
    }
    // The client's clock may be wrong, and then all of its times are.
    let drift = timestamps::drift(event, cx);
    let corrected = |time: Timestamp| Timestamp(time.0.saturating_add(drift));
    let start = event.start_timestamp.map(corrected).ok_or(INVALID)?;
    let end = event.timestamp.map_or(cx.received_at, corrected);
    if start > end {
        return Err(INVALID);
    }
    if !timestamps::is_believable(end, cx) {
        return Err(OUT_OF_WINDOW);
    }
    let trace = event.context("trace").ok_or(INVALID)?;
    let id = |key: &str| trace.get(key).and_then(Value::as_str);
    let has_ids = id("trace_id").is_some_and(|id| id.parse::<TraceId>().is_ok())
        && id("span_id").is_some_and(|id| id.parse::<SpanId>().is_ok());
    let ends = |span: &Span| span.timestamp.map_or(end, corrected);
    let is_valid = |span: &Span| {
        let start = span.start_timestamp.map(corrected);
        // A span that never ended lasts as long as its transaction.
        span.trace_id.is_some() && span.span_id.is_some() && start.is_some_and(|start| start <= ends(span))
    };
    if !has_ids || !event.spans.iter().all(is_valid) {
        return Err(INVALID);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        tests::{NOW, context},
        transaction::tests::{SPAN, TRACE, span, transaction},
    };

    #[track_caller]
    fn check(fields: Value, expected: Result<(), &'static str>) {
        let event = transaction(fields.clone());
        let validated = validate(&event, &context()).map_err(|invalid| invalid.reason);
        assert_eq!(validated, expected, "{fields}");
    }

    const REFUSED: Result<(), &str> = Err("invalid_transaction");

    #[test]
    fn its_own_times() {
        let now = NOW.seconds();
        check(json!({}), Ok(()));
        check(json!({"start_timestamp": null}), REFUSED);
        check(json!({"start_timestamp": "yesterday"}), REFUSED);
        check(json!({"timestamp": null}), Ok(()));
        check(json!({"timestamp": now - 11}), REFUSED);
        check(json!({"timestamp": now - 10}), Ok(()));
        check(json!({"timestamp": now + 60}), Ok(()));
        check(json!({"timestamp": now + 61}), Err("timestamp"));
        let days_ago =
            |days: i64| json!({"start_timestamp": now - days * 86_400 - 1, "timestamp": now - days * 86_400});
        check(days_ago(30), Ok(()));
        check(days_ago(31), Err("timestamp"));
    }

    #[test]
    fn a_wrong_clock_is_taken_into_account() {
        let behind = 90 * 86_400;
        let cx = Context {
            sent_at: Some(Timestamp::from_seconds(NOW.seconds() - behind)),
            ..context()
        };
        let ago = |seconds: i64| json!(NOW.seconds() - behind - seconds);
        let mut event = transaction(
            json!({"start_timestamp": ago(9), "timestamp": ago(5), "spans": [span(json!({"start_timestamp": ago(8), "timestamp": null}))]}),
        );
        assert_eq!(validate(&event, &cx), Ok(()));
        crate::event(&mut event, &cx).unwrap();
        assert_eq!(event.timestamp, Some(Timestamp::from_seconds(NOW.seconds() - 5)));
        assert_eq!(
            event.spans[0].start_timestamp,
            Some(Timestamp::from_seconds(NOW.seconds() - 8))
        );
        assert_eq!(validate(&event, &cx), Ok(()), "as stored");
        assert_eq!(validate(&event, &context()), Ok(()), "without the header");
    }

    #[test]
    fn its_trace() {
        for (trace, expected) in [
            (json!({"trace_id": TRACE, "span_id": SPAN}), Ok(())),
            (
                json!({"trace_id": TRACE.to_uppercase(), "span_id": SPAN.to_uppercase()}),
                Ok(()),
            ),
            (json!({"trace_id": "0".repeat(32), "span_id": SPAN}), Ok(())),
            (json!({"trace_id": TRACE, "span_id": "0".repeat(16)}), REFUSED),
            (json!({"span_id": SPAN}), REFUSED),
            (json!({"trace_id": TRACE}), REFUSED),
            (json!({"trace_id": "x", "span_id": SPAN}), REFUSED),
            (json!({"trace_id": TRACE, "span_id": 5}), REFUSED),
            (json!({}), REFUSED),
            (json!("x"), REFUSED),
            (json!(null), REFUSED),
        ] {
            check(json!({"contexts": {"trace": trace}}), expected);
        }
        check(json!({"contexts": null}), REFUSED);
    }

    #[test]
    fn its_spans() {
        let now = NOW.seconds();
        for (fields, expected) in [
            (json!({}), Ok(())),
            (json!({"trace_id": null}), REFUSED),
            (json!({"trace_id": "bad"}), REFUSED),
            (json!({"trace_id": "0".repeat(32)}), Ok(())),
            (json!({"span_id": null}), REFUSED),
            (json!({"span_id": "0".repeat(16)}), REFUSED),
            (json!({"start_timestamp": null}), REFUSED),
            (json!({"start_timestamp": "bad"}), REFUSED),
            (json!({"start_timestamp": now - 7}), REFUSED),
            (json!({"start_timestamp": now - 200}), Ok(())),
            (json!({"timestamp": null}), Ok(())),
            (json!({"timestamp": "bad"}), Ok(())),
            (json!({"timestamp": null, "start_timestamp": now - 1}), REFUSED),
            (json!({"status": "nonsense", "op": 5, "parent_span_id": "bad"}), Ok(())),
        ] {
            check(json!({"spans": [span(json!({})), span(fields)]}), expected);
        }
        for (spans, expected) in [
            (json!([null]), REFUSED),
            (json!([5]), REFUSED),
            (json!([]), Ok(())),
            (json!("x"), Ok(())),
            (json!({"values": []}), Ok(())),
        ] {
            check(json!({"spans": spans}), expected);
        }
    }

    #[test]
    fn other_events_need_none_of_it() {
        let event = crate::tests::read(json!({"message": "x", "spans": [{}]}));
        assert_eq!(validate(&event, &context()), Ok(()));
    }
}
