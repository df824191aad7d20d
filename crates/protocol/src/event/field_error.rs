use serde_json::Value;

use super::{
    decode::{decode_object, schema},
    meta,
};

schema! {
    /// What is wrong with a field: `errors` of an event, from SDKs and from here.
    pub struct FieldError {
        kind "type" Option<String>, pii false;
        /// The dotted path of the field.
        name "name" Option<String>, pii false;
        value "value" Option<Value>;
        reason "reason" Option<String>, pii maybe;
        attribute "attribute" Option<String>, pii false;
    }
}
decode_object!(FieldError);

impl FieldError {
    pub const INVALID_DATA: &'static str = "invalid_data";
    pub const INVALID_ATTRIBUTE: &'static str = "invalid_attribute";
    pub const VALUE_TOO_LONG: &'static str = "value_too_long";
    pub const MISSING_ATTRIBUTE: &'static str = "missing_attribute";
    pub const PAST_TIMESTAMP: &'static str = "past_timestamp";
    pub const FUTURE_TIMESTAMP: &'static str = "future_timestamp";
    pub const CLOCK_DRIFT: &'static str = "clock_drift";

    pub fn new(kind: &str, name: impl Into<String>) -> Self {
        Self {
            kind: Some(kind.to_owned()),
            name: Some(name.into()),
            ..Self::default()
        }
    }

    /// The field was left out, for its value is not what it must be. A large value is not repeated.
    pub fn invalid(name: impl Into<String>, value: impl Into<Value>, reason: &str) -> Self {
        let value = Some(value.into()).filter(|value| !value.is_null() && meta::fits(value));
        Self {
            value,
            reason: Some(reason.to_owned()),
            ..Self::new(Self::INVALID_DATA, name)
        }
    }

    pub fn missing(name: impl Into<String>, attribute: &str) -> Self {
        Self {
            attribute: Some(attribute.to_owned()),
            ..Self::new(Self::MISSING_ATTRIBUTE, name)
        }
    }
}
