//! What is wrong with a form: said beside each field, and summed up on top.

#[derive(Debug, Clone, Default)]
pub(crate) struct FormErrors(Vec<FieldError>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// The field's name, which is also the id of its input.
    pub(crate) field: &'static str,
    /// What to do about it.
    pub(crate) message: String,
}

impl FormErrors {
    pub(crate) fn one(field: &'static str, message: impl Into<String>) -> Self {
        Self(Vec::new()).and(field, message)
    }

    pub(crate) fn and(mut self, field: &'static str, message: impl Into<String>) -> Self {
        self.0.push(FieldError { field, message: message.into() });
        self
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
        self.0.iter().find(|error| error.field == field).map_or("", |error| &error.message)
    }
}
