//! A refusal is decided in one place: `httpkit`'s `ApiError` for pages and API, ingest's error module for SDKs.
//!
//! A success (201, 202, 204, 208, 304), or the way to another page (302), belongs to the contract of its route and
//! stands beside the handler.

use super::rows::row;
use super::{Finding, Tree};

const RULE: &str = "status code";

const SUCCESSES: &[&str] = &[
    "OK",
    "CREATED",
    "ACCEPTED",
    "NO_CONTENT",
    "PARTIAL_CONTENT",
    "ALREADY_REPORTED",
    "FOUND",
    "NOT_MODIFIED",
];

/// Where refusals are decided: error types, the answer of a form with mistakes, health.
const HOMES: &[&str] = &["error", "errors", "form", "health"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| !may_decide(file.krate(), file.path)) {
        for (line, code) in file.product_code() {
            if let Some(name) = refusals(code).next() {
                let advice = format!("{name} is a refusal: return the error type that knows its status code");
                findings.push(Finding::new(file.path, line, RULE, advice));
            }
        }
    }
    findings
}

fn may_decide(krate: &str, path: &str) -> bool {
    matches!(krate, "server" | "httpkit")
        || row(krate).is_none()
        || path
            .trim_end_matches(".rs")
            .split('/')
            .any(|part| HOMES.contains(&part))
}

/// The status codes that a line gives; one in front of `=>` is only looked at.
fn refusals(code: &str) -> impl Iterator<Item = &str> {
    code.split("StatusCode::").skip(1).filter_map(|rest| {
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let looked_at = after.trim_start().starts_with("=>");
        (!SUCCESSES.contains(&name) && !looked_at).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn a_refusal_outside_its_home_fails() {
        let text = "fn f() -> StatusCode { StatusCode::NOT_FOUND }\n#[cfg(test)]\nmod tests { const A: StatusCode = StatusCode::GONE; }\n";
        let found = check(&Tree::of(&[
            ("crates/api/src/issues/mod.rs", text),
            ("crates/ingest/src/envelope.rs", text),
            ("crates/ingest/src/error.rs", text),
            ("crates/httpkit/src/error.rs", text),
            ("crates/api/tests/routes.rs", text),
            ("crates/testkit/src/client.rs", text),
        ]));
        let expected = [
            ("crates/api/src/issues/mod.rs", 1, RULE),
            ("crates/ingest/src/envelope.rs", 1, RULE),
        ];
        assert_eq!(places(&found), expected);
    }

    #[test]
    fn successes_and_looks_pass() {
        let text =
            "Ok((StatusCode::CREATED, Json(x)))\nmatch s { StatusCode::NOT_FOUND => 1 }\nStatusCode::from_u16(418)\n";
        let found = check(&Tree::of(&[("crates/api/src/issues/mod.rs", text)]));
        assert_eq!(places(&found), [("crates/api/src/issues/mod.rs", 3, RULE)]);
    }
}
