//! A file is read as a whole, so it has an end.

use super::{Finding, Tree};

const RULE: &str = "file size";
const MOST_LINES: usize = 700;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts("", &[".rs"]) {
        let lines = text.lines().count();
        if lines > MOST_LINES {
            let advice = format!("{lines} lines: find the wall in it and build it (aim at 500, {MOST_LINES} at most)");
            findings.push(Finding::new(path, MOST_LINES + 1, RULE, advice));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn a_line_too_many_fails() {
        let (just, over) = ("\n".repeat(MOST_LINES), "\n".repeat(MOST_LINES + 1));
        let found = check(&Tree::of(&[
            ("crates/api/src/a.rs", &just),
            ("crates/api/src/b.rs", &over),
            ("c.md", &over),
        ]));
        assert_eq!(places(&found), [("crates/api/src/b.rs", MOST_LINES + 1, RULE)]);
    }
}
