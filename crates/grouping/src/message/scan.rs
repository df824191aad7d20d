//! Where in a text a parameter may begin.

/// A place in a text, and what stands before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

/// Letters, digits and the underscore make words.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What can begin a parameter although the word around it began earlier, or although no word begins with it.
fn may_begin_within(before: char, c: char) -> bool {
    match c {
        // A date or a time may stick to a word, and an id to its prefix: `pay_8Kx…`.
        '0'..='9' => !before.is_ascii_digit(),
        'a'..='z' | 'A'..='Z' => before == '_',
        // Signs, compressed addresses, values behind `=`.
        '-' | ':' | '\'' | '"' => true,
        // The other characters that the local part of an e-mail address may begin with.
        _ => c.is_ascii_graphic() && super::kinds::is_local_part(c) && !super::kinds::is_local_part(before),
    }
}

impl<'a> Place<'a> {
    /// The first at `from` or behind it.
    pub(super) fn next(text: &'a str, from: usize) -> Option<Self> {
        let mut before = text[..from].chars().next_back();
        for (offset, c) in text[from..].char_indices() {
            let begins = match before {
                None => is_word(c) || may_begin_within(' ', c),
                Some(before) => is_word(c) && !is_word(before) || may_begin_within(before, c),
            };
            if begins && c.is_ascii() {
                return Some(Self {
                    text,
                    at: from + offset,
                });
            }
            before = Some(c);
        }
        None
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.rest().as_bytes()
    }

    pub(super) fn before(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    /// No word reaches into this place.
    pub(super) fn begins_word(&self) -> bool {
        !self.before().is_some_and(is_word)
    }

    /// No word reaches out of the first `length` bytes, whose last is of a word.
    pub(super) fn ends_word(&self, length: usize) -> bool {
        !self.rest()[length..].chars().next().is_some_and(is_word)
    }

    /// Where to go on when nothing begins here. What begins here is ASCII.
    pub(super) fn behind(&self) -> usize {
        self.at + 1
    }

    /// How many bytes from `from` on are of a set.
    pub(super) fn run(&self, from: usize, of: impl Fn(u8) -> bool) -> usize {
        let bytes = self.bytes().get(from..).unwrap_or_default();
        bytes.iter().take_while(|byte| of(**byte)).count()
    }

    pub(super) fn is(&self, at: usize, byte: u8) -> bool {
        self.bytes().get(at) == Some(&byte)
    }
}
