//! An event as Markdown, for chats, trackers and language models: what happened, where, and what led to it.

use serde_json::Value;
use services::events::raw_trace;

use crate::{
    events::{breadcrumbs, highlights, payload, request},
    text::{self, Cut},
    time::Absolute,
};

/// What an event's payload does not say itself.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) title: &'a str,
    pub(crate) short_id: &'a str,
    /// The page's absolute address.
    pub(crate) url: &'a str,
    pub(crate) event_id: &'a str,
    pub(crate) at: model::Timestamp,
    pub(crate) level: model::Level,
}

const MAX_TRACE: usize = 24_000;
const MAX_BODY: usize = 4_000;
const SHOWN_BREADCRUMBS: usize = 15;

pub(crate) fn markdown(source: &Source<'_>, event: &Value) -> String {
    let mut text = format!("# {}\n\n", inline(source.title));
    text.push_str(&format!("- **Issue:** {} <{}>\n", inline(source.short_id), source.url));
    let mut line = |key: &str, value: &str| text.push_str(&format!("- **{key}:** {}\n", inline(value)));
    line("Event", &format!("{} at {}", source.event_id, Absolute(source.at)));
    line("Level", source.level.name());
    for pair in highlights::usual(event) {
        line(&pair.key, &pair.value.text.shown);
    }
    let trace = raw_trace::raw_trace(event, MAX_TRACE);
    if !trace.is_empty() {
        let language =
            payload::text(event, "platform").filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        section("Stack trace", &language.unwrap_or_default(), &trace, &mut text);
    } else if let Some(message) = crate::events::contexts::message(event) {
        section("Message", "", &message.text.text.shown, &mut text);
    }
    let crumbs = breadcrumbs::breadcrumbs(event);
    if !crumbs.is_empty() {
        let crumbs = crumbs.iter().take(SHOWN_BREADCRUMBS);
        let one = |crumb: &breadcrumbs::Breadcrumb| {
            let message = text::line(&crumb.message.shown, 300);
            format!("{:>8} {}: {message}", crumb.before, crumb.category)
        };
        let crumbs: Vec<String> = crumbs.map(one).collect();
        section("Breadcrumbs, newest first", "", &crumbs.join("\n"), &mut text);
    }
    if let Some(request) = request::request(event) {
        let mut block = format!("{} {}\n", request.method, request.url.text.shown);
        for (_, headers) in request.tables.iter().filter(|(name, _)| *name == "Headers") {
            for header in &headers.shown {
                block.push_str(&format!(
                    "{}: {}\n",
                    header.key,
                    text::line(&header.value.text.shown, 300)
                ));
            }
        }
        if let Some(body) = request.body {
            block.push_str(&format!("\n{}\n", Cut::new(&body.text.shown, MAX_BODY).shown));
        }
        section("Request", "http", block.trim(), &mut text);
    }
    text
}

/// One line in which nothing is read as markup.
fn inline(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for char in text::line(value, 1_000).chars() {
        if matches!(char, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            text.push('\\');
        }
        text.push(char);
    }
    text
}

/// A block of text behind a fence that is longer than any run of backticks in it.
fn section(title: &str, language: &str, block: &str, text: &mut String) {
    let longest = block.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    text.push_str(&format!("\n## {title}\n\n{fence}{language}\n{block}\n{fence}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tells_the_whole_story() {
        let event = json!({
            "platform": "python", "timestamp": 1_795_229_165.5, "environment": "production",
            "exception": {"values": [{"type": "ZeroDivisionError", "value": "division by zero", "stacktrace": {"frames": [
                {"function": "charge", "abs_path": "/srv/cart.py", "lineno": 5, "context_line": "  total / 0"}]}}]},
            "breadcrumbs": [{"category": "auth", "message": "signed in", "timestamp": 1_795_229_165}],
            "request": {"method": "GET", "url": "http://shop.example/", "headers": [["Accept", "*/*"]]},
        });
        let source = Source {
            title: "ZeroDivisionError: division by zero",
            short_id: "WEB-1",
            url: "http://127.0.0.1:9000/organizations/acme/issues/7/",
            event_id: "fc6d8c0c43fc4630ad850ee518f1b9d0",
            at: model::Timestamp(1_795_229_165_500_000),
            level: model::Level::Error,
        };
        insta::assert_snapshot!(markdown(&source, &event));
    }

    #[test]
    fn content_cannot_break_out_of_its_block() {
        let event = json!({"message": "x\n````\n# not a heading"});
        let mut text = String::new();
        section(
            "Message",
            "",
            &crate::events::contexts::message(&event).unwrap().text.text.shown,
            &mut text,
        );
        assert!(text.contains("\n`````\nx\n````\n# not a heading\n`````\n"), "{text}");
        assert_eq!(inline("a *b* <c>\nd"), "a \\*b\\* \\<c\\>…");
    }
}
