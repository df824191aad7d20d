//! Tags of the event itself: keys and values that can be indexed (`ingest.md` §3.3).

use std::collections::HashSet;

use protocol::event::Event;

use crate::notes::{Place, notes};

/// What is made from the event's fields when it is saved, and would be told twice.
const RESERVED: [&str; 6] = ["release", "dist", "user", "filename", "function", "environment"];

pub(crate) fn normalize(event: &mut Event) {
    let attributes = [("server_name", event.server_name.take()), ("site", event.site.take())];
    for (key, value) in attributes {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            // The attribute says more than a tag of the same name.
            event.tags.retain(|(tag, _)| tag != key);
            event.tags.push((key.to_owned(), value));
        }
    }
    let notes = &mut notes!(event);
    let place = Place::root("tags");
    let mut seen = HashSet::with_capacity(event.tags.len());
    let mut tags = Vec::with_capacity(event.tags.len());
    let mut sent_at = Vec::with_capacity(event.tags.len());
    for (index, (key, value)) in std::mem::take(&mut event.tags).into_iter().enumerate() {
        match (clean_key(&key), clean_value(value)) {
            (Ok(key), _) if RESERVED.contains(&key.as_str()) => {}
            (Ok(key), Ok(value)) => {
                if seen.insert(key.clone()) {
                    tags.push((key, value));
                    sent_at.push(index);
                }
            }
            // Half a tag is none; the place of what is gone says why.
            (Err(reason), _) => notes.invalid(&place.index(index).index(0), key, &reason),
            (Ok(_), Err((value, reason))) => notes.invalid(&place.index(index).index(1), value, &reason),
        }
    }
    let moved = sent_at.iter().enumerate().any(|(new, old)| new != *old);
    if moved {
        // Notes on tags that are gone stand in the errors; `_meta` speaks of those that are there.
        notes.meta.renumber(["tags"], |old| sent_at.binary_search(&old).ok());
    }
    event.tags = tags;
}

fn clean_key(key: &str) -> Result<String, String> {
    let key = key.trim().replace(' ', "-");
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | ':' | '-');
    if key.is_empty() {
        return Err(EMPTY.to_owned());
    }
    match key.chars().find(|character| !allowed(*character)) {
        Some(character) => Err(format!("invalid character {character:?}")),
        None => Ok(key),
    }
}

fn clean_value(value: String) -> Result<String, (String, String)> {
    let trimmed = value.trim();
    if trimmed.is_empty() {
        return Err((value, EMPTY.to_owned()));
    }
    if trimmed.contains('\n') {
        return Err((value, format!("invalid character {:?}", '\n')));
    }
    if trimmed.len() == value.len() {
        return Ok(value);
    }
    Ok(trimmed.to_owned())
}

const EMPTY: &str = "expected a non-empty value";

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
        let mut event = read(json!({"tags": {"x".repeat(200): "1", "x".repeat(201): "é".repeat(201)}}));
        super::normalize(&mut event);
        crate::trim(&mut event);
        assert_eq!(event.tags[0], ("x".repeat(200), "1".to_owned()));
        assert_eq!(
            event.tags[1],
            (format!("{}...", "x".repeat(197)), format!("{}...", "é".repeat(197)))
        );
        assert_eq!(event.meta.get(["tags", "1", "1"]).unwrap()["len"], 201);
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
