use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    Object, Stacktrace,
    decode::{Decode, Decoder, decode_object, schema},
};

/// What a platform calls its threads by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ThreadId {
    Number(u64),
    Text(String),
}

impl Decode for ThreadId {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text)),
            value => u64::decode(value, cx).map(Self::Number),
        }
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

schema! {
    pub struct Thread {
        id "id" Option<ThreadId>;
        name "name" Option<String>;
        state "state" Option<String>;
        priority "priority" Option<i64>;
        crashed "crashed" Option<bool>;
        current "current" Option<bool>;
        main "main" Option<bool>;
        stacktrace "stacktrace" Option<Stacktrace>;
        raw_stacktrace "raw_stacktrace" Option<Stacktrace>;
        held_locks "held_locks" Object;
    }
}
decode_object!(Thread);
