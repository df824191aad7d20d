//! How much two events are alike: by the stacks that they came from, and by what they say.

use std::collections::BTreeSet;

use protocol::event::{Event, Frame};
use query::{Condition, Expr, Field, FreeText, Known, Pattern, Test};

use crate::events::document::{MAX_FIELD_CHARS, frames};

/// So many frames behind each other tell more than each by itself.
const FRAMES_TOGETHER: usize = 3;

/// Frames and words that are compared at most; an honest event has fewer.
const MOST_FRAMES: usize = 250;
const MOST_WORDS: usize = 200;

/// Places of the stack, and pairs of words, that other events are looked up by.
const MOST_PLACES: usize = 30;
const MOST_PHRASES: usize = 12;

/// What of an event is compared.
#[derive(Debug)]
pub(super) struct Likeness {
    /// The newest first.
    frames: Vec<FrameName>,
    /// Runs of letters and digits, in lower case.
    words: Vec<String>,
}

/// Where a frame was, and in which function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct FrameName {
    place: Option<String>,
    function: Option<String>,
}

impl FrameName {
    fn of(frame: &Frame) -> Self {
        let place = frame.module.as_ref().or(frame.filename.as_ref());
        Self {
            place: place.cloned(),
            function: frame.function.clone(),
        }
    }

    fn is_named(&self) -> bool {
        self.place.is_some() || self.function.is_some()
    }
}

impl Likeness {
    pub(super) fn of(event: &Event) -> Self {
        let named = |in_app: bool| -> Vec<FrameName> {
            frames(event)
                .filter(|frame| !in_app || frame.in_app == Some(true))
                .map(FrameName::of)
                .filter(FrameName::is_named)
                .take(MOST_FRAMES)
                .collect()
        };
        let in_app = named(true);
        Self {
            frames: if in_app.is_empty() { named(false) } else { in_app },
            words: words(&said(event)),
        }
    }

    /// 0 to 1; `None` when one of them has no stack.
    pub(super) fn of_stacks(&self, other: &Self) -> Option<f64> {
        shared(&places(&self.frames), &places(&other.frames))
    }

    /// 0 to 1; `None` when one of them says nothing. Numbers, and what is mixed with them, are ids as a rule.
    pub(super) fn of_messages(&self, other: &Self) -> Option<f64> {
        shared(&telling(&self.words), &telling(&other.words))
    }

    /// What an event has whose stack is like this one. `None`: nothing could be.
    pub(super) fn stack_filter(&self) -> Option<Expr<Condition>> {
        let places = together(&self.frames).take(MOST_PLACES);
        let filters: Vec<_> = places.filter_map(has_frames).collect();
        (!filters.is_empty()).then(|| Expr::or(filters))
    }

    /// What an event has that says something like this one. `None`: nothing could.
    pub(super) fn message_filter(&self) -> Option<Expr<Condition>> {
        let phrase = |words: &[String]| Expr::Term(Condition::Text(FreeText::Phrase(words.join(" "))));
        let pairs = self.words.windows(2).filter(|pair| pair.iter().all(|word| tells(word)));
        let mut phrases: Vec<_> = pairs.take(MOST_PHRASES).map(phrase).collect();
        if phrases.is_empty() {
            let alone = self.words.iter().filter(|word| tells(word)).take(1);
            phrases.extend(alone.map(|word| phrase(std::slice::from_ref(word))));
        }
        (!phrases.is_empty()).then(|| Expr::or(phrases))
    }
}

/// Frames next to each other; all of a stack that is shorter.
fn together(frames: &[FrameName]) -> impl Iterator<Item = &[FrameName]> {
    frames.windows(FRAMES_TOGETHER.min(frames.len()).max(1))
}

fn places(frames: &[FrameName]) -> BTreeSet<&[FrameName]> {
    together(frames).collect()
}

fn telling(words: &[String]) -> BTreeSet<&str> {
    words.iter().map(String::as_str).filter(|word| tells(word)).collect()
}

fn tells(word: &str) -> bool {
    !word.contains(char::is_numeric)
}

/// What two sets have in common, of all that is in either.
fn shared<T: Ord>(one: &BTreeSet<T>, other: &BTreeSet<T>) -> Option<f64> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let both = one.intersection(other).count();
    Some(both as f64 / (one.len() + other.len() - both) as f64)
}

/// Events with all of these frames, wherever they are in the stack. `None` when the index cannot tell.
fn has_frames(frames: &[FrameName]) -> Option<Expr<Condition>> {
    let terms = frames.iter().filter_map(|frame| {
        let (field, name) = match (&frame.function, &frame.place) {
            (Some(function), _) => (Known::StackFunction, function),
            (None, Some(place)) => (Known::StackFilename, place),
            (None, None) => return None,
        };
        // Longer ones are cut in the index.
        (name.chars().count() < MAX_FIELD_CHARS).then(|| {
            Expr::Term(Condition::Field {
                field: Field::Known(field),
                test: Test::Any(vec![Pattern::Exact(name.clone())]),
            })
        })
    });
    let terms: Vec<_> = terms.collect();
    (!terms.is_empty()).then(|| Expr::and(terms))
}

/// The kind and the text of the exception that the event is named after, else its message.
fn said(event: &Event) -> String {
    match event.main_exception() {
        Some(exception) => {
            let (kind, value) = (exception.kind.as_deref(), exception.value.as_deref());
            format!("{} {}", kind.unwrap_or_default(), value.unwrap_or_default())
        }
        None => {
            let text = event.logentry.as_ref().and_then(|logentry| logentry.text());
            text.unwrap_or_default().to_owned()
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn error(kind: &str, value: &str, functions: &[&str]) -> Likeness {
        let frames: Vec<Value> = functions
            .iter()
            .rev()
            .map(|function| match function.strip_prefix('-') {
                Some(system) => json!({"function": system, "module": "lib", "in_app": false}),
                None => json!({"function": function, "module": "app", "in_app": true}),
            })
            .collect();
        let event = json!({"exception": [{"type": kind, "value": value, "stacktrace": {"frames": frames}}]});
        Likeness::of(&Event::from_json(event).unwrap())
    }

    #[test]
    fn stacks_are_as_alike_as_what_they_share_of_three_frames_each() {
        let stack = |functions: &[&str]| error("E", "", functions);
        for (one, other, expected) in [
            (&["a", "b", "c", "d"][..], &["a", "b", "c", "d"][..], Some(1.0)),
            (&["a", "b", "c", "d"], &["a", "b", "c", "e"], Some(1.0 / 3.0)),
            (&["a", "b", "c"], &["c", "b", "a"], Some(0.0)),
            // Only what belongs to the application counts, if there is any.
            (&["a", "-x", "b", "c"], &["a", "-y", "b", "-z", "c"], Some(1.0)),
            (&["-x", "-y", "-z"], &["-x", "-y", "-z"], Some(1.0)),
            // A short stack is compared as a whole.
            (&["a", "b"], &["a", "b"], Some(1.0)),
            (&["a", "b"], &["a"], Some(0.0)),
            (&["a"], &[], None),
            (&[], &[], None),
        ] {
            assert_eq!(stack(one).of_stacks(&stack(other)), expected, "{one:?} {other:?}");
            assert_eq!(stack(other).of_stacks(&stack(one)), expected, "{other:?} {one:?}");
        }
    }

    #[test]
    fn messages_are_as_alike_as_their_words_numbers_and_ids_aside() {
        let alike = |one: &str, other: &str| error("Timeout", one, &[]).of_messages(&error("timeout", other, &[]));
        assert_eq!(alike("order 17 of user a1b2", "order 18 of user c3d4"), Some(1.0));
        assert_eq!(alike("database gone", "disk full"), Some(1.0 / 5.0));
        let silent = Likeness::of(&Event::from_json(json!({})).unwrap());
        assert_eq!(silent.of_messages(&silent), None);
        assert!(silent.message_filter().is_none() && silent.stack_filter().is_none());
    }

    #[test]
    fn however_much_there_is_the_question_stays_small() {
        let names: Vec<String> = (0..1_000).map(|number| format!("f{number}")).collect();
        let functions: Vec<&str> = names.iter().map(String::as_str).collect();
        let much = error("E", &"word ".repeat(10_000), &functions);
        assert_eq!(much.frames.len(), MOST_FRAMES);
        assert_eq!(much.words.len(), MOST_WORDS);
        let terms = |filter: Option<Expr<Condition>>| filter.unwrap().terms().len();
        assert_eq!(terms(much.stack_filter()), MOST_PLACES * FRAMES_TOGETHER);
        assert_eq!(terms(much.message_filter()), MOST_PHRASES);
    }
}
