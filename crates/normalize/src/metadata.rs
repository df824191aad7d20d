//! What an event is called: title, location, culprit (`ingest.md` §3.4).

use protocol::event::{Event, EventType, Exception, Frame, Object};
use serde_json::Value;

use crate::limits::{CULPRIT, MESSAGE, NAME, SUMMARY, TITLE, cut, cut_to};

#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventMetadata {
    /// `ZeroDivisionError: division by zero`
    pub title: String,
    /// What is shown below the type in lists: an exception's value; empty where the title says everything.
    pub subtitle: String,
    pub location: Option<String>,
    /// Where in the program it happened; may be empty.
    pub culprit: String,
    /// What the API gives as `metadata` of issue and event.
    pub metadata: Object,
    /// What free text is searched in.
    pub search_text: String,
}

/// Of a normalized event, or one that was stored.
pub fn metadata(event: &Event) -> EventMetadata {
    let mut named = match event.kind {
        EventType::Error => error(event),
        EventType::Transaction => {
            let name = event.transaction.as_deref().unwrap_or("<unlabeled transaction>");
            titled(
                name.to_owned(),
                &[("title", Some(name)), ("location", Some(name))],
                Some(name),
            )
        }
        EventType::Feedback => feedback(event),
        EventType::Csp => {
            let report = [("directive", "effective_directive"), ("uri", "blocked_uri")];
            security(event, &event.csp, report, "directive")
        }
        EventType::Hpkp => certificate(event, &event.hpkp),
        EventType::ExpectCt => certificate(event, &event.expectct),
        EventType::ExpectStaple => certificate(event, &event.expectstaple),
        EventType::Nel => nel(event),
        EventType::Default => {
            let title = message_title(event);
            let stored = title.clone();
            titled(title, &[("title", Some(stored.as_str()))], None)
        }
    };
    named.culprit = culprit(event);
    named.search_text = search_text(event, &named);
    named
}

fn titled(title: String, fields: &[(&str, Option<&str>)], location: Option<&str>) -> EventMetadata {
    let metadata = fields
        .iter()
        .filter_map(|(key, value)| Some(((*key).to_owned(), Value::String((*value)?.to_owned()))))
        .collect();
    EventMetadata {
        title,
        metadata,
        location: location.map(str::to_owned),
        ..EventMetadata::default()
    }
}

fn error(event: &Event) -> EventMetadata {
    let Some(exception) = event.main_exception() else {
        return EventMetadata::default();
    };
    let frame = event.crash_frame();
    let filename = frame.and_then(|frame| frame.filename.as_deref());
    let function = frame.and_then(|frame| frame.function.as_deref());
    let kind = kind(exception).map(|kind| cut_to(kind, NAME));
    let value = exception
        .value
        .as_deref()
        .filter(|value| !value.is_empty())
        .map(|value| cut_to(value, SUMMARY));
    let title = match (&kind, value.as_deref().and_then(first_line)) {
        (Some(kind), Some(line)) => format!("{kind}: {}", cut_to(line, TITLE)),
        (Some(kind), None) => kind.clone(),
        (None, _) => function.unwrap_or("<unknown>").to_owned(),
    };
    let fields = [
        ("type", kind.as_deref()),
        ("value", value.as_deref()),
        ("filename", filename),
        ("function", function),
    ];
    let mut named = titled(title, &fields, filename);
    if let Some(mix) = in_app_frame_mix(event) {
        named.metadata.insert(FRAME_MIX.to_owned(), Value::from(mix));
    }
    EventMetadata {
        subtitle: value.unwrap_or_default(),
        ..named
    }
}

const FRAME_MIX: &str = "in_app_frame_mix";

/// Whose frames the stacks of the exceptions are made of: what priority and noise are judged by.
fn in_app_frame_mix(event: &Event) -> Option<&'static str> {
    let stacks = event
        .exception
        .iter()
        .filter_map(|exception| exception.stacktrace.as_ref());
    let (mut own, mut foreign) = (false, false);
    for frame in stacks.flat_map(|stacktrace| &stacktrace.frames) {
        let is_own = frame.in_app == Some(true);
        own |= is_own;
        foreign |= !is_own;
    }
    match (own, foreign) {
        (true, true) => Some("mixed"),
        (true, false) => Some("in-app-only"),
        (false, true) => Some("system-only"),
        (false, false) => None,
    }
}

/// The type, unless the SDK made it up.
fn kind(exception: &Exception) -> Option<&str> {
    let synthetic = exception
        .mechanism
        .as_ref()
        .is_some_and(|mechanism| mechanism.synthetic == Some(true));
    let kind = exception.kind.as_deref().filter(|kind| !kind.is_empty());
    (!synthetic).then(|| kind.unwrap_or("Error"))
}

fn feedback(event: &Event) -> EventMetadata {
    let field = |name: &str| event.context("feedback")?.get(name)?.as_str();
    let message = field("message").unwrap_or_default();
    let title = format!("User Feedback: {}", cut_to(message, CULPRIT));
    let fields = [
        ("title", Some(title.as_str())),
        ("message", Some(message)),
        ("contact_email", field("contact_email")),
        ("name", field("name")),
        ("source", field("source")),
    ];
    let named = titled(title.clone(), &fields, None);
    EventMetadata {
        subtitle: message.to_owned(),
        ..named
    }
}

/// A report of a browser is called by its message, and is where the page or host is that it tells of.
fn security<const N: usize>(
    event: &Event,
    report: &Object,
    fields: [(&str, &str); N],
    location: &str,
) -> EventMetadata {
    let message = message_title(event);
    let mut named = titled(message.clone(), &[("message", Some(&message))], None);
    for (name, field) in fields {
        if let Some(text) = report.get(field).and_then(Value::as_str) {
            named.metadata.insert(name.to_owned(), Value::from(text));
        }
    }
    named.location = named.metadata.get(location).and_then(Value::as_str).map(str::to_owned);
    named
}

fn certificate(event: &Event, report: &Object) -> EventMetadata {
    security(event, report, [("origin", "hostname")], "origin")
}

fn nel(event: &Event) -> EventMetadata {
    let title = message_title(event);
    let uri = event.request.as_ref().and_then(|request| request.url.as_deref());
    titled(title.clone(), &[("title", Some(&title)), ("uri", uri)], uri)
}

fn message_title(event: &Event) -> String {
    let text = event.logentry.as_ref().and_then(|logentry| logentry.text());
    match text.and_then(first_line) {
        Some(line) => cut_to(line, TITLE),
        None => "<unlabeled event>".to_owned(),
    }
}

fn first_line(text: &str) -> Option<&str> {
    text.trim()
        .lines()
        .next()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
}

fn culprit(event: &Event) -> String {
    let given = event.culprit.as_deref().or(event.transaction.as_deref());
    let mut culprit = match given.filter(|given| !given.is_empty()) {
        Some(given) => given.to_owned(),
        None => generated_culprit(event).unwrap_or_default(),
    };
    cut(&mut culprit, CULPRIT);
    culprit
}

fn generated_culprit(event: &Event) -> Option<String> {
    let platform = event.platform.as_deref().unwrap_or("other");
    let tells = |frame: &Frame| !frame_culprit(frame, platform).is_empty();
    let frame = event
        .crash_stacktrace()
        .and_then(|stacktrace| stacktrace.newest_frame(tells));
    match frame {
        Some(frame) => Some(frame_culprit(frame, platform)),
        None => event.request.as_ref()?.url.clone(),
    }
}

fn frame_culprit(frame: &Frame, platform: &str) -> String {
    let platform = frame.platform.as_deref().unwrap_or(platform);
    let function = frame.function.as_deref().unwrap_or("?");
    if matches!(platform, "native" | "c" | "cocoa" | "objc" | "swift") {
        return function.to_owned();
    }
    let place = frame
        .module
        .as_deref()
        .or(frame.filename.as_deref())
        .unwrap_or_default();
    match platform {
        _ if place.is_empty() => String::new(),
        "javascript" | "node" => format!("{function}({place})"),
        _ => format!("{place} in {function}"),
    }
}

fn search_text(event: &Event, named: &EventMetadata) -> String {
    let mut parts: Vec<&str> = vec![&named.title];
    parts.extend(event.logentry.as_ref().and_then(|logentry| logentry.text()));
    // Nobody searches for the mix of frames.
    let said = named.metadata.iter().filter(|(name, _)| *name != FRAME_MIX);
    parts.extend(said.filter_map(|(_, value)| value.as_str()));
    for exception in &event.exception {
        parts.extend(exception.kind.as_deref());
        parts.extend(exception.value.as_deref());
    }
    parts.extend(event.transaction.as_deref());
    parts.push(&named.culprit);
    let mut text = String::new();
    for part in parts.into_iter().map(str::trim).filter(|part| !part.is_empty()) {
        // A part that was said as part of another adds nothing to search for.
        if text.len() <= MAX_SEARCH_TEXT && !text.contains(part) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(part);
        }
    }
    cut(&mut text, MESSAGE);
    text
}

const MAX_SEARCH_TEXT: usize = 8192;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tests::{context, read};

    fn named(input: Value) -> EventMetadata {
        let mut event = read(input);
        crate::event(&mut event, &context()).unwrap();
        let normalized = metadata(&event);
        let again = Event::from_stored(&event.to_json()).unwrap();
        assert_eq!(metadata(&again), normalized, "the same for what was stored");
        normalized
    }

    #[track_caller]
    fn check(input: Value, title: &str, subtitle: &str, culprit: &str) {
        let named = named(input.clone());
        assert_eq!(
            (named.title.as_str(), named.subtitle.as_str(), named.culprit.as_str()),
            (title, subtitle, culprit),
            "{input}"
        );
    }

    #[test]
    fn errors_are_named_after_the_last_exception() {
        check(
            json!({"exception": [{"type": "A", "value": "a"}, {"type": "B", "value": "b\nc"}]}),
            "B: b",
            "b\nc",
            "",
        );
        check(json!({"exception": [{"type": "A"}]}), "A", "", "");
        check(json!({"exception": [{"value": "plain"}]}), "Error: plain", "plain", "");
        check(json!({"exception": [{"type": "A", "value": "  \n"}]}), "A", "  \n", "");
        let stack = json!({"frames": [{"function": "main", "filename": "a.c", "in_app": true}, {"function": "abort"}]});
        let synthetic = json!({"type": "signalhandler", "synthetic": true});
        check(
            json!({"platform": "native", "exception": [{"type": "SIGABRT", "value": "x", "mechanism": synthetic, "stacktrace": stack}]}),
            "main",
            "x",
            "main",
        );
        check(
            json!({"exception": [{"type": "A", "mechanism": synthetic}]}),
            "<unknown>",
            "",
            "",
        );
        check(
            json!({"exception": [{"type": "A", "value": "x".repeat(300)}]}),
            &format!("A: {}...", "x".repeat(253)),
            &"x".repeat(300),
            "",
        );
    }

    #[test]
    fn messages_are_named_after_their_first_line() {
        check(json!({"message": "hello\nworld"}), "hello", "", "");
        check(json!({"message": "\n hello"}), "hello", "", "");
        check(json!({"message": {"message": "a %s", "params": ["b"]}}), "a b", "", "");
        check(json!({}), "<unlabeled event>", "", "");
        let transaction = crate::transaction::tests::sent(json!({"transaction": "/x"}));
        check(transaction, "/x", "", "/x");
        check(
            json!({"type": "feedback", "contexts": {"feedback": {"message": "bad"}}}),
            "User Feedback: bad",
            "bad",
            "",
        );
    }

    #[test]
    fn reports_are_named_after_their_message() {
        let csp = named(json!({
            "message": "Blocked 'image' from 'a.com'",
            "csp": {"effective_directive": "img-src", "blocked_uri": "http://a.com/x.png"},
        }));
        assert_eq!(csp.title, "Blocked 'image' from 'a.com'");
        assert_eq!(csp.location.as_deref(), Some("img-src"));
        let expected =
            json!({"message": "Blocked 'image' from 'a.com'", "directive": "img-src", "uri": "http://a.com/x.png"});
        assert_eq!(Value::Object(csp.metadata), expected);
        for kind in ["hpkp", "expectct", "expectstaple"] {
            let report = named(json!({"message": "m", kind: {"hostname": "a.com"}}));
            assert_eq!(report.location.as_deref(), Some("a.com"), "{kind}");
            assert_eq!(
                Value::Object(report.metadata),
                json!({"message": "m", "origin": "a.com"}),
                "{kind}"
            );
        }
        let nel = named(json!({"message": "m", "request": {"url": "http://a.com/"}, "nel": {"age": 1}}));
        assert_eq!(
            Value::Object(nel.metadata),
            json!({"title": "m", "uri": "http://a.com/"})
        );
    }

    #[test]
    fn the_culprit_is_given_or_found() {
        let frames = json!({"frames": [
            {"function": "old", "module": "app.a", "in_app": true},
            {"function": "new", "module": "app.b", "in_app": true},
            {"function": "lib", "module": "lib.c"},
        ]});
        let exception = json!([{"type": "E", "stacktrace": frames}]);
        let culprit = |input: Value| named(input).culprit;
        assert_eq!(
            culprit(json!({"exception": exception, "platform": "python"})),
            "app.b in new"
        );
        assert_eq!(
            culprit(json!({"exception": exception, "platform": "javascript"})),
            "new(app.b)"
        );
        assert_eq!(culprit(json!({"exception": exception, "platform": "native"})), "new");
        assert_eq!(culprit(json!({"exception": exception, "transaction": "/t"})), "/t");
        assert_eq!(
            culprit(json!({"exception": exception, "transaction": "/t", "culprit": "c"})),
            "c"
        );
        assert_eq!(
            culprit(json!({"message": "x", "request": {"url": "http://a.com/x?y"}})),
            "http://a.com/x"
        );
        assert_eq!(
            culprit(json!({"stacktrace": {"frames": [{"filename": "a.py"}]}, "platform": "python"})),
            "a.py in ?"
        );
    }

    #[test]
    fn metadata_and_search_text() {
        let named = named(json!({
            "platform": "python", "transaction": "/pay",
            "exception": [
                {"type": "KeyError", "value": "'EUR'"},
                {"type": "PaymentError", "value": "no rate", "stacktrace": {"frames": [{"function": "pay", "filename": "shop.py", "in_app": true}]}},
            ],
        }));
        let expected = json!({"type": "PaymentError", "value": "no rate", "filename": "shop.py", "function": "pay", "in_app_frame_mix": "in-app-only"});
        assert_eq!(Value::Object(named.metadata), expected);
        assert_eq!(named.location.as_deref(), Some("shop.py"));
        assert_eq!(
            named.search_text,
            "PaymentError: no rate shop.py pay KeyError 'EUR' /pay"
        );
    }
}
