use serde::Serializer;
use serde_json::Value;

use super::{
    Object, Stacktrace, ThreadId,
    decode::{Decode, Decoder, decode_object, schema},
    text::json,
};

schema! {
    pub struct Exception {
        kind "type" Option<String>;
        value "value" Option<String>, by json;
        module "module" Option<String>;
        thread_id "thread_id" Option<ThreadId>;
        mechanism "mechanism" Option<Mechanism>;
        stacktrace "stacktrace" Option<Stacktrace>;
        /// The stack before it was symbolicated.
        raw_stacktrace "raw_stacktrace" Option<Stacktrace>;
    }
}
decode_object!(Exception);

schema! {
    /// How the exception came to be seen, and where it stands in a group of exceptions.
    pub struct Mechanism {
        kind "type" Option<String>;
        description "description" Option<String>;
        help_link "help_link" Option<String>;
        handled "handled" Option<bool>;
        /// The exception's type was made up by the SDK.
        synthetic "synthetic" Option<bool>;
        source "source" Option<String>;
        exception_id "exception_id" Option<u64>;
        parent_id "parent_id" Option<u64>;
        is_exception_group "is_exception_group" Option<bool>;
        meta "meta" Object;
        data "data" Object;
    }
}

impl Decode for Mechanism {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
        match value {
            Value::Object(map) if map.get("type").is_none_or(Value::is_null) => {
                // The flat form of old Cocoa clients: everything is data (`ingest.md` §3.2).
                let data = map
                    .into_iter()
                    .filter(|(key, value)| key != "type" && !value.is_null())
                    .collect();
                Some(Self {
                    kind: Some("generic".to_owned()),
                    data,
                    ..Self::default()
                })
            }
            Value::Object(map) => {
                let mut mechanism = Self::read(map, cx);
                // Without a type, what is stored would be read back as the flat form.
                mechanism.kind.get_or_insert_with(|| "generic".to_owned());
                Some(mechanism)
            }
            value => {
                cx.invalid(value, "expected an object");
                None
            }
        }
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, serializer)
    }
}
