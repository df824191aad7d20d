//! What a person leaves behind while working does not stay: markers, unfinished bodies, silenced tests and lints.

use super::rust::has_word;
use super::{Finding, Tree};

const RULE: &str = "leftover";

const CODE: &[(&str, &str)] = &[
    ("todo!", "finish it"),
    ("unimplemented!", "finish it"),
    ("dbg!", "remove it, or log with tracing"),
    ("#[ignore", "a test runs or is deleted"),
    ("#[allow(", "fix what the lint says, or #[expect(lint, reason = \"…\")]"),
    (
        "#![allow(",
        "fix what the lint says, or #![expect(lint, reason = \"…\")]",
    ),
];

/// Joined here, so that this file does not find itself.
const MARKERS: &[[&str; 2]] = &[["TO", "DO"], ["FIX", "ME"], ["HA", "CK"], ["XX", "X"]];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (line, code) in file.source.code() {
            for (word, advice) in CODE.iter().filter(|(word, _)| has_word(code, word)) {
                findings.push(Finding::new(file.path, line, RULE, format!("`{word}`: {advice}")));
            }
        }
        for (line, comment) in file.source.comments() {
            for marker in MARKERS
                .iter()
                .map(|parts| parts.concat())
                .filter(|marker| has_word(comment, marker))
            {
                findings.push(Finding::new(
                    file.path,
                    line,
                    RULE,
                    format!("`{marker}`: do it, or file an issue"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_leftover_fails() {
        let marker = format!("fn f() {{}} // {}: later", MARKERS[0].concat());
        for text in [
            "fn f() { todo!() }",
            "let x = dbg!(y);",
            "#[ignore = \"slow\"]",
            "#[allow(dead_code)]",
            "#![allow(x)]",
            &marker,
        ] {
            assert_eq!(check(&Tree::of(&[("crates/api/src/a.rs", text)])).len(), 1, "{text}");
        }
    }

    #[test]
    fn words_in_strings_and_expectations_pass() {
        for text in [
            "f(\"dbg!\");",
            "// dbg!(x)",
            "#[expect(dead_code, reason = \"x\")]",
            "fn todo() {}",
        ] {
            assert_eq!(check(&Tree::of(&[("crates/api/src/a.rs", text)])), [], "{text}");
        }
    }
}
