use std::fmt;

use model::{IssueStatus, Level};

use super::{
    Assignee, Condition, Filter, IssueQuery, Pattern,
    lexer::{LexError, Value, Word, words},
};

/// The most filters of one search: each costs the store a sub-query.
const MAX_FILTERS: usize = 50;

/// What is wrong with a search, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ParseError {
    /// In characters from 0.
    pub position: usize,
    pub message: String,
    /// What was perhaps meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {})", self.message, self.position + 1)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, ", did you mean {suggestion:?}?"),
            None => Ok(()),
        }
    }
}

/// Reads a search.
pub fn parse(text: &str) -> Result<IssueQuery, ParseError> {
    let words = words(text).map_err(|error| match error {
        LexError::UnclosedQuote(position) => failure(position, "this quote is not closed"),
        LexError::UnclosedList(position) => failure(position, "this list is not closed with ]"),
    })?;
    if let Some(word) = words.get(MAX_FILTERS) {
        return Err(failure(
            word.position,
            format!("a search may have at most {MAX_FILTERS} parts"),
        ));
    }
    let filters = words.into_iter().map(filter).collect::<Result<_, _>>()?;
    Ok(IssueQuery { filters })
}

fn failure(position: usize, message: impl Into<String>) -> ParseError {
    ParseError {
        position,
        message: message.into(),
        suggestion: None,
    }
}

fn filter(word: Word) -> Result<Filter, ParseError> {
    let negated = word.negated;
    let condition = match word.key.as_deref() {
        None => text(word),
        Some("is") => is(&word)?,
        Some("assigned" | "assigned_or_suggested" | "assignee") => Condition::AssignedTo(assignee(one(&word)?)),
        Some("level") => level(&word)?,
        Some(key) => tag(key, &word)?,
    };
    Ok(Filter { negated, condition })
}

fn text(word: Word) -> Condition {
    match word.value {
        Value::Bare(text) | Value::Quoted(text) => Condition::Text(text),
        Value::List(values) => Condition::Text(values.join(" ")),
    }
}

/// The only value of a filter that takes no list.
fn one(word: &Word) -> Result<&str, ParseError> {
    match &word.value {
        Value::Bare(text) | Value::Quoted(text) => Ok(text),
        Value::List(values) if values.len() == 1 => Ok(&values[0]),
        Value::List(_) => Err(failure(word.value_position, "this key takes one value, not a list")),
    }
}

const IS: [&str; 6] = [
    "unresolved",
    "resolved",
    "ignored",
    "archived",
    "assigned",
    "unassigned",
];

fn is(word: &Word) -> Result<Condition, ParseError> {
    let value = one(word)?;
    Ok(match value {
        "unresolved" => Condition::Status(IssueStatus::Unresolved),
        "resolved" => Condition::Status(IssueStatus::Resolved),
        "ignored" | "archived" => Condition::Status(IssueStatus::Ignored),
        "assigned" => Condition::Assigned(true),
        "unassigned" => Condition::Assigned(false),
        _ => return Err(unknown(word, value, "is", &IS)),
    })
}

const LEVELS: [&str; 5] = ["fatal", "error", "warning", "info", "debug"];

fn level(word: &Word) -> Result<Condition, ParseError> {
    let value = one(word)?;
    value
        .parse::<Level>()
        .map(Condition::Level)
        .map_err(|_| unknown(word, value, "level", &LEVELS))
}

fn assignee(value: &str) -> Assignee {
    match value {
        "me" | "[me]" => Assignee::Me,
        "none" => Assignee::Nobody,
        _ => match value.strip_prefix('#') {
            Some(team) => Assignee::Team(team.to_owned()),
            None => Assignee::User(value.to_owned()),
        },
    }
}

fn tag(key: &str, word: &Word) -> Result<Condition, ParseError> {
    let values = match &word.value {
        Value::Bare(value) => vec![Pattern::of(value.clone())],
        // Sentry's wildcards work in quotes too.
        Value::Quoted(value) => vec![Pattern::of(value.clone())],
        Value::List(values) if values.is_empty() => {
            return Err(failure(word.value_position, "this list is empty"));
        }
        Value::List(values) => values.iter().cloned().map(Pattern::of).collect(),
    };
    Ok(Condition::Tag {
        key: key.to_owned(),
        values,
    })
}

fn unknown(word: &Word, value: &str, key: &str, known: &[&str]) -> ParseError {
    let nearest = known
        .iter()
        .map(|candidate| (distance(value, candidate), candidate))
        .min();
    ParseError {
        position: word.value_position,
        message: format!("{value:?} is no value of {key}: it takes {}", known.join(", ")),
        suggestion: nearest
            .filter(|(distance, candidate)| *distance <= candidate.len() / 2)
            .map(|(_, candidate)| format!("{key}:{candidate}")),
    }
}

/// How many letters to change, add or remove (Levenshtein), for short words.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    // A longer word is far from everything known.
    for (line, a) in one.chars().take(32).enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()] + one.chars().count().saturating_sub(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_filter(text: &str) -> Filter {
        let mut query = parse(text).unwrap();
        assert_eq!(query.filters.len(), 1, "{text}");
        query.filters.remove(0)
    }

    #[test]
    fn every_kind_of_filter_is_read() {
        let tag = |key: &str, values: Vec<Pattern>| Condition::Tag {
            key: key.to_owned(),
            values,
        };
        let exact = |text: &str| Pattern::Exact(text.to_owned());
        let check = |text: &str, expected: Condition| {
            assert_eq!(
                one_filter(text),
                Filter {
                    negated: false,
                    condition: expected.clone()
                },
                "{text}"
            );
            assert_eq!(
                one_filter(&format!("!{text}")),
                Filter {
                    negated: true,
                    condition: expected
                },
                "!{text}"
            );
        };
        check("is:unresolved", Condition::Status(IssueStatus::Unresolved));
        check("is:archived", Condition::Status(IssueStatus::Ignored));
        check("is:unassigned", Condition::Assigned(false));
        check("assigned:me", Condition::AssignedTo(Assignee::Me));
        check("assigned:none", Condition::AssignedTo(Assignee::Nobody));
        check(
            "assigned:#shop",
            Condition::AssignedTo(Assignee::Team("shop".to_owned())),
        );
        check(
            "assigned:a@example.com",
            Condition::AssignedTo(Assignee::User("a@example.com".to_owned())),
        );
        check("level:fatal", Condition::Level(Level::Fatal));
        check("release:\"shop 1\"", tag("release", vec![exact("shop 1")]));
        check("release:1.*", tag("release", vec![Pattern::Wildcard("1.*".to_owned())]));
        check(
            "browser.name:[Chrome, \"Fire fox\"]",
            tag("browser.name", vec![exact("Chrome"), exact("Fire fox")]),
        );
        check("\"a \\\"b\\\" c\"", Condition::Text("a \"b\" c".to_owned()));
        check("http://x/y", Condition::Text("http://x/y".to_owned()));
        check("std::vector", Condition::Text("std::vector".to_owned()));
    }

    #[test]
    fn words_are_filters_of_their_own() {
        assert_eq!(parse("  is:resolved  ValueError: oops ").unwrap().filters.len(), 3);
        assert_eq!(parse("").unwrap(), IssueQuery::default());
        assert_eq!(
            one_filter("!"),
            Filter {
                negated: false,
                condition: Condition::Text("!".to_owned())
            }
        );
    }

    #[test]
    fn errors_point_at_the_character() {
        let check = |text: &str, position: usize, suggestion: Option<&str>| {
            let error = parse(text).unwrap_err();
            assert_eq!(
                (error.position, error.suggestion.as_deref()),
                (position, suggestion),
                "{text}: {error}"
            );
        };
        check("é is:unresolvd", 5, Some("is:unresolved"));
        check("is:zzzzzzzzzzzz", 3, None);
        check("level:erorr", 6, Some("level:error"));
        check("a \"b", 2, None);
        check("a:[b", 2, None);
        check("a:[]", 2, None);
        check("is:[resolved, ignored]", 3, None);
        check(&"x ".repeat(51), 100, None);
    }
}
