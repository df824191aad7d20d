//! Reads the parameters of a condition, filter or action, and says what is wrong with each.

use serde_json::{Map, Value};

use crate::names::Name;

/// What is wrong with which field of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// As it is called on the wire.
    pub field: &'static str,
    pub message: String,
}

impl Problem {
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
        }
    }
}

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub input: Input,
    /// What is taken where it is absent; empty if there is none.
    pub default: &'static str,
}

/// What may be put into a parameter.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    Whole {
        least: i64,
        most: i64,
    },
    Decimal {
        least: f64,
        most: f64,
    },
    /// Up to so many characters.
    Text {
        most: usize,
        is_required: bool,
    },
    Choice(fn() -> Vec<(&'static str, &'static str)>),
    /// A user, team or address, by the parameter before it.
    Target,
    /// The id of something that was set up, which the form lists.
    Listed,
    /// A template of a message.
    Template,
    /// Any JSON: what a service itself asked for.
    Json,
}

impl Field {
    pub(crate) const fn choice<T: Name>(name: &'static str, default: &'static str) -> Self {
        Self {
            name,
            input: Input::Choice(T::choices),
            default,
        }
    }

    pub(crate) const fn whole(name: &'static str, least: i64, most: i64) -> Self {
        Self {
            name,
            input: Input::Whole { least, most },
            default: "",
        }
    }

    pub(crate) const fn decimal(name: &'static str, least: f64, most: f64) -> Self {
        Self {
            name,
            input: Input::Decimal { least, most },
            default: "",
        }
    }

    pub(crate) const fn text(name: &'static str, most: usize) -> Self {
        Self {
            name,
            input: Input::Text {
                most,
                is_required: true,
            },
            default: "",
        }
    }

    pub(crate) const fn optional_text(name: &'static str, most: usize) -> Self {
        Self {
            name,
            input: Input::Text {
                most,
                is_required: false,
            },
            default: "",
        }
    }

    pub(crate) const fn of(name: &'static str, input: Input) -> Self {
        Self {
            name,
            input,
            default: "",
        }
    }
}

/// The parameters of one object, read by name. Problems are collected: all are told at once.
pub(crate) struct Reader<'a> {
    fields: &'static [Field],
    values: &'a Map<String, Value>,
    pub(crate) problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(fields: &'static [Field], values: &'a Map<String, Value>) -> Self {
        Self {
            fields,
            values,
            problems: Vec::new(),
        }
    }

    pub(crate) fn problem(&mut self, name: &str, message: impl std::fmt::Display) {
        self.problems.push(format!("{name}: {message}"));
    }

    fn field(&self, name: &str) -> &'static Field {
        let field = self.fields.iter().find(|field| field.name == name);
        field.expect("each kind reads parameters of its own table")
    }

    /// The value as text: clients send numbers as either. `None` where it is absent, null or empty.
    pub(crate) fn scalar(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    pub(crate) fn json(&self, name: &str) -> Option<&'a Value> {
        self.values.get(name)
    }

    pub(crate) fn choice<T: Name>(&mut self, name: &str) -> Option<T> {
        let default = self.field(name).default;
        let text = self.scalar(name).unwrap_or_else(|| default.to_owned());
        let found = T::find(&text);
        if found.is_none() {
            let names: Vec<_> = T::choices().iter().map(|(name, _)| *name).collect();
            self.problem(name, format_args!("expected one of {}", names.join(", ")));
        }
        found
    }

    pub(crate) fn whole(&mut self, name: &str) -> Option<i64> {
        let Input::Whole { least, most } = self.field(name).input else {
            return None;
        };
        let number = self.scalar(name).and_then(|text| whole_number(&text));
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.problem(name, format_args!("expected a whole number from {least} to {most}"));
        }
        number
    }

    pub(crate) fn decimal(&mut self, name: &str) -> Option<f64> {
        let Input::Decimal { least, most } = self.field(name).input else {
            return None;
        };
        let number = self.scalar(name).and_then(|text| text.parse::<f64>().ok());
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.problem(name, format_args!("expected a number from {least} to {most}"));
        }
        number
    }

    /// A text, empty where none is given and none is required.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let Input::Text { most, is_required } = self.field(name).input else {
            return None;
        };
        let text = self.scalar(name).unwrap_or_default();
        if text.is_empty() && is_required {
            self.problem(name, "this field is required");
            return None;
        }
        if text.chars().count() > most {
            self.problem(name, format_args!("expected at most {most} characters"));
            return None;
        }
        Some(text)
    }
}

/// `20`, and `20.0` as some clients write it.
fn whole_number(text: &str) -> Option<i64> {
    let digits = text.split_once('.').map_or(text, |(whole, rest)| {
        if rest.bytes().all(|byte| byte == b'0') {
            whole
        } else {
            ""
        }
    });
    digits.parse().ok()
}

/// A number as JSON, whole where it is.
pub(crate) fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    if value.fract() == 0.0 && value.abs() < 1e15 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}
