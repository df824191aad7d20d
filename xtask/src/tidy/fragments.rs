//! What users notice is told in fragments, one file a change, so that no two changes meet in one place.

use super::{Finding, Tree};

const RULE: &str = "changelog fragment";
const FOLDER: &str = "changelog.d/";
const KINDS: &[&str] = &["added", "changed", "fixed", "removed", "security"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in tree.paths(FOLDER).filter(|path| !path.ends_with("/README.md")) {
        if !is_fragment(&path[FOLDER.len()..]) {
            let advice = format!("name it NAME.KIND.md, where KIND is one of {}", KINDS.join(", "));
            findings.push(Finding::new(path, 1, RULE, advice));
        }
        if tree.text(path).is_none_or(|text| text.trim().is_empty()) {
            findings.push(Finding::new(
                path,
                1,
                RULE,
                "say in a sentence or two what is different for a user",
            ));
        }
    }
    findings
}

fn is_fragment(file: &str) -> bool {
    let parts: Vec<&str> = file.split('.').collect();
    matches!(parts.as_slice(), [name, kind, "md"] if !name.is_empty() && KINDS.contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn a_fragment_has_a_kind_and_a_text() {
        let found = check(&Tree::of(&[
            ("changelog.d/README.md", ""),
            ("changelog.d/api.added.md", "There is an API.\n"),
            ("changelog.d/api.md", "There is an API.\n"),
            ("changelog.d/empty.fixed.md", "\n"),
            ("changelog.d/other.misc.md", "Something.\n"),
        ]));
        let paths = [
            "changelog.d/api.md",
            "changelog.d/empty.fixed.md",
            "changelog.d/other.misc.md",
        ];
        assert_eq!(places(&found), paths.map(|path| (path, 1, RULE)));
    }
}
