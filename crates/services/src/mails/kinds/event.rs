//! The parts of a mail that tell of an event. Which come, and in which order, depends on the kind of the issue.

use serde_json::Value;

use super::super::{letter::Block, source::Source};
use crate::events::{payload, raw_trace::raw_trace};

/// Characters of a stack trace; of a message or what somebody wrote; of any other value.
pub(super) const MAX_TRACE: usize = 8_000;
const MAX_MESSAGE: usize = 4_000;
const MAX_VALUE: usize = 300;

/// Tags, and pieces of evidence.
const MAX_TAGS: usize = 24;

/// What an issue is about, as far as mails are laid out by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Error,
    Performance,
    Feedback,
    Cron,
}

impl Shape {
    pub(super) fn of(event_type: &str, event: &Value) -> Self {
        let monitor = event.get("contexts").and_then(|contexts| contexts.get("monitor"));
        match event_type {
            "feedback" => Self::Feedback,
            _ if monitor.is_some_and(Value::is_object) => Self::Cron,
            "transaction" | "generic" => Self::Performance,
            _ => Self::Error,
        }
    }

    /// What a new issue of the kind is called.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Error => "issue",
            Self::Performance => "performance issue",
            Self::Feedback => "user feedback",
            Self::Cron => "cron failure",
        }
    }
}

/// A part of what a mail tells, under its heading.
type Part = fn(&Value) -> Option<(&'static str, Block)>;

/// All that a mail tells of an event.
pub(super) fn blocks(source: &Source<'_>, shape: Shape) -> Vec<Block> {
    let Some(event) = source.event.as_ref().filter(|_| !source.is_private) else {
        return Vec::new();
    };
    let parts: &[Part] = match shape {
        Shape::Error => &[message, trace, request, user, tags],
        Shape::Performance => &[evidence, request, user, tags],
        Shape::Feedback => &[feedback, request, user, tags],
        Shape::Cron => &[monitor, message, tags],
    };
    let mut blocks = Vec::new();
    for (heading, block) in parts.iter().filter_map(|part| part(event)) {
        blocks.push(Block::heading(heading));
        blocks.push(block);
    }
    blocks
}

/// The log message or what the exception says.
pub(in super::super) fn message_of(event: &Value) -> String {
    let entry = event.get("logentry");
    let own = entry.and_then(|entry| payload::text(entry, "formatted").or_else(|| payload::text(entry, "message")));
    let own = own.or_else(|| payload::text(event, "message"));
    let newest = payload::list(event, "exception").last();
    let text = newest.and_then(|exception| payload::text(exception, "value")).or(own);
    cut(&text.unwrap_or_default(), MAX_MESSAGE)
}

fn message(event: &Value) -> Option<(&'static str, Block)> {
    // An exception's stands in its trace.
    if !payload::list(event, "exception").is_empty() {
        return None;
    }
    let text = message_of(event);
    (!text.is_empty()).then_some(("Message", Block::Code(text)))
}

pub(in super::super) fn trace_of(event: &Value) -> String {
    cut(&raw_trace(event, MAX_TRACE), MAX_TRACE)
}

fn trace(event: &Value) -> Option<(&'static str, Block)> {
    let text = trace_of(event);
    (!text.is_empty()).then_some(("Stack trace", Block::Code(text)))
}

fn request(event: &Value) -> Option<(&'static str, Block)> {
    let request = event.get("request")?;
    let url = payload::text(request, "url").unwrap_or_default();
    let method = payload::text(request, "method").unwrap_or_default();
    let agent = payload::pairs(request, "headers")
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("user-agent"))
        .and_then(|(_, value)| payload::scalar(value));
    let line = format!("{method} {url}").trim().to_owned();
    let facts = Block::facts([
        ("Request", cut(&line, MAX_VALUE)),
        ("Browser or program", cut(&agent.unwrap_or_default(), MAX_VALUE)),
    ])?;
    Some(("Request", facts))
}

fn user(event: &Value) -> Option<(&'static str, Block)> {
    let user = event.get("user")?;
    let field = |key: &str| cut(&payload::text(user, key).unwrap_or_default(), MAX_VALUE);
    let facts = Block::facts([
        ("Id", field("id")),
        ("Name", field("name")),
        ("User name", field("username")),
        ("E-mail", field("email")),
        ("IP address", field("ip_address")),
    ])?;
    Some(("User", facts))
}

fn tags(event: &Value) -> Option<(&'static str, Block)> {
    let pairs = payload::pairs(event, "tags");
    let shown = pairs.iter().take(MAX_TAGS).map(|(key, value)| {
        (
            key.as_str(),
            cut(&payload::scalar(value).unwrap_or_default(), MAX_VALUE),
        )
    });
    Some(("Tags", Block::facts(shown)?))
}

/// What a detector found.
fn evidence(event: &Value) -> Option<(&'static str, Block)> {
    let occurrence = event.get("occurrence");
    let pairs = occurrence.map(|occurrence| payload::list(occurrence, "evidence_display"));
    let found: Vec<(String, String)> = pairs
        .unwrap_or_default()
        .iter()
        .take(MAX_TAGS)
        .filter_map(|one| Some((payload::text(one, "name")?, payload::text(one, "value")?)))
        .collect();
    let transaction = payload::text(event, "transaction").unwrap_or_default();
    let mut facts = vec![("Transaction", cut(&transaction, MAX_VALUE))];
    facts.extend(found.iter().map(|(name, value)| (name.as_str(), cut(value, MAX_VALUE))));
    Some(("Evidence", Block::facts(facts)?))
}

fn feedback(event: &Value) -> Option<(&'static str, Block)> {
    let feedback = event.get("contexts")?.get("feedback")?;
    let text = payload::text(feedback, "message")?;
    let name = payload::text(feedback, "name");
    let email = payload::text(feedback, "contact_email");
    let who: Vec<String> = [name, email].into_iter().flatten().collect();
    let text = cut(&text, MAX_MESSAGE);
    let text = if who.is_empty() {
        text
    } else {
        format!("{text}\n— {}", who.join(", "))
    };
    Some(("Feedback", Block::Quote(text)))
}

fn monitor(event: &Value) -> Option<(&'static str, Block)> {
    let monitor = event.get("contexts")?.get("monitor")?;
    let field = |key: &str| cut(&payload::text(monitor, key).unwrap_or_default(), MAX_VALUE);
    let facts = Block::facts([
        ("Monitor", field("name")),
        ("Slug", field("slug")),
        ("Status", field("status")),
        ("Id", field("id")),
    ])?;
    Some(("Cron monitor", facts))
}

pub(in super::super) fn cut(text: &str, most: usize) -> String {
    let mut chars = text.char_indices();
    match chars.nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_kind_of_an_issue_is_known_by_its_event() {
        let check = |event_type: &str, event: Value, expected: Shape| {
            assert_eq!(Shape::of(event_type, &event), expected, "{event_type} {event}");
        };
        check("error", json!({}), Shape::Error);
        check("default", json!({"contexts": {"monitor": 7}}), Shape::Error);
        check(
            "generic",
            json!({"contexts": {"monitor": {"slug": "backup"}}}),
            Shape::Cron,
        );
        check("generic", json!({}), Shape::Performance);
        check("feedback", json!({}), Shape::Feedback);
    }

    #[test]
    fn parts_of_an_event_are_read_and_what_is_broken_is_left_out() {
        let event = json!({
            "request": {"method": "POST", "url": "https://shop.example/pay", "headers": [["User-Agent", "Firefox"]]},
            "user": {"id": 7, "email": "ada@example.com"},
            "tags": [["browser", "Firefox"], ["empty", null]],
            "contexts": {"feedback": {"message": "It is slow", "contact_email": "ada@example.com"}},
            "logentry": {"message": "x %s", "formatted": "x 1"},
        });
        let facts = |part: Option<(&'static str, Block)>| match part {
            Some((_, Block::Facts(facts))) => facts
                .iter()
                .map(|fact| format!("{}={}", fact.label, fact.value))
                .collect(),
            _ => Vec::new(),
        };
        assert_eq!(
            facts(request(&event)),
            ["Request=POST https://shop.example/pay", "Browser or program=Firefox"]
        );
        assert_eq!(facts(user(&event)), ["Id=7", "E-mail=ada@example.com"]);
        assert_eq!(facts(tags(&event)), ["browser=Firefox"]);
        assert_eq!(message_of(&event), "x 1");
        assert_eq!(
            feedback(&event),
            Some(("Feedback", Block::Quote("It is slow\n— ada@example.com".to_owned())))
        );
        for broken in [
            json!({}),
            json!({"request": 7, "user": [], "tags": "x", "contexts": null, "exception": [1]}),
        ] {
            for part in [message, trace, request, user, tags, evidence, feedback, monitor] {
                assert_eq!(part(&broken), None, "{broken}");
            }
        }
        assert_eq!(cut("äöü", 2), "äö…");
    }
}
