//! Selectors: which values of an event a rule applies to (`ingest.md` §5.3).
//!
//! ```text
//! or   := and (("||" | "|") and)*        not  := ["!" | "~"] ("(" or ")" | path)
//! and  := not (("&&" | "&") not)*        path := item ("." item)*      item := "**" | "*" | index | $kind | key
//! ```

use protocol::event::{
    meta::Segment,
    walk::{Kind, Pii, Place},
};

/// A selector, ready for use. Their order is the order in which the rules of a configuration are applied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector(Node);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Path(Path),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Path {
    items: Vec<Item>,
    /// It names a place, and so reaches fields that rules for everything leave alone.
    is_specific: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Kind(Kind),
    Index(usize),
    Key(String),
    Any,
    /// One level or more; once in a path.
    Deep,
}

/// What is wrong with a selector, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {column})")]
pub struct SelectorError {
    pub message: String,
    /// From 1, in characters.
    pub column: usize,
}

const KINDS: [(&str, Kind); 30] = [
    ("string", Kind::STRING),
    ("number", Kind::NUMBER),
    ("boolean", Kind::BOOLEAN),
    ("bool", Kind::BOOLEAN),
    ("datetime", Kind::DATE_TIME),
    ("array", Kind::ARRAY),
    ("object", Kind::OBJECT),
    ("binary", Kind::BINARY),
    ("event", Kind::EVENT),
    ("exception", Kind::EXCEPTION),
    ("error", Kind::EXCEPTION),
    ("stacktrace", Kind::STACKTRACE),
    ("stack", Kind::STACKTRACE),
    ("frame", Kind::FRAME),
    ("request", Kind::REQUEST),
    ("http", Kind::REQUEST),
    ("user", Kind::USER),
    ("logentry", Kind::LOGENTRY),
    // The entry, and its text by itself.
    ("message", Kind::LOGENTRY.or(Kind::MESSAGE)),
    ("thread", Kind::THREAD),
    ("breadcrumb", Kind::BREADCRUMB),
    ("span", Kind::SPAN),
    ("sdk", Kind::SDK),
    ("minidump", Kind::MINIDUMP),
    ("heap_memory", Kind::HEAP_MEMORY),
    ("stack_memory", Kind::STACK_MEMORY),
    ("attachments", Kind::ATTACHMENTS),
    ("replay", Kind::REPLAY),
    ("log", Kind::LOG),
    ("trace_metric", Kind::TRACE_METRIC),
];

/// What selectors call a structure; the shorter name where it has two.
pub(crate) fn name_of_structure(kind: Kind) -> Option<&'static str> {
    const NAMES: [(&str, Kind); 10] = [
        ("error", Kind::EXCEPTION),
        ("stack", Kind::STACKTRACE),
        ("frame", Kind::FRAME),
        ("http", Kind::REQUEST),
        ("user", Kind::USER),
        ("logentry", Kind::LOGENTRY),
        ("thread", Kind::THREAD),
        ("breadcrumb", Kind::BREADCRUMB),
        ("span", Kind::SPAN),
        ("sdk", Kind::SDK),
    ];
    NAMES
        .iter()
        .find(|(_, named)| kind.is_any_of(*named))
        .map(|(name, _)| *name)
}

impl Selector {
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut parser = Parser { text, at: 0 };
        let node = parser.or(0)?;
        parser.skip_spaces();
        if parser.at < text.len() {
            return Err(parser.unexpected("&&, || or the end"));
        }
        Ok(Self(node))
    }

    /// `self` but for what one of the others selects.
    #[must_use]
    pub fn except(self, others: impl IntoIterator<Item = Self>) -> Self {
        let mut nodes = vec![self.0];
        nodes.extend(others.into_iter().map(|other| Node::Not(Box::new(other.0))));
        if nodes.len() == 1 {
            nodes.pop().map_or_else(|| Self(Node::And(Vec::new())), Self)
        } else {
            Self(Node::And(nodes))
        }
    }

    /// A place by its keys from the outermost, whatever characters they are of.
    #[must_use]
    pub fn keys<'k>(keys: impl IntoIterator<Item = &'k str>) -> Self {
        let items = keys.into_iter().map(|key| Item::Key(key.to_owned())).collect();
        Self(Node::Path(Path::new(items)))
    }

    pub fn matches(&self, place: &Place<'_>) -> bool {
        place.pii != Pii::False && self.0.matches(place)
    }

    /// Every value that is selected has one of these names; `None`: it may have any.
    pub(crate) fn names(&self) -> Option<Vec<&str>> {
        self.0.names()
    }

    /// Whether the selector says `kind` somewhere: what is of that kind is scrubbed only for those who ask for it.
    pub(crate) fn mentions(&self, kind: Kind) -> bool {
        self.0.mentions(kind)
    }
}

impl Node {
    fn matches(&self, place: &Place<'_>) -> bool {
        match self {
            Self::And(nodes) => nodes.iter().all(|node| node.matches(place)),
            Self::Or(nodes) => nodes.iter().any(|node| node.matches(place)),
            Self::Not(node) => !node.matches(place),
            Self::Path(path) => (place.pii == Pii::True || path.is_specific) && path.matches(place),
        }
    }

    fn names(&self) -> Option<Vec<&str>> {
        match self {
            Self::And(nodes) => nodes.iter().find_map(Self::names),
            Self::Or(nodes) => nodes.iter().try_fold(Vec::new(), |mut names, node| {
                names.extend(node.names()?);
                Some(names)
            }),
            Self::Not(_) => None,
            Self::Path(path) => match path.items.last()? {
                Item::Key(key) => Some(vec![key]),
                _ => None,
            },
        }
    }

    fn mentions(&self, kind: Kind) -> bool {
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().any(|node| node.mentions(kind)),
            Self::Not(_) => false,
            Self::Path(path) => path
                .items
                .iter()
                .any(|item| matches!(item, Item::Kind(named) if named.is_any_of(kind))),
        }
    }
}

impl Path {
    fn new(items: Vec<Item>) -> Self {
        let is_specific = !items.contains(&Item::Deep) && !matches!(items.as_slice(), [Item::Kind(_)]);
        Self { items, is_specific }
    }

    /// The last item is the value's own, the one before it its parent's, and so on as far as the path goes.
    fn matches(&self, place: &Place<'_>) -> bool {
        let mut items = self.items.as_slice();
        let mut steps = place.ancestors();
        while let Some((item, above)) = items.split_last() {
            if *item == Item::Deep {
                return matches_above(above, steps);
            }
            if !steps.next().is_some_and(|step| item.matches(step)) {
                return false;
            }
            items = above;
        }
        true
    }
}

/// Whether the items stand in a row somewhere above the next step, which is what `**` is for at least.
fn matches_above<'p>(items: &[Item], mut steps: impl Iterator<Item = &'p Place<'p>> + Clone) -> bool {
    if steps.next().is_none_or(|step| step.segment().is_none()) {
        return false;
    }
    loop {
        let mut here = steps.clone();
        let mut items = items.iter().rev();
        if items.all(|item| here.next().is_some_and(|step| item.matches(step))) {
            return true;
        }
        if steps.next().is_none() {
            return false;
        }
    }
}

impl Item {
    fn matches(&self, step: &Place<'_>) -> bool {
        match self {
            Self::Kind(kind) => step.kind.is_any_of(*kind),
            Self::Index(index) => step.segment() == Some(Segment::Index(*index)),
            Self::Key(key) => step.key().is_some_and(|name| name.eq_ignore_ascii_case(key)),
            // The root is nowhere but it is something.
            Self::Any | Self::Deep => step.segment().is_some(),
        }
    }
}

/// Parentheses in parentheses.
const MAX_DEPTH: usize = 32;

struct Parser<'t> {
    text: &'t str,
    /// In bytes.
    at: usize,
}

impl<'t> Parser<'t> {
    fn or(&mut self, depth: usize) -> Result<Node, SelectorError> {
        let mut nodes = vec![self.and(depth)?];
        while self.operator('|') {
            nodes.push(self.and(depth)?);
        }
        Ok(one_or(nodes, Node::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Node, SelectorError> {
        let mut nodes = vec![self.not(depth)?];
        while self.operator('&') {
            nodes.push(self.not(depth)?);
        }
        Ok(one_or(nodes, Node::And))
    }

    fn not(&mut self, depth: usize) -> Result<Node, SelectorError> {
        self.skip_spaces();
        let is_negated = self.take('!') || self.take('~');
        self.skip_spaces();
        if is_negated && matches!(self.peek(), Some('!' | '~')) {
            return Err(self.error("invalid syntax: a negation of a negation"));
        }
        let node = if self.take('(') {
            if depth == MAX_DEPTH {
                return Err(self.error("too many parentheses in one another"));
            }
            let node = self.or(depth + 1)?;
            self.skip_spaces();
            if !self.take(')') {
                return Err(self.unexpected("&&, || or )"));
            }
            node
        } else {
            Node::Path(self.path()?)
        };
        Ok(if is_negated { Node::Not(Box::new(node)) } else { node })
    }

    fn path(&mut self) -> Result<Path, SelectorError> {
        let start = self.at;
        let mut items = Vec::new();
        loop {
            self.skip_spaces();
            let at = self.at;
            let item = self.item()?;
            if item == Item::Deep && items.contains(&Item::Deep) {
                self.at = at;
                return Err(self.error("deep wildcard used more than once"));
            }
            items.push(item);
            let end = self.at;
            self.skip_spaces();
            if !self.take('.') {
                self.at = end;
                break;
            }
        }
        if items.as_slice() == [Item::Any] {
            self.at = start;
            return Err(self.error("wildcard must be part of a path"));
        }
        Ok(Path::new(items))
    }

    fn item(&mut self) -> Result<Item, SelectorError> {
        let start = self.at;
        match self.peek() {
            Some('*') => {
                self.take('*');
                Ok(if self.take('*') { Item::Deep } else { Item::Any })
            }
            Some('$') => {
                self.take('$');
                let name = self.take_while(|c| c.is_ascii_lowercase() || c == '_');
                if name.is_empty() {
                    return Err(self.unexpected("the name of a kind of value, as in $string"));
                }
                let kind = KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
                kind.map(Item::Kind).ok_or_else(|| {
                    let message = format!("unknown value ${name}");
                    self.at = start;
                    self.error(message)
                })
            }
            Some('\'') => self.quoted_key(),
            Some('0'..='9') => {
                let digits = self.take_while(|c| c.is_ascii_digit());
                if matches!(self.peek(), Some(c) if is_key_character(c)) {
                    return Err(self.error("invalid syntax: a name that begins with a digit must be in quotes"));
                }
                digits.parse().map(Item::Index).map_err(|_| {
                    self.at = start;
                    self.error("the number is too large")
                })
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                Ok(Item::Key(self.take_while(is_key_character).to_owned()))
            }
            _ => Err(self.unexpected("a name, a number, a wildcard or a kind of value")),
        }
    }

    fn quoted_key(&mut self) -> Result<Item, SelectorError> {
        let start = self.at;
        self.take('\'');
        let mut key = String::new();
        loop {
            key.push_str(self.take_while(|c| c != '\''));
            if !self.take('\'') {
                self.at = start;
                return Err(self.error("invalid syntax: the quote is not closed"));
            }
            if !self.take('\'') {
                break;
            }
            key.push('\'');
        }
        if key.is_empty() {
            self.at = start;
            return Err(self.error("invalid syntax: there is nothing between the quotes"));
        }
        Ok(Item::Key(key))
    }

    /// `&` or `&&`, `|` or `||`.
    fn operator(&mut self, sign: char) -> bool {
        self.skip_spaces();
        let found = self.take(sign);
        if found {
            self.take(sign);
        }
        found
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.at += expected.len_utf8();
        }
        found
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let rest = &self.text[self.at..];
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn skip_spaces(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
    }

    fn unexpected(&self, expected: &str) -> SelectorError {
        match self.peek() {
            Some(found) => self.error(format!("invalid syntax: found {found:?}, expected {expected}")),
            None => self.error(format!("invalid syntax: it ends where {expected} is expected")),
        }
    }

    fn error(&self, message: impl Into<String>) -> SelectorError {
        SelectorError {
            message: message.into(),
            column: self.text[..self.at].chars().count() + 1,
        }
    }
}

fn is_key_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn one_or(mut nodes: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(node) if nodes.is_empty() => node,
        Some(node) => {
            nodes.push(node);
            many(nodes)
        }
        None => many(nodes),
    }
}
