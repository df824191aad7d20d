use std::{borrow::Cow, fmt};

use memchr::memmem;

/// Longest pattern, in bytes.
const MAX_LENGTH: usize = 2048;
/// How deep lists of alternatives may stand in one another.
const MAX_DEPTH: usize = 4;
/// Work that one match may cost, about one step a byte. A pattern of many classes over a payload of a megabyte would
/// otherwise hold up processing for seconds; what is dearer than this does not match.
const MAX_STEPS: usize = 1 << 22;

/// A pattern for a whole text (`ingest.md` §4): `*` is any run of characters, line breaks and slashes too, `?` one
/// character, `[a-c]` and `[!a-c]` one of these or one of all others, `{a,b}` one of these patterns; `\` takes the
/// character after it as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Glob {
    pattern: String,
    parts: Vec<Part>,
    ignore_case: bool,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct GlobError {
    /// Where in the pattern, counted in characters from 1.
    pub column: usize,
    pub message: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    /// `?`
    One,
    /// `*`
    Run,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    Alternatives(Vec<Vec<Part>>),
}

impl Glob {
    pub fn new(pattern: &str) -> Result<Self, GlobError> {
        Self::compile(pattern, false)
    }

    pub fn case_insensitive(pattern: &str) -> Result<Self, GlobError> {
        Self::compile(pattern, true)
    }

    fn compile(pattern: &str, ignore_case: bool) -> Result<Self, GlobError> {
        let mut parser = Parser {
            chars: pattern.chars().collect(),
            at: 0,
            ignore_case,
        };
        if pattern.len() > MAX_LENGTH {
            return Err(GlobError {
                column: 1,
                message: "the pattern is longer than 2048 bytes: shorten it with `*`",
            });
        }
        Ok(Self {
            parts: parser.sequence(0)?,
            pattern: pattern.to_owned(),
            ignore_case,
        })
    }

    /// The pattern as it was written.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    pub fn is_match(&self, text: &str) -> bool {
        if self.ignore_case {
            self.matches(&fold(text))
        } else {
            self.matches(text)
        }
    }

    /// `text` is folded already where case is ignored.
    fn matches(&self, text: &str) -> bool {
        let mut matcher = Matcher {
            text,
            ignore_case: self.ignore_case,
            steps: 0,
        };
        match self.parts.split_last() {
            None => text.is_empty(),
            // What has to stand at the end is looked for there, not everywhere.
            Some((Part::Text(suffix), before)) if text.ends_with(suffix.as_str()) => {
                let positions = matcher.sequence(before, Positions::start());
                !matcher.is_exhausted() && positions.contains(text.len() - suffix.len())
            }
            Some((Part::Text(_), _)) => false,
            Some(_) => {
                let positions = matcher.sequence(&self.parts, Positions::start());
                !matcher.is_exhausted() && positions.contains(text.len())
            }
        }
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

/// A list of patterns of which any may match.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Globs {
    list: Vec<Glob>,
    ignore_case: bool,
}

impl Globs {
    pub fn new(ignore_case: bool) -> Self {
        Self {
            list: Vec::new(),
            ignore_case,
        }
    }

    pub fn push(&mut self, pattern: &str) -> Result<(), GlobError> {
        self.list.push(Glob::compile(pattern, self.ignore_case)?);
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(Glob::pattern)
    }

    pub fn is_match(&self, text: &str) -> bool {
        if self.list.is_empty() {
            return false;
        }
        let text = if self.ignore_case {
            fold(text)
        } else {
            Cow::Borrowed(text)
        };
        self.list.iter().any(|glob| glob.matches(&text))
    }
}

/// Lower case, character by character, so that `?` stays one character.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| fold_char(c) == c) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(fold_char).collect())
    }
}

fn fold_char(c: char) -> char {
    only(c.to_lowercase()).unwrap_or(c)
}

fn only(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next();
    if chars.next().is_none() { first } else { None }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    ignore_case: bool,
}

impl Parser {
    fn error(&self, at: usize, message: &'static str) -> GlobError {
        GlobError {
            column: at + 1,
            message,
        }
    }

    fn next(&mut self) -> Option<char> {
        let next = self.chars.get(self.at).copied();
        self.at += usize::from(next.is_some());
        next
    }

    /// Up to the end, or inside of alternatives up to a comma or the closing brace.
    fn sequence(&mut self, depth: usize) -> Result<Vec<Part>, GlobError> {
        let mut parts = Vec::new();
        while let Some(&c) = self.chars.get(self.at) {
            if depth > 0 && matches!(c, ',' | '}') {
                break;
            }
            self.at += 1;
            match c {
                '*' if parts.last() == Some(&Part::Run) => {}
                '*' => parts.push(Part::Run),
                '?' => parts.push(Part::One),
                '[' => parts.push(self.class()?),
                '{' => parts.push(self.alternatives(depth + 1)?),
                '}' => return Err(self.error(self.at - 1, "`}` closes nothing: write `\\}` for the character itself")),
                '\\' => {
                    let message = "`\\` stands at the end: write `\\\\` for the character itself";
                    let literal = self.next().ok_or_else(|| self.error(self.at - 1, message))?;
                    self.literal(&mut parts, literal);
                }
                c => self.literal(&mut parts, c),
            }
        }
        Ok(parts)
    }

    fn literal(&self, parts: &mut Vec<Part>, c: char) {
        let c = if self.ignore_case { fold_char(c) } else { c };
        match parts.last_mut() {
            Some(Part::Text(text)) => text.push(c),
            _ => parts.push(Part::Text(c.to_string())),
        }
    }

    fn alternatives(&mut self, depth: usize) -> Result<Part, GlobError> {
        let opened = self.at - 1;
        if depth > MAX_DEPTH {
            return Err(self.error(opened, "alternatives stand more than four deep in one another"));
        }
        let mut alternatives = Vec::new();
        loop {
            alternatives.push(self.sequence(depth)?);
            match self.next() {
                Some(',') => {}
                Some(_) => return Ok(Part::Alternatives(alternatives)),
                None => {
                    let message = "`{` is never closed: add `}`, or write `\\{` for the character itself";
                    return Err(self.error(opened, message));
                }
            }
        }
    }

    fn class(&mut self) -> Result<Part, GlobError> {
        let opened = self.at - 1;
        let negated = self.chars.get(self.at) == Some(&'!');
        self.at += usize::from(negated);
        let mut ranges = Vec::new();
        loop {
            let start = self.at;
            let low = match self.next() {
                // A bracket that closes at once would close nothing: it is a member.
                Some(']') if !ranges.is_empty() => return Ok(Part::Class { negated, ranges }),
                Some('\\') => self.next(),
                c => c,
            };
            let high = match self.chars.get(self.at..self.at + 2) {
                Some(['-', end]) if *end != ']' => {
                    self.at += 2;
                    if *end == '\\' { self.next() } else { Some(*end) }
                }
                _ => low,
            };
            let (Some(low), Some(high)) = (low, high) else {
                let message = "`[` is never closed: add `]`, or write `\\[` for the character itself";
                return Err(self.error(opened, message));
            };
            if low > high {
                return Err(self.error(start, "the range runs backwards: write its lower end first"));
            }
            ranges.push((low, high));
        }
    }
}

/// Where in the text a match may go on: at these places, and at every place from `from` on.
#[derive(Debug, Clone, Default)]
struct Positions {
    at: Vec<usize>,
    from: Option<usize>,
}

impl Positions {
    fn start() -> Self {
        Self {
            at: vec![0],
            from: None,
        }
    }

    fn contains(&self, position: usize) -> bool {
        self.from.is_some_and(|from| from <= position) || self.at.contains(&position)
    }

    fn first(&self) -> Option<usize> {
        self.at.iter().copied().chain(self.from).min()
    }

    fn is_empty(&self) -> bool {
        self.at.is_empty() && self.from.is_none()
    }
}

/// Goes through the pattern once and keeps all places that the text can have been read to, so the cost is bounded by
/// the product of both lengths, whatever the pattern.
struct Matcher<'a> {
    text: &'a str,
    ignore_case: bool,
    steps: usize,
}

impl Matcher<'_> {
    fn is_exhausted(&self) -> bool {
        self.steps > MAX_STEPS
    }

    fn sequence(&mut self, parts: &[Part], mut positions: Positions) -> Positions {
        for (index, part) in parts.iter().enumerate() {
            if positions.is_empty() || self.is_exhausted() {
                return Positions::default();
            }
            // Before a run only the first place counts.
            let first_only = parts.get(index + 1) == Some(&Part::Run);
            positions = match part {
                Part::Run => Positions {
                    at: Vec::new(),
                    from: positions.first(),
                },
                Part::Text(text) => self.text(text, &positions, first_only),
                Part::One => self.one(&positions),
                Part::Class { negated, ranges } => self.class(*negated, ranges, &positions, first_only),
                Part::Alternatives(alternatives) => self.alternatives(alternatives, &positions),
            };
        }
        positions
    }

    fn text(&mut self, part: &str, positions: &Positions, first_only: bool) -> Positions {
        let text = self.text.as_bytes();
        let mut at: Vec<usize> = positions
            .at
            .iter()
            .filter(|&&start| text[start..].starts_with(part.as_bytes()))
            .map(|start| start + part.len())
            .collect();
        self.steps += positions.at.len() + at.len() * part.len();
        if let Some(mut from) = positions.from {
            let finder = memmem::Finder::new(part);
            while !self.is_exhausted() {
                let Some(found) = finder.find(&text[from..]) else {
                    self.steps += text.len() - from;
                    break;
                };
                at.push(from + found + part.len());
                self.steps += found + part.len();
                if first_only {
                    break;
                }
                // Matches may overlap. The next begins where a character does, for both are valid UTF-8.
                from += found + 1;
            }
        }
        sorted(at)
    }

    fn one(&mut self, positions: &Positions) -> Positions {
        self.steps += positions.at.len() + 1;
        let next = |position: usize| Some(position + self.text[position..].chars().next()?.len_utf8());
        Positions {
            at: positions.at.iter().filter_map(|&position| next(position)).collect(),
            from: positions.from.and_then(next),
        }
    }

    fn class(&mut self, negated: bool, ranges: &[(char, char)], positions: &Positions, first_only: bool) -> Positions {
        let within = |c: char| ranges.iter().any(|&(low, high)| low <= c && c <= high);
        let ignore_case = self.ignore_case;
        let accepts = |c: char| {
            let member = within(c) || ignore_case && only(c.to_uppercase()).is_some_and(within);
            member != negated
        };
        let end = |position: usize, c: char| accepts(c).then(|| position + c.len_utf8());
        let mut at: Vec<usize> = positions
            .at
            .iter()
            .filter_map(|&position| end(position, self.text[position..].chars().next()?))
            .collect();
        self.steps += positions.at.len() * ranges.len();
        if let Some(from) = positions.from {
            let mut read = 0;
            for (offset, c) in self.text[from..].char_indices() {
                read += 1;
                if let Some(end) = end(from + offset, c) {
                    at.push(end);
                    if first_only {
                        break;
                    }
                }
            }
            self.steps += read * ranges.len();
        }
        sorted(at)
    }

    fn alternatives(&mut self, alternatives: &[Vec<Part>], positions: &Positions) -> Positions {
        let mut union = Positions::default();
        for alternative in alternatives {
            let reached = self.sequence(alternative, positions.clone());
            self.steps += positions.at.len() + reached.at.len();
            union.at.extend(reached.at);
            union.from = match (union.from, reached.from) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        Positions {
            from: union.from,
            ..sorted(union.at)
        }
    }
}

fn sorted(mut at: Vec<usize>) -> Positions {
    at.sort_unstable();
    at.dedup();
    Positions { at, from: None }
}
