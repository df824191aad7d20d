//! Settings are read once, in `server::config`; everybody else is given values.

use super::rust::has_word;
use super::{Finding, Tree};

const RULE: &str = "environment";
const READS: &[&str] = &[
    "env::var",
    "env::var_os",
    "env::vars",
    "env::vars_os",
    "env::set_var",
    "env::remove_var",
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree
        .rust()
        .filter(|file| file.path.starts_with("crates/") && !is_home(file.path))
    {
        for (line, code) in file.product_code() {
            if let Some(read) = READS.iter().find(|read| has_word(code, read)) {
                let advice = format!("`{read}`: add the setting to server::config and pass its value down");
                findings.push(Finding::new(file.path, line, RULE, advice));
            }
        }
    }
    findings
}

fn is_home(path: &str) -> bool {
    path == "crates/server/src/config.rs"
        || path.starts_with("crates/server/src/config/")
        || path.ends_with("/build.rs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn reading_outside_config_fails() {
        let text = "let home = std::env::var(\"HOME\");\nlet exe = std::env::current_exe();\n";
        let found = check(&Tree::of(&[
            ("crates/services/src/users.rs", text),
            ("crates/server/src/main.rs", text),
            ("crates/server/src/config.rs", text),
            ("crates/server/src/config/file.rs", text),
            ("crates/testkit/src/corpus.rs", text),
            ("xtask/src/ci.rs", text),
        ]));
        assert_eq!(
            places(&found),
            [
                ("crates/server/src/main.rs", 1, RULE),
                ("crates/services/src/users.rs", 1, RULE)
            ]
        );
    }
}
