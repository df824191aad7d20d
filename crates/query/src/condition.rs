use model::Timestamp;

use crate::{Aggregate, Field, ReleaseTest};

/// Conditions put together. `And` and `Or` of nothing do not occur but for `Expr::all()`.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr<T> {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Term(T),
}

impl<T> Expr<T> {
    /// What everything matches.
    pub fn all() -> Self {
        Self::And(Vec::new())
    }

    pub fn is_all(&self) -> bool {
        matches!(self, Self::And(terms) if terms.is_empty())
    }

    /// All of them. What is nested without need is not: one of one is itself, an `And` in an `And` is taken apart.
    pub fn and(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        single(flat).unwrap_or_else(Self::And)
    }

    /// One of them; `parts` is not empty.
    pub fn or(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        single(flat).unwrap_or_else(Self::Or)
    }

    pub fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Puts something in the place of every term.
    pub fn map<U>(self, with: &mut impl FnMut(T) -> Expr<U>) -> Expr<U> {
        let mapped: Result<Expr<U>, std::convert::Infallible> = self.try_map(&mut |term| Ok(with(term)));
        match mapped {
            Ok(expr) => expr,
            Err(never) => match never {},
        }
    }

    /// As [`Expr::map`]; the first error ends it.
    pub fn try_map<U, E>(self, with: &mut impl FnMut(T) -> Result<Expr<U>, E>) -> Result<Expr<U>, E> {
        let mut all = |parts: Vec<Self>| -> Result<Vec<Expr<U>>, E> {
            parts.into_iter().map(|part| part.try_map(with)).collect()
        };
        Ok(match self {
            Self::And(parts) => Expr::and(all(parts)?),
            Self::Or(parts) => Expr::or(all(parts)?),
            Self::Not(part) => part.try_map(with)?.negate(),
            Self::Term(term) => with(term)?,
        })
    }

    /// Every term, however deep.
    pub fn terms(&self) -> Vec<&T> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::terms).collect(),
            Self::Not(part) => part.terms(),
            Self::Term(term) => vec![term],
        }
    }
}

/// The only one of a list, or the list.
fn single<T>(mut list: Vec<T>) -> Result<T, Vec<T>> {
    match list.pop() {
        Some(only) if list.is_empty() => Ok(only),
        Some(last) => {
            list.push(last);
            Err(list)
        }
        None => Err(list),
    }
}

/// What an event must have.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    Field {
        field: Field,
        test: Test,
    },
    /// Words without a key: all of them, or as a phrase, in title, message, exceptions, frames or breadcrumbs.
    Text(FreeText),
}

/// A test of one field. An event without the field passes none of them (so it passes each that is negated).
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `has:key`
    Present,
    /// Equals one of these texts. Flags are `1` and `0` here, event ids 32 digits, projects and issues their numbers.
    Any(Vec<Pattern>),
    /// Of numbers and durations (in milliseconds). Parsed searches have `Not` of `Equal` instead of `NotEqual`.
    Number(Comparison, f64),
    /// Of times.
    Time(Comparison, Timestamp),
    /// Of a part of `Known::Release`: whether it holds is decided for each release that there is.
    Release(ReleaseTest),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

impl Comparison {
    pub fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::GreaterOrEqual => left >= right,
            Self::Greater => left > right,
        }
    }

    /// As it is written in front of a value.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">",
        }
    }

    /// The one that holds where this one does not.
    pub fn inverse(self) -> Self {
        match self {
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::GreaterOrEqual => Self::Less,
            Self::Greater => Self::LessOrEqual,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// Compared with case, as stored.
    Exact(String),
    /// Parts between `*`: `["a", ""]` is `a*`, `["", "b", ""]` is `*b*`. Compared without case.
    Wildcard(Vec<String>),
}

impl Pattern {
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == text,
            Self::Wildcard(parts) => matches_parts(parts, &lowered(text)),
        }
    }
}

/// Letter by letter, so that it does not depend on what stands around.
fn lowered(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The first part is how `text` begins, the last how it ends, those between follow one another.
fn matches_parts(parts: &[String], text: &str) -> bool {
    let [first, between @ .., last] = parts else {
        return parts.first().is_some_and(|only| lowered(only) == text);
    };
    let Some(mut rest) = text.strip_prefix(lowered(first).as_str()) else {
        return false;
    };
    for part in between {
        let part = lowered(part);
        match rest.find(&part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(lowered(last).as_str())
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FreeText {
    /// As typed; words are split by the store, all must occur. A word may end in `*`.
    Words(String),
    /// `"in quotes"`: next to each other.
    Phrase(String),
}

/// A search of events as data: which rows, and which groups of them.
#[derive(Debug, Clone, PartialEq)]
pub struct EventQuery {
    pub filter: Expr<Condition>,
    /// `count():>10`: what must hold for a group; all of them.
    pub having: Vec<Having>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Having {
    pub aggregate: Aggregate,
    pub comparison: Comparison,
    /// Durations in milliseconds, rates as shares (5 % is 0.05), times in milliseconds since 1970.
    pub value: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_the_whole_text_or_its_parts_in_order() {
        let check = |pattern: &str, holds: &[&str], fails: &[&str]| {
            let pattern = if pattern.contains('*') {
                Pattern::Wildcard(pattern.split('*').map(str::to_owned).collect())
            } else {
                Pattern::Exact(pattern.to_owned())
            };
            for text in holds {
                assert!(pattern.matches(text), "{pattern:?} {text}");
            }
            for text in fails {
                assert!(!pattern.matches(text), "{pattern:?} {text}");
            }
        };
        check("Ab", &["Ab"], &["ab", "Abc", ""]);
        check("Ab*", &["ab", "ABC"], &["xab", "a"]);
        check("*ab", &["ab", "xAB"], &["abc"]);
        check("a*a", &["aa", "aba", "AxA"], &["a", "ab"]);
        check("*b*c*", &["abcd", "bc"], &["acb"]);
        check("a*b*b", &["abb", "abxb"], &["ab"]);
        check("*ÄÖ*", &["xäöx"], &["äxö"]);
    }

    #[test]
    fn expressions_stay_flat() {
        let term = |number: i32| Expr::Term(number);
        assert_eq!(Expr::and(vec![term(1)]), term(1));
        assert_eq!(
            Expr::and(vec![Expr::And(vec![term(1), term(2)]), term(3)]),
            Expr::And(vec![term(1), term(2), term(3)])
        );
        assert_eq!(
            Expr::or(vec![Expr::Or(vec![term(1), term(2)])]),
            Expr::Or(vec![term(1), term(2)])
        );
        assert_eq!(term(1).negate().negate(), term(1));
        let doubled =
            Expr::Or(vec![term(1), term(2).negate()]).map(&mut |number| Expr::And(vec![term(number), term(-number)]));
        assert_eq!(
            doubled,
            Expr::Or(vec![
                Expr::And(vec![term(1), term(-1)]),
                Expr::And(vec![term(2), term(-2)]).negate()
            ])
        );
        assert_eq!(doubled.terms(), [&1, &-1, &2, &-2]);
        assert!(Expr::<i32>::and(Vec::new()).is_all());
    }

    #[test]
    fn an_inverse_holds_where_the_comparison_does_not() {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        for comparison in [Less, LessOrEqual, Equal, NotEqual, GreaterOrEqual, Greater] {
            for right in [1, 2, 3] {
                assert_ne!(
                    comparison.holds(2, right),
                    comparison.inverse().holds(2, right),
                    "{comparison:?}"
                );
            }
        }
    }
}
