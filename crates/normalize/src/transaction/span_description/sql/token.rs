//! Words, values and marks of a query.

use std::borrow::Cow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword; its text is in capitals.
    Keyword,
    /// A table, a column, a function; without its quotes.
    Name,
    /// Anything that is different each time; its text is the placeholder.
    Value,
    /// Brackets, commas, operators.
    Mark,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: Cow<'a, str>,
    /// A bracket behind it stands apart.
    pub(super) spaced: bool,
}

pub(super) const PLACEHOLDER: &str = "%s";

/// How far to look for the end of what is only known by its end, so that no text takes the square of its length.
const MAX_LOOK_AHEAD: usize = 256;

impl<'a> Token<'a> {
    pub(super) fn new(kind: Kind, text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            kind,
            text: text.into(),
            spaced: false,
        }
    }

    pub(super) fn value() -> Self {
        Self::new(Kind::Value, PLACEHOLDER)
    }

    pub(super) fn mark(mark: &'static str) -> Self {
        Self::new(Kind::Mark, mark)
    }

    pub(super) fn keyword(word: &'static str) -> Self {
        Self::new(Kind::Keyword, word)
    }

    pub(super) fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Keyword && self.text == keyword
    }

    pub(super) fn is_any(&self, keywords: &[&str]) -> bool {
        self.kind == Kind::Keyword && keywords.contains(&&*self.text)
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    pub(super) fn is_name(&self) -> bool {
        self.kind == Kind::Name
    }
}

/// In alphabetical order, for searching.
const KEYWORDS: [&str; 121] = [
    "ADD",
    "ALL",
    "ALTER",
    "ANALYZE",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "BEGIN",
    "BETWEEN",
    "BY",
    "CALL",
    "CASCADE",
    "CASE",
    "CLOSE",
    "COLUMN",
    "COMMIT",
    "CONFLICT",
    "CONSTRAINT",
    "COPY",
    "CREATE",
    "CROSS",
    "CURSOR",
    "DEALLOCATE",
    "DECLARE",
    "DEFAULT",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "DO",
    "DROP",
    "DUPLICATE",
    "ELSE",
    "END",
    "EXCEPT",
    "EXEC",
    "EXECUTE",
    "EXISTS",
    "EXPLAIN",
    "FETCH",
    "FOR",
    "FOREIGN",
    "FROM",
    "FULL",
    "GRANT",
    "GROUP",
    "HAVING",
    "IF",
    "IGNORE",
    "ILIKE",
    "IN",
    "INDEX",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LAST",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LOCK",
    "MERGE",
    "NATURAL",
    "NO",
    "NOT",
    "NOTHING",
    "NULL",
    "OFFSET",
    "ON",
    "ONLY",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PRAGMA",
    "PREPARE",
    "PRIMARY",
    "RECURSIVE",
    "REFERENCES",
    "RELEASE",
    "RENAME",
    "REPLACE",
    "RETURNING",
    "REVOKE",
    "RIGHT",
    "ROLLBACK",
    "SAVEPOINT",
    "SCROLL",
    "SELECT",
    "SET",
    "SHARE",
    "SHOW",
    "SKIP",
    "START",
    "TABLE",
    "TEMPORARY",
    "THEN",
    "TO",
    "TOP",
    "TRANSACTION",
    "TRUNCATE",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USE",
    "USING",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
    "WITHIN",
    "WORK",
    "XOR",
];

pub(super) fn tokens<'a>(query: &'a str, system: Option<&str>) -> Vec<Token<'a>> {
    let mut reader = Reader {
        rest: query,
        double_quotes_are_text: matches!(system, Some("mysql" | "mariadb")),
        brackets_are_names: matches!(system, Some("mssql")),
        tokens: Vec::new(),
    };
    while reader.step() {}
    reader.tokens
}

struct Reader<'a> {
    rest: &'a str,
    double_quotes_are_text: bool,
    brackets_are_names: bool,
    tokens: Vec<Token<'a>>,
}

impl<'a> Reader<'a> {
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        let second = self.rest[first.len_utf8()..].chars().next();
        match (first, second) {
            (first, _) if first.is_whitespace() => self.rest = self.rest.trim_start(),
            ('-', Some('-')) | ('#', _) => self.comment_line(),
            ('/', Some('*')) => self.comment_block(),
            ('\'', _) => self.text('\'', 0),
            ('N' | 'n' | 'E' | 'e' | 'X' | 'x' | 'B' | 'b', Some('\'')) => self.text('\'', 1),
            ('"', _) if self.double_quotes_are_text => self.text('"', 0),
            ('"' | '`', _) => self.quoted_name(first),
            ('[', _) if self.brackets_are_names => self.quoted_name(']'),
            ('{', Some('t' | 'd' | 'T' | 'D')) => self.odbc_escape(),
            ('$', Some('$')) => self.dollar_text(),
            ('$' | ':' | '@', Some(second)) if second.is_alphanumeric() => self.parameter(),
            ('?', _) => self.value(self.run(|letter| letter == '?')),
            ('%', Some('s' | '(')) => self.format_parameter(),
            (first, _) if first.is_ascii_digit() => self.number(),
            (first, _) if is_word(first) => self.word(),
            _ => self.mark(),
        }
        true
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        skipped
    }

    fn ahead(&self) -> &'a str {
        &self.rest[..self.rest.floor_char_boundary(MAX_LOOK_AHEAD)]
    }

    /// How many bytes from here on are of the kind.
    fn run(&self, kind: impl Fn(char) -> bool) -> usize {
        self.rest.find(|letter| !kind(letter)).unwrap_or(self.rest.len())
    }

    fn comment_line(&mut self) {
        self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
    }

    fn comment_block(&mut self) {
        self.skip(self.rest.find("*/").map_or(self.rest.len(), |end| end + 2));
    }

    fn value(&mut self, bytes: usize) {
        self.skip(bytes);
        self.tokens.push(Token::value());
    }

    /// To the closing quote, a doubled or escaped one aside; what was cut off has none.
    fn text(&mut self, quote: char, prefix: usize) {
        let end = self.end_of_quoted(quote, prefix + 1, true);
        self.value(end);
    }

    fn end_of_quoted(&self, quote: char, from: usize, escapes: bool) -> usize {
        let mut letters = self.rest[from..].char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if letter == '\\' && escapes {
                letters.next();
            } else if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
                return from + at + quote.len_utf8();
            }
        }
        self.rest.len()
    }

    fn quoted_name(&mut self, close: char) {
        let end = self.end_of_quoted(close, 1, false);
        let name = self.skip(end);
        let name = name[1..].strip_suffix(close).unwrap_or(&name[1..]);
        // Where quotes are for texts, which nobody said: no name looks so.
        if !name
            .chars()
            .all(|letter| is_word(letter) || matches!(letter, '.' | '-' | ' '))
        {
            self.tokens.push(Token::value());
            return;
        }
        // What is in quotes may hold the whole way to it.
        let last = name.rsplit('.').find(|part| !part.is_empty()).unwrap_or(name);
        self.tokens.push(Token::new(Kind::Name, without_ids(last)));
    }

    /// `{ts '2023-12-31 23:59:59'}`
    fn odbc_escape(&mut self) {
        let ahead = self.ahead();
        let inside = ahead[1..].trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
        match ahead.find('}') {
            Some(end) if inside.trim_start().starts_with('\'') => self.value(end + 1),
            _ => self.mark(),
        }
    }

    fn dollar_text(&mut self) {
        let end = self.rest[2..].find("$$").map_or(self.rest.len(), |end| end + 4);
        self.value(end);
    }

    /// `$1`, `:name`, `@p0`
    fn parameter(&mut self) {
        let length = 1 + self.rest[1..]
            .find(|letter| !is_word(letter))
            .unwrap_or(self.rest.len() - 1);
        // A cast is `::type`, and a slice of an array `[1:2]`; both come here with another mark before them.
        let after_name = self
            .tokens
            .last()
            .is_some_and(|last| last.is_name() || last.is_mark(")"));
        if self.rest.starts_with('@') && self.rest[1..].starts_with('>') || after_name && self.rest.starts_with(':') {
            self.mark();
        } else {
            self.value(length);
        }
    }

    /// `%s`, `%(name)s`
    fn format_parameter(&mut self) {
        let end = match self.ahead().strip_prefix("%(") {
            Some(name) => name.find(")s").map(|end| end + 4),
            None => Some(2),
        };
        match end {
            Some(end) if !self.rest[end..].starts_with(is_word) => self.value(end),
            _ => self.mark(),
        }
    }

    fn number(&mut self) {
        let mut end = self.run(|letter| letter.is_alphanumeric() || letter == '.' || letter == '_');
        // The sign of an exponent.
        let exponent = self.rest[..end].ends_with(['e', 'E']) && !self.rest.starts_with("0x");
        if exponent && self.rest[end..].starts_with(['+', '-']) {
            end += 1 + self.rest[end + 1..]
                .find(|letter: char| !letter.is_ascii_digit())
                .unwrap_or(self.rest.len() - end - 1);
        }
        if self.is_sign() {
            self.tokens.pop();
        }
        self.value(end);
    }

    /// Whether the mark before is the sign of what follows, and no operator.
    fn is_sign(&self) -> bool {
        let [before @ .., last] = self.tokens.as_slice() else {
            return false;
        };
        let after_operand = before.last().is_some_and(|before| {
            matches!(before.kind, Kind::Value | Kind::Name) || before.is_mark(")") || before.is_mark("]")
        });
        (last.is_mark("-") || last.is_mark("+")) && !after_operand
    }

    fn word(&mut self) {
        let end = self.run(is_word);
        let word = self.skip(end);
        let upper = word.to_ascii_uppercase();
        let token = if matches!(upper.as_str(), "TRUE" | "FALSE") {
            Token::value()
        } else if KEYWORDS.binary_search(&upper.as_str()).is_ok()
            && !self.tokens.last().is_some_and(|last| last.is_mark("."))
        {
            Token::new(Kind::Keyword, upper)
        } else {
            Token::new(Kind::Name, without_ids(word))
        };
        self.tokens.push(token);
    }

    fn mark(&mut self) {
        const MARKS: [&str; 23] = [
            "...", "->>", "#>>", "<=>", "!~*", "::", "->", "#>", "<>", "!=", "<=", ">=", "||", "&&", "@>", "<@", "~*",
            "!~", ":=", "==", "<<", ">>", "=>",
        ];
        let known = MARKS.into_iter().find(|mark| self.rest.starts_with(mark));
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let mark = self.skip(known.map_or(first, str::len));
        self.tokens.push(match mark {
            "!=" => Token::mark("<>"),
            mark => Token::new(Kind::Mark, mark),
        });
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

/// A table for each day, tenant or test run is one table: two digits in a row and long hex numbers are replaced.
fn without_ids(name: &str) -> Cow<'_, str> {
    const PLACEHOLDER: &str = "{%s}";
    const MIN_HEX: usize = 16;
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let hex = |text: &str| {
        text.bytes()
            .take(MAX_LOOK_AHEAD)
            .take_while(u8::is_ascii_hexdigit)
            .count()
    };
    if !name.bytes().any(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(name);
    }
    let mut cleaned = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(letter) = rest.chars().next() {
        let (hex, digits) = (hex(rest), digits(rest));
        let has_digits = rest[..hex].bytes().any(|byte| byte.is_ascii_digit());
        let (kept, taken) = match (hex, digits) {
            (hex, _) if hex >= MIN_HEX && has_digits => (PLACEHOLDER, hex),
            (_, digits) if digits >= 2 => (PLACEHOLDER, digits),
            // At once: letter by letter they would be counted again and again.
            (hex, _) if hex > 0 && !has_digits => (&rest[..hex], hex),
            _ => (&rest[..letter.len_utf8()], letter.len_utf8()),
        };
        cleaned.push_str(kept);
        rest = &rest[taken..];
    }
    Cow::Owned(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_can_be_searched() {
        assert!(KEYWORDS.is_sorted());
    }
}
