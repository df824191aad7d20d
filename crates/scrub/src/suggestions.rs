//! Selectors that would select something of an event: what the form for rules offers.

use std::collections::BTreeSet;

use protocol::event::{
    Event,
    meta::Segment,
    walk::{Fate, Found, Kind, Pii, Place, Visitor},
};
use serde::Serialize;

use crate::selector::{Selector, name_of_structure};

/// A selector, and a value that it selects; lists, objects and numbers are not shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Suggestion {
    pub path: String,
    pub value: Option<String>,
}

/// More than a form can offer.
const MAX_SUGGESTIONS: usize = 1_000;

/// What can be selected in an event: by kind of value first, then by place.
pub fn selector_suggestions(event: &Event) -> Vec<Suggestion> {
    let mut found = Suggestions::default();
    event.clone().walk(&mut found);
    let mut suggestions: Vec<_> = found.0.into_iter().collect();
    suggestions.sort_by_cached_key(|suggestion| Selector::parse(&suggestion.path).ok());
    suggestions
}

#[derive(Default)]
struct Suggestions(BTreeSet<Suggestion>);

impl Visitor for Suggestions {
    fn visit(&mut self, place: &Place<'_>, found: Found<'_>) -> Fate {
        if self.0.len() < MAX_SUGGESTIONS && Selector::parse(&path(place)).is_ok() {
            let value = match found {
                Found::Text(text) => Some(text.clone()),
                Found::Other => None,
            };
            if place.pii == Pii::True {
                let kind = match place.kind {
                    kind if kind.is_any_of(Kind::STRING) => Some("$string"),
                    kind if kind.is_any_of(Kind::NUMBER) => Some("$number"),
                    _ => None,
                };
                self.0.extend(kind.map(|kind| Suggestion {
                    path: kind.to_owned(),
                    value: value.clone(),
                }));
            }
            self.0.insert(Suggestion {
                path: path(place),
                value,
            });
        }
        Fate::Keep
    }
}

/// The way from the innermost structure that has a name, else from the root.
fn path(place: &Place<'_>) -> String {
    if place.kind.is_any_of(Kind::MESSAGE) {
        return "$message".to_owned();
    }
    let mut items = Vec::new();
    for step in place.ancestors() {
        if let Some(name) = name_of_structure(step.kind) {
            items.push(format!("${name}"));
            break;
        }
        match step.segment() {
            Some(Segment::Key(key)) => items.push(quoted(key)),
            Some(Segment::Index(_)) => items.push("*".to_owned()),
            None => {}
        }
    }
    items.reverse();
    items.join(".")
}

fn quoted(key: &str) -> String {
    let mut characters = key.chars();
    let is_bare = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if is_bare {
        key.to_owned()
    } else {
        format!("'{}'", key.replace('\'', "''"))
    }
}
