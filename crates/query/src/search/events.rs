//! The search of events, spans and logs: conditions of rows, and of groups of them.

use model::Timestamp;

use crate::{
    Comparison, Condition, Dataset, EventQuery, Expr, FreeText, Having, ParseError,
    columns::{self, ValueType},
    error::Span,
};

use super::{
    key::{ISSUE_KEYS, Key},
    literal,
    meaning::{condition_of, time_bounds},
    token::{Filter, Piece},
    tree::{self, Term, Tree, join_words},
};

/// What decides on the meaning of a search beside its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventContext {
    /// Where is searched.
    pub datasets: Vec<Dataset>,
    /// What relative times are relative to.
    pub now: Timestamp,
}

/// Reads a search of events.
pub fn parse(text: &str, cx: &EventContext) -> Result<EventQuery, ParseError> {
    let terms = match tree::parse(text)? {
        Expr::And(terms) => terms,
        other => vec![other],
    };
    let (mut filter, mut having) = (Vec::new(), Vec::new());
    for term in terms {
        match aggregate_filter(&term) {
            Some((aggregate, negated)) => having.extend(having_of(aggregate, negated, cx)?),
            None => filter.push(conditions(term, cx)?),
        }
    }
    let filter = join_words(filter, |condition| match condition {
        Condition::Text(FreeText::Words(words)) => Some(words),
        _ => None,
    });
    Ok(EventQuery { filter, having })
}

/// A filter of groups, and whether it is negated.
fn aggregate_filter(tree: &Tree) -> Option<(&Filter, bool)> {
    let (term, negated) = match tree {
        Expr::Not(inner) => (&**inner, true),
        other => (other, false),
    };
    match term {
        Expr::Term(Term::Filter(filter)) if matches!(filter.key, Key::Function(_)) => Some((filter, negated)),
        _ => None,
    }
}

/// What rows must have.
fn conditions(tree: Tree, cx: &EventContext) -> Result<Expr<Condition>, ParseError> {
    tree.try_map(&mut |term| match term {
        Term::Text(text) => Ok(Expr::Term(Condition::Text(text))),
        Term::Filter(filter) => row_condition(&filter, cx),
    })
}

fn row_condition(filter: &Filter, cx: &EventContext) -> Result<Expr<Condition>, ParseError> {
    match &filter.key {
        Key::Function(written) => Err(ParseError::new(
            filter.span,
            format!(
                "{written} is about groups of events and cannot stand in OR, in parentheses or behind !( : write it beside them"
            ),
        )),
        Key::Plain(name) if ISSUE_KEYS.contains(&name.as_str()) => {
            let replacement = match name.as_str() {
                "firstSeen" | "first_seen" => Some("first_seen()"),
                "lastSeen" | "last_seen" => Some("last_seen()"),
                "timesSeen" | "times_seen" => Some("count()"),
                "usersSeen" | "users_seen" => Some("count_unique(user)"),
                _ => None,
            };
            let message =
                format!("{name}: asks about issues and works in the issue list; a tag of this name is tags[{name}]");
            Err(ParseError::new(filter.key_span, message).suggest(replacement))
        }
        _ => condition_of(filter, cx),
    }
}

/// `count():>10`
fn having_of(filter: &Filter, negated: bool, cx: &EventContext) -> Result<Vec<Having>, ParseError> {
    let Key::Function(written) = &filter.key else {
        return Ok(Vec::new());
    };
    let aggregate = columns::aggregate(written, cx).map_err(|error| error.moved(filter.key_span.start))?;
    let [value] = filter.values.as_slice() else {
        return Err(ParseError::new(
            filter.value_span,
            format!("{written} is compared with one value, not with a list"),
        ));
    };
    let bounds = match columns::type_of_aggregate(&aggregate) {
        ValueType::Date => moments(filter, value, cx)?,
        ValueType::String | ValueType::Array | ValueType::Boolean => {
            let message = format!("{written} is no number: groups are filtered by numbers, durations and times");
            return Err(ParseError::new(filter.key_span, message));
        }
        kind => vec![(
            filter.comparison.unwrap_or(Comparison::Equal),
            quantity(written, kind, value)?,
        )],
    };
    if negated && bounds.len() > 1 {
        let message = format!("{written} cannot be negated for a whole day: write < or >= and a time");
        return Err(ParseError::new(filter.span, message));
    }
    let having = bounds.into_iter().map(|(comparison, value)| Having {
        aggregate: aggregate.clone(),
        comparison: if negated { comparison.inverse() } else { comparison },
        value,
    });
    Ok(having.collect())
}

fn moments(filter: &Filter, value: &Piece, cx: &EventContext) -> Result<Vec<(Comparison, f64)>, ParseError> {
    if filter.comparison == Some(Comparison::NotEqual) {
        let span = Span::new(filter.value_span.start, filter.value_span.start + 2);
        return Err(ParseError::new(span, "times are compared with <, <=, > and >="));
    }
    let bounds = time_bounds(filter.comparison, value, cx.now)?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of our millennia are exact in an f64"
    )]
    let millis = |time: Timestamp| time.millis() as f64;
    Ok(bounds
        .into_iter()
        .map(|(comparison, time)| (comparison, millis(time)))
        .collect())
}

fn quantity(written: &str, kind: ValueType, value: &Piece) -> Result<f64, ParseError> {
    let (read, wanted): (fn(&str) -> Option<f64>, &str) = match kind {
        ValueType::Duration => (literal::duration, "a duration, as 500ms or 2s"),
        ValueType::Percentage => (
            |text| literal::share(text).or_else(|| literal::number(text)),
            "a share, as 5% or 0.05",
        ),
        _ => (literal::quantity, "a number, as 5 or 10k"),
    };
    value.plain().and_then(read).ok_or_else(|| {
        let shown = value.shown();
        let suggestion = if kind == ValueType::Duration {
            literal::nearest_duration(&shown)
        } else {
            None
        };
        ParseError::new(
            value.span,
            format!("{written} is compared with {wanted}, not with {shown:?}"),
        )
        .suggest(suggestion)
    })
}
