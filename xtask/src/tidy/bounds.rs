//! Every queue has a capacity: when it is full the request is refused, and memory does not grow.

use super::rust::has_word;
use super::{Finding, Tree};

const RULE: &str = "unbounded queue";
const UNBOUNDED: &[&str] = &[
    "unbounded_channel",
    "UnboundedSender",
    "UnboundedReceiver",
    "std::sync::mpsc::channel",
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| file.path.starts_with("crates/")) {
        for (line, code) in file.product_code() {
            if let Some(word) = UNBOUNDED.iter().find(|word| has_word(code, word)) {
                let advice =
                    format!("`{word}`: take a channel with a capacity, and decide what happens when it is full");
                findings.push(Finding::new(file.path, line, RULE, advice));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn a_channel_without_capacity_fails() {
        let text = "let (tx, rx) = mpsc::unbounded_channel();\nlet (tx, rx) = mpsc::channel(16);\n";
        let found = check(&Tree::of(&[
            ("crates/ingest/src/a.rs", text),
            ("crates/ingest/tests/a.rs", text),
        ]));
        assert_eq!(places(&found), [("crates/ingest/src/a.rs", 1, RULE)]);
    }
}
