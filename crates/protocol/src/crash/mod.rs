//! Crashes that come as files: minidumps, reports of Apple's systems, archives of the Unreal Engine (`ingest.md` §1.1,
//! §10.5). What they hold of an event is read here; the stacks in them wait for symbolication.

pub mod apple;
pub mod assemble;
pub mod attached_event;
pub mod form;
pub mod minidump;
pub mod unreal;

use serde_json::{Value, json};

use crate::event::Object;

/// Says what an event is whose stacks are in a file that nothing has read yet.
pub(crate) fn placeholder(event: &mut Object, kind: &str, value: &str, mechanism: &str) {
    let has = |event: &Object, key: &str| event.get(key).is_some_and(|value| !value.is_null());
    if !has(event, "platform") {
        event.insert("platform".to_owned(), "native".into());
    }
    if !has(event, "level") {
        event.insert("level".to_owned(), "fatal".into());
    }
    if !has(event, "exception") {
        let mechanism = json!({"type": mechanism, "handled": false, "synthetic": true});
        let exception = json!({"values": [{"type": kind, "value": value, "mechanism": mechanism}]});
        event.insert("exception".to_owned(), exception);
    }
}

/// The field of an event, as an object that is made if need be.
pub(crate) fn object_at<'a>(event: &'a mut Object, key: &str) -> &'a mut Object {
    let child = event.entry(key).or_insert_with(|| Value::Object(Object::new()));
    if !child.is_object() {
        *child = Value::Object(Object::new());
    }
    match child {
        Value::Object(map) => map,
        _ => unreachable!("it was made an object"),
    }
}
