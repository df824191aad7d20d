//! What free text finds of an event.

use std::collections::HashSet;

use normalize::Summary;
use protocol::event::{Event, EventType};
use store::events::SearchText;

use super::exceptions;

/// Bytes of all prose, and of all surroundings: what is said first is kept.
const MAX_PROSE: usize = 16 << 10;
const MAX_SURROUNDINGS: usize = 8 << 10;
/// What frames take at most of the surroundings, so that breadcrumbs have a part.
const MAX_FRAMES: usize = 6 << 10;
/// Names and messages of an error of a web service: making room once is cheaper than growing.
const USUAL_PARTS: usize = 224;
/// Bytes of one name or message among the surroundings.
const MAX_PART: usize = 256;

pub(super) fn of_event(event: &Event, summary: &Summary) -> Vec<SearchText> {
    let mut texts = prose(event, summary);
    texts.extend(surroundings(event, summary));
    texts
}

/// A text by itself, as that of a log.
pub(super) fn of_text(text: &str) -> Option<SearchText> {
    let text = text.trim();
    (!text.is_empty()).then(|| SearchText::Prose(head(text, MAX_PROSE).to_owned()))
}

fn prose(event: &Event, summary: &Summary) -> Vec<SearchText> {
    let mut prose = Prose {
        parts: Vec::new(),
        room: MAX_PROSE,
    };
    // The last exception is the one that the event is named after.
    for exception in event.exception.iter().rev() {
        let (kind, value) = (exception.kind.as_deref(), exception.value.as_deref());
        match (kind.unwrap_or_default(), value.unwrap_or_default()) {
            (kind, "") => prose.add(kind),
            ("", value) => prose.add(value),
            (kind, value) => prose.add(&format!("{kind}: {value}")),
        }
    }
    if let Some(logentry) = &event.logentry {
        prose.add(logentry.text().unwrap_or_default());
        prose.add(logentry.message.as_deref().unwrap_or_default());
    }
    prose.add(&summary.metadata.title);
    prose.add(&summary.metadata.subtitle);
    prose.parts.into_iter().map(SearchText::Prose).collect()
}

struct Prose {
    parts: Vec<String>,
    room: usize,
}

impl Prose {
    /// What was said as a part of something else adds nothing to search for.
    fn add(&mut self, part: &str) {
        let part = head(part.trim(), self.room);
        if !part.is_empty() && !self.parts.iter().any(|said| said.contains(part)) {
            self.room -= part.len();
            self.parts.push(part.to_owned());
        }
    }
}

/// Names of the program that were on the stack, and what happened before, a line each.
fn surroundings(event: &Event, summary: &Summary) -> Option<SearchText> {
    let mut surroundings = Surroundings {
        lines: String::with_capacity(MAX_SURROUNDINGS),
        said: HashSet::with_capacity(USUAL_PARTS),
    };
    surroundings.add(&summary.metadata.culprit, MAX_FRAMES);
    if event.kind != EventType::Transaction {
        for frame in exceptions::frames(event) {
            let names = [&frame.function, &frame.module, &frame.filename];
            for name in names.into_iter().filter_map(Option::as_deref) {
                surroundings.add(name, MAX_FRAMES);
            }
        }
    }
    // The newest tell most of what led to the event.
    for breadcrumb in event.breadcrumbs.iter().rev() {
        for text in [&breadcrumb.message, &breadcrumb.category].into_iter().flatten() {
            surroundings.add(text, MAX_SURROUNDINGS);
        }
    }
    surroundings.lines.shrink_to_fit();
    (!surroundings.lines.is_empty()).then_some(SearchText::Surroundings(surroundings.lines))
}

struct Surroundings<'a> {
    lines: String,
    said: HashSet<&'a str>,
}

impl<'a> Surroundings<'a> {
    fn add(&mut self, part: &'a str, most: usize) {
        let part = head(part, MAX_PART);
        if !part.is_empty() && self.lines.len() + part.len() < most && self.said.insert(part) {
            if !self.lines.is_empty() {
                self.lines.push('\n');
            }
            self.lines.push_str(part);
        }
    }
}

/// The beginning of a text, whole characters of it.
fn head(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}
