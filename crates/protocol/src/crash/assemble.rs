//! One event of all that was sent about a crash.

use serde_json::Value;

use super::{apple, attached_event, minidump, unreal, unreal::UnrealCrash};
use crate::{
    event::{Object, json},
    form::event_fields::{EventFields, merge_below},
    items::Invalid,
};

/// What there is of an event, each part as it was sent.
#[derive(Debug, Default)]
pub struct Parts<'a> {
    /// The payload of an event item.
    pub event: Option<&'a [u8]>,
    /// The same in MessagePack.
    pub attached_event: Option<Object>,
    pub breadcrumbs: Vec<&'a [u8]>,
    /// The pairs of an item `form_data`.
    pub fields: Option<EventFields>,
    pub unreal: Option<&'a UnrealCrash>,
    /// Who the crash reporter of the engine said that it was.
    pub unreal_user: Option<&'a str>,
    pub minidump: Option<&'a [u8]>,
    pub apple_crash_report: Option<&'a [u8]>,
    /// A dump that nothing here can read.
    pub has_prosperodump: bool,
}

impl Parts<'_> {
    /// Whether there is an event in them even if no item is one.
    pub fn is_of_a_crash(&self) -> bool {
        self.attached_event.is_some()
            || !self.breadcrumbs.is_empty()
            || self.minidump.is_some()
            || self.apple_crash_report.is_some()
            || self.has_prosperodump
    }
}

/// The event, and what somebody wrote about the crash.
#[derive(Debug)]
pub struct Assembled {
    pub event: Vec<u8>,
    pub user_description: Option<String>,
}

/// Makes one event of the parts: what an earlier one says counts more. An event item that is no JSON object is an error,
/// for what it said is lost.
pub fn assemble(parts: Parts<'_>) -> Result<Assembled, Invalid> {
    let mut event = match parts.event.map(json::parse) {
        None => Object::new(),
        Some(Ok(Value::Object(event))) => event,
        Some(Ok(_)) => return Err(Invalid::json("expected an object")),
        Some(Err(error)) => return Err(Invalid::json(error.to_string())),
    };
    if let Some(attached) = parts.attached_event {
        merge_below(&mut event, Value::Object(attached));
    }
    if let Some(fields) = parts.fields {
        merge_below(&mut event, Value::Object(fields.event()));
    }
    attached_event::add_breadcrumbs(&mut event, &parts.breadcrumbs);
    let mut user_description = None;
    if let Some(crash) = parts.unreal {
        user_description = unreal::describe(&mut event, crash);
    }
    if let Some(user) = parts.unreal_user.filter(|user| !user.is_empty()) {
        super::object_at(&mut event, "user")
            .entry("id")
            .or_insert_with(|| user.into());
    }
    if let Some(dump) = parts.minidump {
        match minidump::Minidump::unpack(dump, None) {
            Ok(dump) => minidump::describe(&mut event, &dump),
            Err(_) => minidump::describe_unread(&mut event),
        }
    } else if let Some(report) = parts.apple_crash_report {
        apple::describe(&mut event, report);
    } else if parts.has_prosperodump {
        minidump::describe_unread(&mut event);
    }
    Ok(Assembled {
        event: serde_json::to_vec(&event).expect("JSON values have a form in JSON"),
        user_description,
    })
}

/// The fields of a form as an item `form_data` holds them: a list of pairs.
pub fn form_data(payload: &[u8]) -> Result<EventFields, Invalid> {
    let pairs = json::parse(payload).map_err(|error| Invalid::json(error.to_string()))?;
    let Value::Array(pairs) = pairs else {
        return Err(Invalid::json("expected a list of pairs"));
    };
    let mut fields = EventFields::default();
    for pair in &pairs {
        if let Some([Value::String(name), Value::String(value)]) = pair.as_array().map(Vec::as_slice) {
            fields.push(name, value);
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(parts: Parts<'_>) -> Value {
        serde_json::from_slice(&assemble(parts).unwrap().event).unwrap()
    }

    #[test]
    fn earlier_parts_count_more() {
        let fields = form_data(br#"[["sentry[release]","c"],["sentry[dist]","c"],["guid","7"],["bad"],7]"#).unwrap();
        let attached = attached_event::event(b"\x82\xa7release\xa1b\xabenvironment\xa1b").unwrap();
        let event = event(Parts {
            event: Some(br#"{"release":"a","level":"error"}"#),
            attached_event: Some(attached),
            fields: Some(fields),
            breadcrumbs: vec![b"\x81\xa7message\xa1x"],
            minidump: Some(b"MDMP"),
            ..Parts::default()
        });
        assert_eq!(
            (&event["release"], &event["environment"], &event["dist"]),
            (&json!("a"), &json!("b"), &json!("c"))
        );
        assert_eq!(
            (&event["level"], &event["platform"]),
            (&json!("error"), &json!("native"))
        );
        assert_eq!(event["exception"]["values"][0]["type"], "Minidump");
        assert_eq!(event["breadcrumbs"]["values"][0]["message"], "x");
        assert_eq!(event["extra"]["guid"], "7");
    }

    #[test]
    fn every_kind_of_dump() {
        let kind = |parts| event(parts)["exception"]["values"][0]["type"].clone();
        assert_eq!(
            kind(Parts {
                minidump: Some(b"x"),
                ..Parts::default()
            }),
            "Minidump"
        );
        let report: &[u8] = b"Incident Identifier: x";
        assert_eq!(
            kind(Parts {
                apple_crash_report: Some(report),
                ..Parts::default()
            }),
            "AppleCrashReport"
        );
        assert_eq!(
            kind(Parts {
                has_prosperodump: true,
                ..Parts::default()
            }),
            "Minidump"
        );
        assert_eq!(event(Parts::default()), json!({}));
    }

    #[test]
    fn the_reporter_names_a_user_where_nothing_else_does() {
        let user = |event: &[u8]| {
            self::event(Parts {
                event: Some(event),
                unreal_user: Some("7"),
                ..Parts::default()
            })["user"]["id"]
                .clone()
        };
        assert_eq!(user(b"{}"), "7");
        assert_eq!(user(br#"{"user":{"id":"8"}}"#), "8");
    }

    #[test]
    fn an_event_that_is_none() {
        for bad in [&b"[]"[..], b"{", b""] {
            let parts = Parts {
                event: Some(bad),
                ..Parts::default()
            };
            assert_eq!(assemble(parts).unwrap_err().reason, "invalid_json");
        }
        assert_eq!(form_data(b"{}").unwrap_err().reason, "invalid_json");
        assert!(form_data(b"[]").unwrap().is_empty());
    }
}
