//! Every manifest inherits what the workspace decides: version, edition, lints, and each dependency's version.

use toml::{Table, Value};

use super::rows::{dependencies, line_of};
use super::{Finding, Tree};

const RULE: &str = "manifest";
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

/// Packages have the product's name before the folder's; the binary is the product.
const BINARY: (&str, &str) = ("server", "tocsin");

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let members = tree
        .crates()
        .into_iter()
        .map(|krate| (krate, format!("crates/{krate}/Cargo.toml")));
    for (krate, path) in members.chain([("xtask", "xtask/Cargo.toml".to_owned())]) {
        let Some(text) = tree.text(&path) else { continue };
        // `rows` reports a manifest that is no TOML.
        let Ok(manifest) = text.parse::<Table>() else { continue };
        let mut report = |line, advice: String| findings.push(Finding::new(&path, line, RULE, advice));
        for key in INHERITED {
            if !inherits(manifest.get("package").and_then(|package| package.get(key))) {
                report(1, format!("write `{key}.workspace = true` under [package]"));
            }
        }
        if !inherits(manifest.get("lints")) {
            report(
                1,
                "write `workspace = true` under [lints], so that the lints of the house apply".to_owned(),
            );
        }
        let expected = package_name(krate);
        let name = manifest
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(Value::as_str);
        if name != Some(expected.as_str()) {
            report(
                line_of(text, "name"),
                format!("name the package `{expected}`, after its folder"),
            );
        }
        for (_, name, value) in dependencies(&manifest) {
            if !inherits(Some(value)) {
                let advice = format!("write `{name}.workspace = true` and put the version into the root Cargo.toml");
                report(line_of(text, name), advice);
            }
        }
    }
    findings
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

fn package_name(krate: &str) -> String {
    match krate {
        "xtask" => krate.to_owned(),
        _ if krate == BINARY.0 => BINARY.1.to_owned(),
        _ => format!("{}-{krate}", BINARY.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    const GOOD: &str = "[package]\nname = \"tocsin-query\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
        [lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n";

    fn check_manifest(text: &str) -> Vec<Finding> {
        check(&Tree::of(&[("crates/query/Cargo.toml", text)]))
    }

    #[test]
    fn a_manifest_of_the_house_passes() {
        assert_eq!(check_manifest(GOOD), []);
    }

    #[test]
    fn own_lints_edition_and_versions_fail() {
        assert_eq!(check_manifest(&GOOD.replace("[lints]\nworkspace = true", "")).len(), 1);
        assert_eq!(
            check_manifest(&GOOD.replace("edition.workspace = true", "edition = \"2021\"")).len(),
            1
        );
        let own = check_manifest(&GOOD.replace("serde.workspace = true", "serde = \"1\""));
        assert_eq!(places(&own), [("crates/query/Cargo.toml", 11, RULE)]);
    }

    #[test]
    fn a_package_is_named_after_its_folder() {
        let found = check_manifest(&GOOD.replace("tocsin-query", "query"));
        assert_eq!(places(&found), [("crates/query/Cargo.toml", 2, RULE)]);
        assert_eq!(package_name("server"), "tocsin");
    }
}
