//! Exceptions: each says what it is, and has the stack that belongs to it.

use protocol::event::{Event, Exception, FieldError};

use crate::{
    notes::{Place, notes},
    stacktrace,
};

pub(crate) fn normalize(event: &mut Event) {
    stacktrace::drop_empty(event);
    event.exception.iter_mut().for_each(split_type);
    drop_nameless(event);
    if let [exception] = event.exception.as_mut_slice()
        && exception.stacktrace.is_none()
        && let Some(stacktrace) = event.stacktrace.take()
    {
        exception.stacktrace = Some(stacktrace);
        event
            .meta
            .rename(&["stacktrace"], &["exception", "values", "0", "stacktrace"]);
    }
}

/// Old JavaScript clients send the name within the text: `TypeError: x is undefined`.
fn split_type(exception: &mut Exception) {
    if !exception.kind.as_deref().unwrap_or_default().is_empty() {
        return;
    }
    let Some((kind, value)) = exception.value.as_deref().and_then(|value| value.split_once(':')) else {
        return;
    };
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    if kind.is_empty() || !kind.chars().all(is_word) || value.contains('\n') {
        return;
    }
    let (kind, value) = (kind.to_owned(), value.trim().to_owned());
    exception.kind = Some(kind);
    exception.value = Some(value);
}

fn drop_nameless(event: &mut Event) {
    let root = Place::root("exception");
    let values = root.key("values");
    let mut kept = Vec::with_capacity(event.exception.len());
    let mut index = 0;
    let notes = &mut notes!(event);
    event.exception.values.retain(|exception| {
        let named = [&exception.kind, &exception.value]
            .iter()
            .any(|text| text.as_ref().is_some_and(|text| !text.is_empty()));
        if named {
            kept.push(index);
        } else {
            notes.push(|| FieldError::missing(values.index(index).to_string(), "type or value"));
        }
        index += 1;
        named
    });
    if kept.len() < index {
        event.meta.renumber(values.path(), |old| kept.binary_search(&old).ok());
        event.meta.at(values.path()).error(FieldError::MISSING_ATTRIBUTE);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::read;

    #[track_caller]
    fn check(input: Value, expected: Value, errors: usize) {
        let mut event = read(input.clone());
        super::normalize(&mut event);
        assert_eq!(
            serde_json::to_value(&event.exception.values).unwrap(),
            expected,
            "{input}"
        );
        assert_eq!(event.errors.len(), errors, "{input}");
    }

    #[test]
    fn a_type_within_the_value_is_split_off() {
        let value =
            |value: &str, expected: Value| check(json!({"exception": [{"value": value}]}), json!([expected]), 0);
        value("ValueError: bad", json!({"type": "ValueError", "value": "bad"}));
        value("two words: bad", json!({"value": "two words: bad"}));
        value("E: a\nb", json!({"value": "E: a\nb"}));
        value(": x", json!({"value": ": x"}));
        value("plain", json!({"value": "plain"}));
        check(
            json!({"exception": [{"type": "T", "value": "E: x"}]}),
            json!([{"type": "T", "value": "E: x"}]),
            0,
        );
        check(
            json!({"exception": [{"type": "", "value": "E: x"}]}),
            json!([{"type": "E", "value": "x"}]),
            0,
        );
    }

    #[test]
    fn exceptions_that_say_nothing_are_removed() {
        check(
            json!({"exception": [{"module": "m"}, {"type": "E"}]}),
            json!([{"type": "E"}]),
            1,
        );
        check(
            json!({"exception": [null, {"type": "", "value": ""}, {"type": "E", "value": ""}]}),
            json!([{"type": "E", "value": ""}]),
            1,
        );
    }

    #[test]
    fn the_old_stack_moves_to_the_only_exception() {
        let stack = json!({"frames": [{"function": "f"}]});
        check(
            json!({"exception": [{"type": "E"}], "stacktrace": stack}),
            json!([{"type": "E", "stacktrace": stack}]),
            0,
        );
        check(
            json!({"exception": [{"type": "E", "stacktrace": {"frames": []}}], "stacktrace": stack}),
            json!([{"type": "E", "stacktrace": stack}]),
            1,
        );
        check(
            json!({"exception": [{"type": "A"}, {"type": "B"}], "stacktrace": stack}),
            json!([{"type": "A"}, {"type": "B"}]),
            0,
        );
        let mut event = read(json!({"stacktrace": stack}));
        super::normalize(&mut event);
        assert!(event.stacktrace.is_some());
    }
}
