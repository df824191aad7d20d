//! What is wrong with a form: said beside each field, and summed up on top.

use httpkit::ApiError;
use serde::Deserialize;

/// A form that is nothing but its button.
#[derive(Debug, Deserialize)]
pub(crate) struct NoFields {}

#[derive(Debug, Clone, Default)]
pub(crate) struct FormErrors(Vec<FieldError>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// The field's name, which is also the id of its input.
    pub(crate) field: String,
    /// What to do about it.
    pub(crate) message: String,
}

impl FormErrors {
    pub(crate) fn one(field: &str, message: impl Into<String>) -> Self {
        Self(Vec::new()).and(field, message)
    }

    pub(crate) fn and(mut self, field: &str, message: impl Into<String>) -> Self {
        self.0.push(FieldError {
            field: field.to_owned(),
            message: message.into(),
        });
        self
    }

    /// What an operation refused to take; a failure that is no field's goes on as it is.
    pub(crate) fn of_api(error: ApiError) -> Result<Self, ApiError> {
        if error.fields.is_empty() {
            return Err(error);
        }
        let fields = error.fields.into_iter();
        let one = |(field, messages): (String, Vec<String>)| FieldError {
            field,
            message: messages.join(" "),
        };
        Ok(Self(fields.map(one).collect()))
    }

    pub(crate) fn all(&self) -> &[FieldError] {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|error| error.field == field)
    }

    /// What is wrong with `field`: nothing is the empty text.
    pub(crate) fn of(&self, field: &str) -> &str {
        self.0
            .iter()
            .find(|error| error.field == field)
            .map_or("", |error| &error.message)
    }
}
