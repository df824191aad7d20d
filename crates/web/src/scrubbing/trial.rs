//! What rules would do to a text, to JSON, or to an event.

use protocol::event::Event;
use scrub::Scrubber;
use serde_json::{Value, json};

use crate::{
    events::{
        remarks::{Note, Remarks},
        value::ValueView,
    },
    number,
    text::Cut,
};

/// The rules tried out.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    /// On what: `the newest event`.
    pub(crate) of: &'static str,
    pub(crate) changes: Vec<Change>,
    /// All of it as it would be stored; for a text, the places tell it already.
    pub(crate) whole: Option<Cut>,
}

/// A value, with what was done to it.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// The way to it: `request.headers.0.1`.
    pub(crate) way: String,
    pub(crate) value: ValueView,
}

impl Trial {
    /// `3 values`
    pub(crate) fn count_in_words(&self) -> String {
        number::of(self.changes.len() as u64, "value")
    }
}

const MAX_CHANGES: usize = 200;
const MAX_VALUE: usize = 2_000;
const MAX_WHOLE: usize = 20_000;

/// What tells that an object is an event and no data of one.
const OF_EVENTS: [&str; 12] = [
    "event_id",
    "exception",
    "logentry",
    "message",
    "request",
    "breadcrumbs",
    "extra",
    "contexts",
    "user",
    "tags",
    "platform",
    "spans",
];

/// A text counts as what it is in two places, because messages are treated with more care than other values; JSON is an
/// event, or the extra data of one.
pub(crate) fn trial_of_text(scrubber: &Scrubber, typed: &str) -> Trial {
    let read: Option<Value> = serde_json::from_str(typed)
        .ok()
        .filter(|value: &Value| value.is_object() || value.is_array());
    match read {
        Some(Value::Object(object)) if OF_EVENTS.iter().any(|key| object.contains_key(*key)) => {
            trial(scrubber, Value::Object(object), "this event")
        }
        Some(data @ Value::Object(_)) => trial(
            scrubber,
            json!({ "extra": data }),
            "this data, as the extra data of an event",
        ),
        Some(data) => trial(
            scrubber,
            json!({"extra": {"data": data}}),
            "this data, as the extra data of an event",
        ),
        None => {
            let event = json!({"logentry": {"formatted": typed}, "extra": {"text": typed}});
            let scrubbed = scrubbed(scrubber, event);
            let places = [
                ("message", ["logentry", "formatted"]),
                ("any other value", ["extra", "text"]),
            ];
            let change = |(name, way): (&str, [&str; 2])| change(&scrubbed, &way, name);
            Trial {
                of: "this text",
                changes: places.into_iter().map(change).collect(),
                whole: None,
            }
        }
    }
}

/// An event as it is stored was scrubbed before: what is changed now is what these rules add.
pub(crate) fn trial_of_event(scrubber: &Scrubber, payload: &str) -> Trial {
    let stored = serde_json::from_str(payload).unwrap_or_default();
    trial(scrubber, stored, "the newest event, as it is stored")
}

fn trial(scrubber: &Scrubber, event: Value, of: &'static str) -> Trial {
    let before: Vec<(Vec<String>, Vec<Note>)> = Remarks::of(&event).places(usize::MAX);
    let mut scrubbed = scrubbed(scrubber, event);
    let places = Remarks::of(&scrubbed).places(MAX_CHANGES);
    let changes = places
        .into_iter()
        .filter(|place| !before.contains(place))
        .map(|(way, _)| {
            let steps: Vec<&str> = way.iter().map(String::as_str).collect();
            change(&scrubbed, &steps, &way.join("."))
        })
        .collect();
    if let Some(object) = scrubbed.as_object_mut() {
        object.remove("_meta");
        object.retain(|_, value| !value.is_null());
    }
    Trial {
        of,
        changes,
        whole: Some(Cut::new(
            &serde_json::to_string_pretty(&scrubbed).unwrap_or_default(),
            MAX_WHOLE,
        )),
    }
}

fn scrubbed(scrubber: &Scrubber, event: Value) -> Value {
    let Ok(mut event) = Event::from_json(event) else {
        return Value::Null;
    };
    scrubber.event(&mut event);
    serde_json::from_str(&event.to_json()).unwrap_or_default()
}

fn change(event: &Value, way: &[&str], name: &str) -> Change {
    let (mut value, mut remarks) = (Some(event), Remarks::of(event));
    for step in way {
        value = value.and_then(|value| match value {
            Value::Array(list) => list.get(step.parse::<usize>().ok()?),
            other => other.get(step),
        });
        remarks = remarks.key(step);
    }
    Change {
        way: name.to_owned(),
        value: ValueView::noted(value.unwrap_or(&Value::Null), remarks, MAX_VALUE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrub::Settings;

    fn scrubber() -> Scrubber {
        Scrubber::new(&Settings::for_organization(), &Settings::default()).unwrap()
    }

    #[test]
    fn a_text_is_tried_as_message_and_as_any_other_value() {
        let trial = trial_of_text(&scrubber(), "card 4111 1111 1111 1111");
        let shown: Vec<_> = trial
            .changes
            .iter()
            .map(|change| (change.way.as_str(), change.value.text.shown.as_str()))
            .collect();
        assert_eq!(
            shown,
            [("message", "card [creditcard]"), ("any other value", "card [Filtered]")]
        );
        assert!(trial.changes[1].value.notes.iter().any(|note| note.words.contains("@")));
    }

    #[test]
    fn json_is_an_event_or_its_extra_data() {
        let trial = trial_of_text(&scrubber(), r#"{"password": "hunter2", "fine": 1}"#);
        let ways: Vec<_> = trial.changes.iter().map(|change| change.way.as_str()).collect();
        assert_eq!(ways, ["extra.password"]);
        let whole = trial.whole.unwrap().shown;
        assert!(
            whole.contains("[Filtered]") && !whole.contains("hunter2") && !whole.contains("_meta"),
            "{whole}"
        );
        let trial = trial_of_text(&scrubber(), r#"{"extra": {"secret": "x"}, "user": {"id": 7}}"#);
        assert_eq!(trial.changes[0].way, "extra.secret");
        assert!(trial_of_text(&scrubber(), "[1, 2]").changes.is_empty());
        assert_eq!(trial_of_text(&scrubber(), "").changes.len(), 2);
    }

    #[test]
    fn what_was_scrubbed_before_is_no_change() {
        let stored = r#"{"extra": {"a": "[Filtered]", "secret": "x"},
            "_meta": {"extra": {"a": {"": {"rem": [["@password:filter", "s", 0, 10]], "len": 4}}}}}"#;
        let ways: Vec<_> = trial_of_event(&scrubber(), stored)
            .changes
            .into_iter()
            .map(|change| change.way)
            .collect();
        assert_eq!(ways, ["extra.secret"]);
        assert!(trial_of_event(&scrubber(), "nonsense").changes.is_empty());
    }
}
