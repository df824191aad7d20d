//! A crate depends only on lower rows, so the rules of the product can be read and tested without a server.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::{Finding, Tree};

const RULE: &str = "dependency row";

/// The table of the house: a folder under `crates/` and its row.
const ROWS: &[(u8, &[&str])] = &[
    (8, &["server"]),
    (7, &["ingest", "api", "web"]),
    (6, &["httpkit"]),
    (5, &["services"]),
    (4, &["queue", "integrations"]),
    (3, &["store", "spool"]),
    (
        2,
        &[
            "normalize",
            "scrub",
            "filter",
            "quota",
            "grouping",
            "symbolication",
            "query",
            "alerts",
            "triage",
        ],
    ),
    (1, &["protocol"]),
    (0, &["model"]),
];

/// Beside the rows: for tests only.
const TEST_ONLY: &str = "testkit";

/// Beside the rows: linked by nobody.
const NEVER_LINKED: &str = "xtask";

pub(super) fn row(krate: &str) -> Option<u8> {
    ROWS.iter()
        .find(|(_, crates)| crates.contains(&krate))
        .map(|(row, _)| *row)
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let root: Table = tree
        .text("Cargo.toml")
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    let shared = our_folders(
        root.get("workspace")
            .and_then(|workspace| workspace.get("dependencies")),
    );
    let mut findings = Vec::new();
    for krate in tree.crates() {
        let path = format!("crates/{krate}/Cargo.toml");
        let Some(text) = tree.text(&path) else {
            let advice = format!("`crates/{krate}` has no Cargo.toml: a folder under crates/ is a crate");
            findings.push(Finding::new(&path, 1, RULE, advice));
            continue;
        };
        if row(krate).is_none() && krate != TEST_ONLY {
            let advice =
                format!("`{krate}` is in no row: add it to the table in xtask/src/tidy/rows.rs and in the design");
            findings.push(Finding::new(&path, 1, RULE, advice));
        }
        match text.parse::<Table>() {
            Ok(manifest) => edges(krate, &path, text, &manifest, &shared, &mut findings),
            Err(error) => findings.push(Finding::new(
                &path,
                1,
                RULE,
                format!("not a manifest: {}", error.message()),
            )),
        }
    }
    findings
}

/// From the name of a dependency to the folder of ours that it stands for.
fn our_folders(dependencies: Option<&Value>) -> BTreeMap<String, String> {
    let entries = dependencies.and_then(Value::as_table).into_iter().flatten();
    entries
        .filter_map(|(name, value)| Some((name.clone(), folder(value)?)))
        .collect()
}

fn folder(dependency: &Value) -> Option<String> {
    let path = dependency.get("path")?.as_str()?;
    path.trim_end_matches('/').rsplit('/').next().map(str::to_owned)
}

fn edges(
    krate: &str,
    path: &str,
    text: &str,
    manifest: &Table,
    shared: &BTreeMap<String, String>,
    findings: &mut Vec<Finding>,
) {
    for (kind, name, value) in dependencies(manifest) {
        let inherited = value.get("workspace").and_then(Value::as_bool) == Some(true);
        let ours = if inherited {
            shared.get(name).cloned()
        } else {
            folder(value)
        };
        if let Some(advice) = ours.and_then(|to| objection(krate, kind, &to)) {
            findings.push(Finding::new(path, line_of(text, name), RULE, advice));
        }
    }
}

/// Every dependency with the section in which it stands, those of single targets too.
pub(super) fn dependencies(manifest: &Table) -> impl Iterator<Item = (Kind, &str, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    let tables = std::iter::once(manifest).chain(targets.filter_map(|(_, target)| target.as_table()));
    tables.flat_map(|table| {
        Kind::ALL.iter().flat_map(move |kind| {
            let section = table
                .get(kind.section())
                .and_then(Value::as_table)
                .into_iter()
                .flatten();
            section.map(move |(name, value)| (*kind, name.as_str(), value))
        })
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Build,
    Dev,
}

impl Kind {
    const ALL: &[Self] = &[Self::Normal, Self::Build, Self::Dev];

    fn section(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Build => "build-dependencies",
            Self::Dev => "dev-dependencies",
        }
    }
}

/// Why `from` must not have `to` in that section.
fn objection(from: &str, kind: Kind, to: &str) -> Option<String> {
    if to == NEVER_LINKED {
        return Some(format!(
            "`{from}` depends on xtask: nothing links xtask, move what is shared into a crate"
        ));
    }
    if to == TEST_ONLY {
        let section = kind.section();
        return (kind != Kind::Dev)
            .then(|| format!("`{from}` has testkit in [{section}]: it belongs into [dev-dependencies]"));
    }
    if from == TEST_ONLY {
        return None;
    }
    let (from_row, Some(to_row)) = (row(from)?, row(to)) else {
        return Some(format!("`{from}` depends on `{to}`, which is in no row"));
    };
    (to_row >= from_row).then(|| {
        format!(
            "`{from}` (row {from_row}) depends on `{to}` (row {to_row}): only lower rows may be used, \
             so move the type down, or return a value and let the caller act"
        )
    })
}

/// The line on which a manifest names a dependency.
pub(super) fn line_of(text: &str, name: &str) -> usize {
    let names = |line: &str| {
        let line = line.trim_start();
        let line = line
            .strip_prefix('[')
            .map_or(line, |table| table.rsplit('.').next().unwrap_or(table));
        let rest = line.trim_start_matches('"').strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=', ']', '"']))
    };
    text.lines().position(names).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    const ROOT: &str = "[workspace.dependencies]\n\
        model = { path = \"crates/model\", package = \"tocsin-model\" }\n\
        store = { path = \"crates/store\", package = \"tocsin-store\" }\n\
        spool = { path = \"crates/spool\", package = \"tocsin-spool\" }\n\
        api = { path = \"crates/api\", package = \"tocsin-api\" }\n\
        testkit = { path = \"crates/testkit\", package = \"tocsin-testkit\" }\n\
        tasks = { path = \"xtask\", package = \"xtask\" }\n\
        serde = \"1\"\n";

    /// The findings in the manifest of `krate` when it holds `sections`.
    fn check_manifest(krate: &str, sections: &str) -> Vec<Finding> {
        let path = format!("crates/{krate}/Cargo.toml");
        check(&Tree::of(&[("Cargo.toml", ROOT), (&path, sections)]))
    }

    #[test]
    fn a_lower_row_is_fine() {
        assert_eq!(
            check_manifest(
                "store",
                "[dependencies]\nmodel.workspace = true\nserde.workspace = true\n"
            ),
            []
        );
    }

    #[test]
    fn a_higher_row_fails() {
        let found = check_manifest(
            "model",
            "[dependencies]\nserde.workspace = true\nstore.workspace = true\n",
        );
        assert_eq!(places(&found), [("crates/model/Cargo.toml", 3, RULE)]);
        assert!(
            found[0]
                .advice
                .starts_with("`model` (row 0) depends on `store` (row 3)")
        );
    }

    #[test]
    fn the_same_row_fails() {
        assert_eq!(
            check_manifest("store", "[dependencies]\nspool.workspace = true\n").len(),
            1
        );
    }

    #[test]
    fn a_path_a_build_script_a_target_and_a_test_are_edges_too() {
        assert_eq!(
            check_manifest("store", "[dependencies]\nx = { path = \"../api\" }\n").len(),
            1
        );
        assert_eq!(
            check_manifest("store", "[build-dependencies]\napi.workspace = true\n").len(),
            1
        );
        assert_eq!(
            check_manifest("store", "[target.'cfg(unix)'.dependencies]\napi.workspace = true\n").len(),
            1
        );
        assert_eq!(
            check_manifest("store", "[dev-dependencies.api]\nworkspace = true\n").len(),
            1
        );
    }

    #[test]
    fn testkit_is_for_tests_and_xtask_for_nobody() {
        assert_eq!(
            check_manifest("store", "[dev-dependencies]\ntestkit.workspace = true\n"),
            []
        );
        assert_eq!(
            check_manifest("store", "[dependencies]\ntestkit.workspace = true\n").len(),
            1
        );
        assert_eq!(
            check_manifest("store", "[dev-dependencies]\ntasks.workspace = true\n").len(),
            1
        );
        assert_eq!(check_manifest("testkit", "[dependencies]\napi.workspace = true\n"), []);
    }

    #[test]
    fn a_folder_outside_the_table_fails() {
        assert_eq!(
            places(&check_manifest("misc", "")),
            [("crates/misc/Cargo.toml", 1, RULE)]
        );
        let found = check(&Tree::of(&[("Cargo.toml", ROOT), ("crates/api/src/lib.rs", "")]));
        assert_eq!(places(&found), [("crates/api/Cargo.toml", 1, RULE)]);
    }
}
