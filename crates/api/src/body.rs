//! Bodies of requests: objects whose known fields are read one by one, so that each wrong one is named.

use std::collections::BTreeMap;

use axum::{
    Form,
    body::Bytes,
    extract::{FromRequest, Request},
    response::IntoResponse as _,
};
use http::{HeaderMap, StatusCode, header};
use httpkit::{ApiError, ErrorKind};
use serde_json::{Map, Value};
use services::settings::Problem;

/// The fields of a body. What nobody asks for is ignored, as Sentry does.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    object: Map<String, Value>,
    wrong: BTreeMap<String, Vec<String>>,
}

impl Fields {
    /// What a field holds; an absent one is `None`.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.object.get(name)
    }

    /// Every field with its value, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.object.iter()
    }

    /// Whether the body has the field, be it `null`.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// A text; `null` is the same as none. Numbers are taken as they are written.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.whole_text(name).map(|text| text.trim().to_owned())
    }

    /// A text with the spaces and lines around it, so that an error can name a line of it.
    pub(crate) fn whole_text(&mut self, name: &str) -> Option<String> {
        match self.object.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.refuse(name, "Not a valid string.");
                None
            }
        }
    }

    /// A text that must be there and must not be empty.
    pub(crate) fn required_text(&mut self, name: &str) -> Option<String> {
        match (self.object.contains_key(name), self.text(name)) {
            (true, Some(text)) if !text.is_empty() => return Some(text),
            (true, Some(_)) => self.refuse(name, "This field may not be blank."),
            (true, None) if self.wrong.contains_key(name) => {}
            (true, None) => self.refuse(name, "This field may not be null."),
            (false, _) => self.refuse(name, "This field is required."),
        }
        None
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.object.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if matches!(text.as_str(), "true" | "True" | "1") => Some(true),
            Value::String(text) if matches!(text.as_str(), "false" | "False" | "0") => Some(false),
            Value::Number(number) if number.as_u64().is_some_and(|number| number < 2) => {
                Some(number.as_u64() == Some(1))
            }
            _ => {
                self.refuse(name, "Must be a valid boolean.");
                None
            }
        }
    }

    /// A list of texts, without those that are blank; `null` is the same as an empty one.
    pub(crate) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        const MOST: usize = 1_000;
        let texts = match self.object.get(name)? {
            Value::Null => Some(Vec::new()),
            Value::Array(members) => members
                .iter()
                .map(|member| Some(member.as_str()?.trim().to_owned()))
                .collect(),
            // As a page's text field sends it.
            Value::String(text) => Some(text.lines().map(|line| line.trim().to_owned()).collect()),
            Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        };
        let Some(mut texts) = texts else {
            self.refuse(name, "Expected a list of texts.");
            return None;
        };
        texts.retain(|text| !text.is_empty());
        if texts.len() > MOST {
            self.refuse(name, &format!("There may be at most {MOST} of them."));
            return None;
        }
        Some(texts)
    }

    /// A whole number that is not negative.
    pub(crate) fn number(&mut self, name: &str) -> Option<i64> {
        let number = match self.object.get(name)? {
            Value::Null => return None,
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let number = number.filter(|number| *number >= 0);
        if number.is_none() {
            self.refuse(name, "A valid integer is required.");
        }
        number
    }

    /// An object's fields, to be read in the same way; `null` is the same as none.
    pub(crate) fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.object.get(name)? {
            Value::Null => None,
            Value::Object(object) => Some(object.clone()),
            _ => {
                self.refuse(name, "Invalid data. Expected a dictionary.");
                None
            }
        }
    }

    /// A text for which `read` knows a value.
    pub(crate) fn choice<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(name)?;
        let choice = read(&text);
        if choice.is_none() {
            self.refuse(name, &format!("\"{text}\" is not a valid choice."));
        }
        choice
    }

    /// Notes what is wrong with settings, each under the name that its field has on the wire.
    pub(crate) fn refuse_settings<'a>(&mut self, problems: &'a [Problem], name: impl Fn(&'a str) -> &'a str) {
        for problem in problems {
            self.refuse(name(&problem.field), &problem.to_string());
        }
    }

    /// Notes what is wrong with a field.
    pub(crate) fn refuse(&mut self, name: &str, detail: &str) {
        self.wrong.entry(name.to_owned()).or_default().push(detail.to_owned());
    }

    /// An error that names every wrong field, if there is one.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.wrong.is_empty() {
            return Ok(());
        }
        let mut error = ApiError::bad_request("The request holds values that cannot be taken.");
        error.fields = self.wrong;
        Err(error)
    }
}

impl httpkit::Argument for Fields {}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let kind = content_type(request.headers());
        match kind.as_str() {
            "application/x-www-form-urlencoded" => {
                let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, state)
                    .await
                    .map_err(|error| unreadable(error.into_response().status()))?;
                let object = pairs.into_iter().map(|(key, value)| (key, value.into())).collect();
                Ok(Self {
                    object,
                    ..Self::default()
                })
            }
            "" | "application/json" => {
                let bytes = Bytes::from_request(request, state)
                    .await
                    .map_err(|error| unreadable(error.status()))?;
                Self::from_json(&bytes)
            }
            other => Err(ApiError::new(
                ErrorKind::UnsupportedMediaType,
                format_args!("Unsupported media type \"{other}\" in request."),
            )),
        }
    }
}

impl Fields {
    /// The fields of an object within a body.
    pub(crate) fn of(object: Map<String, Value>) -> Self {
        Self {
            object,
            ..Self::default()
        }
    }

    fn from_json(bytes: &[u8]) -> Result<Self, ApiError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(object)) => Ok(Self {
                object,
                ..Self::default()
            }),
            Ok(_) => Err(ApiError::field(
                "non_field_errors",
                "Invalid data. Expected a dictionary.",
            )),
            Err(error) => Err(ApiError::bad_request(format_args!("JSON parse error - {error}"))),
        }
    }
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn unreadable(status: StatusCode) -> ApiError {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(ErrorKind::TooLarge, "The request is too large."),
        _ => ApiError::bad_request("The request could not be read."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields {
        Fields::from_json(json.as_bytes()).unwrap()
    }

    #[test]
    fn fields_are_read_leniently_and_refused_by_name() {
        let mut fields =
            fields(r#"{"a": " x ", "n": 7, "null": null, "list": [], "on": "true", "off": 0, "odd": 2, "e": ""}"#);
        assert_eq!(fields.text("a").as_deref(), Some("x"));
        assert_eq!(fields.text("n").as_deref(), Some("7"));
        assert_eq!((fields.text("null"), fields.text("absent")), (None, None));
        assert_eq!(
            (fields.flag("on"), fields.flag("off"), fields.flag("absent")),
            (Some(true), Some(false), None)
        );
        assert_eq!(fields.choice("a", |text| (text == "x").then_some(1)), Some(1));
        fields.text("list");
        fields.flag("odd");
        fields.choice("n", |_| None::<()>);
        for name in ["absent", "null", "e"] {
            assert_eq!(fields.required_text(name), None);
        }
        let error = fields.finish().unwrap_err();
        let expected = [
            ("absent", "This field is required."),
            ("e", "This field may not be blank."),
            ("list", "Not a valid string."),
            ("n", "\"7\" is not a valid choice."),
            ("null", "This field may not be null."),
            ("odd", "Must be a valid boolean."),
        ];
        let found: Vec<_> = error
            .fields
            .iter()
            .map(|(name, why)| (name.as_str(), why[0].as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn lists_numbers_and_objects_are_read_and_refused_by_name() {
        let mut fields = fields(
            r#"{"l": [" a ", "", "b"], "lines": "a\n\n b", "none": null, "n": "7", "o": {"a": 1}, "bad": [1], "minus": -1,
                "text": "\n x "}"#,
        );
        assert_eq!(fields.texts("l").unwrap(), ["a", "b"]);
        assert_eq!(fields.texts("lines").unwrap(), ["a", "b"]);
        assert_eq!((fields.texts("none"), fields.texts("absent")), (Some(Vec::new()), None));
        assert_eq!((fields.number("n"), fields.number("none")), (Some(7), None));
        assert_eq!(fields.object("o").unwrap().len(), 1);
        assert_eq!(fields.whole_text("text").as_deref(), Some("\n x "));
        assert!(fields.is_given("none") && !fields.is_given("absent"));
        fields.texts("bad");
        fields.number("minus");
        fields.object("l");
        let error = fields.finish().unwrap_err();
        assert_eq!(error.fields.keys().collect::<Vec<_>>(), ["bad", "l", "minus"]);
    }

    #[test]
    fn a_body_is_an_object_or_nothing() {
        assert!(Fields::from_json(b"").is_ok());
        for bad in ["{", "[]", "1", "\"x\"", "\u{feff}{}"] {
            assert!(Fields::from_json(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
