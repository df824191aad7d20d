use query::Pattern;

/// Patterns, ready to be compared with many texts.
pub(super) struct Patterns {
    /// Sorted.
    exact: Vec<String>,
    /// The parts between `*`, folded.
    wildcards: Vec<Vec<String>>,
    folded: String,
}

impl Patterns {
    pub(super) fn new(patterns: &[Pattern]) -> Self {
        let mut exact = Vec::new();
        let mut wildcards = Vec::new();
        for pattern in patterns {
            match pattern {
                Pattern::Exact(text) => exact.push(text.clone()),
                Pattern::Wildcard(parts) => wildcards.push(parts.iter().map(|part| fold(part)).collect()),
            }
        }
        exact.sort_unstable();
        exact.dedup();
        Self {
            exact,
            wildcards,
            folded: String::new(),
        }
    }

    /// Sorted; `None` where a wildcard is among the patterns.
    pub(super) fn all_exact(&self) -> Option<&[String]> {
        self.wildcards.is_empty().then_some(self.exact.as_slice())
    }

    pub(super) fn match_text(&mut self, text: &str) -> bool {
        if self.exact.binary_search_by(|exact| exact.as_str().cmp(text)).is_ok() {
            return true;
        }
        if self.wildcards.is_empty() {
            return false;
        }
        fold_into(text, &mut self.folded);
        self.wildcards.iter().any(|parts| matches_parts(parts, &self.folded))
    }
}

/// Whether the parts stand in the text in this order, the first at its start and the last at its end.
fn matches_parts(parts: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = parts else {
        // Without a `*` it is compared as a whole.
        return parts.first().is_some_and(|part| part == text);
    };
    let Some(rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some(mut rest) = rest.strip_suffix(last.as_str()) else {
        return false;
    };
    for part in middle {
        let Some(place) = rest.find(part.as_str()) else {
            return false;
        };
        rest = &rest[place + part.len()..];
    }
    true
}

/// Without case: character by character, so that parts of a text are folded as the whole is.
pub(in crate::events) fn fold(text: &str) -> String {
    let mut folded = String::new();
    fold_into(text, &mut folded);
    folded
}

fn fold_into(text: &str, folded: &mut String) {
    folded.clear();
    if text.is_ascii() {
        folded.push_str(text);
        folded.make_ascii_lowercase();
    } else {
        folded.extend(text.chars().flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wildcard(pattern: &str) -> Patterns {
        Patterns::new(&[Pattern::Wildcard(pattern.split('*').map(str::to_owned).collect())])
    }

    #[test]
    fn a_wildcard_stands_for_any_text_or_none() {
        for (pattern, text, expected) in [
            ("a*", "a", true),
            ("a*", "abc", true),
            ("a*", "ba", false),
            ("*a", "ba", true),
            ("*a", "ab", false),
            ("*a*", "bab", true),
            ("*a*", "bbb", false),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "acb", false),
            // The start and the end do not overlap.
            ("ab*bc", "abc", false),
            ("ab*bc", "abbc", true),
            ("*a*b*c*", "xaxbxcx", true),
            ("*a*b*c*", "xaxcxbx", false),
            ("a*bb*c", "abbbc", true),
            ("*", "", true),
            ("**", "x", true),
            ("*.JS", "app.js", true),
            ("*ÄRGER*", "großer ärger", true),
            ("*ς", "ΟΔΌΣ", false),
            ("*σ", "ΟΔΌΣ", true),
            ("İ*", "i\u{307}stanbul", true),
        ] {
            assert_eq!(wildcard(pattern).match_text(text), expected, "{pattern} in {text}");
        }
    }

    #[test]
    fn an_exact_pattern_is_compared_with_case() {
        let mut patterns = Patterns::new(&[Pattern::Exact("b".into()), Pattern::Exact("A".into())]);
        assert_eq!(patterns.all_exact(), Some(["A".to_owned(), "b".to_owned()].as_slice()));
        assert!(patterns.match_text("A"));
        assert!(!patterns.match_text("a"));
        assert!(!patterns.match_text("Ab"));
    }
}
