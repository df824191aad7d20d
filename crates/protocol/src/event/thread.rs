use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    Object, Stacktrace,
    decode::{Decode, Decoder, decode_object, schema},
    shape::locks,
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
    pub struct Thread kind THREAD {
        id "id" Option<ThreadId>, pii false;
        name "name" Option<String>, pii false;
        state "state" Option<String>, pii false;
        priority "priority" Option<i64>, pii false;
        crashed "crashed" Option<bool>;
        current "current" Option<bool>;
        main "main" Option<bool>;
        stacktrace "stacktrace" Option<Stacktrace>;
        raw_stacktrace "raw_stacktrace" Option<Stacktrace>;
        held_locks "held_locks" Object, by locks, pii false;
    }
}
decode_object!(Thread);
