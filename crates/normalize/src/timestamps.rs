//! Times that can be believed: a client's clock may be wrong, and an event may have waited long to be sent.

use std::time::Duration;

use model::Timestamp;
use protocol::event::{Event, FieldError, storable_time};
use serde_json::json;

use crate::{
    Context,
    notes::{Place, note_error},
};

/// A smaller difference between sending and receiving is taken for the way here.
const MIN_DRIFT: Duration = Duration::from_secs(55 * 60);
const MAX_FUTURE: Duration = Duration::from_secs(60);

pub(crate) fn normalize(event: &mut Event, cx: &Context<'_>) {
    let now = cx.received_at;
    // It is overwritten here, so an event that has it was moved before.
    if event.received == Some(now) {
        return;
    }
    event.received = Some(now);
    if let Some(sent_at) = cx.sent_at {
        correct_drift(event, sent_at, cx);
    }
    let Some(timestamp) = event.timestamp else {
        event.timestamp = Some(now);
        return;
    };
    let error = if timestamp > now + MAX_FUTURE {
        FieldError::FUTURE_TIMESTAMP
    } else if timestamp < now - cx.max_age {
        FieldError::PAST_TIMESTAMP
    } else {
        return;
    };
    shift(event, now.0.saturating_sub(timestamp.0));
    note(event, error, timestamp, now);
}

/// Whether a point in time of the event is one that an event may have.
pub(crate) fn is_believable(time: Timestamp, cx: &Context<'_>) -> bool {
    time <= cx.received_at + MAX_FUTURE && time >= cx.received_at - cx.max_age
}

/// By how much the client's clock is wrong, in microseconds; zero for an event whose times were moved before.
pub(crate) fn drift(event: &Event, cx: &Context<'_>) -> i64 {
    if event.received == Some(cx.received_at) {
        0
    } else {
        drift_of(cx)
    }
}

/// The same for what has not been received before.
pub fn drift_of(cx: &Context<'_>) -> i64 {
    let drift = cx
        .sent_at
        .map_or(0, |sent_at| cx.received_at.0.saturating_sub(sent_at.0));
    let is_small = Duration::from_micros(drift.unsigned_abs()) < MIN_DRIFT;
    if is_small { 0 } else { drift }
}

fn correct_drift(event: &mut Event, sent_at: Timestamp, cx: &Context<'_>) {
    let drift = drift_of(cx);
    if drift != 0 && shift(event, drift) {
        note(event, FieldError::CLOCK_DRIFT, sent_at, cx.received_at);
    }
}

fn note(event: &mut Event, kind: &str, sdk_time: Timestamp, server_time: Timestamp) {
    let data = json!({"sdk_time": sdk_time.to_string(), "server_time": server_time.to_string()});
    let mut error = FieldError::new(kind, "timestamp");
    error.other.extend(data.as_object().cloned().unwrap_or_default());
    note_error(event, &Place::root("timestamp"), error, data);
}

/// Moves every time of the event, so that they keep their distances. Says whether there was one.
fn shift(event: &mut Event, micros: i64) -> bool {
    let breadcrumbs = event.breadcrumbs.iter_mut().map(|breadcrumb| &mut breadcrumb.timestamp);
    let spans = event
        .spans
        .iter_mut()
        .flat_map(|span| [&mut span.start_timestamp, &mut span.timestamp]);
    let mut moved = false;
    for time in breadcrumbs
        .chain(spans)
        .chain([&mut event.timestamp, &mut event.start_timestamp])
        .flatten()
    {
        *time = storable_time(Timestamp(time.0.saturating_add(micros)));
        moved = true;
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{NOW, context, read};

    const HOUR: i64 = 3600;

    /// `timestamp` and the one breadcrumb's, in seconds before now; then the kinds of errors.
    fn normalized(sent_before: i64, timestamp_before: i64) -> (i64, i64, Vec<String>) {
        let before = |seconds: i64| (NOW - Duration::ZERO).seconds() - seconds;
        let mut event = read(serde_json::json!({
            "timestamp": before(timestamp_before),
            "breadcrumbs": [{"timestamp": before(timestamp_before + 10)}],
        }));
        let cx = Context {
            sent_at: Some(Timestamp::from_seconds(before(sent_before))),
            ..context()
        };
        super::normalize(&mut event, &cx);
        let once = event.clone();
        super::normalize(&mut event, &cx);
        assert_eq!(event, once, "twice is once");
        let ago = |time: Option<Timestamp>| NOW.seconds() - time.unwrap().seconds();
        let errors = event.errors.iter().filter_map(|error| error.kind.clone());
        (
            ago(event.timestamp),
            ago(event.breadcrumbs[0].timestamp),
            errors.collect(),
        )
    }

    #[test]
    fn corrects_a_drifting_clock() {
        assert_eq!(normalized(54 * 60, 54 * 60 + 5), (54 * 60 + 5, 54 * 60 + 15, vec![]));
        assert_eq!(
            normalized(2 * HOUR, 2 * HOUR + 5),
            (5, 15, vec!["clock_drift".to_owned()])
        );
        assert_eq!(
            normalized(-2 * HOUR, -2 * HOUR + 5),
            (5, 15, vec!["clock_drift".to_owned()])
        );
    }

    #[test]
    fn brings_back_what_is_out_of_the_window() {
        assert_eq!(normalized(0, -60), (-60, -50, vec![]));
        assert_eq!(normalized(0, -61), (0, 10, vec!["future_timestamp".to_owned()]));
        assert_eq!(
            normalized(0, 30 * 24 * HOUR),
            (30 * 24 * HOUR, 30 * 24 * HOUR + 10, vec![])
        );
        assert_eq!(
            normalized(0, 31 * 24 * HOUR),
            (0, 10, vec!["past_timestamp".to_owned()])
        );
    }

    #[test]
    fn a_missing_time_is_that_of_receipt() {
        let mut event = read(serde_json::json!({"received": 5}));
        super::normalize(
            &mut event,
            &Context {
                sent_at: Some(Timestamp(0)),
                ..context()
            },
        );
        assert_eq!((event.timestamp, event.received), (Some(NOW), Some(NOW)));
        assert!(event.errors.is_empty());
    }
}
