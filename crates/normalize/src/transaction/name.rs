//! Names that can be grouped by: an address that holds ids is a name for each of them (`ingest.md` §7.1).

use model::Timestamp;
use protocol::event::{
    Event, SpanStatus, TransactionInfo,
    meta::{Remark, RemarkKind},
};
use serde_json::Value;

use super::{name_rules::NameRules, trace_status};
use crate::Context;

const UNLABELED: &str = "<unlabeled transaction>";
const SANITIZED: &str = "sanitized";

pub(super) fn normalize(event: &mut Event, cx: &Context<'_>) {
    let name = event.transaction.take().filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| UNLABELED.to_owned());
    let source = event.transaction_info.as_ref().and_then(|info| info.source.as_deref());
    let is_url = match source {
        Some("url" | SANITIZED) => true,
        Some(_) => false,
        None => name.contains('/') && sends_raw_urls(event),
    };
    let source = if is_url {
        Some(SANITIZED)
    } else {
        source.is_none().then_some("unknown")
    };
    if let Some(source) = source {
        let info = event.transaction_info.get_or_insert_with(TransactionInfo::default);
        info.source = Some(source.to_owned());
    }
    event.transaction = Some(name);
    if is_url {
        sanitize(event, cx);
    }
}

fn sanitize(event: &mut Event, cx: &Context<'_>) {
    let Some(sent) = &event.transaction else { return };
    let mut remarks = event.meta.at(["transaction"]);
    let mut name = sent.clone();
    if let Some(cleaned) = without_ids(&name) {
        for (rule, start, end) in cleaned.replaced {
            remarks.remark(Remark::new(rule, RemarkKind::Substituted).between(start, end));
        }
        name = cleaned.name;
    }
    if let Some((pattern, renamed)) = cx
        .transaction_names
        .and_then(|rules| rules.apply(&name, cx.received_at))
    {
        remarks.remark(Remark::new(pattern, RemarkKind::Substituted));
        name = renamed;
    }
    if name != *sent {
        remarks.original_value(&Value::from(sent.as_str()));
        event.transaction = Some(name);
    }
}

/// The name as a transaction's would be, for a name of which the source is not known: that in the trace header of an
/// envelope (`ingest.md` §7.2).
pub fn clean_name(name: &str, rules: Option<&NameRules>, now: Timestamp) -> String {
    if !name.contains('/') {
        return name.to_owned();
    }
    let name = without_ids(name).map_or_else(|| name.to_owned(), |cleaned| cleaned.name);
    let renamed = rules.and_then(|rules| rules.apply(&name, now));
    renamed.map_or(name, |(_, renamed)| renamed)
}

/// SDKs without a source of names, of which it is known that addresses are their names.
fn sends_raw_urls(event: &Event) -> bool {
    const SDKS: [&str; 10] = [
        "sentry.javascript.angular",
        "sentry.javascript.browser",
        "sentry.javascript.ember",
        "sentry.javascript.gatsby",
        "sentry.javascript.nextjs",
        "sentry.javascript.react",
        "sentry.javascript.remix",
        "sentry.javascript.vue",
        "sentry.php.laravel",
        "sentry.php.symfony",
    ];
    let Some(sdk) = &event.sdk else { return false };
    let has = |integration: &str| sdk.integrations.iter().any(|name| name == integration);
    match sdk.name.as_deref() {
        Some(name) if SDKS.contains(&name) => true,
        Some("sentry.python") => has("django") && event.tag("http.status_code") == Some("404"),
        Some("sentry.javascript.node") => {
            let method = event.request.as_ref().and_then(|request| request.method.as_deref());
            has("Express") && method.is_some_and(|method| method.eq_ignore_ascii_case("OPTIONS"))
        }
        Some("sentry.ruby") => {
            event.modules.iter().any(|(module, _)| module == "rack") && trace_status(event).is_some_and(is_rack_error)
        }
        _ => false,
    }
}

/// What Rack's middleware makes of the status of a response for which no route was found.
fn is_rack_error(status: SpanStatus) -> bool {
    use SpanStatus::{Aborted, DataLoss, FailedPrecondition, Ok, OutOfRange, Unknown};
    !matches!(
        status,
        Ok | Unknown | Aborted | DataLoss | FailedPrecondition | OutOfRange
    )
}

struct Cleaned {
    name: String,
    /// By which rule, and where in the text as it was.
    replaced: Vec<(&'static str, usize, usize)>,
}

/// Replaces every part between slashes that holds an id. `None` if there is none, or if nothing else would be left.
fn without_ids(name: &str) -> Option<Cleaned> {
    let mut cleaned = Cleaned {
        name: String::with_capacity(name.len()),
        replaced: Vec::new(),
    };
    let mut start = 0;
    for segment in name.split_inclusive(['/', '\\']) {
        let text = segment.strip_suffix(['/', '\\']).unwrap_or(segment);
        match id_in(text) {
            Some(rule) => {
                cleaned.replaced.push((rule, start, start + text.len()));
                cleaned.name.push('*');
                cleaned.name.push_str(&segment[text.len()..]);
            }
            None => cleaned.name.push_str(segment),
        }
        start += segment.len();
    }
    (!cleaned.replaced.is_empty() && cleaned.name != "*").then_some(cleaned)
}

fn id_in(segment: &str) -> Option<&'static str> {
    if has_number(segment) {
        return Some("int");
    }
    segment
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '-'))
        .find_map(|words| {
            // A UUID is five words of which the dashes are part.
            if words.len() >= 36 && has_uuid(words) {
                return Some("uuid");
            }
            words.split('-').find_map(hex_in)
        })
}

/// Two digits in a row, those of percent-encoding aside; behind a stray percent sign nothing counts.
fn has_number(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    let (mut at, mut digits) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            let encoded = bytes.get(at + 1..at + 3);
            if !encoded.is_some_and(|encoded| encoded.iter().all(u8::is_ascii_hexdigit)) {
                return false;
            }
            (at, digits) = (at + 3, 0);
            continue;
        }
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        if digits == 2 {
            return true;
        }
        at += 1;
    }
    false
}

fn has_uuid(words: &str) -> bool {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let words: Vec<&str> = words.split('-').collect();
    words.windows(5).any(|part| {
        part.iter()
            .zip(LENGTHS)
            .all(|(word, length)| word.len() == length && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

fn hex_in(word: &str) -> Option<&'static str> {
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match word.len() {
        40 if is_hex(word) => Some("sha1"),
        32 if is_hex(word) => Some("md5"),
        _ => {
            let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"))?;
            is_hex(digits).then_some("hex")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        tests::{NOW, context},
        transaction::{NameRule, tests::transaction},
    };

    fn named(fields: Value) -> Event {
        let mut event = transaction(fields);
        normalize(&mut event, &context());
        let once = event.to_json();
        normalize(&mut event, &context());
        assert_eq!(event.to_json(), once, "twice is once");
        event
    }

    fn source(event: &Event) -> Option<&str> {
        event.transaction_info.as_ref()?.source.as_deref()
    }

    #[test]
    fn ids_in_addresses_become_stars() {
        for (sent, expected) in [
            ("/user/123/x", "/user/*/x"),
            ("/a/1", "/a/1"),
            ("/api/0/x", "/api/0/x"),
            ("/v1/users", "/v1/users"),
            ("/2/3", "/2/3"),
            ("/a/b2b", "/a/b2b"),
            ("/a/1b2", "/a/1b2"),
            ("1234", "1234"),
            ("foo 1234", "foo 1234"),
            ("foo 1234/b", "*/b"),
            ("/a/b_123_c", "/a/*"),
            ("/a/v12/x", "/a/*/x"),
            ("/static/app.12.js", "/static/*"),
            ("GET /users/1234/", "GET /users/*/"),
            ("http://a.com/123/b", "http://a.com/*/b"),
            ("/a/123?x=1", "/a/*"),
            ("/123/456", "/*/*"),
            ("/a//12//", "/a//*//"),
            ("\\a\\123", "\\a\\*"),
            ("/x/0x1", "/x/*"),
            ("0x1/a", "*/a"),
            ("/d/2023-01-02T03:04:05Z", "/d/*"),
            ("/d/Mon Jan  2 03:04:05 2023/x", "/d/*/x"),
            ("/abcdefab-abcd-abcd-abcd-abcdefabcdef-x/y", "/*/y"),
            (
                "/abcdefab-abcd-abcd-abcd-abcdefabcdefz/y",
                "/abcdefab-abcd-abcd-abcd-abcdefabcdefz/y",
            ),
            ("/abcdefabcdefabcdefabcdefabcdefab", "/*"),
            (
                "/abcdefabcdefabcdefabcdefabcdefabz",
                "/abcdefabcdefabcdefabcdefabcdefabz",
            ),
            ("/x/abcdefabcdefabcdefabcdefabcdefabcdefabcd.js", "/x/*"),
            ("abcdefabcdefabcdefabcdefabcdefab", "abcdefabcdefabcdefabcdefabcdefab"),
            ("/a%20b", "/a%20b"),
            ("/a/%2022", "/a/*"),
            ("/a%zz12", "/a%zz12"),
            ("/é12", "/*"),
            ("/", "/"),
        ] {
            let event = named(json!({"transaction": sent, "transaction_info": {"source": "url"}}));
            assert_eq!(event.transaction.as_deref(), Some(expected), "{sent}");
            assert_eq!(source(&event), Some("sanitized"), "{sent}");
            let original = event.meta.get(["transaction"]).and_then(|entry| entry.get("val"));
            assert_eq!(original, (sent != expected).then(|| json!(sent)).as_ref(), "{sent}");
        }
    }

    #[test]
    fn remarks_say_what_was_where() {
        let event = named(json!({"transaction": "/user/123/0x1", "transaction_info": {"source": "url"}}));
        let expected = json!({"rem": [["int", "s", 6, 9], ["hex", "s", 10, 13]], "val": "/user/123/0x1"});
        assert_eq!(
            event.meta.get(["transaction"]).cloned().map(Value::Object),
            Some(expected)
        );
    }

    #[test]
    fn the_source_decides() {
        let check = |sent: Value, name: &str, expected: &str| {
            let event = named(json!({"transaction": "/a/123", "transaction_info": {"source": sent}}));
            assert_eq!(event.transaction.as_deref(), Some(name), "{sent}");
            assert_eq!(source(&event), Some(expected), "{sent}");
        };
        check(json!("url"), "/a/*", "sanitized");
        check(json!("sanitized"), "/a/*", "sanitized");
        for kept in ["route", "custom", "view", "component", "task", "unknown", "own"] {
            check(json!(kept), "/a/123", kept);
        }
        check(json!(null), "/a/123", "unknown");
    }

    #[test]
    fn without_a_source_the_sdk_decides() {
        let check = |mut fields: Value, expected: &str| {
            let sent = fields.clone();
            if fields.get("transaction").is_none() {
                fields["transaction"] = json!("/a/123");
            }
            assert_eq!(source(&named(fields)), Some(expected), "{sent}");
        };
        for sdk in [
            "sentry.javascript.browser",
            "sentry.javascript.vue",
            "sentry.php.laravel",
            "sentry.php.symfony",
        ] {
            check(json!({"sdk": {"name": sdk}}), "sanitized");
            check(json!({"sdk": {"name": sdk}, "transaction": "no slash 123"}), "unknown");
        }
        for sdk in ["sentry.python", "sentry.javascript.node", "sentry.ruby", "sentry.php"] {
            check(json!({"sdk": {"name": sdk}}), "unknown");
        }
        check(json!({}), "unknown");
        let django = |status: &str| json!({"sdk": {"name": "sentry.python", "integrations": ["django"]}, "tags": {"http.status_code": status}});
        check(django("404"), "sanitized");
        check(django("200"), "unknown");
        let express = |method: &str| json!({"sdk": {"name": "sentry.javascript.node", "integrations": ["Express"]}, "request": {"method": method}});
        check(express("options"), "sanitized");
        check(express("GET"), "unknown");
        let rack = |status: &str| {
            json!({"sdk": {"name": "sentry.ruby"}, "modules": {"rack": "3"},
                "contexts": {"trace": {"trace_id": "a".repeat(32), "span_id": "b".repeat(16), "status": status}}})
        };
        check(rack("not_found"), "sanitized");
        check(rack("ok"), "unknown");
    }

    #[test]
    fn rules_of_the_project_come_after_the_ids() {
        let rules = NameRules::new(vec![NameRule::new("/user/*/**", NOW)]);
        let cx = Context {
            transaction_names: Some(&rules),
            ..context()
        };
        let mut event = transaction(json!({"transaction": "/user/jane/12", "transaction_info": {"source": "url"}}));
        normalize(&mut event, &cx);
        assert_eq!(event.transaction.as_deref(), Some("/user/*/*"));
        let expected = json!({"rem": [["int", "s", 11, 13], ["/user/*/**", "s"]], "val": "/user/jane/12"});
        assert_eq!(
            event.meta.get(["transaction"]).cloned().map(Value::Object),
            Some(expected)
        );
        let once = event.clone();
        normalize(&mut event, &cx);
        assert_eq!(event, once);

        assert_eq!(clean_name("/user/jane/12", Some(&rules), NOW), "/user/*/*");
        assert_eq!(clean_name("/user/jane/12", None, NOW), "/user/jane/*");
        assert_eq!(clean_name("job 12", Some(&rules), NOW), "job 12");
    }

    #[test]
    fn a_transaction_always_has_a_name() {
        for fields in [json!({}), json!({"transaction": ""}), json!({"transaction": 5})] {
            assert_eq!(named(fields).transaction.as_deref(), Some("<unlabeled transaction>"));
        }
    }
}
