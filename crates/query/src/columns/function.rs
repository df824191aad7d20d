//! The functions over events.

use crate::{
    Aggregate, Comparison, Condition, Expr, Field, Kind, Known, ParseError, Pattern, Test,
    error::{Span, nearest},
    search::{
        Filter, Piece,
        events::{self, EventContext},
        key::Key,
        literal,
        meaning::condition_of,
    },
};

use super::{Argument, arguments};

/// Each function with what it takes and what it is, for messages and completion.
pub(crate) const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("any", "(field)", "some value of the field"),
    (
        "apdex",
        "(threshold)",
        "how content users are with the duration, from 0 to 1",
    ),
    ("avg", "(field)", "the average"),
    ("count", "()", "how many events"),
    (
        "count_if",
        "(field,operator,value)",
        "how many events of which this holds",
    ),
    (
        "count_miserable",
        "(user,threshold)",
        "users who waited more than four times the threshold",
    ),
    ("count_unique", "(field)", "how many different values"),
    (
        "count_web_vitals",
        "(measurement,quality)",
        "events whose measurement is good, meh or poor",
    ),
    ("epm", "()", "events a minute"),
    ("eps", "()", "events a second"),
    ("failure_count", "()", "transactions that failed"),
    ("failure_rate", "()", "the share of transactions that failed"),
    ("first_seen", "()", "when the first event was"),
    ("last_seen", "()", "when the last event was"),
    ("latest_event", "()", "the id of the last event"),
    ("max", "(field)", "the greatest value"),
    ("median", "(field)", "the 50th percentile"),
    ("min", "(field)", "the least value"),
    ("p50", "(field)", "the 50th percentile"),
    ("p75", "(field)", "the 75th percentile"),
    ("p90", "(field)", "the 90th percentile"),
    ("p95", "(field)", "the 95th percentile"),
    ("p99", "(field)", "the 99th percentile"),
    ("p100", "(field)", "the greatest value"),
    (
        "percentile",
        "(field,rank)",
        "any percentile, by a rank between 0 and 1",
    ),
    ("spm", "()", "spans a minute"),
    ("sum", "(field)", "the sum"),
    ("tpm", "()", "transactions a minute"),
    ("tps", "()", "transactions a second"),
    (
        "user_misery",
        "(threshold)",
        "how many users waited too long, from 0 to 1",
    ),
];

/// The threshold in milliseconds where none is given.
const THRESHOLD: f64 = 300.0;

pub(crate) fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|(function, ..)| *function == name)
}

/// Whether the name alone, without parentheses, is enough.
pub(super) fn needs_no_argument(name: &str) -> bool {
    let has_default = percentile_rank(name).is_some() || matches!(name, "apdex" | "user_misery");
    has_default
        || FUNCTIONS
            .iter()
            .any(|(function, takes, _)| *function == name && *takes == "()")
}

fn percentile_rank(name: &str) -> Option<f64> {
    Some(match name {
        "p50" | "median" => 0.5,
        "p75" => 0.75,
        "p90" => 0.9,
        "p95" => 0.95,
        "p99" => 0.99,
        "p100" => 1.0,
        _ => return None,
    })
}

/// `name(argument, …)`, and nothing else.
pub(super) fn parse(text: &str, cx: &EventContext) -> Result<Aggregate, ParseError> {
    let chars: Vec<char> = text.chars().collect();
    let open = chars.iter().position(|c| *c == '(').unwrap_or(chars.len());
    let name: String = chars[..open].iter().collect();
    let name_span = Span::new(0, open);
    let Some((_, takes, _)) = FUNCTIONS.iter().find(|(function, ..)| *function == name) else {
        let similar = nearest(&name, FUNCTIONS.iter().map(|(function, ..)| *function));
        return Err(ParseError::new(name_span, format!("there is no function {name:?}")).suggest(similar));
    };
    let call = Call {
        arguments: if open == chars.len() {
            Vec::new()
        } else {
            arguments(&chars, open)?
        },
        name: &name,
        takes,
        span: Span::new(0, chars.len()),
    };
    call.aggregate(cx)
}

struct Call<'a> {
    name: &'a str,
    takes: &'a str,
    arguments: Vec<Argument>,
    span: Span,
}

impl Call<'_> {
    fn aggregate(&self, cx: &EventContext) -> Result<Aggregate, ParseError> {
        if let Some(rank) = percentile_rank(self.name) {
            return match self.arguments.as_slice() {
                [] => Ok(Aggregate::Percentile(Field::Known(Known::Duration), rank)),
                [field] => Ok(Aggregate::Percentile(self.numeric(field)?, rank)),
                _ => Err(self.wrong_arguments()),
            };
        }
        match (self.name, self.arguments.as_slice()) {
            ("count", []) => Ok(Aggregate::Count),
            ("count", [field]) => Ok(Aggregate::CountIf(Box::new(Expr::Term(Condition::Field {
                field: field.field(|name| Field::Number(name.to_owned()))?,
                test: Test::Present,
            })))),
            ("count_unique", [field]) => Ok(Aggregate::CountUnique(text_field(field)?)),
            ("any", [field]) => Ok(Aggregate::Any(text_field(field)?)),
            ("percentile", [field, rank]) => Ok(Aggregate::Percentile(self.numeric(field)?, self::rank(rank)?)),
            ("avg", [field]) => Ok(Aggregate::Average(self.numeric(field)?)),
            ("sum", [field]) => Ok(Aggregate::Sum(self.numeric(field)?)),
            ("min", [field]) => Ok(Aggregate::Min(self.ordered(field)?)),
            ("max", [field]) => Ok(Aggregate::Max(self.ordered(field)?)),
            ("last_seen", []) => Ok(Aggregate::LastSeen),
            ("first_seen", []) => Ok(Aggregate::FirstSeen),
            ("latest_event", []) => Ok(Aggregate::LatestEvent),
            ("epm" | "tpm" | "spm", []) => Ok(Aggregate::PerMinute),
            ("eps" | "tps", []) => Ok(Aggregate::PerSecond),
            ("failure_rate", []) => Ok(Aggregate::FailureRate),
            ("failure_count", []) => Ok(Aggregate::CountIf(Box::new(failed()))),
            ("apdex", threshold) => Ok(Aggregate::Apdex(self.threshold(threshold, Known::Duration)?)),
            ("user_misery", threshold) => Ok(Aggregate::UserMisery(self.threshold(threshold, Known::Duration)?)),
            ("count_miserable", [who, threshold @ ..]) if text_field(who)? == Field::Known(Known::User) => {
                Ok(Aggregate::CountMiserable(self.threshold(threshold, Known::User)?))
            }
            ("count_miserable", [who, ..]) => {
                Err(ParseError::new(who.span, "only a user can be miserable: write user"))
            }
            ("count_if", [search]) if search.quoted => {
                let query = events::parse(&search.text, cx);
                // Quotes and backslashes in it move its characters: the whole argument is shown.
                let query =
                    query.map_err(|error| ParseError::new(search.span, error.message).suggest(error.suggestion))?;
                match query.having.first() {
                    Some(_) => Err(ParseError::new(search.span, "functions cannot be nested")),
                    None => Ok(Aggregate::CountIf(Box::new(query.filter))),
                }
            }
            ("count_if", [field, operator, value]) => {
                Ok(Aggregate::CountIf(Box::new(count_if(field, operator, value, cx)?)))
            }
            ("count_web_vitals", [measurement, quality]) => {
                Ok(Aggregate::CountIf(Box::new(web_vital(measurement, quality)?)))
            }
            _ => Err(self.wrong_arguments()),
        }
    }

    fn wrong_arguments(&self) -> ParseError {
        let message = match self.takes {
            "()" => format!("{}() takes no arguments", self.name),
            takes => format!("write {}{takes}", self.name),
        };
        ParseError::new(self.span, message)
    }

    fn numeric(&self, argument: &Argument) -> Result<Field, ParseError> {
        let field = number_field(argument)?;
        match field.kind() {
            Kind::Number | Kind::Duration => Ok(field),
            _ => Err(self.no_number(argument, &field)),
        }
    }

    /// Numbers and times.
    fn ordered(&self, argument: &Argument) -> Result<Field, ParseError> {
        let field = number_field(argument)?;
        match field.kind() {
            Kind::Number | Kind::Duration | Kind::Time => Ok(field),
            _ => Err(self.no_number(argument, &field)),
        }
    }

    fn no_number(&self, argument: &Argument, field: &Field) -> ParseError {
        let message = format!("{} wants a field of numbers, and {} is none", self.name, argument.text);
        let suggestion = match field {
            Field::Tag(name) => Some(format!("tags[{name},number]")),
            _ => None,
        };
        ParseError::new(argument.span, message).suggest(suggestion)
    }

    /// `300`, or the field that is measured anyway and `300`.
    fn threshold(&self, arguments: &[Argument], about: Known) -> Result<f64, ParseError> {
        let threshold = match arguments {
            [] => return Ok(THRESHOLD),
            [threshold] => threshold,
            [field, threshold] if about == Known::Duration => {
                if self.numeric(field)? != Field::Known(Known::Duration) {
                    return Err(ParseError::new(
                        field.span,
                        "only the duration is measured here: write transaction.duration",
                    ));
                }
                threshold
            }
            _ => return Err(self.wrong_arguments()),
        };
        let millis = literal::duration(&threshold.text).filter(|millis| *millis >= 0.0);
        millis.ok_or_else(|| {
            let message = format!("{:?} is no threshold: write milliseconds, as 300", threshold.text);
            ParseError::new(threshold.span, message)
        })
    }
}

fn text_field(argument: &Argument) -> Result<Field, ParseError> {
    argument.field(|name| Field::Tag(name.to_owned()))
}

pub(super) fn number_field(argument: &Argument) -> Result<Field, ParseError> {
    argument.field(|name| Field::Number(name.to_owned()))
}

fn rank(argument: &Argument) -> Result<f64, ParseError> {
    let rank = literal::number(&argument.text).filter(|rank| (0.0..=1.0).contains(rank));
    rank.ok_or_else(|| {
        let message = format!(
            "{:?} is no rank: write a number between 0 and 1, as 0.95",
            argument.text
        );
        ParseError::new(argument.span, message)
    })
}

/// As `failure_rate()` counts: a status that is there and none of these.
pub(super) fn failed() -> Expr<Condition> {
    let status = |test| {
        Expr::Term(Condition::Field {
            field: Field::Known(Known::Status),
            test,
        })
    };
    let fine = ["ok", "cancelled", "unknown"].map(|name| Pattern::Exact(name.to_owned()));
    Expr::And(vec![status(Test::Present), status(Test::Any(fine.into())).negate()])
}

const OPERATORS: [(&str, Comparison); 6] = [
    ("equals", Comparison::Equal),
    ("notEquals", Comparison::NotEqual),
    ("less", Comparison::Less),
    ("greater", Comparison::Greater),
    ("lessOrEquals", Comparison::LessOrEqual),
    ("greaterOrEquals", Comparison::GreaterOrEqual),
];

fn count_if(
    field: &Argument,
    operator: &Argument,
    value: &Argument,
    cx: &EventContext,
) -> Result<Expr<Condition>, ParseError> {
    let found = OPERATORS.iter().find(|(name, _)| *name == operator.text);
    let Some((_, comparison)) = found else {
        let names = OPERATORS.map(|(name, _)| name);
        let message = format!("{:?} compares nothing: there are {}", operator.text, names.join(", "));
        return Err(ParseError::new(operator.span, message).suggest(nearest(&operator.text, names)));
    };
    // The field by itself first, so that an error is about the argument.
    text_field(field)?;
    let key = if field.quoted {
        Some(Key::Plain(field.text.clone()))
    } else {
        Key::parse(&field.text)
    };
    let filter = Filter {
        span: Span::new(field.span.start, value.span.end),
        key: key.unwrap_or_else(|| Key::Plain(field.text.clone())),
        key_span: field.span,
        comparison: Some(*comparison),
        values: vec![Piece {
            span: value.span,
            // Compared as a text where texts are, and without wildcards.
            quoted: value.quoted,
            parts: vec![value.text.clone()],
        }],
        is_list: false,
        value_span: Span::new(value.span.start, value.span.end),
    };
    condition_of(&filter, cx)
}

/// Where a measurement is no longer good, and where it is poor.
pub(super) const WEB_VITALS: [(&str, f64, f64); 5] = [
    ("measurements.lcp", 2_500.0, 4_000.0),
    ("measurements.fcp", 1_000.0, 3_000.0),
    ("measurements.fp", 1_000.0, 3_000.0),
    ("measurements.fid", 100.0, 300.0),
    ("measurements.cls", 0.1, 0.25),
];

fn web_vital(measurement: &Argument, quality: &Argument) -> Result<Expr<Condition>, ParseError> {
    let Some((name, meh, poor)) = WEB_VITALS.iter().find(|(name, ..)| *name == measurement.text) else {
        let names = WEB_VITALS.map(|(name, ..)| name);
        let message = format!("only these are rated: {}", names.join(", "));
        return Err(ParseError::new(measurement.span, message).suggest(nearest(&measurement.text, names)));
    };
    let bound = |comparison, value: &f64| {
        Expr::Term(Condition::Field {
            field: Field::Number((*name).to_owned()),
            test: Test::Number(comparison, *value),
        })
    };
    match quality.text.as_str() {
        "good" => Ok(bound(Comparison::Less, meh)),
        "meh" => Ok(Expr::And(vec![
            bound(Comparison::GreaterOrEqual, meh),
            bound(Comparison::Less, poor),
        ])),
        "poor" => Ok(bound(Comparison::GreaterOrEqual, poor)),
        "any" => Ok(bound(Comparison::GreaterOrEqual, &0.0)),
        other => {
            let names = ["good", "meh", "poor", "any"];
            let message = format!("{other:?} is no rating: there are {}", names.join(", "));
            Err(ParseError::new(quality.span, message).suggest(nearest(other, names)))
        }
    }
}
