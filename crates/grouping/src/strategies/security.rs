//! Reports that browsers send on their own (`ingest.md` §6.5).

use protocol::event::{Event, Object};

use super::Found;
use crate::Component;

fn field<'a>(report: &'a Object, name: &str) -> Option<&'a str> {
    report.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// The directive, then what was inlined or where the blocked thing comes from.
pub(super) fn csp(event: &Event) -> Found {
    let report = &event.csp;
    if report.is_empty() {
        return Vec::new();
    }
    let violated = field(report, "violated_directive");
    let first_word = violated.and_then(|directive| directive.split_whitespace().next());
    let directive = field(report, "effective_directive").or(first_word);
    let blocked = field(report, "blocked_uri").unwrap_or_default();
    let violation = Component::optional("violation", local_violation(directive, violated, blocked));
    let mut uri = Component::text("uri", source(blocked));
    if violation.contributes {
        uri.ignore("not used: what was inlined takes precedence");
    }
    let parts = [Component::optional("salt", directive), violation, uri];
    vec![("default", Component::branch("csp", parts))]
}

/// What a script in the page itself tried.
fn local_violation(directive: Option<&str>, violated: Option<&str>, blocked: &str) -> Option<&'static str> {
    let is_script = directive == Some("script-src");
    if !is_script || !is_local(blocked) {
        return None;
    }
    let violated = violated.unwrap_or_default();
    ["'unsafe-inline'", "'unsafe-eval'"]
        .into_iter()
        .find(|violation| violated.contains(violation))
}

fn is_local(blocked: &str) -> bool {
    matches!(blocked, "" | "self" | "'self'")
}

/// The host of a web address; of others the scheme.
fn source(blocked: &str) -> &str {
    if is_local(blocked) {
        return "self";
    }
    let Some((scheme, rest)) = blocked.split_once(':') else {
        return blocked;
    };
    if !matches!(scheme, "http" | "https") {
        return scheme;
    }
    let authority = rest
        .trim_start_matches('/')
        .split(['/', '?', '#'])
        .next()
        .unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

pub(super) fn hpkp(event: &Event) -> Found {
    of_host("hpkp", &event.hpkp)
}

pub(super) fn expect_ct(event: &Event) -> Found {
    of_host("expect-ct", &event.expectct)
}

pub(super) fn expect_staple(event: &Event) -> Found {
    of_host("expect-staple", &event.expectstaple)
}

fn of_host(id: &'static str, report: &Object) -> Found {
    if report.is_empty() {
        return Vec::new();
    }
    let parts = [
        Component::text("salt", id),
        Component::optional("hostname", field(report, "hostname")),
    ];
    vec![("default", Component::branch(id, parts))]
}
