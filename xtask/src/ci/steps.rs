//! The steps: what runs is what a person runs, with warnings as errors and nothing skipped.

use std::path::Path;
use std::time::Duration;

use super::{Step, api_schema, corpus, snapshots};
use crate::process::{cargo, run, succeeds, succeeds_within};
use crate::{e2e, fuzz, tidy};

/// Cheap first, so that a slip shows within a minute.
pub(super) const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        what: "the format of the source",
        run: fmt,
    },
    Step {
        name: "locks",
        what: "what Cargo.lock and fuzz/Cargo.lock hold fits the manifests",
        run: locks,
    },
    Step {
        name: "tidy",
        what: "the rules of the house",
        run: |_| tidy::run(),
    },
    Step {
        name: "deny",
        what: "licences, bans and sources of dependencies",
        run: deny,
    },
    Step {
        name: "advisories",
        what: "known holes in dependencies, when their database can be reached",
        run: advisories,
    },
    Step {
        name: "clippy",
        what: "lints, warnings are errors",
        run: clippy,
    },
    Step {
        name: "test",
        what: "cargo test --workspace, nothing skipped",
        run: test,
    },
    Step {
        name: "build",
        what: "the release binary",
        run: build,
    },
    Step {
        name: "fuzz",
        what: "the stored inputs of every target",
        // Looking for new ones is a matter of luck, and luck must not decide whether a change lands.
        run: |root| fuzz::fuzz(root, 0, None),
    },
    Step {
        name: "e2e",
        what: "real clients and a browser against the release binary",
        run: |root| e2e::test(root, &[]),
    },
];

fn fmt(root: &Path) -> Result<(), String> {
    run(&mut cargo(&["fmt", "--all", "--check"], root))?;
    run(&mut cargo(
        &["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"],
        root,
    ))
}

/// A dependency of a crate is one of its fuzz targets too, and their workspace is another.
fn locks(root: &Path) -> Result<(), String> {
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        run(&mut cargo(
            &[
                "tree",
                "--manifest-path",
                manifest,
                "--locked",
                "--quiet",
                "--depth",
                "0",
            ],
            root,
        ))?;
    }
    Ok(())
}

fn deny(root: &Path) -> Result<(), String> {
    if !succeeds(&mut cargo(&["deny", "--version"], root)) {
        return Err("cargo-deny is missing: cargo install --locked cargo-deny".to_owned());
    }
    run(&mut cargo(
        &[
            "deny",
            "--workspace",
            "--locked",
            "check",
            "--hide-inclusion-graph",
            "licenses",
            "bans",
            "sources",
        ],
        root,
    ))
}

fn advisories(root: &Path) -> Result<(), String> {
    if succeeds_within(&mut cargo(&["deny", "fetch", "db"], root), Duration::from_secs(60)) {
        return run(&mut cargo(
            &[
                "deny",
                "--workspace",
                "--locked",
                "check",
                "--disable-fetch",
                "advisories",
            ],
            root,
        ));
    }
    println!("NOT CHECKED: the database of advisories cannot be reached from here");
    Ok(())
}

fn clippy(root: &Path) -> Result<(), String> {
    run(&mut cargo(
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "--deny",
            "warnings",
        ],
        root,
    ))
}

fn test(root: &Path) -> Result<(), String> {
    let references = snapshots::References::new()?;
    let mut command = cargo(&["test", "--workspace", "--locked"], root);
    // A snapshot that is new or differs fails; a test that would skip for want of PostgreSQL fails.
    command
        .env("CI", "true")
        .env("INSTA_UPDATE", "no")
        .env("TOCSIN_REQUIRE_POSTGRES", "1");
    references.record(&mut command);
    match corpus(root) {
        Some(folder) => {
            command.env("TOCSIN_CORPUS", folder).env("TOCSIN_REQUIRE_CORPUS", "1");
        }
        None => println!("TOCSIN_CORPUS is not set: recorded traffic is tested with the fixtures in the project only"),
    }
    let report = tempfile::NamedTempFile::new().map_err(|error| format!("a temporary file: {error}"))?;
    match api_schema(root) {
        Some(file) => {
            command
                .env("TOCSIN_API_SCHEMA", file)
                .env("TOCSIN_REQUIRE_API_SCHEMA", "1")
                .env("TOCSIN_API_REPORT", report.path());
        }
        None => println!("TOCSIN_API_SCHEMA is not set: the API is not held against its description"),
    }
    let outcome = run(&mut command);
    // Which operations there are and which are missing is worth reading also when something failed.
    match std::fs::read_to_string(report.path()) {
        Ok(text) => println!("\n{text}"),
        Err(error) => println!("no report of the API: {error}"),
    }
    outcome?;
    references.check(root)
}

fn build(root: &Path) -> Result<(), String> {
    run(&mut cargo(&["build", "--release", "--locked"], root))
}
