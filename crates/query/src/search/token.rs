//! Splits a search into tokens. Positions count characters from 0.

use crate::{
    Comparison,
    error::{ParseError, Span},
};

use super::key::{self, Key};

/// The longest search, in characters.
pub(crate) const MAX_LENGTH: usize = 8_192;
/// The longest `name(arguments)` in front of a colon.
pub(crate) const MAX_FUNCTION: usize = 500;
/// The longest name of a field or tag.
pub(crate) const MAX_NAME: usize = 200;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) span: Span,
    pub(crate) kind: TokenKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    /// `(` or `!(`
    Open {
        negated: bool,
    },
    Close,
    And,
    Or,
    /// As typed, without spaces.
    Word {
        negated: bool,
        text: String,
    },
    /// What stood in quotes, without a key.
    Phrase {
        negated: bool,
        text: String,
    },
    Filter {
        negated: bool,
        filter: Filter,
    },
}

/// `key:value`
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter {
    pub(crate) span: Span,
    pub(crate) key: Key,
    pub(crate) key_span: Span,
    /// What stands in front of the value; part of the value where nothing can be compared.
    pub(crate) comparison: Option<Comparison>,
    pub(crate) values: Vec<Piece>,
    /// Whether they stood in brackets.
    pub(crate) is_list: bool,
    /// With the comparison.
    pub(crate) value_span: Span,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    pub(crate) span: Span,
    pub(crate) quoted: bool,
    /// What stands between `*`: one part where there is none.
    pub(crate) parts: Vec<String>,
}

impl Piece {
    /// The value, unless it has a `*`.
    pub(crate) fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// `""`
    pub(crate) fn is_empty(&self) -> bool {
        self.plain() == Some("")
    }

    /// `*` in place of the gaps, for messages.
    pub(crate) fn shown(&self) -> String {
        self.parts.join("*")
    }
}

pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > MAX_LENGTH {
        let message = format!(
            "a search may have at most {MAX_LENGTH} characters, this one has {}",
            chars.len()
        );
        return Err(ParseError::new(Span::new(MAX_LENGTH, chars.len()), message));
    }
    let mut lexer = Lexer {
        chars: &chars,
        at: 0,
        open_in_words: 0,
    };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    chars: &'a [char],
    at: usize,
    /// Parentheses that the words just before have opened: `call(one, two)` is text, however many words it has.
    open_in_words: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    fn peek_at(&self, offset: usize) -> Option<char> {
        self.chars.get(self.at + offset).copied()
    }

    fn text(&self, span: Span) -> String {
        self.chars[span.start..span.end].iter().collect()
    }

    fn token(&mut self) -> Result<Option<Token>, ParseError> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let start = self.at;
        let Some(first) = self.peek() else { return Ok(None) };
        if first == ')' && self.open_in_words == 0 {
            self.at += 1;
            return Ok(Some(self.finished(start, TokenKind::Close)));
        }
        let negated = first == '!' && self.peek_at(1).is_some_and(|next| !next.is_whitespace() && next != ')');
        if negated {
            self.at += 1;
        }
        let kind = match self.peek() {
            Some('(') if self.open_in_words == 0 => {
                self.at += 1;
                TokenKind::Open { negated }
            }
            _ => match self.filter(start)? {
                Some(filter) => TokenKind::Filter { negated, filter },
                None if self.peek() == Some('"') => self.phrase(negated)?,
                None => self.word(negated),
            },
        };
        if !matches!(kind, TokenKind::Word { .. }) {
            self.open_in_words = 0;
        }
        Ok(Some(self.finished(start, kind)))
    }

    fn finished(&self, start: usize, kind: TokenKind) -> Token {
        Token {
            span: Span::new(start, self.at),
            kind,
        }
    }

    fn phrase(&mut self, negated: bool) -> Result<TokenKind, ParseError> {
        let piece = self.quoted()?;
        if piece.parts.concat().trim().is_empty() {
            return Err(ParseError::new(piece.span, "there is nothing in these quotes"));
        }
        // In a phrase `*` is a character as any other.
        Ok(TokenKind::Phrase {
            negated,
            text: piece.shown(),
        })
    }

    fn word(&mut self, negated: bool) -> TokenKind {
        let start = self.at;
        while let Some(c) = self.peek() {
            match c {
                '(' => self.open_in_words += 1,
                ')' if self.open_in_words == 0 => break,
                ')' => self.open_in_words -= 1,
                _ if c.is_whitespace() => break,
                _ => {}
            }
            self.at += 1;
        }
        let text = self.text(Span::new(start, self.at));
        match text.to_ascii_lowercase().as_str() {
            "and" if !negated => TokenKind::And,
            "or" if !negated => TokenKind::Or,
            _ => TokenKind::Word { negated, text },
        }
    }

    /// Takes `key:value` if that is what stands here.
    fn filter(&mut self, start: usize) -> Result<Option<Filter>, ParseError> {
        let key_start = self.at;
        let Some((key, length)) = self.key()? else {
            return Ok(None);
        };
        let next = self.peek_at(length + 1);
        let key_span = Span::new(key_start, key_start + length);
        match next {
            // An address, or a path of C++ and Rust.
            Some(':') if matches!(key, Key::Plain(_)) => return Ok(None),
            Some('/') if matches!(key, Key::Plain(_)) && self.peek_at(length + 2) == Some('/') => return Ok(None),
            Some(c) if !c.is_whitespace() && c != ')' => {}
            // `ValueError: text` is text, but who writes `level: error` means the level.
            _ if !key.is_reserved() => return Ok(None),
            _ => {
                let span = Span::new(key_start, key_start + length + 1);
                let written = self.text(span);
                return Err(ParseError::new(
                    span,
                    format!(
                        "{written} has no value: write it right behind the colon, or put {written} in quotes to search for the text"
                    ),
                ));
            }
        }
        self.at += length + 1;
        let value_start = self.at;
        let comparison = self.comparison();
        let of_keys = key == Key::Plain("has".to_owned());
        let (values, is_list) = match self.peek() {
            Some('[') => (self.list(of_keys)?, true),
            Some('"') => (vec![self.quoted_value()?], false),
            _ => (vec![self.bracketed_key(of_keys).unwrap_or_else(|| self.bare())], false),
        };
        let value_span = Span::new(value_start, self.at);
        let filter = Filter {
            span: Span::new(start, self.at),
            key,
            key_span,
            comparison,
            values,
            is_list,
            value_span,
        };
        if filter.values.iter().any(|value| value.is_empty() && !value.quoted) {
            let sign = comparison.map_or(":", Comparison::sign);
            return Err(ParseError::new(value_span, format!("there is no value behind {sign}")));
        }
        Ok(Some(filter))
    }

    /// The key here and its length, if it stands before a colon.
    fn key(&self) -> Result<Option<(Key, usize)>, ParseError> {
        let rest = &self.chars[self.at..];
        if rest.first() == Some(&'"') {
            return Ok(quoted_key(rest));
        }
        let name_length = rest.iter().take_while(|c| key::is_key_char(**c)).count();
        if name_length == 0 || name_length > MAX_NAME {
            return Ok(None);
        }
        let length = match rest.get(name_length) {
            Some('(') => self.bracket(name_length, ')')?,
            Some('[') => self.bracket(name_length, ']')?,
            _ => Some(name_length),
        };
        let Some(length) = length.filter(|length| rest.get(*length) == Some(&':')) else {
            return Ok(None);
        };
        let written: String = rest[..length].iter().collect();
        Ok(Key::parse(&written).map(|key| (key, length)))
    }

    /// How far a name with a bracket goes. Whether it is text can be told from it alone: other words of the search change
    /// nothing about it.
    fn bracket(&self, name_length: usize, close: char) -> Result<Option<usize>, ParseError> {
        let rest = &self.chars[self.at..];
        let rest = &rest[..rest.len().min(MAX_FUNCTION)];
        let end = closing(rest, name_length, close).map(|end| end + 1);
        let spans_words = |end: usize| rest[..end].iter().any(|c| c.is_whitespace() || *c == '"');
        if end.is_some_and(|end| !spans_words(end)) {
            return Ok(end);
        }
        let name: String = rest[..name_length].iter().collect();
        if !key::takes_brackets(&name, close) {
            return Ok(None);
        }
        match end {
            Some(end) if rest.get(end) == Some(&':') => Ok(Some(end)),
            _ => {
                let open = self.at + name_length;
                let message = format!(
                    "{name}{} is closed by {close} and followed by a colon and a value; put it in quotes to search for the text",
                    self.chars[open]
                );
                Err(ParseError::new(Span::new(open, open + 1), message))
            }
        }
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let (comparison, length) = match (self.peek()?, self.peek_at(1)) {
            ('>', Some('=')) => (Comparison::GreaterOrEqual, 2),
            ('<', Some('=')) => (Comparison::LessOrEqual, 2),
            ('!', Some('=')) => (Comparison::NotEqual, 2),
            ('>', _) => (Comparison::Greater, 1),
            ('<', _) => (Comparison::Less, 1),
            ('=', _) => (Comparison::Equal, 1),
            _ => return None,
        };
        self.at += length;
        Some(comparison)
    }

    /// Up to the next space or the end of the group; parentheses within belong to the value when they are closed.
    fn bare(&mut self) -> Piece {
        let start = self.at;
        let mut open = 0_usize;
        while let Some(c) = self.peek() {
            match c {
                '(' => open += 1,
                ')' if open == 0 => break,
                ')' => open -= 1,
                _ if c.is_whitespace() => break,
                _ => {}
            }
            self.at += 1;
        }
        self.piece(Span::new(start, self.at), false)
    }

    fn piece(&self, span: Span, quoted: bool) -> Piece {
        Piece {
            span,
            quoted,
            parts: unescape(&self.chars[span.start..span.end]).0,
        }
    }

    /// A text in quotes; its span has them.
    fn quoted(&mut self) -> Result<Piece, ParseError> {
        let start = self.at;
        let Some(end) = closing_quote(&self.chars[start..]) else {
            let span = Span::new(start, start + 1);
            return Err(ParseError::new(
                span,
                "this quote is not closed: add a \" where the text ends",
            ));
        };
        self.at = start + end + 1;
        let inner = self.piece(Span::new(start + 1, start + end), true);
        Ok(Piece {
            span: Span::new(start, self.at),
            ..inner
        })
    }

    /// A quoted value behind a key, which ends there.
    fn quoted_value(&mut self) -> Result<Piece, ParseError> {
        let piece = self.quoted()?;
        match self.peek() {
            Some(c) if !c.is_whitespace() && c != ')' => Err(ParseError::new(
                Span::new(self.at, self.at + 1),
                "put a space behind the closing quote, or a backslash before a quote that belongs to the value",
            )),
            _ => Ok(piece),
        }
    }

    /// `tags["a key"]` in the place of a value.
    fn bracketed_key(&mut self, wanted: bool) -> Option<Piece> {
        let rest = &self.chars[self.at..];
        let open = rest.iter().take_while(|c| key::is_key_char(**c)).count();
        if !wanted || open == 0 || rest.get(open) != Some(&'[') {
            return None;
        }
        let end = closing(&rest[..rest.len().min(MAX_FUNCTION)], open, ']')?;
        let span = Span::new(self.at, self.at + end + 1);
        self.at = span.end;
        Some(Piece {
            span,
            quoted: false,
            parts: vec![self.text(span)],
        })
    }

    fn list(&mut self, of_keys: bool) -> Result<Vec<Piece>, ParseError> {
        let open = Span::new(self.at, self.at + 1);
        self.at += 1;
        let mut values = Vec::new();
        loop {
            while self.peek().is_some_and(char::is_whitespace) {
                self.at += 1;
            }
            match self.peek() {
                None => {
                    return Err(ParseError::new(
                        open,
                        "this list is not closed: add a ] behind its last value",
                    ));
                }
                Some(']') if values.is_empty() => {
                    return Err(ParseError::new(
                        Span::new(open.start, self.at + 1),
                        "this list is empty",
                    ));
                }
                Some('"') => values.push(self.quoted()?),
                Some(_) => values.push(match self.bracketed_key(of_keys) {
                    Some(key) => key,
                    None => self.list_item()?,
                }),
            }
            while self.peek().is_some_and(char::is_whitespace) {
                self.at += 1;
            }
            match self.peek() {
                Some(',') => self.at += 1,
                Some(']') => {
                    self.at += 1;
                    return Ok(values);
                }
                None => {}
                Some(_) => {
                    let span = Span::new(self.at, self.at + 1);
                    return Err(ParseError::new(span, "put a comma between the values of a list"));
                }
            }
        }
    }

    /// A value without quotes, which may have spaces within.
    fn list_item(&mut self) -> Result<Piece, ParseError> {
        let start = self.at;
        while self.peek().is_some_and(|c| !matches!(c, ',' | ']')) {
            self.at += 1;
        }
        let trailing = self.chars[start..self.at]
            .iter()
            .rev()
            .take_while(|c| c.is_whitespace());
        let end = self.at - trailing.count();
        if end == start {
            let span = Span::new(start, (start + 1).min(self.chars.len()));
            return Err(ParseError::new(span, "a value of this list is missing"));
        }
        Ok(self.piece(Span::new(start, end), false))
    }
}

/// `"my key":`
fn quoted_key(chars: &[char]) -> Option<(Key, usize)> {
    let length = closing_quote(chars)? + 1;
    let name = unescape(&chars[1..length - 1]).concat_stars();
    let is_key = chars.get(length) == Some(&':') && !name.is_empty() && length <= MAX_NAME;
    is_key.then_some((Key::Plain(name), length))
}

/// Where the quote that opens `chars` is closed.
pub(crate) fn closing_quote(chars: &[char]) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in chars.iter().enumerate().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// Where the bracket at `open` is closed by `close`, not looking into quotes.
pub(crate) fn closing(chars: &[char], open: usize, close: char) -> Option<usize> {
    let opening = *chars.get(open)?;
    let (mut at, mut depth) = (open, 0_usize);
    while let Some(&c) = chars.get(at) {
        if c == '"' {
            at += closing_quote(&chars[at..])?;
        } else if c == opening {
            depth += 1;
        } else if c == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(at);
            }
        }
        at += 1;
    }
    None
}

/// A text split at each `*`. A backslash makes a `*`, a quote or a backslash stand for itself, and is one before all else.
pub(crate) struct Unescaped(pub(crate) Vec<String>);

impl Unescaped {
    /// With `*` as a character like any other.
    pub(crate) fn concat_stars(&self) -> String {
        self.0.join("*")
    }
}

pub(crate) fn unescape(chars: &[char]) -> Unescaped {
    let mut parts = vec![String::new()];
    let mut rest = chars.iter().copied().peekable();
    while let Some(c) = rest.next() {
        if c == '*' {
            parts.push(String::new());
            continue;
        }
        let escaped = (c == '\\')
            .then(|| rest.next_if(|next| matches!(next, '*' | '"' | '\\')))
            .flatten();
        if let Some(part) = parts.last_mut() {
            part.push(escaped.unwrap_or(c));
        }
    }
    Unescaped(parts)
}
