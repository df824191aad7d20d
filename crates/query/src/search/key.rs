//! What a key names.

use crate::{
    Dataset, Field, Known, columns,
    error::{ParseError, Span, nearest},
};

use super::token::{MAX_NAME, closing_quote, unescape};

/// A key as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Key {
    /// `browser.name`, `"my key"`
    Plain(String),
    /// `tags[key]`, `tags[key,string]`
    Tag(String),
    /// `tags[key,number]`
    Number(String),
    /// `flags["key"]`
    Flag(String),
    /// `p95(transaction.duration)`
    Function(String),
}

/// What can stand in a key without quotes.
pub(crate) fn is_key_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

impl Key {
    /// A key with its brackets, which are closed at the end.
    pub(crate) fn parse(written: &str) -> Option<Self> {
        let Some(end) = written.find(['[', '(']) else {
            return (!written.is_empty()).then(|| Self::Plain(written.to_owned()));
        };
        let (name, inside) = (&written[..end], &written[end + 1..written.len() - 1]);
        match (name, written.as_bytes()[end]) {
            ("tags" | "tag", b'[') => tag(inside),
            ("flags" | "flag", b'[') => Some(Self::Flag(name_in_brackets(inside)?)),
            (_, b'(') if is_function_name(name) => Some(Self::Function(written.to_owned())),
            _ => None,
        }
    }

    /// Whether it is a key even where no value follows.
    pub(crate) fn is_reserved(&self) -> bool {
        match self {
            Self::Plain(name) => {
                Known::from_name(name).is_some()
                    || super::WORDS.contains(&name.as_str())
                    || ISSUE_KEYS.contains(&name.as_str())
            }
            Self::Function(written) => columns::is_function(written.split('(').next().unwrap_or_default()),
            _ => true,
        }
    }
}

/// Whether a bracket behind this name makes a key of it, also when there are spaces in it.
pub(crate) fn takes_brackets(name: &str, close: char) -> bool {
    match close {
        ')' => columns::is_function(name),
        _ => matches!(name, "tags" | "tag" | "flags" | "flag"),
    }
}

fn is_function_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn tag(inside: &str) -> Option<Key> {
    let chars: Vec<char> = inside.trim().chars().collect();
    let quoted_end = if chars.first() == Some(&'"') {
        closing_quote(&chars)
    } else {
        None
    };
    let comma = chars.iter().skip(quoted_end.unwrap_or(0)).rposition(|c| *c == ',');
    let Some(comma) = comma.map(|comma| comma + quoted_end.unwrap_or(0)) else {
        return Some(Key::Tag(name_in_brackets(inside)?));
    };
    let name = name_in_brackets(&chars[..comma].iter().collect::<String>())?;
    let kind: String = chars[comma + 1..].iter().collect();
    match kind.trim() {
        "string" | "boolean" => Some(Key::Tag(name)),
        "number" => Some(Key::Number(name)),
        _ => None,
    }
}

fn name_in_brackets(text: &str) -> Option<String> {
    let chars: Vec<char> = text.trim().chars().collect();
    let name = match closing_quote(&chars) {
        Some(end) if chars.first() == Some(&'"') && end + 1 == chars.len() => unescape(&chars[1..end]).concat_stars(),
        _ => chars.into_iter().collect(),
    };
    (!name.is_empty()).then_some(name)
}

/// What a key asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    Field(Field),
    /// A key that nothing has by itself: a tag, or a text or number that the sender attached.
    Attribute(String),
    /// `error.unhandled`: the opposite of `error.handled`.
    Unhandled,
    /// `user.display`: what a user is called, whichever it is.
    UserDisplay,
    Release(ReleasePart),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReleasePart {
    Package,
    Version,
    Build,
}

/// Names that stand for something but a single field.
const COMPUTED: &[&str] = &[
    "error.unhandled",
    "user.display",
    "release.package",
    "release.version",
    "release.build",
];

/// Keys of issues, of which no event knows.
pub(crate) const ISSUE_KEYS: &[&str] = &[
    "is",
    "assigned",
    "assigned_or_suggested",
    "assignee",
    "bookmarks",
    "subscribed",
    "age",
    "firstSeen",
    "first_seen",
    "lastSeen",
    "last_seen",
    "timesSeen",
    "times_seen",
    "usersSeen",
    "users_seen",
    "firstRelease",
    "first_release",
    "issue.priority",
    "issue.type",
    "issue.category",
];

/// Of the keys of Sentry that are about something that is not recorded.
fn refusal(name: &str) -> Option<&'static str> {
    Some(match name {
        "release.stage" => "how far a release is adopted is not recorded yet: name the releases, as release:[1.0, 1.1]",
        "team_key_transaction" => "key transactions are not recorded yet",
        "timestamp.to_hour" | "timestamp.to_day" => {
            "times are not cut to hours and days here: ask for a chart over time"
        }
        "error.fixability" | "issue.fixability" | "issue.seer_actionability" => "issues are not rated here",
        _ => return None,
    })
}

pub(crate) fn resolve(key: &Key, span: Span) -> Result<Target, ParseError> {
    let target = target(key, span)?;
    match &target {
        Target::Field(Field::Tag(name) | Field::Number(name)) | Target::Attribute(name)
            if name.chars().count() > MAX_NAME =>
        {
            let message = format!("the name of a field or tag has at most {MAX_NAME} characters");
            Err(ParseError::new(span, message))
        }
        _ => Ok(target),
    }
}

fn target(key: &Key, span: Span) -> Result<Target, ParseError> {
    Ok(match key {
        Key::Tag(name) => Target::Field(tag_field(name)),
        Key::Number(name) => Target::Field(Field::Number(name.clone())),
        Key::Flag(name) => {
            let message =
                "feature flags are not indexed yet: a flag that is also sent as a tag can be searched by that";
            return Err(ParseError::new(span, message).suggest(Some(format!("tags[{name}]"))));
        }
        Key::Plain(name) => match refusal(name) {
            Some(message) => return Err(ParseError::new(span, message)),
            None => plain(name),
        },
        Key::Function(written) => {
            return Err(ParseError::new(
                span,
                format!("{written} is a function, where a field is wanted"),
            ));
        }
    })
}

fn tag_field(name: &str) -> Field {
    Known::of_tag(name).map_or_else(|| Field::Tag(name.to_owned()), Field::Known)
}

fn plain(name: &str) -> Target {
    if let Some(known) = Known::from_name(name) {
        return Target::Field(Field::Known(known));
    }
    if is_measurement(name) {
        return Target::Field(Field::Number(name.to_owned()));
    }
    match name {
        "error.unhandled" => Target::Unhandled,
        "user.display" => Target::UserDisplay,
        "release.package" => Target::Release(ReleasePart::Package),
        "release.version" => Target::Release(ReleasePart::Version),
        "release.build" => Target::Release(ReleasePart::Build),
        _ => match name.strip_prefix("sentry.").map(attribute_of_sdks) {
            Some(Some(target)) => target,
            _ => Target::Attribute(name.to_owned()),
        },
    }
}

/// What SDKs attach to spans and logs as `sentry.…` and is kept under another name.
fn attribute_of_sdks(name: &str) -> Option<Target> {
    let known = match name {
        "environment" | "release" | "dist" | "platform" | "transaction" | "sdk.name" | "sdk.version" | "replay_id"
        | "replay.id" | "profile_id" | "user" | "user.id" | "user.email" | "user.username" | "user.ip"
        | "segment.id" | "severity_number" | "is_segment" => Known::from_name(name)?,
        "segment.name" => Known::Transaction,
        "segment_id" => Known::Segment,
        "severity_text" => Known::Level,
        "status_code" => Known::HttpStatus,
        "user.geo.country_code" => Known::GeoCountry,
        "op" => Known::Op,
        "status" => Known::Status,
        "description" => Known::Description,
        "group" => Known::SpanGroup,
        "category" => Known::SpanCategory,
        "action" => Known::SpanAction,
        "domain" => Known::SpanDomain,
        "exclusive_time" => Known::SelfTime,
        _ => {
            let name = match name {
                "origin" | "message.template" => name.to_owned(),
                "kind" | "system" => format!("span.{name}"),
                "payload_size_bytes" => "payload_size".to_owned(),
                _ if name.starts_with("message.parameter.") => name.to_owned(),
                _ => return None,
            };
            return Some(Target::Attribute(name));
        }
    };
    Some(Target::Field(Field::Known(known)))
}

/// Numbers of transactions under their whole name: `measurements.lcp`, `spans.db`.
pub(crate) fn is_measurement(name: &str) -> bool {
    ["measurements.", "spans."]
        .iter()
        .any(|prefix| name.len() > prefix.len() && name.starts_with(prefix))
}

/// Whether senders attach numbers to what these hold.
pub(crate) fn have_numbers(datasets: &[Dataset]) -> bool {
    datasets
        .iter()
        .any(|dataset| matches!(dataset, Dataset::Transactions | Dataset::Spans | Dataset::Logs))
}

/// All names by which fields are asked.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let known = Known::ALL
        .iter()
        .flat_map(|known| std::iter::once(known.name()).chain(known.aliases().iter().copied()));
    known.chain(COMPUTED.iter().copied())
}

/// The known key that this one nearly is.
pub(crate) fn similar(name: &str) -> Option<&'static str> {
    nearest(name, names()).filter(|similar| *similar != name)
}
