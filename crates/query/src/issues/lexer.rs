//! Splits a search into words; positions count characters from 0.

/// A piece of the search between spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Where it begins.
    pub(crate) position: usize,
    pub(crate) negated: bool,
    /// What stands before the first colon outside quotes.
    pub(crate) key: Option<String>,
    pub(crate) value: Value,
    /// Where the value begins.
    pub(crate) value_position: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Bare(String),
    Quoted(String),
    List(Vec<String>),
}

/// A quote or a bracket that is never closed, with its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LexError {
    UnclosedQuote(usize),
    UnclosedList(usize),
}

pub(crate) fn words(text: &str) -> Result<Vec<Word>, LexError> {
    let mut lexer = Lexer {
        chars: text.chars().collect(),
        at: 0,
    };
    let mut words = Vec::new();
    loop {
        while lexer.peek().is_some_and(char::is_whitespace) {
            lexer.at += 1;
        }
        if lexer.peek().is_none() {
            return Ok(words);
        }
        words.push(lexer.word()?);
    }
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn word(&mut self) -> Result<Word, LexError> {
        let position = self.at;
        let negated = self.peek() == Some('!') && self.chars.get(self.at + 1).is_some_and(|next| !next.is_whitespace());
        if negated {
            self.at += 1;
        }
        let key = self.key();
        let value_position = self.at;
        let value = match self.peek() {
            Some('"') => Value::Quoted(self.quoted()?),
            Some('[') if key.is_some() => Value::List(self.list()?),
            _ => Value::Bare(self.until(|c| c.is_whitespace())),
        };
        Ok(Word {
            position,
            negated,
            key,
            value,
            value_position,
        })
    }

    /// Takes `key:` if the word begins so. What looks like an address (`http://…`) is no key, nor is `Type: text`.
    fn key(&mut self) -> Option<String> {
        let rest = &self.chars[self.at..];
        let length = rest
            .iter()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
            .count();
        let followed = |offset: usize| rest.get(length + offset).copied();
        if length == 0 || followed(0) != Some(':') || followed(1).is_none_or(char::is_whitespace) {
            return None;
        }
        if followed(1) == Some('/') && followed(2) == Some('/') || followed(1) == Some(':') {
            return None;
        }
        let key = rest[..length].iter().collect();
        self.at += length + 1;
        Some(key)
    }

    /// A text in quotes, in which a backslash makes a quote or a backslash stand for itself.
    fn quoted(&mut self) -> Result<String, LexError> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '"' => return Ok(text),
                '\\' if matches!(self.peek(), Some('"' | '\\')) => {
                    text.extend(self.peek());
                    self.at += 1;
                }
                _ => text.push(c),
            }
        }
        Err(LexError::UnclosedQuote(open))
    }

    fn list(&mut self) -> Result<Vec<String>, LexError> {
        let open = self.at;
        self.at += 1;
        let mut values = Vec::new();
        loop {
            while self.peek().is_some_and(|c| c.is_whitespace() || c == ',') {
                self.at += 1;
            }
            match self.peek() {
                None => return Err(LexError::UnclosedList(open)),
                Some(']') => {
                    self.at += 1;
                    return Ok(values);
                }
                Some('"') => values.push(self.quoted()?),
                Some(_) => values.push(self.until(|c| matches!(c, ',' | ']')).trim_end().to_owned()),
            }
        }
    }

    fn until(&mut self, end: impl Fn(char) -> bool) -> String {
        let text: String = self.chars[self.at..].iter().take_while(|c| !end(**c)).collect();
        self.at += text.chars().count();
        text
    }
}
