//! Mechanisms: the names of the system's numbers (`ingest.md` §3.2).

use protocol::event::{Event, Mechanism, Object};
use serde_json::Value;

use crate::{
    notes::{Notes, Place, notes},
    os_names::{self, Os},
};

pub(crate) fn normalize(event: &mut Event) {
    let os = os_of(event);
    let notes = &mut notes!(event);
    let root = Place::root("exception");
    let values = root.key("values");
    for (index, exception) in event.exception.values.iter_mut().enumerate() {
        if let Some(mechanism) = &mut exception.mechanism {
            let place = values.index(index);
            texts(mechanism, &place.key("mechanism"), notes);
            names(&mut mechanism.meta, os);
        }
    }
}

fn os_of(event: &Event) -> Option<Os> {
    let of_context = || Os::from_name(event.context("os")?.get("name")?.as_str()?);
    let of_sdk = || Os::from_name(event.debug_meta.get("sdk_info")?.get("sdk_name")?.as_str()?);
    let of_platform = || matches!(event.platform.as_deref(), Some("cocoa" | "objc")).then_some(Os::Darwin);
    of_context().or_else(of_sdk).or_else(of_platform)
}

fn texts(mechanism: &mut Mechanism, place: &Place<'_>, notes: &mut Notes<'_>) {
    // It was sent without one, or with nothing that could be one.
    let kind = mechanism.kind.get_or_insert_default();
    if kind.is_empty() {
        "generic".clone_into(kind);
        notes.missing(&place.key("type"));
    }
    for (name, text) in [
        ("source", &mut mechanism.source),
        ("help_link", &mut mechanism.help_link),
    ] {
        if text.as_deref() == Some("") {
            *text = None;
            notes.invalid(&place.key(name), Value::Null, "expected a non-empty string");
        }
    }
    let is_link = |link: &str| link.starts_with("http://") || link.starts_with("https://");
    if let Some(link) = mechanism.help_link.take_if(|link| !is_link(link)) {
        notes.invalid(&place.key("help_link"), link, "expected http URL");
    }
}

fn names(meta: &mut Object, os: Option<Os>) {
    name(meta, "mach_exception", "exception", "name", os_names::mach_exception);
    let Some(os) = os else { return };
    name(meta, "errno", "number", "name", |number| os_names::errno(os, number));
    let signal = meta.get("signal").and_then(|signal| signal.get("number")?.as_i64());
    if let Some(signal) = signal {
        name(meta, "signal", "number", "name", |number| os_names::signal(os, number));
        name(meta, "signal", "code", "code_name", |code| {
            os_names::signal_code(os, signal, code)
        });
    }
}

/// Names the number in one of the parts, unless the SDK did.
fn name(meta: &mut Object, part: &str, number: &str, name: &str, name_of: impl Fn(i64) -> Option<&'static str>) {
    let Some(Value::Object(part)) = meta.get_mut(part) else {
        return;
    };
    if part.contains_key(name) {
        return;
    }
    let found = part.get(number).and_then(Value::as_i64).and_then(name_of);
    if let Some(found) = found {
        part.insert(name.to_owned(), Value::from(found));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::read;

    #[track_caller]
    fn check(rest: Value, meta: Value, expected: Value) {
        let mut input = rest;
        input["exception"] = json!([{"type": "E", "mechanism": {"type": "x", "meta": meta}}]);
        let mut event = read(input.clone());
        super::normalize(&mut event);
        let mechanism = event.exception[0].mechanism.as_ref().unwrap();
        assert_eq!(Value::Object(mechanism.meta.clone()), expected, "{input}");
    }

    #[test]
    fn numbers_get_their_names() {
        let darwin = json!({"platform": "cocoa"});
        let linux = json!({"contexts": {"os": {"name": "Linux"}}});
        let windows = json!({"contexts": {"os": {"name": "Windows"}}});
        check(
            darwin.clone(),
            json!({"signal": {"number": 11, "code": 1}, "mach_exception": {"exception": 1, "code": 2, "subcode": 0}}),
            json!({
                "signal": {"number": 11, "code": 1, "name": "SIGSEGV", "code_name": "SEGV_MAPERR"},
                "mach_exception": {"exception": 1, "code": 2, "subcode": 0, "name": "EXC_BAD_ACCESS"},
            }),
        );
        check(
            json!({"debug_meta": {"sdk_info": {"sdk_name": "iOS"}}}),
            json!({"signal": {"number": 10}}),
            json!({"signal": {"number": 10, "name": "SIGBUS"}}),
        );
        check(
            linux.clone(),
            json!({"signal": {"number": 7}, "errno": {"number": 11}}),
            json!({"signal": {"number": 7, "name": "SIGBUS"}, "errno": {"number": 11, "name": "EAGAIN"}}),
        );
        check(
            windows,
            json!({"signal": {"number": 11}, "errno": {"number": 2}}),
            json!({"signal": {"number": 11}, "errno": {"number": 2, "name": "ENOENT"}}),
        );
        check(
            json!({}),
            json!({"signal": {"number": 11}, "errno": {"number": 2}, "mach_exception": {"exception": 6}}),
            json!({"signal": {"number": 11}, "errno": {"number": 2}, "mach_exception": {"exception": 6, "name": "EXC_BREAKPOINT"}}),
        );
        check(
            linux,
            json!({"signal": {"number": 7, "name": "own"}, "ns_error": {"domain": "d", "code": 3}}),
            json!({"signal": {"number": 7, "name": "own"}, "ns_error": {"domain": "d", "code": 3}}),
        );
        check(
            darwin,
            json!({"signal": {"number": 99}}),
            json!({"signal": {"number": 99}}),
        );
    }

    #[test]
    fn every_mechanism_has_a_type() {
        let check = |sent: Value, expected: &str, errors: usize| {
            let mut event = read(json!({"exception": [{"type": "E", "mechanism": sent}]}));
            super::normalize(&mut event);
            let mechanism = event.exception[0].mechanism.as_ref().unwrap();
            assert_eq!(mechanism.kind.as_deref(), Some(expected), "{sent}");
            assert_eq!(event.errors.len(), errors, "{sent}");
        };
        check(json!({"type": "x"}), "x", 0);
        check(json!({"handled": true}), "generic", 0);
        check(json!({"type": "", "handled": true}), "generic", 1);
        check(json!({"type": null, "handled": true}), "generic", 1);
        check(json!({"type": 5, "handled": true}), "generic", 1);
    }

    #[test]
    fn links_are_links() {
        let check = |link: &str, kept: bool| {
            let mut event = read(json!({"exception": [{"type": "E", "mechanism": {"type": "x", "help_link": link}}]}));
            super::normalize(&mut event);
            let mechanism = event.exception[0].mechanism.as_ref().unwrap();
            assert_eq!(mechanism.help_link.is_some(), kept, "{link}");
            assert_eq!(event.errors.is_empty(), kept, "{link}");
        };
        check("https://example.com/help", true);
        check("javascript:alert(1)", false);
        check("", false);
    }
}
