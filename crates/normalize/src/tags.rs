//! Tags of the event itself: keys and values that can be indexed (`ingest.md` §3.3).

use std::collections::HashSet;

use protocol::event::{Event, FieldError};

use crate::limits::{TAG_VALUE, cut, is_longer};

/// What is made from the event's fields when it is saved, and would be told twice.
const RESERVED: [&str; 6] = ["release", "dist", "user", "filename", "function", "environment"];

pub(crate) fn normalize(event: &mut Event) {
    let attributes = [("server_name", event.server_name.take()), ("site", event.site.take())];
    for (key, value) in attributes {
        if let Some(value) = value {
            // The attribute says more than a tag of the same name.
            event.tags.retain(|(tag, _)| tag != key);
            event.tags.push((key.to_owned(), value));
        }
    }
    let mut seen = HashSet::with_capacity(event.tags.len());
    let mut tags = Vec::with_capacity(event.tags.len());
    for (index, (key, value)) in std::mem::take(&mut event.tags).into_iter().enumerate() {
        match (clean_key(&key), clean_value(value)) {
            (Ok(key), _) if RESERVED.contains(&key.as_str()) => {}
            (Ok(key), Ok(value)) => {
                if seen.insert(key.clone()) {
                    tags.push((key, value));
                }
            }
            (Err(reason), _) => event
                .errors
                .push(FieldError::invalid(format!("tags.{index}.0"), key, reason)),
            (Ok(_), Err((value, reason))) => {
                event
                    .errors
                    .push(FieldError::invalid(format!("tags.{index}.1"), value, reason));
            }
        }
    }
    event.tags = tags;
}

fn clean_key(key: &str) -> Result<String, &'static str> {
    let key = key.trim().replace(' ', "-");
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-');
    if key.is_empty() || !key.bytes().all(allowed) {
        Err("expected letters, digits and _.:- in the key of a tag")
    } else if key.len() > 200 {
        Err("the key of a tag has at most 200 characters")
    } else {
        Ok(key)
    }
}

fn clean_value(value: String) -> Result<String, (String, &'static str)> {
    let trimmed = value.trim();
    if trimmed.is_empty() {
        Err((value, "the value of a tag is not empty"))
    } else if trimmed.contains('\n') {
        Err((value, "the value of a tag has no line breaks"))
    } else if is_longer(trimmed, 200) || trimmed.len() != value.len() {
        let mut trimmed = trimmed.to_owned();
        cut(&mut trimmed, TAG_VALUE);
        Ok(trimmed)
    } else {
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::read;

    #[track_caller]
    fn check(input: Value, expected: &[(&str, &str)], errors: usize) {
        let mut event = read(input.clone());
        super::normalize(&mut event);
        let tags: Vec<(&str, &str)> = event
            .tags
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(tags, expected, "{input}");
        assert_eq!(event.errors.len(), errors, "{input}: {:?}", event.errors);
    }

    #[test]
    fn keys_and_values_are_cleaned() {
        check(json!({"tags": [[" b b ", " x "]]}), &[("b-b", "x")], 0);
        check(
            json!({"tags": [["a/b", "x"], ["é", "x"], ["", "x"], [" ", "x"]]}),
            &[],
            4,
        );
        check(json!({"tags": [["a", "a\nb"], ["b", ""], ["c", "  "]]}), &[], 3);
        check(
            json!({"tags": [["a", 1.5], ["b", true]]}),
            &[("a", "1"), ("b", "True")],
            0,
        );
        check(json!({"tags": [["a", "1"], ["a", "2"]]}), &[("a", "1")], 0);
        check(
            json!({"tags": {"x".repeat(200): "1", "x".repeat(201): "2"}}),
            &[(&"x".repeat(200), "1")],
            1,
        );
        check(
            json!({"tags": {"a": "é".repeat(201)}}),
            &[("a", &format!("{}...", "é".repeat(197)))],
            0,
        );
    }

    #[test]
    fn reserved_keys_are_removed() {
        check(
            json!({"tags": {"release": "1", "dist": "1", "user": "1", "filename": "1", "function": "1", "environment": "1", "level": "x"}}),
            &[("level", "x")],
            0,
        );
    }

    #[test]
    fn attributes_become_tags() {
        check(
            json!({"server_name": "web-1", "site": "eu"}),
            &[("server_name", "web-1"), ("site", "eu")],
            0,
        );
        check(
            json!({"server_name": "web-1", "tags": {"server_name": "own"}}),
            &[("server_name", "web-1")],
            0,
        );
    }
}
