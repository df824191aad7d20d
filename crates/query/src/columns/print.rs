//! Writes columns down again, in one way: reading that gives the same column.

use std::fmt;

use crate::{
    Aggregate, Column, Comparison, Condition, Equation, Expr, Field, Operator, Pattern, Test,
    search::{escaped, escaped_value, key},
};

use super::function::failed;

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(&key(field)),
            Self::Aggregate(aggregate) => aggregate.fmt(f),
            Self::Equation(equation) => write!(f, "equation|{equation}"),
        }
    }
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => f.write_str("count()"),
            Self::CountIf(condition) if **condition == failed() => f.write_str("failure_count()"),
            Self::CountIf(condition) => match simple(condition) {
                Some(arguments) => write!(f, "count_if({arguments})"),
                None => write!(f, "count_if(\"{}\")", escaped(&condition.to_string(), false)),
            },
            Self::CountUnique(field) => write!(f, "count_unique({})", key(field)),
            Self::Percentile(field, rank) => match percentile_name(*rank) {
                Some(name) => write!(f, "{name}({})", key(field)),
                None => write!(f, "percentile({}, {rank})", key(field)),
            },
            Self::Average(field) => write!(f, "avg({})", key(field)),
            Self::Sum(field) => write!(f, "sum({})", key(field)),
            Self::Min(field) => write!(f, "min({})", key(field)),
            Self::Max(field) => write!(f, "max({})", key(field)),
            Self::Any(field) => write!(f, "any({})", key(field)),
            Self::LastSeen => f.write_str("last_seen()"),
            Self::FirstSeen => f.write_str("first_seen()"),
            Self::LatestEvent => f.write_str("latest_event()"),
            Self::PerMinute => f.write_str("epm()"),
            Self::PerSecond => f.write_str("eps()"),
            Self::FailureRate => f.write_str("failure_rate()"),
            Self::Apdex(threshold) => write!(f, "apdex({threshold})"),
            Self::UserMisery(threshold) => write!(f, "user_misery({threshold})"),
            Self::CountMiserable(threshold) => write!(f, "count_miserable(user,{threshold})"),
        }
    }
}

fn percentile_name(rank: f64) -> Option<&'static str> {
    [
        (0.5, "p50"),
        (0.75, "p75"),
        (0.9, "p90"),
        (0.95, "p95"),
        (0.99, "p99"),
        (1.0, "p100"),
    ]
    .into_iter()
    .find(|(known, _)| (rank - known).abs() < f64::EPSILON)
    .map(|(_, name)| name)
}

/// `field,operator,value`, where a condition is no more than that.
fn simple(condition: &Expr<Condition>) -> Option<String> {
    let (term, negated) = match condition {
        Expr::Not(inner) => (&**inner, true),
        other => (other, false),
    };
    let Expr::Term(Condition::Field { field, test }) = term else {
        return None;
    };
    let (operator, value) = match test {
        Test::Any(patterns) => match patterns.as_slice() {
            // What is asked of a tag in a dataset with numbers is asked of a number too.
            [Pattern::Exact(value)] if !matches!(field, Field::Tag(_)) => (Comparison::Equal, argument(value)),
            _ => return None,
        },
        Test::Number(comparison, number) => (*comparison, number.to_string()),
        Test::Present | Test::Time(..) | Test::Release(_) => return None,
    };
    let operator = match (operator, negated) {
        (Comparison::Equal, false) => "equals",
        (Comparison::Equal, true) => "notEquals",
        (Comparison::Less, false) => "less",
        (Comparison::LessOrEqual, false) => "lessOrEquals",
        (Comparison::Greater, false) => "greater",
        (Comparison::GreaterOrEqual, false) => "greaterOrEquals",
        _ => return None,
    };
    Some(format!("{},{operator},{value}", key(field)))
}

fn argument(value: &str) -> String {
    let escaped = escaped_value(value);
    // Stars are characters as any other there.
    if escaped.contains('\\') || value.is_empty() {
        format!("\"{}\"", self::escaped(value, true))
    } else {
        escaped
    }
}

impl fmt::Display for Equation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Aggregate(aggregate) => aggregate.fmt(f),
            Self::Field(field) => f.write_str(&operand_key(field)),
            Self::Calculation(left, operator, right) => {
                let (sign, own) = match operator {
                    Operator::Add => ("+", 1),
                    Operator::Subtract => ("-", 1),
                    Operator::Multiply => ("*", 2),
                    Operator::Divide => ("/", 2),
                };
                operand(f, left, precedence(left) < own)?;
                write!(f, " {sign} ")?;
                // The same calculated from the right is another equation.
                operand(f, right, precedence(right) <= own)
            }
        }
    }
}

fn operand(f: &mut fmt::Formatter<'_>, equation: &Equation, parenthesized: bool) -> fmt::Result {
    if parenthesized {
        write!(f, "({equation})")
    } else {
        write!(f, "{equation}")
    }
}

fn precedence(equation: &Equation) -> usize {
    match equation {
        Equation::Calculation(_, Operator::Add | Operator::Subtract, _) => 1,
        Equation::Calculation(_, Operator::Multiply | Operator::Divide, _) => 2,
        _ => 3,
    }
}

/// In equations a `-` is an operator.
fn operand_key(field: &Field) -> String {
    match field {
        Field::Number(name) if name.contains('-') && !key(field).contains('[') => format!("tags[{name},number]"),
        _ => key(field),
    }
}
