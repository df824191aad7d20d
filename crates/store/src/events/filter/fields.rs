//! Tests of one field as predicates.

use std::{collections::HashMap, ops::RangeInclusive};

use model::{EventId, ProjectId, Timestamp};
use query::{Comparison, Field, Kind, Known, Pattern, Test};
use tantivy::{
    SegmentReader,
    columnar::{Column, ColumnIndex, StrColumn},
};

use super::{
    Reading,
    ordinals::{self, Ordinals},
    pattern::Patterns,
    predicate::Predicate,
};
use crate::events::{QuestionError, Scope, budget::Budget, columns, schema};

/// What an event must have to pass the test of a field.
pub(in crate::events) fn predicate(
    segment: &SegmentReader,
    field: &Field,
    test: &Test,
    reading: Reading<'_>,
) -> Result<Predicate, QuestionError> {
    let test = match test {
        // `*` is any value.
        Test::Any(patterns) if patterns.iter().any(is_any_text) => &Test::Present,
        test => test,
    };
    match field.kind() {
        Kind::Text | Kind::Texts => match columns::texts(segment, field)? {
            Some(column) => text(segment, field, column, test, reading),
            None => supported(field, matches!(test, Test::Time(..)), Predicate::Nothing),
        },
        Kind::Number | Kind::Duration => number(segment, field, test),
        Kind::Flag => flag(segment, field, test),
        Kind::Time => time(segment, field, test),
        Kind::EventId => event_id(segment, field, test),
        Kind::Project => project(segment, field, test),
        Kind::Issue => Err(QuestionError::Unsupported(
            "an issue is searched by its hashes".to_owned(),
        )),
    }
}

fn is_any_text(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Wildcard(parts) if parts.len() > 1 && parts.iter().all(String::is_empty))
}

fn text(
    segment: &SegmentReader,
    field: &Field,
    column: StrColumn,
    test: &Test,
    reading: Reading<'_>,
) -> Result<Predicate, QuestionError> {
    let budget = reading.budget;
    let found = match test {
        Test::Present => return present_text(column),
        Test::Any(patterns) => {
            let mut patterns = Patterns::new(patterns);
            match patterns.all_exact() {
                Some(texts) if *field == Field::Known(Known::Hash) => {
                    let found = ordinals::of_hashes(segment, &column, texts, reading)?;
                    Ordinals::of(&column, &found.into_iter().flatten().collect::<Vec<_>>())
                }
                Some(texts) if field.kind() == Kind::Text => ordinals::exact(&column, texts, budget)?,
                _ => any_text(field, &column, budget, |text| patterns.match_text(text))?,
            }
        }
        // Tags hold texts, but `http.status_code:>=500` is asked of them too.
        Test::Number(comparison, number) => any_text(field, &column, budget, |text| {
            text.trim()
                .parse()
                .is_ok_and(|value: f64| comparison.holds(value, *number))
        })?,
        Test::Release(release) => any_text(field, &column, budget, |text| release.matches(text))?,
        Test::Time(..) => return Err(unsupported(field, test)),
    };
    Ok(Predicate::ordinals(column.ords().clone(), found))
}

/// The terms of which one text passes.
fn any_text(
    field: &Field,
    column: &StrColumn,
    budget: &Budget,
    mut passes: impl FnMut(&str) -> bool,
) -> Result<Ordinals, QuestionError> {
    if field.kind() == Kind::Texts {
        return ordinals::matching(column, budget, |term| {
            schema::texts(term).any(|text| !text.is_empty() && passes(text))
        });
    }
    ordinals::matching(column, budget, passes)
}

fn present_text(column: StrColumn) -> Result<Predicate, QuestionError> {
    Ok(match columns::empty_text(&column)? {
        Some(empty) => Predicate::column(column.ords().clone(), move |ordinal| ordinal != empty),
        None => present(column.ords()),
    })
}

fn present<T>(column: &Column<T>) -> Predicate {
    match column.index.clone() {
        ColumnIndex::Empty { .. } => Predicate::Nothing,
        ColumnIndex::Full => Predicate::Everything,
        index => Predicate::Column(Box::new(move |docs| docs.retain(|doc| index.has_value(*doc)))),
    }
}

fn number(segment: &SegmentReader, field: &Field, test: &Test) -> Result<Predicate, QuestionError> {
    let column = columns::numbers(segment, field)?;
    let predicate = |holds: Box<dyn Fn(f64) -> bool + Send>| match &column {
        Some(column) => Predicate::column(column.clone(), holds),
        None => Predicate::Nothing,
    };
    match test {
        Test::Present => Ok(column.as_ref().map_or(Predicate::Nothing, present)),
        Test::Number(comparison, number) => {
            let (comparison, number) = (*comparison, *number);
            Ok(predicate(Box::new(move |value| comparison.holds(value, number))))
        }
        Test::Any(patterns) => {
            let numbers: Vec<f64> = exact_texts(field, patterns)?
                .filter_map(|text| text.parse().ok())
                .collect();
            Ok(predicate(Box::new(move |value| numbers.contains(&value))))
        }
        _ => Err(unsupported(field, test)),
    }
}

fn flag(segment: &SegmentReader, field: &Field, test: &Test) -> Result<Predicate, QuestionError> {
    let Field::Known(known) = field else {
        return Err(unsupported(field, test));
    };
    let column = columns::flags(segment, *known)?;
    match test {
        Test::Present => Ok(column.as_ref().map_or(Predicate::Nothing, present)),
        Test::Any(patterns) => {
            let wanted: Vec<bool> = exact_texts(field, patterns)?
                .filter_map(|text| match text {
                    "1" | "true" => Some(true),
                    "0" | "false" => Some(false),
                    _ => None,
                })
                .collect();
            Ok(column.map_or(Predicate::Nothing, |column| {
                Predicate::column(column, move |value| wanted.contains(&value))
            }))
        }
        _ => Err(unsupported(field, test)),
    }
}

fn time(segment: &SegmentReader, field: &Field, test: &Test) -> Result<Predicate, QuestionError> {
    let Field::Known(known) = field else {
        return Err(unsupported(field, test));
    };
    let Some(column) = columns::times(segment, *known)? else {
        return supported(
            field,
            !matches!(test, Test::Present | Test::Time(..)),
            Predicate::Nothing,
        );
    };
    match test {
        Test::Present => Ok(present(&column)),
        Test::Time(comparison, Timestamp(time)) => {
            let within = |range| in_range(&column, range);
            Ok(match comparison {
                Comparison::Less => within(i64::MIN..=time.saturating_sub(1)),
                Comparison::LessOrEqual => within(i64::MIN..=*time),
                Comparison::Equal => within(*time..=*time),
                Comparison::NotEqual => Predicate::all_of(vec![present(&column), within(*time..=*time).not()]),
                Comparison::GreaterOrEqual => within(*time..=i64::MAX),
                Comparison::Greater => within(time.saturating_add(1)..=i64::MAX),
            })
        }
        _ => Err(unsupported(field, test)),
    }
}

fn event_id(segment: &SegmentReader, field: &Field, test: &Test) -> Result<Predicate, QuestionError> {
    match test {
        Test::Present => Ok(Predicate::Everything),
        Test::Any(patterns) => {
            let ids: Vec<_> = exact_texts(field, patterns)?
                .filter_map(|text| text.parse::<EventId>().ok())
                .map(schema::id_halves)
                .collect();
            let (high, low) = columns::ids(segment)?;
            let any = ids.into_iter().map(|(first, second)| {
                Predicate::all_of(vec![
                    Predicate::column(high.clone(), move |value| value == first),
                    Predicate::column(low.clone(), move |value| value == second),
                ])
            });
            Ok(Predicate::any_of(any.collect()))
        }
        _ => Err(unsupported(field, test)),
    }
}

fn project(segment: &SegmentReader, field: &Field, test: &Test) -> Result<Predicate, QuestionError> {
    match test {
        Test::Present => Ok(Predicate::Everything),
        Test::Any(patterns) => {
            let ids: Vec<_> = exact_texts(field, patterns)?
                .filter_map(|text| text.parse().ok().map(ProjectId))
                .collect();
            projects(segment, &ids)
        }
        _ => Err(unsupported(field, test)),
    }
}

/// Rows of these projects.
pub(super) fn projects(segment: &SegmentReader, projects: &[ProjectId]) -> Result<Predicate, QuestionError> {
    let column = columns::projects(segment)?;
    let (least, greatest) = (column.min_value(), column.max_value());
    let mut wanted: Vec<i64> = projects.iter().map(|project| project.0).collect();
    wanted.retain(|project| (least..=greatest).contains(project));
    wanted.sort_unstable();
    Ok(match wanted.as_slice() {
        [] => Predicate::Nothing,
        [one] if least == greatest && *one == least => Predicate::Everything,
        [one] => in_range(&column, *one..=*one),
        _ => Predicate::column(column, move |project| wanted.binary_search(&project).is_ok()),
    })
}

/// Rows from `start` up to, but without, `end`.
pub(super) fn period(segment: &SegmentReader, start: Timestamp, end: Timestamp) -> Result<Predicate, QuestionError> {
    if start >= end {
        return Ok(Predicate::Nothing);
    }
    Ok(in_range(&columns::timestamps(segment)?, start.0..=end.0 - 1))
}

fn in_range(column: &Column<i64>, range: RangeInclusive<i64>) -> Predicate {
    let (least, greatest) = (column.min_value(), column.max_value());
    if range.is_empty() || *range.end() < least || *range.start() > greatest {
        return Predicate::Nothing;
    }
    if *range.start() <= least && greatest <= *range.end() {
        return present(column);
    }
    Predicate::column(column.clone(), move |value| range.contains(&value))
}

/// Rows of these environments: of any if none is named, and an empty name is that of rows without.
pub(super) fn environments(
    segment: &SegmentReader,
    environments: &[String],
    budget: &Budget,
) -> Result<Predicate, QuestionError> {
    if environments.is_empty() {
        return Ok(Predicate::Everything);
    }
    let with_none = environments.iter().any(String::is_empty);
    let Some(column) = columns::texts(segment, &Field::Known(Known::Environment))? else {
        return Ok(if with_none {
            Predicate::Everything
        } else {
            Predicate::Nothing
        });
    };
    let mut names = environments.to_vec();
    names.sort_unstable();
    let found = ordinals::exact(&column, &names, budget)?;
    let mut any = vec![Predicate::ordinals(column.ords().clone(), found)];
    if with_none {
        any.push(present_text(column)?.not());
    }
    Ok(Predicate::any_of(any))
}

/// Rows that no question may see.
pub(super) fn hidden(segment: &SegmentReader, scope: &Scope, reading: Reading<'_>) -> Result<Predicate, QuestionError> {
    let mut hidden: Vec<_> = reading
        .hidden
        .iter()
        .filter(|hidden| scope.projects.contains(&hidden.project))
        .collect();
    if hidden.is_empty() {
        return Ok(Predicate::Nothing);
    }
    let Some(hashes) = columns::texts(segment, &Field::Known(Known::Hash))? else {
        return Ok(Predicate::Nothing);
    };
    hidden.sort_by(|left, right| left.hash.cmp(&right.hash));
    let names: Vec<_> = hidden.iter().map(|hidden| hidden.hash.clone()).collect();
    let mut up_to: HashMap<(i64, u64), i64> = HashMap::new();
    let mut ordinals = Vec::new();
    for (hidden, place) in hidden
        .iter()
        .zip(ordinals::of_hashes(segment, &hashes, &names, reading)?)
    {
        let Some(ordinal) = place else { continue };
        ordinals.push(ordinal);
        let sequence = up_to.entry((hidden.project.0, ordinal)).or_insert(hidden.sequence);
        *sequence = hidden.sequence.max(*sequence);
    }
    let projects = columns::projects(segment)?;
    let sequences = columns::sequences(segment)?;
    let column = hashes.ords().clone();
    let check = {
        let column = column.clone();
        Predicate::Column(Box::new(move |docs| {
            docs.retain(|doc| {
                let (Some(project), Some(hash)) = (projects.first(*doc), column.first(*doc)) else {
                    return false;
                };
                let hidden = up_to.get(&(project, hash));
                hidden.is_some_and(|hidden| sequences.first(*doc).is_some_and(|sequence| sequence <= *hidden))
            });
        }))
    };
    let of_hashes = Predicate::ordinals(column, Ordinals::of(&hashes, &ordinals));
    // In this order: hardly a row comes to the second.
    Ok(match of_hashes {
        Predicate::Nothing => Predicate::Nothing,
        of_hashes => Predicate::All(vec![of_hashes, check]),
    })
}

/// The texts of patterns where only whole values are compared.
fn exact_texts<'p>(field: &Field, patterns: &'p [Pattern]) -> Result<impl Iterator<Item = &'p str>, QuestionError> {
    if patterns.iter().any(|pattern| matches!(pattern, Pattern::Wildcard(_))) {
        return Err(QuestionError::Unsupported(format!(
            "{field} is no text: it cannot be searched with `*`"
        )));
    }
    Ok(patterns.iter().filter_map(|pattern| match pattern {
        Pattern::Exact(text) => Some(text.as_str()),
        Pattern::Wildcard(_) => None,
    }))
}

fn supported(field: &Field, refused: bool, predicate: Predicate) -> Result<Predicate, QuestionError> {
    if refused {
        return Err(QuestionError::Unsupported(format!(
            "{field} cannot be compared in this way"
        )));
    }
    Ok(predicate)
}

fn unsupported(field: &Field, test: &Test) -> QuestionError {
    let what = match test {
        Test::Present => "asked for",
        Test::Any(_) => "compared with texts",
        Test::Number(..) => "compared with numbers",
        Test::Release(_) => "compared as a release",
        Test::Time(..) => "compared with times",
    };
    QuestionError::Unsupported(format!("{field} cannot be {what}"))
}
