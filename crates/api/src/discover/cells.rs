//! Values of an answer as JSON, and what kind each column is of.

use query::{Column, Field, Known, Selection, ValueType};
use serde::Serialize;
use serde_json::{Map, Value};
use services::discover::Names;
use store::events::Cell;

/// `fields` and `units` of an answer's `meta`.
#[derive(Debug, Serialize)]
pub(super) struct ColumnsView {
    pub(super) fields: Map<String, Value>,
    pub(super) units: Map<String, Value>,
}

impl ColumnsView {
    pub(super) fn of(columns: &[Selection]) -> Self {
        let named = |value: fn(&Selection) -> Value| {
            let pair = |column: &Selection| (column.asked.clone(), value(column));
            columns.iter().map(pair).collect()
        };
        Self {
            fields: named(|column| kind(column).into()),
            units: named(|column| column.unit().into()),
        }
    }
}

/// What kind of value a column has, in Sentry's words.
pub(super) fn kind(column: &Selection) -> &'static str {
    match (&column.column, column.asked.as_str()) {
        // The number of a project or an issue, or its name.
        (Column::Field(Field::Known(Known::Project)), "project.id" | "project_id")
        | (Column::Field(Field::Known(Known::Issue)), "issue.id") => ValueType::Integer.name(),
        (Column::Field(Field::Known(Known::Project | Known::Issue)), _) => ValueType::String.name(),
        _ => column.value_type().name(),
    }
}

/// A value as the column shows it.
pub(super) fn value(column: &Selection, cell: &Cell, names: &Names) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) if column.asked == "user.display" => {
            text.split_once(':').map_or(text.as_str(), |(_, name)| name).into()
        }
        Cell::Text(text) => text.as_str().into(),
        Cell::Texts(texts) => texts.clone().into(),
        Cell::Number(number) => (*number).into(),
        Cell::Integer(number) => (*number).into(),
        Cell::Flag(flag) => (*flag).into(),
        Cell::Time(time) => time.to_string().into(),
        Cell::EventId(id) => id.to_string().into(),
        Cell::Project(id) if matches!(column.asked.as_str(), "project.id" | "project_id") => id.0.into(),
        Cell::Project(id) => names.projects.get(id).map(String::as_str).into(),
        Cell::Issue(id) if column.asked == "issue.id" => id.0.into(),
        // As Sentry names an issue that is gone.
        Cell::Issue(id) => names.issues.get(id).map_or("unknown", String::as_str).into(),
    }
}

/// A value in the name of a series.
pub(super) fn text(column: &Selection, cell: &Cell, names: &Names) -> String {
    match value(column, cell, names) {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Array(texts) => {
            let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
            format!("[{}]", texts.join(","))
        }
        other => other.to_string(),
    }
}
