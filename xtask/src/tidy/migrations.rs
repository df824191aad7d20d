//! Migrations run in the order of their names, so a name begins with the time of its making.

use std::collections::BTreeMap;

use super::{Finding, Tree};

const RULE: &str = "migration";
const FOLDER: &str = "crates/store/migrations/";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut versions: BTreeMap<&str, &str> = BTreeMap::new();
    for path in tree.paths(FOLDER) {
        match version(&path[FOLDER.len()..]) {
            None => findings.push(Finding::new(path, 1, RULE, "name it YYYYMMDDHHMMSS_what_it_does.sql")),
            Some(version) => {
                if let Some(first) = versions.insert(version, path) {
                    findings.push(Finding::new(
                        path,
                        1,
                        RULE,
                        format!("has the version of {first}: take a later one"),
                    ));
                }
            }
        }
    }
    findings
}

/// The fourteen digits of `YYYYMMDDHHMMSS_name.sql`, when they are a time and the name is in snake case.
fn version(file: &str) -> Option<&str> {
    let (digits, name) = file.strip_suffix(".sql")?.split_once('_')?;
    let named = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if digits.len() != 14 || !digits.chars().all(|c| c.is_ascii_digit()) || !named {
        return None;
    }
    let part = |from: usize, to: usize| digits[from..to].parse::<u32>().unwrap_or(u32::MAX);
    let is_date =
        (2000..2100).contains(&part(0, 4)) && (1..=12).contains(&part(4, 6)) && (1..=31).contains(&part(6, 8));
    (is_date && part(8, 10) < 24 && part(10, 12) < 60 && part(12, 14) < 60).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn names_tell_time_and_content() {
        assert_eq!(version("20261121093000_create_issues.sql"), Some("20261121093000"));
        for bad in [
            "0001_issues.sql",
            "20261321093000_issues.sql",
            "20261121096000_x.sql",
            "20261121093000.sql",
            "20261121093000_Issues.sql",
            "20261121093000_x.sql.bak",
        ] {
            assert_eq!(version(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_bad_name_and_a_second_same_version_fail() {
        let found = check(&Tree::of(&[
            ("crates/store/migrations/20261121093000_a.sql", ""),
            ("crates/store/migrations/20261121093000_b.sql", ""),
            ("crates/store/migrations/first.sql", ""),
        ]));
        let expected = [
            "crates/store/migrations/20261121093000_b.sql",
            "crates/store/migrations/first.sql",
        ];
        assert_eq!(places(&found), expected.map(|path| (path, 1, RULE)));
    }
}
