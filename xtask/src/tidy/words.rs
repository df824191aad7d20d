//! Committed text is the same on every machine: it names no folder of one, and no package registry.

use super::{Finding, Tree};

const RULE: &str = "machine";

/// Folders at the root of somebody's machine.
const FOLDERS: &[&str] = &["work", "root", "farm"];

/// Hosts of package registries, in parts, so that this file does not name them.
const HOSTS: &[&[&str]] = &[
    &["registry", "npmjs", "org"],
    &["registry", "yarnpkg", "com"],
    &["pypi", "org"],
    &["pythonhosted", "org"],
    &["static", "crates", "io"],
    &["index", "crates", "io"],
    &["deb", "debian", "org"],
    &["proxy", "golang", "org"],
];

/// Recorded traffic and generated files say what they say.
fn is_data(path: &str) -> bool {
    path == "Cargo.lock"
        || path.ends_with("/Cargo.lock")
        || path.ends_with(".snap")
        || path
            .split('/')
            .any(|part| matches!(part, "fixtures" | "corpus" | "seeds"))
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let hosts: Vec<String> = HOSTS.iter().map(|parts| parts.join(".")).collect();
    let mut findings = Vec::new();
    for (path, text) in tree.texts("", &[]).filter(|(path, _)| !is_data(path)) {
        for (index, line) in text.lines().enumerate() {
            if let Some(folder) = machine_folder(line) {
                let advice =
                    format!("names the folder /{folder} of one machine: take a relative path or a temporary folder");
                findings.push(Finding::new(path, index + 1, RULE, advice));
            }
            if hosts.iter().any(|host| line.contains(host.as_str())) {
                let advice = "names a package registry: leave the choice to the client's own configuration";
                findings.push(Finding::new(path, index + 1, RULE, advice));
            }
        }
    }
    findings
}

/// The folder in `/folder/name`, when nothing in front makes it part of a longer path.
fn machine_folder(line: &str) -> Option<&'static str> {
    FOLDERS.iter().copied().find(|folder| {
        let path = format!("/{folder}/");
        line.match_indices(&path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + path.len()..].chars().next();
            let relative =
                before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '~' | '/'));
            !relative && after.is_some_and(|c| c.is_alphanumeric() || c == '.')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn a_folder_of_one_machine_fails() {
        let bad = format!("see /{}/main", FOLDERS[0]);
        let good = format!(
            "see crates/{}/main and https://example.com/{}/x",
            FOLDERS[0], FOLDERS[1]
        );
        let found = check(&Tree::of(&[
            ("README.md", &bad),
            ("docs/a.md", &good),
            ("crates/protocol/fixtures/a.json", &bad),
        ]));
        assert_eq!(places(&found), [("README.md", 1, RULE)]);
    }

    #[test]
    fn a_registry_fails() {
        let text = format!("\nindex-url = https://{}/simple\n", HOSTS[2].join("."));
        assert_eq!(
            places(&check(&Tree::of(&[("e2e/pip.conf", &text)]))),
            [("e2e/pip.conf", 2, RULE)]
        );
    }
}
