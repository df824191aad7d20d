//! The order of rows, and the page of them that is asked for.

use std::cmp::Ordering;

use query::{Direction, OrderBy};

use super::{plan::unsupported, scalar::Scalar};
use crate::events::{QuestionError, TableQuestion};

/// Compares by the keys of an order. Rows without a value stand at the end in both directions.
pub(super) fn compare(left: &[Scalar], right: &[Scalar], order: &[OrderBy]) -> Ordering {
    for ((left, right), by) in left.iter().zip(right).zip(order) {
        let ordering = match (left, right, by.direction) {
            (Scalar::Null, _, _) | (_, Scalar::Null, _) | (_, _, Direction::Ascending) => left.cmp(right),
            (_, _, Direction::Descending) => right.cmp(left),
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}

/// An order names columns that are there.
pub(super) fn check(question: &TableQuestion) -> Result<(), QuestionError> {
    let missing = question.order.iter().find(|by| by.column >= question.columns.len());
    match missing {
        Some(by) => Err(unsupported(format!("there is no column {} to order by", by.column + 1))),
        None => Ok(()),
    }
}

/// How many rows must be known to fill the page and to tell whether there are more.
pub(super) fn wanted(question: &TableQuestion) -> usize {
    question.offset.saturating_add(question.limit).saturating_add(1)
}

/// Sorts and leaves only the rows of the page, and tells whether there are more.
pub(super) fn page<T>(rows: &mut Vec<T>, question: &TableQuestion, compare: impl Fn(&T, &T) -> Ordering) -> bool {
    first(rows, wanted(question), &compare);
    let end = question.offset.saturating_add(question.limit).min(rows.len());
    let more = rows.len() > end;
    rows.truncate(end);
    rows.drain(..question.offset.min(end));
    more
}

/// Sorts, and leaves only so many rows.
pub(super) fn first<T>(rows: &mut Vec<T>, count: usize, compare: impl Fn(&T, &T) -> Ordering) {
    if count < rows.len() {
        rows.select_nth_unstable_by(count, &compare);
        rows.truncate(count);
    }
    rows.sort_unstable_by(compare);
}
