use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use model::{EventId, ProjectId, Timestamp};
use query::{Dataset, Known};
use store::events::{Document, SearchText, Value};

/// Characters of a text in a field; what is cut ends in dots.
pub const MAX_FIELD_CHARS: usize = 512;
/// Characters of a tag's value, as normalization cuts those of events.
pub const MAX_TAG_CHARS: usize = 200;
/// Values of a field that can have several.
const MAX_VALUES: usize = 60;
/// Tags and numbers; no honest event comes near it.
const MAX_TAGS: usize = 1_000;

/// What an error of a web service has: making room once is cheaper than growing.
const USUAL_FIELDS: usize = 96;
const USUAL_TAGS: usize = 16;

/// A day beyond these has no index: a wrong clock must not make folders.
const OLDEST: Duration = Duration::from_secs(30 * 24 * 3600);
const NEWEST: Duration = Duration::from_secs(24 * 3600);

/// Puts a document together, within its bounds.
#[derive(Debug)]
pub(super) struct Builder(Document);

impl Builder {
    /// `times` are what the row says of its time, the one that is preferred first.
    pub(super) fn new(
        dataset: Dataset,
        (project, id): (ProjectId, EventId),
        times: &[Timestamp],
        received_at: Timestamp,
    ) -> Self {
        let believable = received_at - OLDEST..=received_at + NEWEST;
        let timestamp = times.iter().find(|time| believable.contains(time));
        Self(Document {
            dataset,
            project,
            id,
            timestamp: timestamp.copied().unwrap_or(received_at),
            received_at,
            hash: String::new(),
            sequence: 0,
            fields: Vec::with_capacity(USUAL_FIELDS),
            tags: Vec::with_capacity(USUAL_TAGS),
            numbers: Vec::new(),
            text: Vec::new(),
            payload: Bytes::new(),
        })
    }

    pub(super) fn hash(&mut self, hash: String) {
        self.0.hash = hash;
    }

    pub(super) fn has(&self, field: Known) -> bool {
        self.0.fields.iter().any(|(known, _)| *known == field)
    }

    /// The text of a field that was set.
    pub(super) fn get(&self, field: Known) -> Option<&str> {
        self.0.fields.iter().find_map(|(known, value)| match value {
            Value::Text(text) if *known == field => Some(text.as_str()),
            _ => None,
        })
    }

    /// Of two texts for one field the first stays. Nothing is no text.
    pub(super) fn text(&mut self, field: Known, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty())
            && !self.has(field)
        {
            let text = cut(text, MAX_FIELD_CHARS).into_owned();
            self.0.fields.push((field, Value::Text(text)));
        }
    }

    /// Of a field that can have several values. Each is there once, in one line.
    pub(super) fn texts<'a>(&mut self, field: Known, texts: impl Iterator<Item = &'a str>) {
        let mut seen: Vec<&str> = Vec::with_capacity(MAX_VALUES);
        for text in texts {
            if text.is_empty() || seen.contains(&text) {
                continue;
            }
            seen.push(text);
            let text = cut(text, MAX_FIELD_CHARS);
            // The index keeps them in one line, with a control character between.
            let line = if text.bytes().any(|byte| byte.is_ascii_control()) {
                text.replace(|character: char| character.is_ascii_control(), " ")
            } else {
                text.into_owned()
            };
            self.0.fields.push((field, Value::Text(line)));
            if seen.len() == MAX_VALUES {
                return;
            }
        }
    }

    pub(super) fn number(&mut self, field: Known, number: Option<f64>) {
        if let Some(number) = number.filter(|number| number.is_finite())
            && !self.has(field)
        {
            self.0.fields.push((field, Value::Number(number)));
        }
    }

    pub(super) fn flag(&mut self, field: Known, flag: Option<bool>) {
        if let Some(flag) = flag {
            self.0.fields.push((field, Value::Flag(flag)));
        }
    }

    pub(super) fn tag(&mut self, key: &str, value: &str) {
        if !key.is_empty() && !value.is_empty() && self.0.tags.len() < MAX_TAGS {
            let (key, value) = (cut(key, MAX_TAG_CHARS), cut(value, MAX_TAG_CHARS));
            self.0.tags.push((key.into_owned(), value.into_owned()));
        }
    }

    /// A number that its sender named.
    pub(super) fn named_number(&mut self, key: &str, number: f64) {
        if !key.is_empty() && number.is_finite() && self.0.numbers.len() < MAX_TAGS {
            self.0.numbers.push((cut(key, MAX_TAG_CHARS).into_owned(), number));
        }
    }

    /// What is searched by words, most important first.
    pub(super) fn search_text(&mut self, text: impl IntoIterator<Item = SearchText>) {
        self.0.text.extend(text);
    }

    /// What is shared with other documents, of fields that are not set.
    pub(super) fn inherit(&mut self, fields: &[(Known, Value)]) {
        for (field, value) in fields {
            if !self.has(*field) {
                self.0.fields.push((*field, value.clone()));
            }
        }
    }

    /// The fields alone, for others to inherit.
    pub(super) fn into_fields(self) -> Vec<(Known, Value)> {
        self.0.fields
    }

    pub(super) fn finish(mut self, payload: impl Into<Bytes>) -> Document {
        self.0.payload = payload.into();
        self.0
    }
}

const DOTS: &str = "...";

pub(super) fn cut(text: &str, max_chars: usize) -> Cow<'_, str> {
    // Bytes are at least as many as characters: most texts need no counting.
    if text.len() <= max_chars || text.chars().nth(max_chars).is_none() {
        return Cow::Borrowed(text);
    }
    let kept = text.char_indices().nth(max_chars - DOTS.len());
    Cow::Owned(format!("{}{DOTS}", &text[..kept.map_or(text.len(), |(end, _)| end)]))
}
