//! Protocol and the pure rules above it: no async, no I/O, no clock. They are tested in milliseconds, without a server.

use toml::Table;

use super::rows::{Kind, dependencies, line_of, row};
use super::rust::has_word;
use super::{Finding, Tree};

const RULE: &str = "purity";

/// External crates that bring async, I/O or a clock.
const IMPURE_CRATES: &[&str] = &[
    "axum",
    "hyper",
    "hyper-util",
    "reqwest",
    "rustix",
    "sqlx",
    "tokio",
    "tokio-util",
    "tower",
    "tracing-subscriber",
];

const IMPURE_CODE: &[(&str, &str)] = &[
    ("async", "async belongs to a caller in a higher row"),
    ("std::fs", "take the bytes as an argument"),
    ("std::net", "network belongs to a caller in a higher row"),
    ("std::thread", "threads belong to a caller in a higher row"),
    ("Instant::now", "take the time as an argument"),
    ("SystemTime", "take the time as an argument"),
    ("SystemClock", "take the time as an argument"),
    ("Timestamp::now", "take the time as an argument"),
];

fn is_pure(krate: &str) -> bool {
    matches!(row(krate), Some(1 | 2))
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for krate in tree.crates().into_iter().filter(|krate| is_pure(krate)) {
        let path = format!("crates/{krate}/Cargo.toml");
        let Some(text) = tree.text(&path) else { continue };
        let Ok(manifest) = text.parse::<Table>() else { continue };
        for (kind, name, _) in dependencies(&manifest) {
            if kind != Kind::Dev && IMPURE_CRATES.contains(&name) {
                let advice = format!("`{krate}` is pure and must not have `{name}`");
                findings.push(Finding::new(&path, line_of(text, name), RULE, advice));
            }
        }
    }
    for file in tree.rust().filter(|file| is_pure(file.krate())) {
        for (line, code) in file.product_code() {
            for (word, advice) in IMPURE_CODE.iter().filter(|(word, _)| has_word(code, word)) {
                findings.push(Finding::new(
                    file.path,
                    line,
                    RULE,
                    format!("`{word}` in a pure crate: {advice}"),
                ));
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
    fn an_impure_crate_fails_but_for_tests() {
        let found = check(&Tree::of(&[
            ("crates/query/Cargo.toml", "[dependencies]\ntokio.workspace = true\n"),
            (
                "crates/grouping/Cargo.toml",
                "[dev-dependencies]\ntokio.workspace = true\n",
            ),
            ("crates/store/Cargo.toml", "[dependencies]\ntokio.workspace = true\n"),
        ]));
        assert_eq!(places(&found), [("crates/query/Cargo.toml", 2, RULE)]);
    }

    #[test]
    fn impure_code_fails_but_for_tests_and_higher_rows() {
        let text =
            "async fn f() {}\nfn g() { std::fs::read(p); }\n#[cfg(test)]\nmod tests { use std::fs; }\n// async\n";
        let found = check(&Tree::of(&[
            ("crates/query/src/lib.rs", text),
            ("crates/store/src/lib.rs", text),
        ]));
        assert_eq!(
            places(&found),
            [
                ("crates/query/src/lib.rs", 1, RULE),
                ("crates/query/src/lib.rs", 2, RULE)
            ]
        );
    }
}
