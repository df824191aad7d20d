//! How long a text may be (`ingest.md` §3.1, truncation classes). Every cut goes through here.

/// A length in characters, and how much longer a text may be before cutting it is worth the loss.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    length: usize,
    slack: usize,
}

const fn limit(length: usize, slack: usize) -> Limit {
    Limit { length, slack }
}

pub(crate) const MESSAGE: Limit = limit(8192, 200);
pub(crate) const SUMMARY: Limit = limit(1024, 100);
pub(crate) const SYMBOL: Limit = limit(256, 20);
pub(crate) const PATH: Limit = limit(256, 40);
pub(crate) const TAG_VALUE: Limit = limit(200, 0);
pub(crate) const CULPRIT: Limit = limit(200, 0);
pub(crate) const NAME: Limit = limit(128, 0);
pub(crate) const LOGGER: Limit = limit(64, 0);
pub(crate) const EMAIL: Limit = limit(75, 0);
pub(crate) const TITLE: Limit = limit(256, 0);

pub(crate) fn is_longer(text: &str, characters: usize) -> bool {
    // Bytes are at least as many as characters: most texts need no counting.
    text.len() > characters && text.chars().nth(characters).is_some()
}

/// Cuts what is too long, with dots for what is missing.
pub(crate) fn cut(text: &mut String, limit: Limit) {
    if !is_longer(text, limit.length + limit.slack) {
        return;
    }
    let end = text
        .char_indices()
        .nth(limit.length - 3)
        .map_or(text.len(), |(end, _)| end);
    text.truncate(end);
    text.push_str("...");
}

pub(crate) fn cut_field(text: &mut Option<String>, limit: Limit) {
    if let Some(text) = text {
        cut(text, limit);
    }
}

pub(crate) fn cut_to(text: &str, limit: Limit) -> String {
    // A prefix in which the cut is decided and made: texts can be a megabyte.
    let end = text
        .char_indices()
        .nth(limit.length + limit.slack + 1)
        .map_or(text.len(), |(end, _)| end);
    let mut short = text[..end].to_owned();
    cut(&mut short, limit);
    short
}

/// Removes white space at both ends; a text of nothing else is absent.
pub(crate) fn trim_field(text: &mut Option<String>) {
    if let Some(inner) = text {
        let trimmed = inner.trim();
        if trimmed.is_empty() {
            *text = None;
        } else if trimmed.len() != inner.len() {
            *inner = trimmed.to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_only_beyond_the_slack() {
        let check = |length: usize, expected: usize| {
            let mut text = "é".repeat(length);
            assert_eq!(cut_to(&text, SYMBOL).chars().count(), expected, "{length}");
            cut(&mut text, SYMBOL);
            assert_eq!(text.chars().count(), expected, "{length}");
            assert_eq!(text.ends_with("..."), length != expected);
        };
        check(0, 0);
        check(256, 256);
        check(276, 276);
        check(277, 256);
        check(5000, 256);
    }

    #[test]
    fn trims() {
        let check = |input: &str, expected: Option<&str>| {
            let mut text = Some(input.to_owned());
            trim_field(&mut text);
            assert_eq!(text.as_deref(), expected, "{input:?}");
        };
        check("a", Some("a"));
        check(" a b\n", Some("a b"));
        check(" \n", None);
        check("", None);
    }
}
