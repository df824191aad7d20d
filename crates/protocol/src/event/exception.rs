use serde::Serializer;
use serde_json::Value;

use super::{
    Object, Stacktrace, ThreadId,
    decode::{Decode, Decoder, decode_object, schema},
    json_tree::members,
    shape::mechanism_meta,
    text::json,
};

schema! {
    pub struct Exception kind EXCEPTION {
        kind "type" Option<String>, pii false;
        value "value" Option<String>, by json;
        module "module" Option<String>, pii false;
        thread_id "thread_id" Option<ThreadId>, pii false;
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
        kind "type" Option<String>, pii false;
        description "description" Option<String>;
        help_link "help_link" Option<String>, pii false;
        handled "handled" Option<bool>;
        /// The exception's type was made up by the SDK.
        synthetic "synthetic" Option<bool>;
        source "source" Option<String>, pii false;
        exception_id "exception_id" Option<u64>, pii false;
        parent_id "parent_id" Option<u64>, pii false;
        is_exception_group "is_exception_group" Option<bool>;
        meta "meta" Object, by mechanism_meta, pii false;
        data "data" Object;
    }
}

impl Decode for Mechanism {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
        match value {
            Value::Object(map) if map.is_empty() => None,
            Value::Object(map) if !map.contains_key("type") => Some(from_flat(map, cx)),
            Value::Object(map) => {
                // Without a type, what is stored would be read back as the flat form.
                let mut mechanism = Self::of_members(members(map), cx);
                mechanism.kind.get_or_insert_default();
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

/// The flat form of old Cocoa clients: the system's words, and everything else is data (`ingest.md` §3.2).
fn from_flat(mut map: Object, cx: &mut Decoder) -> Mechanism {
    let mut meta = Object::new();
    if let Some(Value::Object(mut signal)) = map.shift_remove("posix_signal") {
        rename(&mut signal, "signal", "number");
        meta.insert("signal".to_owned(), Value::Object(signal));
    }
    if let Some(Value::Object(mut exception)) = map.shift_remove("mach_exception") {
        rename(&mut exception, "exception_name", "name");
        meta.insert("mach_exception".to_owned(), Value::Object(exception));
    }
    Mechanism {
        kind: Some("generic".to_owned()),
        meta: cx.with("meta", Value::Object(meta), mechanism_meta),
        data: map.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        ..Mechanism::default()
    }
}

fn rename(map: &mut Object, old: &str, new: &str) {
    if let Some(value) = map.shift_remove(old) {
        map.insert(new.to_owned(), value);
    }
}
