//! Patterns with `*` and `?`.

/// Whether a whole text is like a pattern: `*` stands for any characters, slashes too, `?` for one, and a backslash takes
/// the meaning away. Linear in each star, so that no pattern is slow.
pub(super) fn matches(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Behind the last star, and where the text went on then.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        let (wanted, width) = match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some('?') => (None, 1),
            Some('\\') if p + 1 < pattern.len() => (Some(pattern[p + 1]), 2),
            Some(c) => (Some(*c), 1),
            None => (Some('\0'), usize::MAX),
        };
        if width != usize::MAX && wanted.is_none_or(|c| c == text[t]) {
            p += width;
            t += 1;
        } else if let Some((after, from)) = &mut retry {
            *from += 1;
            (p, t) = (*after, *from);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// As patterns and texts are compared: without case, and with slashes for backslashes.
pub(super) fn normal_path(path: &str) -> Vec<char> {
    path.chars()
        .map(|c| if c == '\\' { '/' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        let check = |pattern: &str, text: &str, expected: bool| {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            assert_eq!(matches(&chars(pattern), &chars(text)), expected, "{pattern} {text}");
        };
        check("src/*", "src/a/b.py", true);
        check("src/*", "lib/src/a.py", false);
        check("*/src/*.py", "/app/src/a.py", true);
        check("a?c", "abc", true);
        check("a?c", "ac", false);
        check("", "", true);
        check("", "a", false);
        check("*", "", true);
        check("a\\*c", "a*c", true);
        check("a\\*c", "abc", false);
        check("*ab*ab*b", "ababab", true);
        check(&"*a".repeat(200), &"a".repeat(150), false);
        check("ü*", "über", true);
    }
}
