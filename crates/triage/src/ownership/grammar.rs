//! How rules are written: a matcher and its owners on a line.

use std::fmt;

const MOST_BYTES: usize = 100_000;
const MOST_RULES: usize = 3_000;
const LONGEST_PATTERN: usize = 500;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub matcher: Matcher,
    /// None: what matches belongs to nobody.
    pub owners: Vec<OwnerName>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    pub kind: MatcherKind,
    pub pattern: String,
}

/// What of an event is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatcherKind {
    /// The file of a frame.
    Path,
    /// The module of a frame.
    Module,
    /// The address of the request.
    Url,
    /// The file of a frame, as CODEOWNERS names files.
    Codeowners,
    /// A tag, or with `user.` in front a field of the user.
    Tag(String),
}

/// An owner as rules name one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnerName {
    /// By its slug.
    Team(String),
    /// By an e-mail address in lower case.
    User(String),
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    /// Counted from 1.
    pub line: usize,
    pub message: String,
}

impl RuleProblem {
    pub(super) fn new(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
        }
    }
}

impl OwnerName {
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix('#') {
            Some(team) => Self::Team(team.to_owned()),
            None => Self::User(text.to_lowercase()),
        }
    }
}

impl fmt::Display for OwnerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Team(slug) => write!(f, "#{slug}"),
            Self::User(email) => f.write_str(email),
        }
    }
}

impl MatcherKind {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "path" => Self::Path,
            "module" => Self::Module,
            "url" => Self::Url,
            "codeowners" => Self::Codeowners,
            tag => Self::Tag(tag.strip_prefix("tags.").filter(|tag| !tag.is_empty())?.to_owned()),
        })
    }
}

impl fmt::Display for MatcherKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("path"),
            Self::Module => f.write_str("module"),
            Self::Url => f.write_str("url"),
            Self::Codeowners => f.write_str("codeowners"),
            Self::Tag(tag) => write!(f, "tags.{tag}"),
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, pattern } = self;
        if !pattern.contains(|c: char| c == '"' || c.is_whitespace()) {
            return write!(f, "{kind}:{pattern}");
        }
        write!(f, "{kind}:\"")?;
        for c in pattern.chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '"' | '\\' => write!(f, "\\{c}")?,
                other => write!(f, "{other}")?,
            }
        }
        f.write_str("\"")
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.matcher)?;
        self.owners.iter().try_for_each(|owner| write!(f, " {owner}"))
    }
}

/// Reads rules, or says what is wrong with every line that is none.
pub fn parse(raw: &str) -> Result<Vec<Rule>, Vec<RuleProblem>> {
    if raw.len() > MOST_BYTES {
        return Err(vec![RuleProblem::new(1, "rules may have 100,000 characters in all")]);
    }
    let (mut rules, mut problems) = (Vec::new(), Vec::new());
    for (index, line) in raw.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match rule(line) {
            Ok(rule) => rules.push(rule),
            Err(message) => problems.push(RuleProblem::new(index + 1, message)),
        }
    }
    if rules.len() > MOST_RULES {
        problems.push(RuleProblem::new(1, "there may be 3,000 rules"));
    }
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

fn rule(line: &str) -> Result<Rule, &'static str> {
    let (matcher, rest) = matcher(line)?;
    if matcher.pattern.chars().count() > LONGEST_PATTERN {
        return Err("a pattern may have 500 characters");
    }
    let owners = rest.split_whitespace().map(OwnerName::parse).collect::<Vec<_>>();
    let is_name = |owner: &OwnerName| !matches!(owner, OwnerName::Team(slug) if slug.is_empty());
    if !owners.iter().all(is_name) {
        return Err("expected the name of a team behind #");
    }
    Ok(Rule { matcher, owners })
}

/// The matcher at the beginning of a line, and the rest.
fn matcher(line: &str) -> Result<(Matcher, &str), &'static str> {
    let (kind, rest) = match tagged(line) {
        Some((kind, rest)) => (kind, rest),
        None => (MatcherKind::Path, line),
    };
    let (pattern, rest) = match rest.strip_prefix('"') {
        Some(quoted) => unquote(quoted).ok_or("expected a quotation mark at the end of the pattern")?,
        None => {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        }
    };
    if pattern.is_empty() {
        return Err("expected a pattern");
    }
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return Err("expected a space behind the pattern");
    }
    Ok((Matcher { kind, pattern }, rest))
}

/// `kind:` at the beginning. Whatever else has a colon is a path.
fn tagged(line: &str) -> Option<(MatcherKind, &str)> {
    let (name, rest) = line.split_once(':')?;
    Some((MatcherKind::parse(name)?, rest))
}

/// What stands before the closing quotation mark, and what behind it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut pattern = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((pattern, &text[at + 1..])),
            '\\' => pattern.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            other => pattern.push(other),
        }
    }
    None
}
