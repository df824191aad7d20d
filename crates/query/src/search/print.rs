//! Writes searches down again, in one way: reading that gives the same search.

use std::fmt;

use model::{IssueStatus, Substatus};

use crate::{Comparison, Condition, EventQuery, Expr, Field, FreeText, Having, Known, Pattern, ReleaseTest, Test};

use super::{
    issues::{Assignee, IssueCondition, IssueTerm, PlanTerm},
    key::is_key_char,
};

impl<T: fmt::Display> fmt::Display for Expr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Term(term) => term.fmt(f),
            Self::Not(inner) => match &**inner {
                // `#` asks for something that a `!` can stand in front of.
                Self::Term(term) => write!(f, "!{term:#}"),
                group => write!(f, "!({group})"),
            },
            Self::And(parts) => parts.iter().enumerate().try_for_each(|(place, part)| match part {
                Self::And(_) | Self::Or(_) if place == 0 => write!(f, "({part})"),
                // Behind words, a parenthesis would be one of theirs.
                Self::And(_) | Self::Or(_) => write!(f, " AND ({part})"),
                Self::Not(inner) if place > 0 && !matches!(**inner, Self::Term(_)) => write!(f, " AND {part}"),
                _ => write!(f, "{}{part}", if place == 0 { "" } else { " " }),
            }),
            Self::Or(parts) => parts.iter().enumerate().try_for_each(|(place, part)| {
                f.write_str(if place == 0 { "" } else { " OR " })?;
                match part {
                    Self::Or(_) => write!(f, "({part})"),
                    _ => part.fmt(f),
                }
            }),
        }
    }
}

impl fmt::Display for FreeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) if f.alternate() && words.contains(char::is_whitespace) => write!(f, "({words})"),
            Self::Words(words) => f.write_str(words),
            Self::Phrase(phrase) => write!(f, "\"{}\"", escaped(phrase, false)),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(f),
            Self::Field { field, test } => match test {
                Test::Present => write!(f, "has:{}", key(field)),
                Test::Any(patterns) => write!(f, "{}:{}", key(field), values(patterns)),
                Test::Number(comparison, number) => write!(f, "{}:{}{number}", key(field), sign(*comparison)),
                Test::Time(comparison, time) => write!(f, "{}:{}{time}", key(field), sign(*comparison)),
                Test::Release(test) => test.fmt(f),
            },
        }
    }
}

impl fmt::Display for ReleaseTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package(patterns) => write!(f, "release.package:{}", values(patterns)),
            Self::Version(patterns) => write!(f, "release.version:{}", values(patterns)),
            Self::VersionOrder(comparison, version) => {
                write!(
                    f,
                    "release.version:{}{}",
                    sign(*comparison),
                    escaped_value(version.as_str())
                )
            }
            Self::Build(patterns) => write!(f, "release.build:{}", values(patterns)),
            Self::BuildOrder(comparison, build) => write!(f, "release.build:{}{build}", sign(*comparison)),
        }
    }
}

impl fmt::Display for EventQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.filter {
            // Filters of groups are joined by AND only.
            Expr::Or(_) if !self.having.is_empty() => write!(f, "({})", self.filter)?,
            filter => filter.fmt(f)?,
        }
        self.having.iter().enumerate().try_for_each(|(place, having)| {
            let space = if place == 0 && self.filter.is_all() { "" } else { " " };
            write!(f, "{space}{having}")
        })
    }
}

impl fmt::Display for Having {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.aggregate, self.comparison.sign())?;
        if crate::columns::type_of_aggregate(&self.aggregate) == crate::columns::ValueType::Date {
            #[expect(clippy::cast_possible_truncation, reason = "made of whole milliseconds")]
            let micros = (self.value as i64).saturating_mul(1_000);
            return write!(f, "{}", model::Timestamp(micros));
        }
        write!(f, "{}", self.value)
    }
}

impl fmt::Display for IssueTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issue(condition) => condition.fmt(f),
            Self::Event(condition) => condition.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// For messages and tests.
impl fmt::Display for PlanTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issue(condition) => condition.fmt(f),
            Self::Events(conditions) => write!(f, "event({conditions})"),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl fmt::Display for IssueCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(IssueStatus::Ignored) => f.write_str("is:archived"),
            Self::Status(status) => write!(f, "is:{}", status.name()),
            Self::Substatus(substatus) => write!(f, "is:{}", Substatus::name(*substatus)),
            Self::Assigned => f.write_str("is:assigned"),
            Self::AssignedTo(who) => write!(f, "assigned:{}", assignees(who)),
            Self::AssignedOrSuggested(who) => write!(f, "assigned_or_suggested:{}", assignees(who)),
            Self::ForReview(_) => f.write_str("is:for_review"),
            Self::Linked => f.write_str("is:linked"),
            Self::Bookmarked(who) => write!(f, "bookmarks:{}", assignees(who)),
            Self::Subscribed(who) => write!(f, "subscribed:{}", assignees(who)),
            Self::Level(levels) => write!(f, "level:{}", list(levels.iter().map(|level| level.name().to_owned()))),
            Self::Priority(priorities) => {
                let names = priorities.iter().map(|priority| priority.name().to_owned());
                write!(f, "issue.priority:{}", list(names))
            }
            Self::Type(patterns) => write!(f, "issue.type:{}", values(patterns)),
            Self::Category(patterns) => write!(f, "issue.category:{}", values(patterns)),
            Self::Name(names) => write!(f, "issue:{}", list(names.iter().map(|name| escaped_value(name)))),
            Self::Project(patterns) => write!(f, "project:{}", values(patterns)),
            Self::FirstSeen(comparison, time) => write!(f, "first_seen:{}{time}", sign(*comparison)),
            Self::LastSeen(comparison, time) => write!(f, "last_seen:{}{time}", sign(*comparison)),
            Self::TimesSeen(comparison, number) => write!(f, "times_seen:{}{number}", sign(*comparison)),
            Self::UsersSeen(comparison, number) => write!(f, "users_seen:{}{number}", sign(*comparison)),
            Self::FirstRelease(patterns) => write!(f, "first_release:{}", values(patterns)),
            Self::HasFirstRelease => f.write_str("has:first_release"),
        }
    }
}

fn assignees(who: &[Assignee]) -> String {
    list(who.iter().map(|who| match who {
        Assignee::Me => "me".to_owned(),
        Assignee::MyTeams => "my_teams".to_owned(),
        Assignee::Nobody => "none".to_owned(),
        Assignee::User(name) => escaped_value(name),
        Assignee::Team(slug) => escaped_value(&format!("#{slug}")),
    }))
}

/// Nothing where the value alone says the same.
fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "",
        other => other.sign(),
    }
}

/// A field as a key, whatever else has that name.
pub(crate) fn key(field: &Field) -> String {
    let bracketed = |name: &str, kind: &str| {
        if name.chars().all(|c| is_key_char(c) || matches!(c, ':' | '/')) {
            format!("tags[{name}{kind}]")
        } else {
            format!("tags[\"{}\"{kind}]", escaped(name, true))
        }
    };
    match field {
        Field::Known(Known::Project) => "project".to_owned(),
        Field::Known(known) => known.name().to_owned(),
        Field::Tag(name) => bracketed(name, ""),
        Field::Number(name) if super::key::is_measurement(name) && name.chars().all(is_key_char) => name.clone(),
        Field::Number(name) => bracketed(name, ",number"),
    }
}

fn values(patterns: &[Pattern]) -> String {
    list(patterns.iter().map(|pattern| match pattern {
        Pattern::Exact(text) => escaped_value(text),
        Pattern::Wildcard(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| escaped(part, true)).collect();
            in_quotes_if_needed(parts.join("*"))
        }
    }))
}

fn list(values: impl Iterator<Item = String>) -> String {
    let values: Vec<String> = values.collect();
    match values.as_slice() {
        [only] => only.clone(),
        _ => format!("[{}]", values.join(", ")),
    }
}

/// A text as the value of a filter, in quotes where it needs them.
pub(crate) fn escaped_value(text: &str) -> String {
    in_quotes_if_needed(escaped(text, true))
}

/// `stars` where they would be wildcards.
pub(crate) fn escaped(text: &str, stars: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '"') || stars && c == '*' {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn in_quotes_if_needed(escaped: String) -> String {
    let plain = |c: char| {
        c.is_alphanumeric()
            || matches!(
                c,
                '_' | '-' | '.' | '/' | '@' | ':' | '#' | '+' | '*' | '\\' | '%' | '$' | '&' | '?' | '~' | ';'
            )
    };
    let begins_plain = escaped.starts_with(|c: char| plain(c) && c != ':' && c != '/');
    if begins_plain && escaped.chars().all(plain) {
        escaped
    } else {
        format!("\"{escaped}\"")
    }
}
