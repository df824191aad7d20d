//! The grammar of selectors and what they select (`ingest.md` §5.3, §13.4).

use scrub::Selector;
use serde_json::{Value, json};

use crate::{advanced, scrub};

const S: &str = "s";

fn event() -> Value {
    json!({
        "extra": {"x": S, "o": {"k": S}},
        "request": {"data": {"k": S}},
        "logentry": {"formatted": S},
        "user": {"id": S, "email": S},
    })
}

fn changed(before: &Value, after: &Value, path: &str, places: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, before) in before {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                changed(before, after.get(key).unwrap_or(&Value::Null), &path, places);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                changed(before, after, &format!("{path}.{index}"), places);
            }
        }
        (before, after) if before != after => places.push(path.to_owned()),
        _ => {}
    }
}

fn selected(selector: &str, event: &Value) -> String {
    let nothing = scrub(&advanced(&json!({})), event);
    let scrubbed = scrub(
        &advanced(&json!({"applications": {selector: ["@anything:replace"]}})),
        event,
    );
    let mut places = Vec::new();
    changed(&nothing, &scrubbed, "", &mut places);
    places.sort();
    places.join(" ")
}

#[test]
fn the_table_of_the_reference() {
    let check = |selector: &str, expected: &str| assert_eq!(selected(selector, &event()), expected, "{selector}");
    for selector in ["x", "X", "'x'"] {
        check(selector, "extra.x");
    }
    check("o.k", "extra.o.k");
    check("**.k", "extra.o.k request.data.k");
    check("*.k", "extra.o.k request.data.k");
    check("extra.*", "extra.o extra.x");
    check("extra.**", "extra.o extra.x");
    check("extra", "extra");
    check("$object", "extra request.data");
    check(
        "$string && !extra.x",
        "extra.o.k logentry.formatted request.data.k user.email user.id",
    );
    check("$request.data.k", "request.data.k");
    check("$user.email", "user.email");
    for nothing in ["e.x", "$user", "$array", "0"] {
        check(nothing, "");
    }
}

/// An event with something of each kind.
fn rich_event() -> Value {
    json!({
        "culprit": S,
        "server_name": S,
        "release": S,
        "request": {"url": S, "headers": [["Foo", S], ["Bar", S]], "data": {"k": S}},
        "extra": {"n": 5, "b": true, "l": [S, {"k": S}], "o": {"p": {"k": S}}},
        "tags": [["t", S]],
        "breadcrumbs": {"values": [{"type": S, "message": S}]},
        "exception": {"values": [{"type": S, "value": S, "stacktrace": {"frames": [{"function": S, "module": S, "vars": {"v": S}}]}}]},
        "threads": {"values": [{"stacktrace": {"frames": [{"vars": {"v": S}}]}}]},
        "logentry": {"message": S, "formatted": S},
        "spans": [{"span_id": "0123456789abcdef", "description": S, "data": {"a.b": S}}],
        "contexts": {"device": {"name": S, "model": S}, "mine": {"a": S}},
        "sdk": {"name": S, "client_ip": "::1"},
    })
}

#[test]
fn kinds_select_what_they_are_the_names_of() {
    let event = rich_event();
    let check = |selector: &str, expected: &str| assert_eq!(selected(selector, &event), expected, "{selector}");
    check("$number", "extra.n");
    check("$boolean", "");
    check("$array", "extra.l");
    check("$array.*", "extra.l.0 extra.l.1");
    check("$array.0", "extra.l.0");
    check("$http.url", "request.url");
    check("$http.headers", "request.headers");
    check("$error.value", "exception.values.0.value");
    check(
        "$exception.**",
        "exception.values.0.stacktrace.frames.0.vars exception.values.0.value",
    );
    check(
        "$stack.**.v",
        "exception.values.0.stacktrace.frames.0.vars.v threads.values.0.stacktrace.frames.0.vars.v",
    );
    check(
        "$stacktrace.frames.*.module",
        "exception.values.0.stacktrace.frames.0.module",
    );
    check(
        "$frame.vars.v",
        "exception.values.0.stacktrace.frames.0.vars.v threads.values.0.stacktrace.frames.0.vars.v",
    );
    check("$thread.**", "threads.values.0.stacktrace.frames.0.vars");
    check("$frame.function", "");
    check("$breadcrumb.message", "breadcrumbs.values.0.message");
    check("$logentry.formatted", "logentry.formatted");
    check("$message", "logentry.formatted");
    check("$span.description", "spans.0.description");
    check("$span.data.'a.b'", "spans.0.data.a.b");
    check("$sdk.client_ip", "sdk.client_ip");
    check("$event.culprit", "culprit");
    check("contexts.mine", "contexts.mine");
    check("contexts.device", "");
    check("device.name", "contexts.device.name");
    check("device.model", "");
}

#[test]
fn paths_are_read_from_their_end() {
    let event = rich_event();
    let check = |selector: &str, expected: &str| assert_eq!(selected(selector, &event), expected, "{selector}");
    check("foo", "request.headers.0.1");
    check("headers.FOO", "request.headers.0.1");
    check("headers.0", "");
    check("tags.t", "tags.0.1");
    check("tags.0", "");
    check("l.0", "extra.l.0");
    check("l.1.k", "extra.l.1.k");
    check("extra.*.k", "");
    check("extra.*.*.k", "extra.l.1.k extra.o.p.k");
    check("extra.**.k", "extra.l.1.k extra.o.p.k");
    check("extra.**.p.k", "extra.o.p.k");
    check("**.p.k", "extra.o.p.k");
    check("o.**", "extra.o.p");
    check("extra.$array", "extra.l");
    check("extra.$string", "");
    check("$object.$array", "extra.l");
    check("**.server_name", "");
    check("values.0.value", "exception.values.0.value");
    check("exception.values.*.value", "exception.values.0.value");
}

#[test]
fn rules_for_everything_leave_alone_what_only_may_be_personal() {
    let event = json!({"request": {"url": S, "method": S}, "user": {"id": S}, "release": S});
    let check = |selector: &str, expected: &str| assert_eq!(selected(selector, &event), expected, "{selector}");
    for general in ["**", "$string", "$string && **", "!$number && $string"] {
        check(general, "user.id");
    }
    for both in ["url || $string", "$string || request.url", "!foo", "*.*"] {
        check(both, "request.url user.id");
    }
    for specific in [
        "url",
        "request.url",
        "*.url",
        "$http.*",
        "url && !foo",
        "!$number && url",
    ] {
        check(specific, "request.url");
    }
    for nothing in [
        "**.url",
        "$string && url",
        "url && $string",
        "method",
        "release",
        "request.method",
    ] {
        check(nothing, "");
    }
    check("(user.id || nope) && $string", "user.id");
    check("~url", "user.id");
}

#[test]
fn the_grammar() {
    for valid in [
        "foo",
        "a || b",
        "a|b",
        "a | b & c",
        "a && b || c && d",
        "(a)",
        "(a || b) && !c",
        "!(a||b)",
        "~a",
        "! a",
        "a . b",
        " a ",
        "'a:b'",
        "'a''b'",
        "a.'b.c'.d",
        "x.'é'",
        "_a",
        "a-",
        "**",
        "*.*",
        "a.*.b",
        "0",
        "01",
        "a.0.b",
        "$string.x",
        "a.$string",
        "**.$string",
        "$attachments.'foo.txt'",
        "!**",
        "$bool",
        "$datetime",
        "$binary",
        "$trace_metric",
        "$heap_memory && !$stack_memory",
        "$minidump",
        "$replay",
        "$log",
    ] {
        assert_eq!(Selector::parse(valid).err(), None, "{valid}");
    }
    let check = |selector: &str, message: &str, column: usize| {
        let error = Selector::parse(selector).expect_err(selector);
        assert!(error.message.starts_with(message), "{selector}: {error}");
        assert_eq!(error.column, column, "{selector}: {error}");
    };
    check("!!a", "invalid syntax: a negation of a negation", 2);
    check("**.**", "deep wildcard used more than once", 4);
    check("a.**.b.**", "deep wildcard used more than once", 8);
    check("*", "wildcard must be part of a path", 1);
    check("a || *", "wildcard must be part of a path", 6);
    check("a.", "invalid syntax: it ends where a name", 3);
    check(".a", "invalid syntax: found '.', expected a name", 1);
    check("a..b", "invalid syntax: found '.'", 3);
    check("a.$foo", "unknown value $foo", 3);
    check("$", "invalid syntax: it ends where the name of a kind", 2);
    check("$String", "invalid syntax: found 'S'", 2);
    check("é", "invalid syntax: found 'é'", 1);
    check("a:b", "invalid syntax: found ':', expected &&, || or the end", 2);
    check("a b", "invalid syntax: found 'b'", 3);
    check("'a", "invalid syntax: the quote is not closed", 1);
    check("a.''", "invalid syntax: there is nothing between the quotes", 3);
    check("1a", "invalid syntax: a name that begins with a digit", 2);
    check("99999999999999999999999", "the number is too large", 1);
    check("-a", "invalid syntax: found '-'", 1);
    check("", "invalid syntax: it ends where a name", 1);
    check("()", "invalid syntax: found ')'", 2);
    check("(a", "invalid syntax: it ends where &&, || or ) is expected", 3);
    check("a)", "invalid syntax: found ')'", 2);
    check("a &&", "invalid syntax: it ends", 5);
    check("a &&& b", "invalid syntax: found '&'", 5);
    check("a.!b", "invalid syntax: found '!'", 3);
    check(&"(".repeat(100), "too many parentheses", 34);
}
