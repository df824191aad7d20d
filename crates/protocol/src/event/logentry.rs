use serde::Serializer;
use serde_json::Value;

use super::{
    decode::{Decode, Decoder, schema},
    json_tree::members,
    text::json,
};

schema! {
    /// A log message: its text, and where the SDK tells them apart, template and parameters.
    pub struct LogEntry kind LOGENTRY {
        /// The template, when it is not the text itself.
        message "message" Option<String>, pii false;
        formatted "formatted" Option<String>, walk super::levels::message;
        params "params" Option<Value>;
    }
}

impl LogEntry {
    /// The text to show.
    pub fn text(&self) -> Option<&str> {
        self.formatted.as_deref().or(self.message.as_deref())
    }
}

impl Decode for LogEntry {
    /// `message` of an event may be the text alone.
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self::of_members(members(map), cx)),
            value => json(value, cx).map(|text| Self {
                formatted: Some(text),
                ..Self::default()
            }),
        }
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, serializer)
    }
}
