//! One value of a payload, ready to be laid out: short ones inline, long and nested ones as a block that scrolls.

use std::io;

use serde_json::Value;

use crate::{
    events::{
        payload,
        remarks::{self, Note, Piece, Remarks},
    },
    text::Cut,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ValueView {
    pub(crate) text: Cut,
    pub(crate) kind: ValueKind,
    /// Whether it needs a block of its own.
    pub(crate) is_block: bool,
    /// What was done to it before it was stored.
    pub(crate) notes: Vec<Note>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Text,
    Number,
    /// Null, or an empty text, list or object.
    Nothing,
    Structure,
}

/// A name and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) value: ValueView,
}

/// Longer than this is a block.
const INLINE: usize = 120;

/// How many bytes of a key are shown.
const MAX_KEY: usize = 200;

impl ValueView {
    pub(crate) fn new(value: &Value, max_bytes: usize) -> Self {
        match value {
            Value::Null => Self::nothing("null"),
            Value::String(text) if text.is_empty() => Self::nothing("empty text"),
            Value::Array(list) if list.is_empty() => Self::nothing("[]"),
            Value::Object(object) if object.is_empty() => Self::nothing("{}"),
            Value::String(text) => Self::text(text, max_bytes),
            Value::Number(_) | Value::Bool(_) => {
                let text = payload::scalar(value).unwrap_or_default();
                Self {
                    text: Cut::new(&text, max_bytes),
                    kind: ValueKind::Number,
                    is_block: false,
                    notes: Vec::new(),
                }
            }
            Value::Array(_) | Value::Object(_) => Self::structure(value, max_bytes),
        }
    }

    /// The same with what was done to it.
    pub(crate) fn noted(value: &Value, remarks: Remarks<'_>, max_bytes: usize) -> Self {
        let mut notes = remarks.notes();
        if value.is_array() || value.is_object() {
            notes.extend(remarks.notes_below());
        }
        if value.is_null() && !notes.is_empty() {
            return Self {
                notes,
                ..Self::nothing("gone")
            };
        }
        Self {
            notes,
            ..Self::new(value, max_bytes)
        }
    }

    /// The text in pieces, those that were changed apart.
    pub(crate) fn pieces(&self) -> Vec<Piece> {
        remarks::pieces(&self.text.shown, &self.notes)
    }

    /// What was done, each thing once.
    pub(crate) fn words(&self) -> String {
        remarks::words(&self.notes)
    }

    pub(crate) fn text(text: &str, max_bytes: usize) -> Self {
        let is_block = text.len() > INLINE || text.contains('\n');
        Self {
            text: Cut::new(text, max_bytes),
            kind: ValueKind::Text,
            is_block,
            notes: Vec::new(),
        }
    }

    fn nothing(word: &str) -> Self {
        Self {
            text: Cut {
                shown: word.to_owned(),
                whole: None,
            },
            kind: ValueKind::Nothing,
            is_block: false,
            notes: Vec::new(),
        }
    }

    fn structure(value: &Value, max_bytes: usize) -> Self {
        let inline = written(value, INLINE, false);
        if inline.whole.is_none() {
            return Self {
                text: inline,
                kind: ValueKind::Structure,
                is_block: false,
                notes: Vec::new(),
            };
        }
        Self {
            text: written(value, max_bytes, true),
            kind: ValueKind::Structure,
            is_block: true,
            notes: Vec::new(),
        }
    }

    pub(crate) fn class(&self) -> &'static str {
        match self.kind {
            ValueKind::Text => "value",
            ValueKind::Number | ValueKind::Structure => "value value-json",
            ValueKind::Nothing => "value value-nothing",
        }
    }
}

impl Pair {
    pub(crate) fn text(key: &str, value: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: ValueView::text(value, 1_000),
        }
    }
}

/// Pairs up to `max_bytes` in all, and how many did not fit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pairs {
    pub(crate) shown: Vec<Pair>,
    pub(crate) left_out: usize,
}

impl Pairs {
    pub(crate) fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a Value)>, each: usize, all: usize) -> Self {
        let bare = pairs.into_iter().map(|(key, value)| (key, value, Remarks::NONE));
        Self::noted(bare, each, all)
    }

    /// The same with what was done to each.
    pub(crate) fn noted<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a Value, Remarks<'a>)>,
        each: usize,
        all: usize,
    ) -> Self {
        let mut view = Self::default();
        let mut room = all;
        for (key, value, remarks) in pairs {
            if room == 0 {
                view.left_out += 1;
                continue;
            }
            let pair = Pair {
                key: Cut::new(key, MAX_KEY).shown,
                value: ValueView::noted(value, remarks, each.min(room)),
            };
            room = room.saturating_sub(pair.key.len() + pair.value.text.shown.len());
            view.shown.push(pair);
        }
        view
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.shown.len() + self.left_out
    }
}

/// JSON text up to `max_bytes`; what follows is counted, not kept, so that a huge value costs no memory.
fn written(value: &Value, max_bytes: usize, is_pretty: bool) -> Cut {
    let mut limited = Limited {
        kept: Vec::new(),
        max_bytes,
        whole: 0,
    };
    let result = match is_pretty {
        true => serde_json::to_writer_pretty(&mut limited, value),
        false => serde_json::to_writer(&mut limited, value),
    };
    result.expect("a value is always writable as JSON, and the writer takes all");
    let text = String::from_utf8_lossy(&limited.kept);
    let shown = text.trim_end_matches('\u{fffd}').to_owned();
    Cut {
        shown,
        whole: (limited.whole > max_bytes).then_some(limited.whole),
    }
}

struct Limited {
    kept: Vec<u8>,
    max_bytes: usize,
    whole: usize,
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.whole += bytes.len();
        let room = self.max_bytes.saturating_sub(self.kept.len());
        self.kept.extend_from_slice(&bytes[..room.min(bytes.len())]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn small_values_stay_inline_and_large_ones_are_cut() {
        let view = |value: &Value| ValueView::new(value, 200);
        assert_eq!(view(&json!({"a": [1, true]})).text.shown, r#"{"a":[1,true]}"#);
        assert!(!view(&json!({"a": [1, true]})).is_block);
        assert!(view(&json!("one\ntwo")).is_block);
        assert_eq!(view(&json!([])).kind, ValueKind::Nothing);
        let large = view(&json!(vec!["ü".repeat(30); 100]));
        assert!(large.is_block && large.text.shown.len() <= 200);
        assert_eq!(large.text.whole, Some(100 * (60 + 2 + 3) + 99 + 3));
    }

    #[test]
    fn pairs_share_the_room() {
        let long = json!("x".repeat(90));
        let pairs = Pairs::new([("a", &long), ("b", &long), ("c", &long)], 60, 100);
        assert_eq!((pairs.shown.len(), pairs.left_out, pairs.len()), (2, 1, 3));
        assert_eq!(pairs.shown[1].value.text.shown.len(), 39);
    }
}
