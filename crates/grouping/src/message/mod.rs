//! What of a message stays the same from event to event: its first lines, with parameters replaced by their kind
//! (`ingest.md` §6.6).

mod date;
mod kinds;
mod scan;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::{kinds::KINDS, scan::Place};

/// Longer texts are grouped as they are: they hardly ever come from a template.
const MAX_CHARS: usize = 8192;

/// The first two lines that are not blank, with their parameters replaced.
pub(crate) fn normalize(text: &str) -> String {
    let lines = first_lines(text);
    match parameterize(&lines) {
        Cow::Borrowed(_) => lines.into_owned(),
        Cow::Owned(text) => text,
    }
}

/// `...` at the end says that there was more.
fn first_lines(text: &str) -> Cow<'_, str> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let kept = match (lines.next(), lines.next()) {
        (Some(first), Some(second)) => Cow::Owned(format!("{first}\n{second}")),
        (Some(only), None) => Cow::Borrowed(only),
        (None, _) => Cow::Borrowed(""),
    };
    if kept == text {
        kept
    } else {
        format!("{kept}...").into()
    }
}

/// Whether there is any of what every kind has some of: most texts are words and nothing else.
fn may_hold_one(text: &str) -> bool {
    let mut hex_letters = 0;
    text.bytes().any(|byte| {
        let is_hex_letter = matches!(byte, b'a'..=b'f' | b'A'..=b'F');
        hex_letters = if is_hex_letter { hex_letters + 1 } else { 0 };
        hex_letters == kinds::LONG_HEX || byte.is_ascii_digit() || matches!(byte, b'@' | b':' | b'=' | b'.')
    })
}

/// Replaces parameters by `<kind>`, from left to right; where several kinds fit, the first in [`KINDS`] wins.
pub(crate) fn parameterize(text: &str) -> Cow<'_, str> {
    if !may_hold_one(text) || text.len() > MAX_CHARS && text.chars().count() > MAX_CHARS {
        return text.into();
    }
    let mut replaced = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(place) = Place::next(text, at) {
        let found = KINDS
            .iter()
            .find_map(|(name, find)| find(&place).map(|length| (*name, length)));
        match found {
            Some((name, length)) => {
                replaced.push_str(&text[copied..place.at]);
                replaced.extend(["<", name, ">"]);
                at = place.at + length;
                copied = at;
            }
            None => at = place.behind(),
        }
    }
    if copied == 0 {
        return text.into();
    }
    replaced.push_str(&text[copied..]);
    replaced.into()
}
