//! One type decides on status codes: `httpkit`'s `ApiError`, and the answers to SDKs in ingest's error modules.

use super::rows::row;
use super::rust::has_word;
use super::{Finding, Tree};

const RULE: &str = "status code";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| !may_decide(file.krate(), file.path)) {
        for (line, _) in file.product_code().filter(|(_, code)| has_word(code, "StatusCode")) {
            let advice = "return an ApiError (or a Redirect or Json): the status code is chosen in one place";
            findings.push(Finding::new(file.path, line, RULE, advice));
        }
    }
    findings
}

fn may_decide(krate: &str, path: &str) -> bool {
    match krate {
        // Health answers, and the limits that hold before any handler.
        "server" | "httpkit" | "" => true,
        "ingest" => path
            .split('/')
            .any(|part| matches!(part, "error.rs" | "errors.rs" | "error" | "errors")),
        _ => row(krate).is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn a_code_outside_its_home_fails() {
        let text =
            "fn f() -> StatusCode { StatusCode::NOT_FOUND }\n#[cfg(test)]\nmod tests { use http::StatusCode; }\n";
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
}
