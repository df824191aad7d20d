//! What is wrong with a text, where, and what was perhaps meant.

use std::fmt;

/// What is wrong with a search, a column or an order, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ParseError {
    /// In characters from 0.
    pub position: usize,
    /// How many characters are meant, from there on; 0 at the end of the text.
    pub length: usize,
    pub message: String,
    /// What to write instead of them, perhaps.
    pub suggestion: Option<String>,
}

/// How much of a long text [`ParseError::caret`] shows before and behind the place.
const AROUND: usize = 40;

impl ParseError {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            position: span.start,
            length: span.end - span.start,
            message: message.into(),
            suggestion: None,
        }
    }

    pub(crate) fn suggest(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }

    /// The same error in a longer text, of which this one begins at `start`.
    pub(crate) fn moved(mut self, start: usize) -> Self {
        self.position += start;
        self
    }

    /// Two lines for a fixed-width font: the text around the place, and marks under it.
    pub fn caret(&self, text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let position = self.position.min(chars.len());
        let start = position.saturating_sub(AROUND);
        let end = (position + self.length.max(1) + AROUND).min(chars.len());
        let cut = |is: bool| if is { "…" } else { "" };
        let shown: String = chars[start..end]
            .iter()
            .map(|c| if c.is_control() { ' ' } else { *c })
            .collect();
        let indent = position - start + usize::from(start > 0);
        let marks = self.length.clamp(1, end.saturating_sub(position).max(1));
        format!(
            "{}{shown}{}\n{}{}",
            cut(start > 0),
            cut(end < chars.len()),
            " ".repeat(indent),
            "^".repeat(marks)
        )
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {})", self.message, self.position + 1)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, ", did you mean {suggestion:?}?"),
            None => Ok(()),
        }
    }
}

/// A stretch of a text, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

/// The most letters that a word is compared by: a longer one is far from everything known.
const COMPARED: usize = 40;

/// The candidate that a mistyped word is near enough to.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().count() > COMPARED {
        return None;
    }
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        // One slip in a short word, three in a long one.
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).clamp(1, 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters to change, add, remove, or swap with the next (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, a) in one.iter().enumerate() {
        let mut next = vec![line + 1];
        for (column, b) in other.iter().enumerate() {
            let changed = row[column] + usize::from(a != b);
            let mut least = changed.min(row[column + 1] + 1).min(next[column] + 1);
            if line > 0 && column > 0 && *a == other[column - 1] && one[line - 1] == *b {
                least = least.min(before[column - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_is_near_what_was_meant() {
        let known = ["unresolved", "resolved", "ignored", "is", "level"];
        let check = |word: &str, expected: Option<&str>| assert_eq!(nearest(word, known), expected, "{word}");
        check("unresolvd", Some("unresolved"));
        check("UNRESOLVED", Some("unresolved"));
        check("reslvoed", Some("resolved"));
        check("leevl", Some("level"));
        check("it", Some("is"));
        check("zzzzz", None);
        check(&"x".repeat(1000), None);
    }

    #[test]
    fn a_caret_stands_under_the_place() {
        let error = |position, length| ParseError {
            position,
            length,
            message: "no".to_owned(),
            suggestion: None,
        };
        let check = |error: ParseError, text: &str, expected: &str| assert_eq!(error.caret(text), expected);
        check(error(3, 5), "é is:unresolvd", "é is:unresolvd\n   ^^^^^");
        check(error(4, 0), "a OR", "a OR\n    ^");
        check(error(0, 9), "ab", "ab\n^^");
        let long = format!("{}HERE{}", "a".repeat(100), "b".repeat(100));
        let shown = error(100, 4).caret(&long);
        assert_eq!(
            shown,
            format!("…{}HERE{}…\n{}^^^^", "a".repeat(40), "b".repeat(40), " ".repeat(41))
        );
        assert_eq!(error(0, 1).caret("\n"), " \n^");
    }
}
