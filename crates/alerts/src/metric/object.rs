use serde_json::{Map, Value};

use crate::Problem;

/// Reads the fields of an object, and notes those that are wrong.
pub(super) struct Object<'a> {
    pub(super) object: &'a Map<String, Value>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Object<'a> {
    pub(super) fn new(object: &'a Map<String, Value>) -> Self {
        Self {
            object,
            problems: Vec::new(),
        }
    }

    pub(super) fn refuse(&mut self, field: &'static str, message: impl Into<String>) {
        self.problems.push(Problem::new(field, message));
    }

    /// What is there and not `null`.
    pub(super) fn given(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, field: &'static str) -> Option<String> {
        match self.given(field)? {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => {
                self.refuse(field, "Not a valid string.");
                None
            }
        }
    }

    pub(super) fn whole(&mut self, field: &'static str) -> Option<i64> {
        let number = match self.given(field)? {
            // Forms and JavaScript write whole numbers in several ways.
            Value::Number(number) => number.as_i64().or_else(|| whole_of(number.as_f64()?)),
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.refuse(field, "A valid integer is required.");
        }
        number
    }

    pub(super) fn number(&mut self, field: &'static str) -> Option<f64> {
        let number = match self.given(field)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite());
        if number.is_none() {
            self.refuse(field, "A valid number is required.");
        }
        number
    }

    /// A text for which `read` knows a value.
    pub(super) fn choice<T>(&mut self, field: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(field)?;
        let choice = read(&text);
        if choice.is_none() {
            self.refuse(field, format!("\"{text}\" is not a valid choice."));
        }
        choice
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "whole numbers up to 2^53 are exact in both"
)]
fn whole_of(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}
