//! Patterns with `*`, `?`, `**`, `[…]` and `{a,b}`, as both kinds of rules write them (`ingest.md` §6.7, §6.8).
//!
//! Nearly all patterns are a text with a star before or behind it. These are compared as texts, the rest is left to
//! [`Walk`].

mod walk;

use self::walk::Walk;

/// More alternatives than anybody writes by hand.
const MAX_ALTERNATIVES: usize = 64;

/// What is special in the values that a pattern is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// A name: a star stands for anything.
    Text,
    /// A path: one star stays within a directory, `**` as a whole component does not.
    Path,
    /// A path, where `**` crosses directories wherever it stands.
    LoosePath,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob(Vec<Shape>);

/// One alternative of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Exact(String),
    Prefix(String),
    Suffix(String),
    Contains(String),
    /// `**/dir/**`: the text with a slash at both ends, anywhere or, without the first slash, at the start.
    Within(String),
    /// `**/name`: the text with a slash before it, at the end or, without the slash, the whole value.
    Below(String),
    Walk {
        literal_start: String,
        /// A text that every value holds: most are refused by it.
        literal: String,
        walk: Box<Walk>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Char(char),
    /// `?`
    One {
        slash: bool,
    },
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// `*` or `**`
    Any {
        slash: bool,
    },
    /// Before the directories that `**/` stands for, of which there may be none,
    Directories,
    /// and among them.
    AmongDirectories,
}

impl Glob {
    /// `None` for a pattern that is malformed: it matches nothing.
    pub(crate) fn new(pattern: &str, dialect: Dialect) -> Option<Self> {
        let alternatives = alternatives(&pattern.chars().collect::<Vec<char>>(), dialect)?;
        let shapes = alternatives
            .iter()
            .map(|alternative| Some(Shape::of(states(alternative, dialect)?)));
        shapes.collect::<Option<Vec<Shape>>>().map(Self)
    }

    pub(crate) fn matches(&self, value: &str) -> bool {
        self.0.iter().any(|shape| shape.matches(value))
    }

    /// The text that this pattern stands for, when it stands for one only.
    pub(crate) fn exact(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Shape::Exact(text)] => Some(text),
            _ => None,
        }
    }

    /// What every value that matches begins with; may be empty.
    pub(crate) fn literal_start(&self) -> &str {
        match self.0.as_slice() {
            [
                Shape::Exact(text)
                | Shape::Prefix(text)
                | Shape::Walk {
                    literal_start: text, ..
                },
            ] => text,
            _ => "",
        }
    }
}

/// Braces replaced by each of what they hold; they do not nest.
fn alternatives(pattern: &[char], dialect: Dialect) -> Option<Vec<Vec<char>>> {
    let mut expanded = vec![Vec::new()];
    let mut rest = pattern.iter().copied();
    let mut in_class = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' if dialect == Dialect::Text => {
                let escaped = rest.next()?;
                expanded.iter_mut().for_each(|text| text.extend(['\\', escaped]));
            }
            '[' | ']' => {
                in_class = c == '[';
                expanded.iter_mut().for_each(|text| text.push(c));
            }
            '{' if !in_class => {
                let mut inner: Vec<Vec<char>> = vec![Vec::new()];
                loop {
                    match rest.next()? {
                        '}' => break,
                        '{' => return None,
                        ',' => inner.push(Vec::new()),
                        c => inner.last_mut()?.push(c),
                    }
                }
                inner.retain(|text| !text.is_empty());
                if expanded.len() * inner.len().max(1) > MAX_ALTERNATIVES {
                    return None;
                }
                if !inner.is_empty() {
                    expanded = expanded
                        .iter()
                        .flat_map(|text| inner.iter().map(move |inner| [text.as_slice(), inner].concat()))
                        .collect();
                }
            }
            '}' if !in_class => return None,
            c => expanded.iter_mut().for_each(|text| text.push(c)),
        }
    }
    Some(expanded)
}

fn states(pattern: &[char], dialect: Dialect) -> Option<Vec<State>> {
    let crosses = dialect == Dialect::Text;
    let mut states: Vec<State> = Vec::with_capacity(pattern.len());
    let mut at = 0;
    while let Some(&c) = pattern.get(at) {
        at += 1;
        match c {
            '\\' if crosses => {
                states.push(State::Char(*pattern.get(at)?));
                at += 1;
            }
            '\\' => states.push(State::Char('/')),
            '?' => states.push(State::One { slash: crosses }),
            '[' => {
                let (class, end) = class(pattern, at)?;
                states.push(class);
                at = end;
            }
            '*' => {
                let start = at - 1;
                while pattern.get(at) == Some(&'*') {
                    at += 1;
                }
                let double = at - start > 1;
                let begins = start == 0 || matches!(pattern[start - 1], '/' | '\\');
                match pattern.get(at) {
                    Some('/' | '\\') if double && begins => {
                        // Twice is no more than once.
                        if states.last() != Some(&State::AmongDirectories) {
                            states.extend([State::Directories, State::AmongDirectories]);
                        }
                        at += 1;
                    }
                    None if double && begins => states.push(State::Any { slash: true }),
                    _ => states.push(State::Any {
                        slash: crosses || double && dialect == Dialect::LoosePath,
                    }),
                }
            }
            c => states.push(State::Char(c)),
        }
    }
    Some(states)
}

/// The class whose content begins at `at`, and where the pattern goes on.
fn class(pattern: &[char], mut at: usize) -> Option<(State, usize)> {
    let negated = matches!(pattern.get(at), Some('!' | '^'));
    at += usize::from(negated);
    let mut ranges = Vec::new();
    loop {
        let first = *pattern.get(at)?;
        at += 1;
        match first {
            ']' if !ranges.is_empty() => return Some((State::Class { negated, ranges }, at)),
            _ => match (pattern.get(at), pattern.get(at + 1)) {
                (Some('-'), Some(&last)) if last != ']' => {
                    if last < first {
                        return None;
                    }
                    ranges.push((first, last));
                    at += 2;
                }
                _ => ranges.push((first, first)),
            },
        }
    }
}

impl Shape {
    fn of(states: Vec<State>) -> Self {
        let text = |states: &[State]| -> Option<String> {
            let chars = states.iter().map(|state| match state {
                State::Char(c) => Some(*c),
                _ => None,
            });
            chars.collect()
        };
        const ANY: State = State::Any { slash: true };
        let simple = match states.as_slice() {
            [
                State::Directories,
                State::AmongDirectories,
                inner @ ..,
                State::Char('/'),
                ANY,
            ] => text(inner).map(|inner| Self::Within(format!("/{inner}/"))),
            [State::Directories, State::AmongDirectories, inner @ ..] if !inner.is_empty() => {
                text(inner).map(|inner| Self::Below(format!("/{inner}")))
            }
            [ANY] => Some(Self::Prefix(String::new())),
            [ANY, inner @ .., ANY] => text(inner).map(Self::Contains),
            [ANY, inner @ ..] => text(inner).map(Self::Suffix),
            [inner @ .., ANY] => text(inner).map(Self::Prefix),
            inner => text(inner).map(Self::Exact),
        };
        simple.unwrap_or_else(|| {
            let runs = states.split(|state| !matches!(state, State::Char(_)));
            let literals: Vec<String> = runs.filter_map(text).collect();
            Self::Walk {
                literal_start: literals.first().cloned().unwrap_or_default(),
                literal: literals.into_iter().max_by_key(String::len).unwrap_or_default(),
                walk: Box::new(Walk::new(&states)),
            }
        })
    }

    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Exact(text) => value == text,
            Self::Prefix(text) => value.starts_with(text.as_str()),
            Self::Suffix(text) => value.ends_with(text.as_str()),
            Self::Contains(text) => value.contains(text.as_str()),
            Self::Within(text) => value.starts_with(&text[1..]) || value.contains(text.as_str()),
            Self::Below(text) => value.ends_with(text.as_str()) || value == &text[1..],
            Self::Walk {
                literal_start,
                literal,
                walk,
            } => value.starts_with(literal_start.as_str()) && value.contains(literal.as_str()) && walk.matches(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(dialect: Dialect, pattern: &str, value: &str, expected: bool) {
        let matches = Glob::new(pattern, dialect).is_some_and(|glob| glob.matches(value));
        assert_eq!(matches, expected, "{pattern:?} on {value:?} as {dialect:?}");
    }

    #[test]
    fn names() {
        let yes = |pattern, value| check(Dialect::Text, pattern, value, true);
        let no = |pattern, value| check(Dialect::Text, pattern, value, false);
        for (pattern, value) in [
            ("foo", "foo"),
            ("f*", "foo"),
            ("*o", "foo"),
            ("*o*", "foo"),
            ("f*o", "fo"),
            ("f?o", "féo"),
            ("{foo,bar}", "bar"),
            ("x{foo,bar}*", "xbarn"),
            ("[fb]oo", "boo"),
            ("[!f]oo", "boo"),
            ("[^f]oo", "boo"),
            ("[a-c]", "b"),
            ("[]]", "]"),
            ("[a-]", "-"),
            ("a]", "a]"),
            ("f\\*o", "f*o"),
            ("\\{a,b\\}", "{a,b}"),
            ("*", "x/y"),
            ("?", "/"),
            ("a**b", "axxb"),
            ("*::f", "a::b::f"),
            ("**/a", "a"),
            ("a/**/b", "a/b"),
            ("a/**/b", "a/x/y/b"),
            ("a*b*c", "a1b2b3c"),
            ("", ""),
            ("*", ""),
        ] {
            yes(pattern, value);
        }
        for (pattern, value) in [
            ("foo", "Foo"),
            ("foo", "foo1"),
            ("f?o", "fo"),
            ("[!f]oo", "foo"),
            ("f\\*o", "fxo"),
            ("**/a", "xa"),
            ("a*b*c", "a1b2b3"),
            ("", "a"),
            // Malformed: open, unopened or nested braces, an open class, nothing behind a backslash.
            ("a{b", "a{b"),
            ("a}", "a}"),
            ("{a,b{c,d}}", "bd"),
            ("[a", "[a"),
            ("[b-a]", "a"),
            ("a\\", "a\\"),
        ] {
            no(pattern, value);
        }
    }

    #[test]
    fn paths() {
        for (pattern, value, expected) in [
            ("*", "x/y", false),
            ("/usr/*", "/usr/x", true),
            ("/usr/*", "/usr/x/y", false),
            ("/usr/**", "/usr/x/y", true),
            ("/usr/**", "/usr/", true),
            ("/usr/**", "/usr", false),
            ("**/node_modules/**", "/a/node_modules/b.js", true),
            ("**/node_modules/**", "node_modules/b.js", true),
            ("**/node_modules/**", "/a/xnode_modules/b.js", false),
            ("**/b.js", "/a/b.js", true),
            ("**/b.js", "b.js", true),
            ("**/b.js", "/a/xb.js", false),
            ("**/*.min.js", "/a/b.min.js", true),
            ("**/a/*/c", "/x/a/b/c", true),
            ("**/a/*/c", "/x/a/b/b/c", false),
            ("/**/x", "/x", true),
            ("a**b", "axxb", true),
            ("a**b", "a/b", false),
            ("**a", "x/a", false),
            ("?b", "/b", false),
            ("a\\b", "a/b", true),
            ("{a,b}/*", "b/c", true),
        ] {
            check(Dialect::Path, pattern, value, expected);
        }
        check(Dialect::LoosePath, "a**b", "a/b", true);
        check(Dialect::LoosePath, "**a", "x/a", true);
        check(Dialect::LoosePath, "*a", "x/a", false);
    }

    #[test]
    fn what_is_known_of_a_pattern() {
        let glob = |pattern| Glob::new(pattern, Dialect::Text).unwrap();
        assert_eq!(glob("foo").exact(), Some("foo"));
        assert_eq!(glob("f*").exact(), None);
        assert_eq!(glob("f*").literal_start(), "f");
        assert_eq!(glob("ab?*c").literal_start(), "ab");
        assert_eq!(glob("{a,b}").literal_start(), "");
    }

    #[test]
    fn bad_patterns_cost_little() {
        assert_eq!(Glob::new(&"{a,b}".repeat(20), Dialect::Text), None);
        let glob = Glob::new(&"*a".repeat(100), Dialect::Text).unwrap();
        assert!(!glob.matches(&"a".repeat(99)));
        assert!(glob.matches(&"a".repeat(8192)));
    }
}
