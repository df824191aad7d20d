//! How texts become words, for the index and for questions alike.
//!
//! A word is a run of letters and digits in lower case. `userName`, `HTTPServer` and `v2beta` are searched as a whole
//! and by their parts, which stand at the same position, so that a phrase goes through a name as if it were one word.
//! `_` and every other sign separate. Scripts that are written without spaces have a word a character.

use std::{collections::VecDeque, hash::BuildHasher as _};

use rustc_hash::{FxBuildHasher, FxHashSet};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

/// Names of the tokenizers; they stand in the schema of each day and never change.
pub(super) const INDEXED: &str = "words";
/// For texts in which neither order nor numbers matter: each word once, and none with a digit, since those are mostly
/// addresses and ids, of which every event has its own; nor single letters, which are what is left of them.
pub(super) const SURROUNDINGS: &str = "surroundings";

/// A longer word is cut, here and in questions.
const MAX_WORD_CHARS: usize = 60;
/// Of one value.
const MAX_WORDS: usize = 20_000;

pub(super) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(INDEXED, TextAnalyzer::from(Words { surroundings: false }));
    manager.register(SURROUNDINGS, TextAnalyzer::from(Words { surroundings: true }));
    manager
}

/// The words of a question, in order, each as the index has it: without their parts, since the whole is there too.
pub(super) fn of_question(text: &str) -> Vec<String> {
    let words = Runs { rest: text }.map(|run| {
        let mut word = String::new();
        lower(run, &mut word);
        word
    });
    words.filter(|word| !word.is_empty()).collect()
}

/// Whether words like this one are in `surroundings` at all.
pub(super) fn in_surroundings(word: &str) -> bool {
    !word.contains(char::is_numeric) && (word.len() > 1 || !word.is_ascii())
}

#[derive(Clone)]
struct Words {
    surroundings: bool,
}

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        WordStream {
            runs: Runs { rest: text },
            seen: self.surroundings.then(Seen::default),
            parts: VecDeque::new(),
            words: 0,
            token: Token::default(),
        }
    }
}

struct WordStream<'a> {
    runs: Runs<'a>,
    /// Of surroundings, what has been given out.
    seen: Option<Seen>,
    /// Of the last run, what is still to be given out.
    parts: VecDeque<&'a str>,
    words: usize,
    token: Token,
}

impl<'a> WordStream<'a> {
    fn next_word(&mut self) -> Option<&'a str> {
        if let Some(part) = self.parts.pop_front() {
            return Some(part);
        }
        let run = self.runs.next()?;
        if self.words == MAX_WORDS {
            return None;
        }
        // Positions count runs, so that parts stand where the whole does.
        self.token.position = self.words;
        self.words += 1;
        add_parts(run, &mut self.parts);
        Some(run)
    }
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        while let Some(word) = self.next_word() {
            lower(word, &mut self.token.text);
            let text = self.token.text.as_str();
            let wanted = match &mut self.seen {
                Some(seen) => in_surroundings(text) && seen.insert(text),
                None => true,
            };
            if wanted && !text.is_empty() {
                return true;
            }
        }
        false
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// The words of one value so far, by their hashes: two words of one hash are as good as one.
#[derive(Default)]
struct Seen(FxHashSet<u64>);

impl Seen {
    fn insert(&mut self, word: &str) -> bool {
        self.0.insert(FxBuildHasher.hash_one(word))
    }
}

/// Runs of letters and digits; a character of a script without spaces is a run.
struct Runs<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Runs<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        // Nearly all texts are ASCII, and of those a byte is a character.
        let bytes = self.rest.as_bytes();
        let is_sign = |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric();
        let start = bytes.iter().take_while(|byte| is_sign(byte)).count();
        let run = bytes[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric());
        let end = start + run.count();
        if bytes.get(end).is_none_or(u8::is_ascii) {
            let run = &self.rest[start..end];
            self.rest = &self.rest[end..];
            return (!run.is_empty()).then_some(run);
        }
        self.rest = &self.rest[start..];
        self.next_of_any_script()
    }
}

impl<'a> Runs<'a> {
    fn next_of_any_script(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start_matches(|char: char| !char.is_alphanumeric());
        let first = rest.chars().next()?;
        let end = if is_word_by_itself(first) {
            first.len_utf8()
        } else {
            rest.find(|char: char| !char.is_alphanumeric() || is_word_by_itself(char))
                .unwrap_or(rest.len())
        };
        let (run, behind) = rest.split_at(end);
        self.rest = behind;
        Some(run)
    }
}

/// Kana, Han, Thai, Lao and Khmer.
fn is_word_by_itself(char: char) -> bool {
    matches!(char,
        '\u{0E00}'..='\u{0EFF}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Puts the word in lower case in the place of what `into` held.
fn lower(word: &str, into: &mut String) {
    into.clear();
    if word.is_ascii() {
        into.push_str(&word[..word.len().min(MAX_WORD_CHARS)]);
        into.make_ascii_lowercase();
    } else {
        into.extend(word.chars().take(MAX_WORD_CHARS).flat_map(char::to_lowercase));
    }
}

/// The parts of a name that is written in one: `HTTPServerError` has `HTTP`, `Server` and `Error`, `v2beta` has `v`, `2`
/// and `beta`. None if the run is a single part. Only ASCII decides; what is long is an id or encoded data.
fn add_parts<'a>(run: &'a str, parts: &mut VecDeque<&'a str>) {
    let bytes = run.as_bytes();
    if run.len() > MAX_WORD_CHARS || bytes.iter().all(u8::is_ascii_lowercase) {
        return;
    }
    let mut start = 0;
    for at in 1..bytes.len() {
        let (before, here) = (bytes[at - 1], bytes[at]);
        let next_is_lower = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let begins = here.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || next_is_lower && before.is_ascii_uppercase())
            || here.is_ascii_digit() && before.is_ascii_alphabetic()
            || here.is_ascii_alphabetic() && before.is_ascii_digit();
        if begins {
            parts.push_back(&run[start..at]);
            start = at;
        }
    }
    if start > 0 {
        parts.push_back(&run[start..]);
    }
    // Hexadecimal ids fall into many crumbs that nobody looks for.
    if parts.len() > 6 {
        parts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexed(tokenizer: &str, text: &str) -> Vec<(usize, String)> {
        let mut analyzer = tokenizers().get(tokenizer).expect("the tokenizer is registered");
        let mut words = Vec::new();
        analyzer
            .token_stream(text)
            .process(&mut |token| words.push((token.position, token.text.clone())));
        words
    }

    #[track_caller]
    fn check(text: &str, expected: &[(usize, &str)]) {
        let words = indexed(INDEXED, text);
        let words: Vec<_> = words
            .iter()
            .map(|(position, word)| (*position, word.as_str()))
            .collect();
        assert_eq!(words, expected, "{text}");
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_in_lower_case() {
        check("Division by Zero!", &[(0, "division"), (1, "by"), (2, "zero")]);
        check(
            "user_id=42, a.b",
            &[(0, "user"), (1, "id"), (2, "42"), (3, "a"), (4, "b")],
        );
        check("Größe ÜBER", &[(0, "größe"), (1, "über")]);
        check("", &[]);
        check("…!?", &[]);
    }

    #[test]
    fn a_name_is_found_as_a_whole_and_by_its_parts() {
        check(
            "getUserName",
            &[(0, "getusername"), (0, "get"), (0, "user"), (0, "name")],
        );
        check(
            "HTTPServerError x",
            &[
                (0, "httpservererror"),
                (0, "http"),
                (0, "server"),
                (0, "error"),
                (1, "x"),
            ],
        );
        check("v2beta", &[(0, "v2beta"), (0, "v"), (0, "2"), (0, "beta")]);
        check("3f9a8b7c6d5e", &[(0, "3f9a8b7c6d5e")]);
    }

    #[test]
    fn scripts_without_spaces_have_a_word_a_character() {
        check("接続Error", &[(0, "接"), (1, "続"), (2, "error")]);
    }

    #[test]
    fn surroundings_have_each_word_once_and_none_with_a_digit() {
        let words = indexed(SURROUNDINGS, "main.py run main 0x7f RUN user12");
        let words: Vec<_> = words.into_iter().map(|(_, word)| word).collect();
        assert_eq!(words, ["main", "py", "run", "user"]);
    }

    #[test]
    fn long_words_and_texts_are_cut() {
        let long = "x".repeat(500);
        assert_eq!(indexed(INDEXED, &long), [(0, "x".repeat(MAX_WORD_CHARS))]);
        assert_eq!(of_question(&long), ["x".repeat(MAX_WORD_CHARS)]);
        assert_eq!(indexed(INDEXED, &"a ".repeat(MAX_WORDS + 10)).len(), MAX_WORDS);
    }

    #[test]
    fn a_question_has_the_whole_words_in_order() {
        assert_eq!(
            of_question("ValueError: user_id 42"),
            ["valueerror", "user", "id", "42"]
        );
    }
}
