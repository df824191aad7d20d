//! By what a table is sorted.

use crate::{
    Direction, OrderBy, ParseError,
    error::{Span, nearest},
};

use super::Selection;

/// `-count()`: by one of the columns, the greatest first. The column may be written as it was asked for, in its canonical
/// form, by its alias of older clients (`-count_unique_user`), or, of equations, by number (`-equation[0]`).
pub fn parse_order(text: &str, columns: &[Selection]) -> Result<OrderBy, ParseError> {
    let trimmed = text.trim();
    let (direction, name) = match trimmed.strip_prefix('-') {
        Some(name) => (Direction::Descending, name),
        None => (Direction::Ascending, trimmed),
    };
    let found = columns
        .iter()
        .position(|selection| selection.asked == name)
        .or_else(|| equation(name, columns))
        .or_else(|| columns.iter().position(|selection| selection.alias() == name))
        .or_else(|| {
            columns
                .iter()
                .position(|selection| selection.column.to_string() == name)
        });
    match found {
        Some(column) => Ok(OrderBy { column, direction }),
        None => {
            let start = text.chars().count() - text.trim_start().chars().count() + trimmed.chars().count()
                - name.chars().count();
            let span = Span::new(start, start + name.chars().count());
            let message = format!("cannot sort by {name:?}: it is none of the columns");
            let asked = columns.iter().map(|selection| selection.asked.as_str());
            Err(ParseError::new(span, message).suggest(nearest(name, asked)))
        }
    }
}

/// Equations are counted from 0.
fn equation(name: &str, columns: &[Selection]) -> Option<usize> {
    let number: usize = name.strip_prefix("equation[")?.strip_suffix(']')?.parse().ok()?;
    let mut equations = columns
        .iter()
        .enumerate()
        .filter(|(_, selection)| selection.asked.starts_with("equation|"));
    equations.nth(number).map(|(place, _)| place)
}
