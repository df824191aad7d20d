//! What a search bar offers while somebody types.

use std::ops::Range;

use crate::{Dataset, Field, Kind, Known, columns::FUNCTIONS, error::Span};

use super::{
    issues::is_values,
    key::{Key, Target, is_key_char, resolve},
    print::escaped_value,
    token::{MAX_FUNCTION, MAX_LENGTH, closing, closing_quote, unescape},
};

/// Which search it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    Issues,
    Events(Vec<Dataset>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    pub at: At,
    /// What a chosen suggestion takes the place of, in characters.
    pub range: Range<usize>,
    /// What is known without looking at any event, the best first.
    pub suggestions: Vec<Suggestion>,
}

/// What is being typed.
#[derive(Debug, Clone, PartialEq)]
pub enum At {
    Key {
        prefix: String,
    },
    Value {
        key: String,
        /// Whose values are wanted; `None` where the suggestions are all there is.
        field: Option<Field>,
        /// Without quotes and brackets, up to the cursor.
        prefix: String,
    },
    /// Text in quotes, for example.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// A key with its colon, or a value with the quotes that it needs.
    pub text: String,
    pub detail: &'static str,
}

const MOST: usize = 20;

/// What is being typed at `cursor` (in characters), and what it could become.
pub fn complete(text: &str, cursor: usize, mode: &Mode) -> Completion {
    let chars: Vec<char> = text.chars().collect();
    let cursor = cursor.min(chars.len());
    if chars.len() > MAX_LENGTH {
        return nothing(cursor);
    }
    let Some(token) = token_at(&chars, cursor) else {
        return key_completion("", cursor..cursor, mode);
    };
    if chars.get(token.start) == Some(&'"') && token.colon.is_none() {
        return nothing(cursor);
    }
    match token.colon {
        Some(colon) if colon < cursor => value_completion(&chars, &token, colon, cursor, mode),
        colon => {
            let prefix: String = chars[token.start..cursor].iter().collect();
            let end = colon.map_or(token.end, |colon| colon + 1);
            key_completion(&prefix, token.start..end, mode)
        }
    }
}

fn nothing(cursor: usize) -> Completion {
    Completion {
        at: At::Nothing,
        range: cursor..cursor,
        suggestions: Vec::new(),
    }
}

/// A word, phrase or filter, however unfinished.
struct Token {
    /// Behind the `!`.
    start: usize,
    colon: Option<usize>,
    end: usize,
}

/// The token that the cursor is in or behind.
fn token_at(chars: &[char], cursor: usize) -> Option<Token> {
    let mut at = 0;
    while at <= cursor {
        while chars
            .get(at)
            .is_some_and(|c| c.is_whitespace() || matches!(c, '(' | ')' | '!'))
        {
            at += 1;
        }
        if at > cursor || at >= chars.len() {
            return None;
        }
        let token = token_from(chars, at);
        if cursor <= token.end {
            return Some(token);
        }
        at = token.end.max(at + 1);
    }
    None
}

fn token_from(chars: &[char], start: usize) -> Token {
    let rest = &chars[start..];
    let key_length = match rest.first() {
        Some('"') => closing_quote(rest).map(|end| end + 1),
        _ => {
            let name = rest.iter().take_while(|c| is_key_char(**c)).count();
            match rest.get(name) {
                Some('(') => closing(&rest[..rest.len().min(MAX_FUNCTION)], name, ')').map(|end| end + 1),
                Some('[') => closing(&rest[..rest.len().min(MAX_FUNCTION)], name, ']').map(|end| end + 1),
                _ => Some(name),
            }
        }
    };
    let colon = key_length.filter(|length| *length > 0 && rest.get(*length) == Some(&':'));
    let value = match (colon, key_length) {
        (Some(colon), _) => colon + 1 + sign_length(&rest[colon + 1..]),
        (None, Some(length)) if rest.first() == Some(&'"') => length,
        (None, _) => 0,
    };
    let end = match rest.get(value) {
        Some('[') if colon.is_some() => closing(rest, value, ']').map(|end| end + 1),
        Some('"') if colon.is_some() || value == 0 => closing_quote(&rest[value..]).map(|end| value + end + 1),
        _ if colon.is_none() && rest.first() == Some(&'"') => Some(value),
        _ => Some(value + bare_length(&rest[value..])),
    };
    Token {
        start,
        colon: colon.map(|colon| start + colon),
        end: end.map_or(chars.len(), |end| start + end),
    }
}

fn sign_length(value: &[char]) -> usize {
    match value {
        ['>' | '<' | '!', '=', ..] => 2,
        ['>' | '<' | '=', ..] => 1,
        _ => 0,
    }
}

fn bare_length(chars: &[char]) -> usize {
    let mut open = 0_usize;
    for (length, c) in chars.iter().enumerate() {
        match c {
            '(' => open += 1,
            ')' if open == 0 => return length,
            ')' => open -= 1,
            _ if c.is_whitespace() => return length,
            _ => {}
        }
    }
    chars.len()
}

fn value_completion(chars: &[char], token: &Token, colon: usize, cursor: usize, mode: &Mode) -> Completion {
    let written: String = chars[token.start..colon].iter().collect();
    if chars.get(colon + 1) == Some(&':') || chars[colon + 1..].starts_with(&['/', '/']) {
        return nothing(cursor);
    }
    let behind_sign = colon + 1 + sign_length(&chars[colon + 1..]);
    let range = match chars.get(behind_sign) {
        Some('[') if cursor > behind_sign => item_at(chars, behind_sign, token.end, cursor),
        _ => colon + 1..token.end,
    };
    let prefix = prefix_of(&chars[range.start.min(cursor)..cursor]);
    let key = key_written(&written);
    let field = field_of(&key, mode);
    let suggestions = match &key {
        Key::Plain(name) => values_of(name, field.as_ref(), mode),
        _ => field.as_ref().map_or_else(Vec::new, values_of_kind),
    };
    let key = match key {
        Key::Plain(name) => name,
        _ => written,
    };
    Completion {
        suggestions: best(suggestions, &prefix),
        at: At::Value { key, field, prefix },
        range,
    }
}

/// The item of a list that the cursor is in.
fn item_at(chars: &[char], open: usize, end: usize, cursor: usize) -> Range<usize> {
    let mut start = open + 1;
    let mut at = start;
    while at < end {
        match chars[at] {
            '"' => at += closing_quote(&chars[at..end]).unwrap_or(end - at),
            ',' | ']' if at >= cursor => break,
            ',' => start = at + 1,
            _ => {}
        }
        at += 1;
    }
    while start < cursor && chars[start].is_whitespace() {
        start += 1;
    }
    start..at.clamp(cursor.min(end), end)
}

fn prefix_of(typed: &[char]) -> String {
    let inner = typed.strip_prefix(&['"']).unwrap_or(typed);
    let closed = inner.len() < typed.len() && closing_quote(typed) == Some(typed.len() - 1);
    let inner = if closed { &inner[..inner.len() - 1] } else { inner };
    unescape(inner).concat_stars()
}

fn key_written(written: &str) -> Key {
    let chars: Vec<char> = written.chars().collect();
    match chars.as_slice() {
        ['"', inner @ .., '"'] => Key::Plain(unescape(inner).concat_stars()),
        _ => Key::parse(written).unwrap_or_else(|| Key::Plain(written.to_owned())),
    }
}

/// Whose values are typed.
fn field_of(key: &Key, mode: &Mode) -> Option<Field> {
    if let Key::Plain(name) = key
        && (name == "has" || *mode == Mode::Issues && COMMON_ISSUE_KEYS.iter().any(|(key, _)| key == name))
    {
        let is_first_release = name == "first_release";
        return is_first_release.then_some(Field::Known(Known::Release));
    }
    Some(match resolve(key, Span::new(0, 0)).ok()? {
        Target::Field(field) => field,
        Target::Attribute(name) => Field::Tag(name),
        Target::Unhandled => Field::Known(Known::ErrorHandled),
        Target::UserDisplay => Field::Known(Known::User),
        Target::Release(_) => Field::Known(Known::Release),
    })
}

/// What issues are asked, with what that means.
const COMMON_ISSUE_KEYS: &[(&str, &str)] = &[
    ("is", "status of the issue"),
    ("assigned", "who works on it"),
    ("age", "since when the issue is known, as -24h"),
    ("first_seen", "when its first event was"),
    ("last_seen", "when its last event was"),
    ("times_seen", "how many events it has"),
    ("users_seen", "how many users had it"),
    ("first_release", "the release of its first event"),
    ("issue", "the short id"),
    ("issue.priority", "how urgent it is"),
    ("issue.category", "error, feedback, …"),
    ("issue.type", "the type of its events"),
    ("level", "how bad it is"),
    ("project", "the slug of the project"),
];

fn suggestion(text: impl Into<String>, detail: &'static str) -> Suggestion {
    Suggestion {
        text: text.into(),
        detail,
    }
}

fn words(words: &[&str], detail: &'static str) -> Vec<Suggestion> {
    words.iter().map(|word| suggestion(*word, detail)).collect()
}

fn values_of(name: &str, field: Option<&Field>, mode: &Mode) -> Vec<Suggestion> {
    match (name, mode) {
        ("has", _) => fields(mode)
            .map(|(name, kind)| suggestion(escaped_value(name), kind))
            .collect(),
        ("is", Mode::Issues) => words(&is_values(), ""),
        ("assigned" | "assigned_or_suggested" | "assignee", Mode::Issues) => vec![
            suggestion("me", "you"),
            suggestion("my_teams", "a team of yours"),
            suggestion("none", "nobody"),
        ],
        ("bookmarks" | "subscribed", Mode::Issues) => vec![suggestion("me", "you")],
        ("issue.priority", Mode::Issues) => words(&["high", "medium", "low"], ""),
        ("issue.category", Mode::Issues) => words(&["error", "feedback"], ""),
        ("age" | "first_seen" | "firstSeen" | "last_seen" | "lastSeen", Mode::Issues) => times(),
        ("times_seen" | "timesSeen" | "users_seen" | "usersSeen", Mode::Issues) => {
            words(&[">10", ">100", ">1k"], "more than")
        }
        ("level", Mode::Issues) => words(&["fatal", "error", "warning", "info", "debug"], ""),
        _ => field.map_or_else(Vec::new, values_of_kind),
    }
}

fn values_of_kind(field: &Field) -> Vec<Suggestion> {
    match (field, field.kind()) {
        (Field::Known(Known::Level), _) => words(&["fatal", "error", "warning", "info", "debug"], ""),
        (_, Kind::Flag) => words(&["true", "false"], ""),
        (_, Kind::Time) => times(),
        (_, Kind::Duration) => words(&[">100ms", ">1s", ">1min"], "longer than"),
        _ => Vec::new(),
    }
}

fn times() -> Vec<Suggestion> {
    vec![
        suggestion("-1h", "in the last hour"),
        suggestion("-24h", "in the last 24 hours"),
        suggestion("-7d", "in the last 7 days"),
        suggestion("+24h", "more than 24 hours ago"),
        suggestion("+7d", "more than 7 days ago"),
    ]
}

/// Fields by the names that suit what is searched, with what they are.
fn fields(mode: &Mode) -> impl Iterator<Item = (&'static str, &'static str)> {
    let datasets = match mode {
        Mode::Issues => &[Dataset::Errors, Dataset::Occurrences][..],
        Mode::Events(datasets) => datasets,
    };
    let only_spans = datasets.iter().all(|dataset| *dataset == Dataset::Spans);
    let shown = Known::ALL.iter().filter(|known| known.occurs_in(datasets));
    let shown: Vec<_> = shown
        .map(|known| {
            let of_spans = known
                .aliases()
                .iter()
                .find(|alias| only_spans && alias.starts_with("span."));
            let name = match known {
                // Slugs are easier to type than numbers.
                Known::Project => "project",
                known => of_spans.copied().unwrap_or(known.name()),
            };
            (name, detail(known.kind()))
        })
        .collect();
    shown.into_iter()
}

fn detail(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Texts => "one of several texts",
        Kind::Number => "number",
        Kind::Duration => "duration",
        Kind::Flag => "true or false",
        Kind::Time => "time",
        Kind::EventId => "event id",
        Kind::Project => "slug of the project",
        Kind::Issue => "short id of the issue",
    }
}

fn key_completion(prefix: &str, range: Range<usize>, mode: &Mode) -> Completion {
    let mut keys: Vec<Suggestion> = Vec::new();
    if *mode == Mode::Issues {
        keys.extend(
            COMMON_ISSUE_KEYS
                .iter()
                .map(|(name, detail)| suggestion(format!("{name}:"), detail)),
        );
    }
    keys.push(suggestion("has:", "that there is such a field or tag"));
    let issue_keys = if *mode == Mode::Issues { COMMON_ISSUE_KEYS } else { &[] };
    let fields = fields(mode).filter(|(name, _)| issue_keys.iter().all(|(key, _)| key != name));
    keys.extend(fields.map(|(name, kind)| suggestion(format!("{name}:"), kind)));
    if matches!(mode, Mode::Events(_)) {
        let functions = FUNCTIONS.iter().filter(|(_, takes, _)| *takes == "()");
        keys.extend(functions.map(|(name, _, detail)| suggestion(format!("{name}():"), detail)));
    }
    Completion {
        suggestions: best(keys, prefix),
        at: At::Key {
            prefix: prefix.to_owned(),
        },
        range,
    }
}

/// Those that begin as was typed, then those that hold it.
fn best(suggestions: Vec<Suggestion>, prefix: &str) -> Vec<Suggestion> {
    let prefix = prefix.to_lowercase();
    let (begin, rest): (Vec<_>, Vec<_>) = suggestions
        .into_iter()
        .partition(|suggestion| suggestion.text.to_lowercase().starts_with(&prefix));
    let hold = rest
        .into_iter()
        .filter(|suggestion| suggestion.text.to_lowercase().contains(&prefix));
    begin.into_iter().chain(hold).take(MOST).collect()
}
