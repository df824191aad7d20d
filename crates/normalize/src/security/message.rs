//! What a report is called.

use protocol::{
    event::{EventType, Object},
    security::{is_local, reduced_uri},
};
use serde_json::Value;

use super::text;

pub(super) fn of(kind: EventType, interface: &Object) -> String {
    let hostname = || text(interface, "hostname");
    match kind {
        EventType::Csp => csp(text(interface, "effective_directive"), text(interface, "blocked_uri")),
        EventType::Hpkp => format!("Public key pinning validation failed for '{}'", hostname()),
        EventType::ExpectCt => format!("Expect-CT failed for '{}'", hostname()),
        EventType::ExpectStaple => format!("Expect-Staple failed for '{}'", hostname()),
        _ => nel(interface),
    }
}

fn csp(directive: &str, blocked_uri: &str) -> String {
    // Markers of the third version of the standard. Every other local address does not tell which of both it was.
    match (directive, blocked_uri) {
        ("script-src", "inline") => return "Blocked unsafe inline 'script'".to_owned(),
        ("script-src", "eval") => return "Blocked unsafe eval() 'script'".to_owned(),
        _ => {}
    }
    if is_local(blocked_uri) {
        return match directive {
            "script-src" => "Blocked unsafe (eval() or inline) 'script'".to_owned(),
            "script-src-attr" => "Blocked unsafe 'script' element".to_owned(),
            "script-src-elem" => "Blocked inline script attribute".to_owned(),
            "style-src-elem" => "Blocked 'style' or 'link' element".to_owned(),
            "style-src-attr" => "Blocked style attribute".to_owned(),
            directive => format!("Blocked inline '{}'", what(directive)),
        };
    }
    let from = reduced_uri(blocked_uri);
    match directive {
        "form-action" => format!("Blocked 'form' action to '{from}'"),
        "script-src-attr" => format!("Blocked inline script attribute from '{from}'"),
        "script-src-elem" => format!("Blocked 'script' from '{from}'"),
        "style-src-elem" => format!("Blocked 'style' from '{from}'"),
        "style-src-attr" => format!("Blocked style attribute from '{from}'"),
        directive => format!("Blocked '{}' from '{from}'", what(directive)),
    }
}

/// What was to be loaded. Directives that stand for many kinds keep their name.
fn what(directive: &str) -> &str {
    match directive {
        "child-src" => "child",
        "connect-src" => "connect",
        "font-src" => "font",
        "img-src" => "image",
        "manifest-src" => "manifest",
        "media-src" => "media",
        "object-src" => "object",
        "script-src" => "script",
        "style-src" => "style",
        directive => directive,
    }
}

fn nel(report: &Object) -> String {
    let empty = Object::new();
    let body = report.get("body").and_then(Value::as_object).unwrap_or(&empty);
    let (phase, kind) = (text(body, "phase"), text(body, "type"));
    let status = body.get("status_code").and_then(Value::as_u64).unwrap_or_default();
    match kind {
        "http.error" => format!("{phase} / {kind} ({status})"),
        _ => format!("{phase} / {kind}"),
    }
}
