//! What a filter asks of an event.

use model::{EventId, Timestamp};

use crate::{
    Comparison, Condition, Expr, Field, Kind, Known, Pattern, ReleaseTest, Test, Version,
    error::{ParseError, Span, nearest},
};

use super::{
    events::EventContext,
    key::{Key, ReleasePart, Target, have_numbers, resolve, similar},
    literal::{self, DURATION_UNITS, TIME_FORMS, Time},
    token::{Filter, Piece},
};

type Conditions = Expr<Condition>;

/// The condition that a filter is, but for its negation.
pub(crate) fn condition_of(filter: &Filter, cx: &EventContext) -> Result<Conditions, ParseError> {
    if filter.key == Key::Plain("has".to_owned()) {
        return has(filter, cx);
    }
    match resolve(&filter.key, filter.key_span)? {
        Target::Field(field) => field_condition(field, filter, cx.now),
        Target::Attribute(name) => attribute(name, filter, cx),
        Target::Unhandled => flag(Field::Known(Known::ErrorHandled), filter, true),
        Target::UserDisplay => {
            let fields = [Known::UserEmail, Known::UserName, Known::UserId, Known::UserIp];
            each(filter, |value| {
                if value.is_empty() {
                    return Ok(present(&Field::Known(Known::User)).negate());
                }
                let only = Filter {
                    comparison: filter.comparison.filter(|sign| *sign != Comparison::NotEqual),
                    values: vec![value.clone()],
                    ..filter.clone()
                };
                let each = fields.map(|field| text(Field::Known(field), &only));
                Ok(Expr::or(each.into_iter().collect::<Result<_, _>>()?))
            })
        }
        Target::Release(part) => release(part, filter),
    }
}

fn term(field: &Field, test: Test) -> Conditions {
    Expr::Term(Condition::Field {
        field: field.clone(),
        test,
    })
}

fn present(field: &Field) -> Conditions {
    term(field, Test::Present)
}

/// `has:key`, `has:[a, b]`
fn has(filter: &Filter, cx: &EventContext) -> Result<Conditions, ParseError> {
    no_comparison(filter, "has: takes the name of a field or tag")?;
    let each = filter.values.iter().map(|value| {
        let name = value
            .plain()
            .ok_or_else(|| ParseError::new(value.span, "has: takes the whole name of a field or tag, without *"))?;
        let key = if value.quoted {
            Some(Key::Plain(name.to_owned()))
        } else {
            key_of(name)
        };
        let key = key
            .filter(|_| !name.is_empty())
            .ok_or_else(|| ParseError::new(value.span, format!("{name:?} is no name of a field or tag")))?;
        Ok(match resolve(&key, value.span)? {
            Target::Field(field) => present(&field),
            Target::Attribute(name) if have_numbers(&cx.datasets) => {
                Expr::or(vec![present(&Field::Tag(name.clone())), present(&Field::Number(name))])
            }
            Target::Attribute(name) => present(&Field::Tag(name)),
            Target::Unhandled => present(&Field::Known(Known::ErrorHandled)),
            Target::UserDisplay => present(&Field::Known(Known::User)),
            Target::Release(_) => present(&Field::Known(Known::Release)),
        })
    });
    Ok(Expr::or(each.collect::<Result<_, ParseError>>()?))
}

/// A key in the place of a value; brackets in it are closed at its end.
fn key_of(text: &str) -> Option<Key> {
    match text.find('[') {
        Some(_) if !text.ends_with(']') => None,
        None if text.contains('(') => None,
        _ => Key::parse(text),
    }
}

fn field_condition(field: Field, filter: &Filter, now: Timestamp) -> Result<Conditions, ParseError> {
    match field.kind() {
        Kind::Text | Kind::Texts => text(field, filter),
        Kind::Number => numbers(&field, filter, literal::quantity, "a number, as 5, 10k or 1.5"),
        Kind::Duration => numbers(&field, filter, literal::duration, "a duration, as 500ms, 2s or 1.5min"),
        Kind::Flag => flag(field, filter, false),
        Kind::Time => time(&field, filter, now),
        Kind::EventId => event_id(&field, filter),
        Kind::Project | Kind::Issue => names_of(&field, filter),
    }
}

/// The values of a filter: what they ask for one by one, and whether `!=` stands in front.
fn each(
    filter: &Filter,
    mut one: impl FnMut(&Piece) -> Result<Conditions, ParseError>,
) -> Result<Conditions, ParseError> {
    let all = filter.values.iter().map(&mut one).collect::<Result<Vec<_>, _>>()?;
    Ok(negated_if(
        filter.comparison == Some(Comparison::NotEqual),
        Expr::or(all),
    ))
}

fn negated_if(negated: bool, conditions: Conditions) -> Conditions {
    if negated { conditions.negate() } else { conditions }
}

fn no_comparison(filter: &Filter, message: &str) -> Result<(), ParseError> {
    match filter.comparison {
        None => Ok(()),
        Some(sign) => {
            let span = Span::new(filter.value_span.start, filter.value_span.start + sign.sign().len());
            Err(ParseError::new(span, message))
        }
    }
}

fn is_order(comparison: Option<Comparison>) -> bool {
    !matches!(comparison, None | Some(Comparison::Equal | Comparison::NotEqual))
}

/// The pattern that a value is; `None` for what is nothing but stars, which anything matches.
pub(crate) fn pattern(value: &Piece) -> Option<Pattern> {
    if let Some(exact) = value.plain() {
        return Some(Pattern::Exact(exact.to_owned()));
    }
    let (first, rest) = value.parts.split_first()?;
    let (last, between) = rest.split_last()?;
    // Stars in a row are one.
    let between = between.iter().filter(|part| !part.is_empty());
    let parts: Vec<String> = std::iter::once(first).chain(between).chain([last]).cloned().collect();
    (parts.iter().any(|part| !part.is_empty())).then_some(Pattern::Wildcard(parts))
}

/// One of several patterns; an empty value stands for a field that is not there, stars for one that is.
fn patterns(
    filter: &Filter,
    field: &Field,
    mut read: impl FnMut(&Piece, Pattern) -> Result<Vec<Pattern>, ParseError>,
) -> Result<(Vec<Pattern>, Vec<Conditions>), ParseError> {
    let (mut patterns, mut others) = (Vec::new(), Vec::new());
    for value in &filter.values {
        if value.is_empty() {
            others.push(present(field).negate());
            continue;
        }
        match pattern(value) {
            None => others.push(present(field)),
            Some(pattern) => patterns.extend(read(value, pattern)?),
        }
    }
    Ok((patterns, others))
}

fn any_of(
    filter: &Filter,
    field: &Field,
    read: impl FnMut(&Piece, Pattern) -> Result<Vec<Pattern>, ParseError>,
) -> Result<Conditions, ParseError> {
    let (patterns, mut conditions) = patterns(filter, field, read)?;
    if !patterns.is_empty() {
        conditions.insert(0, term(field, Test::Any(patterns)));
    }
    Ok(negated_if(
        filter.comparison == Some(Comparison::NotEqual),
        Expr::or(conditions),
    ))
}

fn text(field: Field, filter: &Filter) -> Result<Conditions, ParseError> {
    let literal_sign = filter.comparison.filter(|_| is_order(filter.comparison));
    if let Some(sign) = literal_sign {
        refuse_order(&field, filter)?;
        // `<unknown>` and `<lambda>` are values.
        let mut literal = filter.clone();
        literal.comparison = None;
        if let Some(first) = literal.values.first_mut().and_then(|value| value.parts.first_mut()) {
            first.insert_str(0, sign.sign());
        }
        return text(field, &literal);
    }
    let known = match &field {
        Field::Known(known) => Some(*known),
        _ => None,
    };
    any_of(filter, &field, |value, pattern| {
        Ok(match (known, pattern) {
            (Some(Known::Level), Pattern::Exact(level)) => vec![Pattern::Exact(self::level(value, &level)?)],
            // As in Sentry: somewhere in the message.
            (Some(Known::Message), Pattern::Exact(part)) => {
                vec![Pattern::Wildcard(vec![String::new(), part, String::new()])]
            }
            (Some(Known::User), Pattern::Exact(user)) => users(user),
            (Some(Known::Trace | Known::Replay | Known::Profile), Pattern::Exact(id)) => {
                vec![Pattern::Exact(id.parse::<EventId>().map_or(id, |id| id.to_string()))]
            }
            (_, pattern) => vec![pattern],
        })
    })
}

/// Texts are neither more nor less than a number; what is no number is a text that begins with the sign.
fn refuse_order(field: &Field, filter: &Filter) -> Result<(), ParseError> {
    let is_number = |value: &Piece| value.plain().and_then(literal::quantity).is_some();
    if !filter.is_list && !filter.values.iter().all(is_number) {
        return Ok(());
    }
    let message = format!("{field} is a text: only numbers, durations and times can be compared with < and >");
    let suggestion = match field {
        Field::Known(Known::Release) => Some("release.version".to_owned()),
        Field::Tag(name) => similar(name).filter(|similar| comparable(similar)).map(str::to_owned),
        _ => None,
    };
    Err(ParseError::new(filter.key_span, message).suggest(suggestion))
}

/// Whether the field of this name can be compared.
pub(crate) fn comparable(name: &str) -> bool {
    Known::from_name(name).is_some_and(|known| matches!(known.kind(), Kind::Number | Kind::Duration | Kind::Time))
}

const LEVELS: [&str; 7] = ["fatal", "error", "warning", "info", "debug", "warn", "trace"];

fn level(value: &Piece, level: &str) -> Result<String, ParseError> {
    let lower = level.to_ascii_lowercase();
    if LEVELS.contains(&lower.as_str()) {
        return Ok(lower);
    }
    let message =
        format!("{level:?} is no level: there are fatal, error, warning, info and debug, of logs also warn and trace");
    Err(ParseError::new(value.span, message).suggest(nearest(level, LEVELS)))
}

/// The names under which a user may be known.
fn users(user: String) -> Vec<Pattern> {
    let prefixes = ["id:", "email:", "username:", "ip:"];
    if prefixes.iter().any(|prefix| user.starts_with(prefix)) {
        return vec![Pattern::Exact(user)];
    }
    prefixes.map(|prefix| Pattern::Exact(format!("{prefix}{user}"))).into()
}

fn numbers(
    field: &Field,
    filter: &Filter,
    read: fn(&str) -> Option<f64>,
    wanted: &str,
) -> Result<Conditions, ParseError> {
    each(filter, |value| {
        if value.is_empty() {
            return Ok(present(field).negate());
        }
        let read = if is_duration(field) { literal::duration } else { read };
        let number = value
            .plain()
            .and_then(read)
            .ok_or_else(|| not_a_number(field, value, wanted))?;
        let comparison = match filter.comparison {
            None | Some(Comparison::NotEqual) => Comparison::Equal,
            Some(comparison) => comparison,
        };
        Ok(term(field, Test::Number(comparison, number)))
    })
}

/// Of numbers that are kept under a name, whether they are milliseconds.
pub(crate) fn is_duration(field: &Field) -> bool {
    const MEASUREMENTS: &[&str] = &[
        "app_start_cold",
        "app_start_warm",
        "fcp",
        "fid",
        "fp",
        "inp",
        "lcp",
        "stall_longest_time",
        "stall_total_time",
        "time_to_full_display",
        "time_to_initial_display",
        "ttfb",
        "ttfb.requesttime",
    ];
    match field {
        Field::Known(known) => known.kind() == Kind::Duration,
        Field::Number(name) => match name.strip_prefix("measurements.") {
            Some(measurement) => MEASUREMENTS.contains(&measurement),
            None => name.starts_with("spans."),
        },
        Field::Tag(_) => false,
    }
}

fn not_a_number(field: &Field, value: &Piece, wanted: &str) -> ParseError {
    if value.plain().is_none() {
        let message = format!("{field} is compared as a number, which has no *");
        return ParseError::new(value.span, message);
    }
    let shown = value.shown();
    let has_unit = literal::number(shown.trim_end_matches(char::is_alphabetic)).is_some();
    if is_duration(field) && has_unit {
        let message = format!("{shown:?} has no unit of time: there are {DURATION_UNITS}");
        return ParseError::new(value.span, message).suggest(literal::nearest_duration(&shown));
    }
    ParseError::new(value.span, format!("{field} wants {wanted}, not {shown:?}"))
}

fn flag(field: Field, filter: &Filter, inverted: bool) -> Result<Conditions, ParseError> {
    if is_order(filter.comparison) {
        no_comparison(filter, "yes and no are neither more nor less: write true or false")?;
    }
    any_of(filter, &field, |value, pattern| {
        let flag = match &pattern {
            Pattern::Exact(text) => literal::flag(text),
            Pattern::Wildcard(_) => None,
        };
        let flag = flag.ok_or_else(|| {
            let message = format!("{:?} is neither true nor false", value.shown());
            ParseError::new(value.span, message).suggest(nearest(&value.shown(), ["true", "false"]))
        })?;
        let digit = if flag == inverted { "0" } else { "1" };
        Ok(vec![Pattern::Exact(digit.to_owned())])
    })
}

fn time(field: &Field, filter: &Filter, now: Timestamp) -> Result<Conditions, ParseError> {
    each(filter, |value| {
        if value.is_empty() {
            return Ok(present(field).negate());
        }
        let bounds = time_bounds(filter.comparison, value, now)?;
        let bounds = bounds
            .into_iter()
            .map(|(comparison, time)| term(field, Test::Time(comparison, time)));
        Ok(Expr::and(bounds.collect()))
    })
}

/// What a value of a time means: one bound, or the two ends of a day and the like. `!=` is that of the whole filter.
pub(crate) fn time_bounds(
    comparison: Option<Comparison>,
    value: &Piece,
    now: Timestamp,
) -> Result<Vec<(Comparison, Timestamp)>, ParseError> {
    let time = value.plain().and_then(|text| literal::time(text, now)).ok_or_else(|| {
        let message = format!("{:?} is no time: write {TIME_FORMS}", value.shown());
        ParseError::new(value.span, message)
    })?;
    Ok(match comparison {
        Some(comparison) if is_order(Some(comparison)) => vec![(comparison, time.point())],
        _ => match time {
            Time::After(point) => vec![(Comparison::GreaterOrEqual, point)],
            Time::Before(point) => vec![(Comparison::LessOrEqual, point)],
            Time::Span(start, end) => vec![(Comparison::GreaterOrEqual, start), (Comparison::Less, end)],
        },
    })
}

fn event_id(field: &Field, filter: &Filter) -> Result<Conditions, ParseError> {
    if is_order(filter.comparison) {
        no_comparison(filter, "an event id is neither more nor less than another")?;
    }
    any_of(filter, field, |value, pattern| {
        let id = match &pattern {
            Pattern::Exact(id) => id.parse::<EventId>().ok(),
            Pattern::Wildcard(_) => None,
        };
        let id =
            id.ok_or_else(|| ParseError::new(value.span, "an event id is written with all of its 32 hex digits"))?;
        Ok(vec![Pattern::Exact(id.to_string())])
    })
}

/// Projects and issues, whose names are not resolved here.
fn names_of(field: &Field, filter: &Filter) -> Result<Conditions, ParseError> {
    if is_order(filter.comparison) {
        no_comparison(
            filter,
            &format!("{field} takes names or numbers, which are neither more nor less"),
        )?;
    }
    any_of(filter, field, |value, pattern| match (field, &pattern) {
        (Field::Known(Known::Issue), Pattern::Wildcard(_)) => Err(ParseError::new(
            value.span,
            "an issue is written with its whole short id, as WEB-1A",
        )),
        _ => Ok(vec![pattern]),
    })
}

fn release(part: ReleasePart, filter: &Filter) -> Result<Conditions, ParseError> {
    let field = Field::Known(Known::Release);
    let holds = |test| term(&field, Test::Release(test));
    if !is_order(filter.comparison) {
        let (patterns, mut conditions) = patterns(filter, &field, |_, pattern| Ok(vec![pattern]))?;
        if !patterns.is_empty() {
            conditions.insert(
                0,
                holds(match part {
                    ReleasePart::Package => ReleaseTest::Package(patterns),
                    ReleasePart::Version => ReleaseTest::Version(patterns),
                    ReleasePart::Build => ReleaseTest::Build(patterns),
                }),
            );
        }
        return Ok(negated_if(
            filter.comparison == Some(Comparison::NotEqual),
            Expr::or(conditions),
        ));
    }
    let comparison = filter.comparison.unwrap_or(Comparison::Equal);
    each(filter, |value| {
        let text = value.plain().unwrap_or_default();
        let test = match part {
            ReleasePart::Package => None,
            ReleasePart::Version => Version::parse(text).map(|version| ReleaseTest::VersionOrder(comparison, version)),
            ReleasePart::Build => text
                .parse()
                .ok()
                .map(|build| ReleaseTest::BuildOrder(comparison, build)),
        };
        let message = match part {
            ReleasePart::Package => "a package is neither more nor less than another",
            ReleasePart::Version => "a version to compare with is written as 1.2 or 1.2.3-beta.1",
            ReleasePart::Build => "a build to compare with is a whole number",
        };
        test.map(holds).ok_or_else(|| ParseError::new(value.span, message))
    })
}

/// A key that nothing has by itself: a tag, and in datasets with numbers perhaps one of these.
fn attribute(name: String, filter: &Filter, cx: &EventContext) -> Result<Conditions, ParseError> {
    let tag = Field::Tag(name.clone());
    if !have_numbers(&cx.datasets) {
        return text(tag, filter);
    }
    let all_read = |read: fn(&str) -> Option<f64>| {
        let mut values = filter.values.iter();
        values.all(|value| !value.quoted && value.plain().and_then(read).is_some())
    };
    let number = Field::Number(name.clone());
    let as_numbers = |filter| numbers(&number, filter, literal::quantity, "a number");
    if is_order(filter.comparison) && all_read(literal::quantity) {
        if let Some(similar) = similar(&name).filter(|similar| comparable(similar)) {
            let message = format!("{name} is no field that is known; as a number of its own it is tags[{name},number]");
            return Err(ParseError::new(filter.key_span, message).suggest(Some(similar)));
        }
        return as_numbers(filter);
    }
    if is_order(filter.comparison) || !all_read(literal::number) {
        return text(tag, filter);
    }
    let plain = Filter {
        comparison: None,
        ..filter.clone()
    };
    let either = Expr::or(vec![text(tag, &plain)?, as_numbers(&plain)?]);
    Ok(negated_if(filter.comparison == Some(Comparison::NotEqual), either))
}
