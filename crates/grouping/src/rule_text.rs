//! What both kinds of rules have in common as texts: lines, comments, words with or without quotes, and errors that say
//! where.

use crate::{SettingsError, settings::RulesField};

/// The longest text of rules. Both this and the next bound what one event can cost.
const MAX_BYTES: usize = 64 * 1024;
const MAX_RULES: usize = 1_000;
/// The longest word: a pattern, a fingerprint, a title.
const MAX_WORD: usize = 1_024;

/// What is wrong with a line, and where in it (in bytes).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LineError {
    pub(crate) at: usize,
    pub(crate) message: String,
}

/// Reads every line that is neither blank nor a comment. All bad lines are told at once.
pub(crate) fn read_lines<T>(
    field: RulesField,
    text: &str,
    read: impl Fn(&mut Line<'_>) -> Result<T, LineError>,
) -> Result<Vec<T>, Vec<SettingsError>> {
    let error = |line: usize, column: usize, message: String| SettingsError {
        field,
        line,
        column,
        message,
    };
    if text.len() > MAX_BYTES {
        let message = format!(
            "the rules have {} bytes, at most {MAX_BYTES} are read: remove what is no longer used",
            text.len()
        );
        return Err(vec![error(1, 1, message)]);
    }
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for (index, content) in text.lines().enumerate() {
        let mut line = Line { text: content, at: 0 };
        line.skip_space();
        if line.is_done() {
            continue;
        }
        if rules.len() == MAX_RULES {
            let message = format!("there are more than {MAX_RULES} rules: join or remove some");
            errors.push(error(index + 1, 1, message));
            break;
        }
        match read(&mut line) {
            Ok(rule) => rules.push(rule),
            Err(LineError { at, message }) => {
                let column = content[..at].chars().count() + 1;
                errors.push(error(index + 1, column, message));
            }
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

/// A line and how far it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Line<'a> {
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// What was read from `start` to here.
    pub(crate) fn read_since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    pub(crate) fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Nothing but a comment is left.
    pub(crate) fn is_done(&self) -> bool {
        self.rest().is_empty() || self.rest().starts_with('#')
    }

    pub(crate) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// As many characters as belong to it; may be none.
    pub(crate) fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// What stands behind an opening quote, up to the closing one.
    pub(crate) fn quoted(&mut self, escapes: Escapes) -> Result<String, LineError> {
        let start = self.at - 1;
        let mut text = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return within_limit(text, start);
                }
                '\\' => match (escapes, chars.clone().next().map(|(_, next)| next)) {
                    (_, Some('\\')) => {
                        chars.next();
                        text.push('\\');
                    }
                    (Escapes::All, Some(next)) if unescape(next).is_some() => {
                        chars.next();
                        text.extend(unescape(next));
                    }
                    _ => text.push('\\'),
                },
                c => text.push(c),
            }
        }
        Err(LineError {
            at: start,
            message: "this quote is not closed: put a `\"` behind the text".to_owned(),
        })
    }

    pub(crate) fn error<T>(&self, message: impl Into<String>) -> Result<T, LineError> {
        Err(LineError {
            at: self.at,
            message: message.into(),
        })
    }
}

/// Which pairs that begin with a backslash stand for another character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// Two backslashes for one, also without quotes.
    Backslash,
    /// Also quotes and what breaks a line; none without quotes.
    All,
}

fn unescape(c: char) -> Option<char> {
    match c {
        '"' | '\'' => Some(c),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        _ => None,
    }
}

pub(crate) fn within_limit(text: String, at: usize) -> Result<String, LineError> {
    if text.len() <= MAX_WORD {
        return Ok(text);
    }
    Err(LineError {
        at,
        message: format!(
            "this text has {} bytes, at most {MAX_WORD} are read: shorten it",
            text.len()
        ),
    })
}

/// As a rule shows it: with quotes where it could not be read without them.
pub(crate) fn shown(text: &str, escapes: Escapes, bare: impl Fn(char) -> bool) -> String {
    if !text.is_empty() && !text.starts_with('"') && text.chars().all(bare) {
        return match escapes {
            Escapes::Backslash => text.replace('\\', "\\\\"),
            Escapes::All => text.to_owned(),
        };
    }
    let mut shown = String::from('"');
    for c in text.chars() {
        match c {
            '\\' => shown.push_str("\\\\"),
            '"' if escapes == Escapes::All => shown.push_str("\\\""),
            '\n' if escapes == Escapes::All => shown.push_str("\\n"),
            '\r' if escapes == Escapes::All => shown.push_str("\\r"),
            '\t' if escapes == Escapes::All => shown.push_str("\\t"),
            c => shown.push(c),
        }
    }
    shown.push('"');
    shown
}
