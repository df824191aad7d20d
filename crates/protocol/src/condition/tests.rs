use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::event::Event;

fn glob(pattern: &str) -> Glob {
    Glob::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

#[test]
fn globs_match_whole_texts() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("", "a", false),
        ("abc", "abc", true),
        ("abc", "ABC", false),
        ("abc", "abcd", false),
        ("bc", "abc", false),
        ("*", "", true),
        ("*", "a/b\nc", true),
        ("**", "x", true),
        ("a*c", "ac", true),
        ("a*c", "a\n/c", true),
        ("a*c", "abcd", false),
        ("*ab*ab", "abab", true),
        ("*ab*ab", "ab", false),
        ("*aab", "aaab", true),
        ("a?c", "aéc", true),
        ("a?c", "ac", false),
        ("?", "\n", true),
        ("*?", "", false),
        ("*?", "ab", true),
        ("[a-c]x", "bx", true),
        ("[a-c]x", "dx", false),
        ("[!a-c]x", "dx", true),
        ("[!a-c]x", "ax", false),
        ("[ace]", "c", true),
        ("[ace]", "b", false),
        ("[]a]", "]", true),
        ("[a-]", "-", true),
        ("[\\]]", "]", true),
        ("[^a]", "^", true),
        ("*[0-9]", "release 7", true),
        ("{a,b}c", "bc", true),
        ("{a,b}c", "cc", false),
        ("{a,}b", "b", true),
        ("{a,{b,c}d}e", "cde", true),
        ("x{a*,b}*y", "xaby", true),
        ("v={418,423}*", "v=423 more", true),
        ("\\*", "*", true),
        ("\\*", "a", false),
        ("\\{a\\}", "{a}", true),
        ("a,b", "a,b", true),
    ] {
        assert_eq!(glob(pattern).is_match(text), expected, "{pattern} on {text}");
    }
}

#[test]
fn case_is_ignored_when_asked_beyond_ascii_too() {
    for (pattern, text, expected) in [
        ("chunk*", "CHUNK LOAD", true),
        ("CHUNK*", "chunk load", true),
        ("straße", "STRAßE", true),
        ("ÄRGER", "ärger", true),
        ("[a-c]", "B", true),
        ("[A-C]", "b", true),
        ("[!a-c]", "B", false),
        ("σ*", "Σ", true),
    ] {
        assert_eq!(
            Glob::case_insensitive(pattern).unwrap().is_match(text),
            expected,
            "{pattern} on {text}"
        );
        let mut globs = Globs::new(true);
        globs.push(pattern).unwrap();
        assert_eq!(globs.is_match(text), expected, "{pattern} on {text}");
    }
}

#[test]
fn what_is_no_pattern_says_where_and_what_to_do() {
    for (pattern, column, message) in [
        ("ab[c", 3, "`[` is never closed"),
        ("ab{c,d", 3, "`{` is never closed"),
        ("é}", 2, "`}` closes nothing"),
        ("x\\", 2, "`\\` stands at the end"),
        ("[z-a]", 2, "backwards"),
        ("[]", 1, "never closed"),
        ("{{{{{a}}}}}", 5, "four deep"),
    ] {
        let error = Glob::new(pattern).unwrap_err();
        assert_eq!(error.column, column, "{pattern}");
        assert!(error.message.contains(message), "{pattern}: {error}");
    }
    assert!(Glob::new(&"a".repeat(2048)).is_ok());
    assert!(Glob::new(&"a".repeat(2049)).is_err());
}

#[test]
fn patterns_made_to_be_slow_are_not() {
    let text = "a".repeat(20_000);
    for pattern in [
        "*a".repeat(300) + "b",
        "{a,a}".repeat(200) + "b*",
        "{*,a*}".repeat(100) + "b",
        "*[a-b]".repeat(300) + "b",
        "[a-b]*".repeat(300) + "b",
    ] {
        let begin = std::time::Instant::now();
        assert!(!glob(&pattern).is_match(&text));
        assert!(begin.elapsed().as_secs() < 5, "{pattern}");
    }
    assert!(glob(&("*a".repeat(300) + "*")).is_match(&text));
}

/// Patterns without alternatives, by hand: each list stands for itself.
fn expand(pattern: &[char]) -> Vec<Vec<char>> {
    let Some(open) = pattern.iter().position(|&c| c == '{') else {
        return vec![pattern.to_vec()];
    };
    let (mut depth, mut start, mut options) = (0, open + 1, Vec::new());
    for index in open..pattern.len() {
        match pattern[index] {
            '{' => depth += 1,
            ',' if depth == 1 => {
                options.push(&pattern[start..index]);
                start = index + 1;
            }
            '}' if depth == 1 => {
                options.push(&pattern[start..index]);
                return options
                    .into_iter()
                    .flat_map(|option| expand(&[&pattern[..open], option, &pattern[index + 1..]].concat()))
                    .collect();
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    panic!("unbalanced");
}

/// The definition, with all the backtracking that it implies.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
        ['?', rest @ ..] => !text.is_empty() && naive(rest, &text[1..]),
        ['[', rest @ ..] => {
            let end = rest.iter().position(|&c| c == ']').unwrap();
            let (negated, members) = match &rest[..end] {
                ['!', members @ ..] => (true, members),
                members => (false, members),
            };
            let [first, ..] = text else { return false };
            let member = match members {
                [low, '-', high] => low <= first && first <= high,
                members => members.contains(first),
            };
            member != negated && naive(&rest[end + 1..], &text[1..])
        }
        [c, rest @ ..] => text.first() == Some(c) && naive(rest, &text[1..]),
    }
}

fn pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => "[abé]{1,2}",
        2 => Just("*".to_owned()),
        1 => Just("?".to_owned()),
        1 => prop_oneof![Just("[a-b]"), Just("[!a]"), Just("[aé]"), Just("[!a-b]")].prop_map(str::to_owned),
    ];
    let sequence = |part: BoxedStrategy<String>| proptest::collection::vec(part, 0..4).prop_map(|parts| parts.concat());
    let tree = leaf.prop_recursive(2, 12, 3, move |inner| {
        proptest::collection::vec(sequence(inner.boxed()), 1..3).prop_map(|parts| format!("{{{}}}", parts.join(",")))
    });
    proptest::collection::vec(tree, 0..5).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn globs_agree_with_their_definition(pattern in pattern(), text in "[abé]{0,8}") {
        let chars: Vec<char> = text.chars().collect();
        let expected = expand(&pattern.chars().collect::<Vec<_>>()).iter().any(|pattern| naive(pattern, &chars));
        prop_assert_eq!(glob(&pattern).is_match(&text), expected, "{} on {}", pattern, text);
    }

    #[test]
    fn no_text_makes_a_glob_panic(pattern in "[a-c*?\\[\\]{},!\\\\é-]{0,12}", text in "[a-cé]{0,12}") {
        for glob in [Glob::new(&pattern), Glob::case_insensitive(&pattern)].into_iter().flatten() {
            glob.is_match(&text);
        }
    }
}

fn event() -> Event {
    Event::from_json(json!({
        "type": "transaction", "level": "warning", "release": "shop@1.2.3+b7", "dist": "7", "environment": "prod",
        "transaction": "/cart", "logger": "root", "platform": "python", "server_name": "web-1",
        "start_timestamp": 10, "timestamp": 10.25, "transaction_info": {"source": "route"},
        "measurements": {"lcp": {"value": 1.5}, "a.b": {"value": 2}}, "breakdowns": {"ops": {"db": {"value": 7}}},
        "spans": [{"op": "db", "status": "ok", "start_timestamp": 10, "timestamp": 10.5, "exclusive_time": 3,
                   "data": {"db.system": "sqlite"}, "tags": {"t": "u"}, "sentry_tags": {"group": "g"}}],
        "logentry": {"message": "%s", "formatted": "hi"},
        "user": {"id": "7", "email": "", "ip_address": "10.1.2.3", "segment": "vip", "plan": "free",
                 "geo": {"city": "Berlin", "country_code": "DE"}},
        "request": {"url": "https://a.example/", "method": "GET", "headers": {"User-Agent": "Slurp"}},
        "sdk": {"name": "sentry.python", "version": "2.0"},
        "tags": {"a.b": "c"},
        "extra": {"x": {"y": 4}, "x.z": true},
        "contexts": {"os": {"name": "iOS", "version": "17"}, "device": {"screen_dpi": 560, "charging": true, "battery_level": 0.5},
                     "response": {"status_code": 418}, "browser": {"browser": "Fox 1", "name": "Fox"}},
        "exception": [{"type": "A", "value": "one"}, {"type": "B", "value": "two", "module": "m",
                       "mechanism": {"type": "x", "handled": false}}],
    }))
    .unwrap()
}

#[test]
fn fields_of_an_event_have_the_names_of_sentry() {
    let event = event();
    let text = |text: &'static str| Some(FieldValue::from(text));
    for (name, expected) in [
        ("type", text("transaction")),
        ("level", text("warning")),
        ("release", text("shop@1.2.3+b7")),
        ("release.package", text("shop")),
        ("release.version.short", text("1.2.3")),
        ("release.build", text("b7")),
        ("dist", text("7")),
        ("environment", text("prod")),
        ("transaction", text("/cart")),
        ("logger", text("root")),
        ("platform", text("python")),
        ("server_name", text("web-1")),
        ("logentry.message", text("%s")),
        ("logentry.formatted", text("hi")),
        ("user.id", text("7")),
        ("user.email", None),
        ("user.segment", text("vip")),
        ("user.ip_address", text("10.1.2.3")),
        ("user.geo.city", text("Berlin")),
        ("user.data.plan", text("free")),
        ("request.url", text("https://a.example/")),
        ("request.method", text("GET")),
        ("request.headers.user-agent", text("Slurp")),
        ("sdk.name", text("sentry.python")),
        ("sdk.version", text("2.0")),
        ("tags.a.b", text("c")),
        ("tags.none", None),
        ("extra.x.y", Some(FieldValue::Integer(4))),
        ("extra.x.z", Some(FieldValue::Bool(true))),
        ("extra.x", None),
        ("contexts.os", text("iOS 17")),
        ("contexts.os.version", text("17")),
        ("contexts.browser", text("Fox 1")),
        ("contexts.device.screen_dpi", Some(FieldValue::Integer(560))),
        ("contexts.device.charging", Some(FieldValue::Bool(true))),
        ("contexts.device.battery_level", Some(FieldValue::Float(0.5))),
        ("contexts.response.status_code", Some(FieldValue::Integer(418))),
        ("duration", Some(FieldValue::Float(250.0))),
        ("transaction.source", text("route")),
        ("measurements.lcp.value", Some(FieldValue::Float(1.5))),
        ("measurements.a.b.value", Some(FieldValue::Float(2.0))),
        ("measurements.fid.value", None),
        ("breakdowns.ops.db", Some(FieldValue::Float(7.0))),
        ("nothing", None),
        ("user", None),
    ] {
        assert_eq!(event.get(&format!("event.{name}")), expected, "{name}");
    }
    assert_eq!(event.get("release"), None);
    assert_eq!(Event::default().get("event.platform"), text("other"));
    assert_eq!(event.list("event.exceptions").map(|list| list.len()), Some(2));
    assert!(event.list("event.threads").is_none());
}

#[test]
fn fields_of_a_span_have_the_names_of_sentry() {
    let event = event();
    let span = &event.spans[0];
    let text = |text: &'static str| Some(FieldValue::from(text));
    for (name, expected) in [
        ("op", text("db")),
        ("description", None),
        ("status", text("ok")),
        ("duration", Some(FieldValue::Float(500.0))),
        ("exclusive_time", Some(FieldValue::Float(3.0))),
        ("data.db.system", text("sqlite")),
        ("tags.t", text("u")),
        ("sentry_tags.group", text("g")),
    ] {
        assert_eq!(span.get(&format!("span.{name}")), expected, "{name}");
    }
    assert_eq!(span.get("op"), None);
}

#[test]
fn every_operator_does_what_the_reference_says() {
    let event = event();
    let check = |condition: Value, expected: bool| {
        let parsed = Condition::parse(&condition).unwrap_or_else(|error| panic!("{condition}: {error}"));
        assert_eq!(parsed.matches(&event), expected, "{condition}");
        let again = Condition::parse(&parsed.to_json()).unwrap();
        assert_eq!(again, parsed, "{condition}");
    };
    let eq = |name: &str, value: Value| json!({"op": "eq", "name": name, "value": value});
    check(eq("event.environment", json!("prod")), true);
    check(eq("event.environment", json!("Prod")), false);
    check(
        json!({"op": "eq", "name": "event.environment", "value": ["x", "PROD"], "options": {"ignoreCase": true}}),
        true,
    );
    check(eq("event.environment", json!(["dev", "prod"])), true);
    check(eq("event.environment", json!([])), false);
    check(eq("event.environment", json!(null)), false);
    check(eq("event.user.email", json!(null)), true);
    check(eq("event.contexts.device.charging", json!(true)), true);
    check(eq("event.contexts.device.charging", json!("true")), false);
    check(eq("event.contexts.response.status_code", json!(418)), true);
    check(eq("event.contexts.response.status_code", json!(418.0)), true);
    check(eq("event.contexts.response.status_code", json!("418")), false);
    for (op, below, equal, above) in [
        ("gt", false, false, true),
        ("gte", false, true, true),
        ("lt", true, false, false),
        ("lte", true, true, false),
    ] {
        let compare = |value: Value| json!({"op": op, "name": "event.duration", "value": value});
        check(compare(json!(250.5)), below);
        check(compare(json!(250)), equal);
        check(compare(json!(249)), above);
        check(compare(json!("249")), false);
        check(json!({"op": op, "name": "event.nothing", "value": 1}), false);
        check(json!({"op": op, "name": "event.environment", "value": "prod"}), equal);
        check(json!({"op": op, "name": "event.environment", "value": "aaa"}), above);
    }
    let glob = |value: Value| json!({"op": "glob", "name": "event.release", "value": value});
    check(glob(json!(["shop@1.*"])), true);
    check(glob(json!(["SHOP@1.*"])), false);
    check(glob(json!(["x", "*b7"])), true);
    check(glob(json!([])), false);
    check(
        json!({"op": "glob", "name": "event.release", "value": ["SHOP@*"], "options": {"ignoreCase": true}}),
        true,
    );
    check(
        json!({"op": "glob", "name": "event.contexts.response.status_code", "value": ["4*"]}),
        false,
    );
    let cidr = |value: Value| json!({"op": "cidr", "name": "event.user.ip_address", "value": value});
    check(cidr(json!(["10.1.0.0/16"])), true);
    check(cidr(json!(["10.2.0.0/16", "::/0"])), false);
    check(
        json!({"op": "cidr", "name": "event.release", "value": ["0.0.0.0/0"]}),
        false,
    );
    let (yes, no) = (eq("event.dist", json!("7")), eq("event.dist", json!("8")));
    check(json!({"op": "and", "inner": []}), true);
    check(json!({"op": "and", "inner": [yes, no]}), false);
    check(json!({"op": "and", "inner": [yes, yes]}), true);
    check(json!({"op": "or", "inner": []}), false);
    check(json!({"op": "or", "inner": [no, yes]}), true);
    check(json!({"op": "not", "inner": yes}), false);
    check(json!({"op": "not", "inner": no}), true);
    let members = |op: &str, name: &str, inner: Value| json!({"op": op, "name": name, "inner": inner});
    check(members("any", "event.exceptions", eq("ty", json!("B"))), true);
    check(members("any", "event.exceptions", eq("ty", json!("C"))), false);
    check(members("any", "event.exceptions", eq("event.dist", json!("7"))), false);
    check(
        members("any", "event.threads", json!({"op": "and", "inner": []})),
        false,
    );
    check(members("all", "event.exceptions", eq("ty", json!("B"))), false);
    check(members("all", "event.exceptions", eq("ty", json!(["A", "B"]))), true);
    check(
        members("all", "event.threads", json!({"op": "and", "inner": []})),
        false,
    );
    check(
        members("any", "event.exception.values", eq("mechanism.handled", json!(false))),
        true,
    );
}

#[test]
fn networks_hold_their_addresses() {
    for (network, address, expected) in [
        ("10.0.0.1", "10.0.0.1", true),
        ("10.0.0.1", "10.0.0.2", false),
        ("10.0.0.0/8", "10.255.255.255", true),
        ("10.0.0.0/8", "11.0.0.0", false),
        ("10.9.9.9/8", "10.1.1.1", true),
        ("0.0.0.0/0", "255.1.1.1", true),
        ("0.0.0.0/0", "::1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::1", false),
        ("::/0", "2001:db9::1", true),
        ("::1", "::1", true),
        ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ("::ffff:10.0.0.0/104", "10.0.0.1", true),
    ] {
        let parsed: Network = network.parse().unwrap();
        assert_eq!(
            parsed.contains(address.parse().unwrap()),
            expected,
            "{address} in {network}"
        );
        assert_eq!(parsed.to_string().parse(), Ok(parsed));
    }
    for bad in [
        "",
        "10.0.0",
        "10.0.0.0/33",
        "::/129",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "host",
        "10.0.0.256",
    ] {
        assert!(bad.parse::<Network>().is_err(), "{bad}");
    }
}

#[test]
fn what_is_no_condition_says_where_and_what_to_do() {
    let nested = (0..40).fold(
        json!({"op": "and", "inner": []}),
        |inner, _| json!({"op": "not", "inner": inner}),
    );
    let many: Vec<Value> = (0..600).map(|_| json!({"op": "and", "inner": []})).collect();
    for (condition, path, message) in [
        (json!([]), "", "is an object"),
        (json!({}), "", "`op` is missing"),
        (json!({"op": "has"}), "", "`has` is no operator"),
        (json!({"op": "eq", "value": 1}), "", "`name` is missing"),
        (json!({"op": "eq", "name": "a"}), "value", "it is missing"),
        (
            json!({"op": "eq", "name": "a", "value": {}}),
            "value",
            "expected a text",
        ),
        (
            json!({"op": "eq", "name": "a", "value": [1, []]}),
            "value[1]",
            "expected a text",
        ),
        (
            json!({"op": "gt", "name": "a", "value": true}),
            "value",
            "expected a number",
        ),
        (
            json!({"op": "glob", "name": "a", "value": "x"}),
            "value",
            "expected a list",
        ),
        (
            json!({"op": "glob", "name": "a", "value": ["x", "[y"]}),
            "value[1]",
            "column 1: `[` is never closed",
        ),
        (
            json!({"op": "cidr", "name": "a", "value": ["x"]}),
            "value[0]",
            "`x` is neither",
        ),
        (json!({"op": "and"}), "", "`inner` is missing"),
        (json!({"op": "not"}), "", "`inner` is missing"),
        (
            json!({"op": "eq", "name": "a", "value": 1, "options": {"ignoreCase": 1}}),
            "options.ignoreCase",
            "true or false",
        ),
        (
            json!({"op": "and", "inner": [{"op": "and", "inner": []}, {"op": "any", "name": "l", "inner": {"op": "x"}}]}),
            "inner[1].inner",
            "`x` is no operator",
        ),
        (nested, &vec!["inner"; 17].join("."), "16 deep"),
        (json!({"op": "or", "inner": many}), "inner[499]", "more than 500"),
    ] {
        let error = Condition::parse(&condition).unwrap_err();
        assert_eq!(error.path, path, "{error}");
        assert!(error.message.contains(message), "{error}");
    }
}
