//! Rust source told apart into code, string literals and comments: enough to search each without finding the others.

use std::ops::RangeInclusive;

/// Lines are counted from one.
pub(super) struct Rust {
    /// The source with the insides of comments, strings and characters replaced by spaces.
    code: String,
    strings: Vec<(usize, String)>,
    comments: Vec<(usize, String)>,
    /// What stands behind `#[cfg(test)]` or `#[test]`.
    tests: Vec<RangeInclusive<usize>>,
}

impl Rust {
    pub(super) fn new(text: &str) -> Self {
        let mut lexer = Lexer {
            rest: text,
            line: 1,
            code: String::with_capacity(text.len()),
            found: Found::default(),
        };
        lexer.run();
        let tests = test_items(&lexer.code);
        Self {
            code: lexer.code,
            strings: lexer.found.strings,
            comments: lexer.found.comments,
            tests,
        }
    }

    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// String literals with the line on which each begins, delimiters and escapes as written.
    pub(super) fn strings(&self) -> impl Iterator<Item = (usize, &str)> {
        self.strings.iter().map(|(line, text)| (*line, text.as_str()))
    }

    pub(super) fn comments(&self) -> impl Iterator<Item = (usize, &str)> {
        self.comments.iter().map(|(line, text)| (*line, text.as_str()))
    }

    pub(super) fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&line))
    }

    /// The names in `#[cfg(test)] mod name;`.
    pub(super) fn test_modules(&self) -> impl Iterator<Item = &str> {
        self.code()
            .filter(|(line, _)| self.is_test(*line))
            .filter_map(|(_, code)| {
                let words: Vec<&str> = code.split_whitespace().skip_while(|word| *word != "mod").collect();
                words.get(1)?.strip_suffix(';')
            })
    }
}

/// Whether `code` holds `word` where neither neighbour continues an identifier.
pub(super) fn has_word(code: &str, word: &str) -> bool {
    let continues = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let grows_left = word.starts_with(continues) && before.is_some_and(continues);
        let grows_right = word.ends_with(continues) && after.is_some_and(continues);
        !grows_left && !grows_right
    })
}

#[derive(Default)]
struct Found {
    strings: Vec<(usize, String)>,
    comments: Vec<(usize, String)>,
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    code: String,
    found: Found,
}

impl<'a> Lexer<'a> {
    fn run(&mut self) {
        while let Some(first) = self.rest.chars().next() {
            if self.rest.starts_with("//") {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                let (line, text) = self.blank(end);
                self.found.comments.push((line, text.to_owned()));
            } else if self.rest.starts_with("/*") {
                let (line, text) = self.blank(block_comment(self.rest));
                self.found.comments.push((line, text.to_owned()));
            } else if let Some(length) = raw_string(self.rest) {
                self.string(length);
            } else if first == '"' {
                self.string(1 + quoted(&self.rest[1..], '"'));
            } else if first == '\'' {
                match character(self.rest) {
                    Some(length) => {
                        self.blank(length);
                    }
                    None => self.keep(1),
                }
            } else {
                // A whole identifier at once, so that the `r` of `var"` is not taken for a raw string.
                let end = self
                    .rest
                    .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .unwrap_or(self.rest.len());
                self.keep(end.max(first.len_utf8()));
            }
        }
    }

    fn string(&mut self, length: usize) {
        let (line, text) = self.blank(length);
        self.found.strings.push((line, text.to_owned()));
    }

    fn keep(&mut self, length: usize) {
        let (text, rest) = self.rest.split_at(length);
        self.line += text.matches('\n').count();
        self.code.push_str(text);
        self.rest = rest;
    }

    fn blank(&mut self, length: usize) -> (usize, &'a str) {
        let line = self.line;
        let (text, rest) = self.rest.split_at(length);
        self.line += text.matches('\n').count();
        self.code
            .extend(text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        self.rest = rest;
        (line, text)
    }
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of `r"…"`, `r#"…"#`, `br"…"` or `cr"…"` at the start.
fn raw_string(text: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        let rest = text.strip_prefix(prefix).map(|rest| rest.trim_start_matches('#'));
        rest.is_some_and(|rest| rest.starts_with('"'))
    })?;
    let hashes = text[prefix.len()..].bytes().take_while(|byte| *byte == b'#').count();
    let open = prefix.len() + hashes + 1;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(
        text[open..]
            .find(&close)
            .map_or(text.len(), |end| open + end + close.len()),
    )
}

/// The length up to and with the closing quote.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal at the start; a lifetime has none.
fn character(text: &str) -> Option<usize> {
    let inside = &text[1..];
    if inside.starts_with('\\') {
        return Some(1 + quoted(inside, '\''));
    }
    let length = inside.chars().next()?.len_utf8();
    inside[length..].starts_with('\'').then_some(length + 2)
}

/// The lines of each item behind `#[cfg(test)]` or a `…test]` attribute.
fn test_items(code: &str) -> Vec<RangeInclusive<usize>> {
    let line_of = |at: usize| code[..at].matches('\n').count() + 1;
    let mut items = Vec::new();
    for attribute in ["#[cfg(test)]", "#[cfg(all(test", "#[test]", "#[tokio::test"] {
        for (at, _) in code.match_indices(attribute) {
            let end = at + item_length(&code[at..]);
            items.push(line_of(at)..=line_of(end.saturating_sub(1).max(at)));
        }
    }
    items
}

/// From an attribute to the end of its item: the first `;` or the brace that closes the first `{`, outside `[…]`, `(…)`.
fn item_length(code: &str) -> usize {
    let (mut round, mut braces) = (0i32, 0i32);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                if braces <= 0 {
                    return at + 1;
                }
            }
            ';' if round == 0 && braces == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Rust::new(text).code
    }

    fn strings(text: &str) -> Vec<(usize, String)> {
        Rust::new(text).strings
    }

    #[test]
    fn comments_and_strings_leave_the_code() {
        assert_eq!(code("a // dbg!\nb"), "a        \nb");
        assert_eq!(code("a /* x /* y */ z */ b"), "a                   b");
        assert_eq!(code("f(\"dbg!\")"), "f(      )");
        assert_eq!(code(r#"f("a\"b", c)"#), "f(      , c)");
    }

    #[test]
    fn raw_strings_end_at_their_own_hashes() {
        assert_eq!(strings("x(r#\"a \" b\"#)\n"), [(1, "r#\"a \" b\"#".to_owned())]);
        assert_eq!(strings("\nx(br\"a\\\")"), [(2, "br\"a\\\"".to_owned())]);
        assert_eq!(code("let r#type = var;"), "let r#type = var;");
    }

    #[test]
    fn lifetimes_are_no_characters() {
        assert_eq!(
            code("fn f<'a>(x: &'a str, y: char) { y == '\"' || y == '\\'' }"),
            "fn f<'a>(x: &'a str, y: char) { y ==     || y ==      }"
        );
    }

    #[test]
    fn test_items_are_known_by_line() {
        let rust = Rust::new(
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n#[cfg(test)]\nmod samples;\nfn d() {}",
        );
        let tests: Vec<usize> = (1..=9).filter(|line| rust.is_test(*line)).collect();
        assert_eq!(tests, [2, 3, 4, 5, 7, 8]);
        assert_eq!(rust.test_modules().collect::<Vec<_>>(), ["samples"]);
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("x.env::var(y)", "env::var"));
        assert!(!has_word("env::variable()", "env::var"));
        assert!(!has_word("my_todo!()", "todo!"));
        assert!(has_word("(todo!())", "todo!"));
    }
}
