//! A module is named for the thing it holds, not for being shared.

use super::{Finding, Tree};

const RULE: &str = "module name";
const FORBIDDEN: &[&str] = &["util", "utils", "common", "helper", "helpers", "manager", "managers"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |path: &str, line, name: &str| {
        findings.push(Finding::new(
            path,
            line,
            RULE,
            format!("`{name}` says nothing: name the thing it holds"),
        ));
    };
    for file in tree.rust() {
        for name in file
            .path
            .trim_end_matches(".rs")
            .split('/')
            .filter(|name| FORBIDDEN.contains(name))
        {
            report(file.path, 1, name);
        }
        for (line, code) in file.source.code() {
            let words: Vec<&str> = code.split_whitespace().collect();
            let inline = words
                .windows(3)
                .find(|three| three[0] == "mod" && three[2].starts_with('{'));
            if let Some(name) = inline.map(|three| three[1]).filter(|name| FORBIDDEN.contains(name)) {
                report(file.path, line, name);
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
    fn names_that_say_nothing_fail() {
        let found = check(&Tree::of(&[
            ("crates/api/src/utils.rs", ""),
            ("crates/api/tests/common/mod.rs", ""),
            ("crates/api/src/lib.rs", "pub mod paging;\nmod helpers {\n}\n"),
            ("crates/api/src/paging.rs", "// common helpers"),
        ]));
        let expected = [
            ("crates/api/src/lib.rs", 2),
            ("crates/api/src/utils.rs", 1),
            ("crates/api/tests/common/mod.rs", 1),
        ];
        assert_eq!(places(&found), expected.map(|(path, line)| (path, line, RULE)));
    }
}
