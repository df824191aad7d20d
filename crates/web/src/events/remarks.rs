//! What was done to the values of an event before it was stored: the remarks of `_meta`, in words and as marks in the
//! text.

use serde_json::{Map, Value};

use crate::{events::payload, number, text};

/// The remarks on one place of an event and on all below it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Remarks<'a>(Option<&'a Map<String, Value>>);

/// One thing that was done to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// `replaced by the rule @password:filter`
    pub(crate) words: String,
    /// Where in the text, in bytes; all of it when it does not say.
    pub(crate) range: Option<(usize, usize)>,
}

/// A piece of a text, with what was done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) note: Option<String>,
}

/// Notes on one value that are told.
const MAX_NOTES: usize = 8;
/// Values within one whose notes are told, and how many are counted.
const MAX_BELOW: usize = 3;
const MAX_COUNTED: usize = 1_000;

impl<'a> Remarks<'a> {
    pub(crate) const NONE: Self = Self(None);

    pub(crate) fn of(event: &'a Value) -> Self {
        Self(event.get("_meta").and_then(Value::as_object))
    }

    pub(crate) fn key(self, key: &str) -> Self {
        // The empty key is the place itself.
        Self(
            self.0
                .and_then(|node| node.get(key)?.as_object())
                .filter(|_| !key.is_empty()),
        )
    }

    pub(crate) fn index(self, index: usize) -> Self {
        self.key(&index.to_string())
    }

    /// What was done to the value at this place.
    pub(crate) fn notes(self) -> Vec<Note> {
        let Some(entry) = self.0.and_then(|node| node.get("")?.as_object()) else {
            return Vec::new();
        };
        let length = entry.get("len").and_then(Value::as_u64);
        let list = |key: &str| entry.get(key).and_then(Value::as_array).into_iter().flatten();
        let remarks = list("rem").filter_map(|remark| note(remark, length));
        let errors = list("err").filter_map(|error| {
            Some(Note {
                words: error_in_words(error)?,
                range: None,
            })
        });
        remarks.chain(errors).take(MAX_NOTES).collect()
    }

    pub(crate) fn has_notes(self) -> bool {
        !self.notes().is_empty()
    }

    /// What was done to values within this one: the first of them with their ways, and how many more there are.
    pub(crate) fn notes_below(self) -> Vec<Note> {
        let mut places = self.places(MAX_COUNTED);
        places.retain(|(way, _)| !way.is_empty());
        let more = places.len().saturating_sub(MAX_BELOW);
        let told = places.into_iter().take(MAX_BELOW).map(|(way, notes)| {
            let way = text::line(&way.join("."), 60);
            format!("{way} {}", words(&notes))
        });
        let more = (more > 0).then(|| format!("and {} more", number::grouped(more as u64)));
        told.chain(more).map(|words| Note { words, range: None }).collect()
    }

    /// Every place with remarks, with the way to it; at most so many.
    pub(crate) fn places(self, most: usize) -> Vec<(Vec<String>, Vec<Note>)> {
        fn descend(
            remarks: Remarks<'_>,
            way: &mut Vec<String>,
            most: usize,
            found: &mut Vec<(Vec<String>, Vec<Note>)>,
        ) {
            let notes = remarks.notes();
            if !notes.is_empty() {
                found.push((way.clone(), notes));
            }
            let Some(node) = remarks.0.filter(|_| way.len() < 50) else {
                return;
            };
            for key in node.keys().filter(|key| !key.is_empty()) {
                if found.len() >= most {
                    return;
                }
                way.push(key.clone());
                descend(remarks.key(key), way, most, found);
                way.pop();
            }
        }
        let mut found = Vec::new();
        descend(self, &mut Vec::new(), most, &mut found);
        found
    }
}

/// `["@password:filter", "s", 0, 10]` in words.
fn note(remark: &Value, length: Option<u64>) -> Option<Note> {
    let parts = remark.as_array()?;
    let rule = parts.first()?.as_str()?;
    let kind = parts.get(1)?.as_str()?;
    let number = |at: usize| usize::try_from(parts.get(at)?.as_u64()?).ok();
    let words = match (rule, kind) {
        ("!limit", "x") => "left out: too large".to_owned(),
        ("!limit", _) => match length {
            Some(length) => format!("cut, {} as sent", number::of(length, "character")),
            None => "cut: too long".to_owned(),
        },
        (rule, kind) => format!("{} by the rule {}", done(kind), text::line(rule, 100)),
    };
    Some(Note {
        words,
        range: number(2).zip(number(3)),
    })
}

/// The letters of `_meta` (`ingest.md` §5.4).
fn done(kind: &str) -> &'static str {
    match kind {
        "x" => "removed",
        "s" => "replaced",
        "m" => "masked",
        "p" => "hashed",
        "e" => "encrypted",
        _ => "noted",
    }
}

fn error_in_words(error: &Value) -> Option<String> {
    let (kind, data) = match error {
        Value::String(kind) => (kind.as_str(), &Value::Null),
        Value::Array(parts) => (parts.first()?.as_str()?, parts.get(1).unwrap_or(&Value::Null)),
        _ => return None,
    };
    let words = super::processing_errors::words(kind);
    Some(match payload::text(data, "reason") {
        Some(reason) => format!("{}: {}", words.to_lowercase(), text::line(&reason, 200)),
        None => words.to_lowercase(),
    })
}

/// What was done, each thing once.
pub(crate) fn words(notes: &[Note]) -> String {
    let mut words: Vec<&str> = notes.iter().map(|note| note.words.as_str()).collect();
    words.dedup();
    words.join(", ")
}

/// The text in pieces, those that a note is on apart. Ranges that do not fit the text mark nothing.
pub(crate) fn pieces(text: &str, notes: &[Note]) -> Vec<Piece> {
    let mut ranges: Vec<(usize, usize, &str)> = notes
        .iter()
        .filter_map(|note| note.range.map(|(start, end)| (start, end, note.words.as_str())))
        .filter(|(start, end, _)| start < end && text.get(*start..*end).is_some())
        .collect();
    ranges.sort_unstable();
    let piece = |text: &str, note: Option<&str>| Piece {
        text: text.to_owned(),
        note: note.map(str::to_owned),
    };
    let (mut pieces, mut at) = (Vec::new(), 0);
    for (start, end, words) in ranges {
        if start < at {
            continue;
        }
        if start > at {
            pieces.push(piece(&text[at..start], None));
        }
        pieces.push(piece(&text[start..end], Some(words)));
        at = end;
    }
    if at < text.len() {
        pieces.push(piece(&text[at..], None));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn remarks_are_told_in_words() {
        let event = json!({"_meta": {"extra": {
            "a": {"": {"rem": [["@password:filter", "s", 0, 10], ["project:0", "x"]]}},
            "b": {"": {"rem": [["!limit", "s", 3, 6]], "len": 24_000}},
            "c": {"0": {"": {"err": [["invalid_data", {"reason": "expected a string"}], "missing_attribute"]}}},
            "d": {"": {"rem": ["nonsense", [7], ["@ip"]], "err": 7}},
        }}});
        let extra = Remarks::of(&event).key("extra");
        let words =
            |remarks: Remarks<'_>| -> Vec<String> { remarks.notes().into_iter().map(|note| note.words).collect() };
        assert_eq!(
            words(extra.key("a")),
            ["replaced by the rule @password:filter", "removed by the rule project:0"]
        );
        assert_eq!(words(extra.key("b")), ["cut, 24,000 characters as sent"]);
        assert_eq!(
            words(extra.key("c").index(0)),
            [
                "discarded an invalid value: expected a string",
                "a required attribute is missing"
            ]
        );
        assert!(!extra.key("d").has_notes() && !extra.key("").has_notes() && !Remarks::NONE.has_notes());
        let below: Vec<String> = extra.notes_below().into_iter().map(|note| note.words).collect();
        assert_eq!(
            below,
            [
                "a replaced by the rule @password:filter, removed by the rule project:0",
                "b cut, 24,000 characters as sent",
                "c.0 discarded an invalid value: expected a string, a required attribute is missing",
            ]
        );
        let ways: Vec<String> = Remarks::of(&event)
            .places(10)
            .into_iter()
            .map(|(way, _)| way.join("."))
            .collect();
        assert_eq!(ways, ["extra.a", "extra.b", "extra.c.0"]);
    }

    #[test]
    fn a_text_is_marked_where_it_was_changed() {
        let note = |start, end| Note {
            words: format!("{start}"),
            range: Some((start, end)),
        };
        let told = |text: &str, notes: &[Note]| -> Vec<String> {
            let told = |piece: Piece| match piece.note {
                Some(note) => format!("<{note}:{}>", piece.text),
                None => piece.text,
            };
            pieces(text, notes).into_iter().map(told).collect()
        };
        assert_eq!(
            told("pw [Filtered] of me", &[note(3, 13)]),
            ["pw ", "<3:[Filtered]>", " of me"]
        );
        // Out of bounds, the wrong way round, within a character, and twice the same place.
        for wrong in [note(3, 99), note(5, 2), note(1, 2)] {
            assert_eq!(told("aü b", &[wrong]), ["aü b"]);
        }
        assert_eq!(told("abcd", &[note(0, 3), note(1, 4)]), ["<0:abc>", "d"]);
        assert!(told("", &[]).is_empty());
    }
}
