//! SQL only in `store`: nothing above it knows which backend answers.

use toml::Table;

use super::rows::{dependencies, line_of};
use super::rust::has_word;
use super::{Finding, Tree};

const RULE: &str = "sql";

/// Crates that may speak SQL.
const HOME: &[&str] = &["store", "testkit"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for krate in tree.crates().into_iter().filter(|krate| !HOME.contains(krate)) {
        let path = format!("crates/{krate}/Cargo.toml");
        let Some(text) = tree.text(&path) else { continue };
        let Ok(manifest) = text.parse::<Table>() else { continue };
        if dependencies(&manifest).any(|(_, name, _)| name == "sqlx") {
            let advice = "sqlx belongs to store: call a function of store";
            findings.push(Finding::new(&path, line_of(text, "sqlx"), RULE, advice));
        }
    }
    for file in tree
        .rust()
        .filter(|file| !HOME.contains(&file.krate()) && file.path.starts_with("crates/"))
    {
        for (line, _) in file.product_code().filter(|(_, code)| has_word(code, "sqlx::")) {
            findings.push(Finding::new(
                file.path,
                line,
                RULE,
                "sqlx belongs to store: call a function of store",
            ));
        }
        if holds_sql_as_data(file.path) {
            continue;
        }
        // Tests may hold SQL as data: a breadcrumb or a span of a recorded event.
        for (line, text) in file.source.strings().filter(|(line, _)| !file.is_test(*line)) {
            if is_sql(text) {
                findings.push(Finding::new(
                    file.path,
                    line,
                    RULE,
                    "a statement outside store: add a function to store",
                ));
            }
        }
    }
    findings
}

/// A module that reads what others wrote in SQL, and samples of what clients send.
fn holds_sql_as_data(path: &str) -> bool {
    path.contains("/span_description/sql/") || path.ends_with("/samples.rs")
}

/// Keywords are written in capitals here; prose like 'select one from the list' is not taken for a statement.
fn is_sql(literal: &str) -> bool {
    let words: Vec<&str> = literal
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty() && !matches!(*word, "r" | "n"))
        .collect();
    let has = |word: &str| words.contains(&word);
    let pair = |first: &str, second: &str| words.windows(2).any(|two| two == [first, second]);
    (has("SELECT") && (has("FROM") || has("WHERE")))
        || pair("INSERT", "INTO")
        || (has("UPDATE") && has("SET"))
        || pair("DELETE", "FROM")
        || pair("CREATE", "TABLE")
        || pair("CREATE", "INDEX")
        || has("PRAGMA")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn statements_are_known() {
        for text in [
            "\"SELECT id FROM issues WHERE project_id = $1\"",
            "r#\"\n  INSERT INTO issues (id) VALUES ($1)\"#",
            "\"UPDATE issues SET status = $2\"",
            "\"DELETE FROM issues\"",
            "\"PRAGMA synchronous = FULL\"",
        ] {
            assert!(is_sql(text), "{text}");
        }
        for text in [
            "\"select one from the list\"",
            "\"Update the settings\"",
            "\"GET /issues\"",
            "\"SELECTED\"",
        ] {
            assert!(!is_sql(text), "{text}");
        }
    }

    #[test]
    fn sql_outside_store_fails() {
        let text = "fn f() {\n    run(\"DELETE FROM issues\");\n    sqlx::query(x);\n}\n#[test]\nfn t() { run(\"DELETE FROM a\"); }\n";
        let found = check(&Tree::of(&[
            ("crates/services/src/issues.rs", text),
            ("crates/store/src/issues.rs", text),
        ]));
        assert_eq!(
            places(&found),
            [
                ("crates/services/src/issues.rs", 3, RULE),
                ("crates/services/src/issues.rs", 2, RULE)
            ]
        );
    }

    #[test]
    fn sqlx_as_a_dependency_elsewhere_fails() {
        let text = "[dev-dependencies]\nsqlx.workspace = true\n";
        let found = check(&Tree::of(&[
            ("crates/api/Cargo.toml", text),
            ("crates/store/Cargo.toml", text),
        ]));
        assert_eq!(places(&found), [("crates/api/Cargo.toml", 2, RULE)]);
    }
}
