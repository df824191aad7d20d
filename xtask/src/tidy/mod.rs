//! `cargo xtask tidy`: the rules of the house that a program can check, one file a rule.
//!
//! A check is a pure function from the [`Tree`] of committed text to findings, so each has tests that show it failing.

mod rust;
mod tree;

mod bounds;
mod environment;
mod fragments;
mod leftovers;
mod links;
mod manifests;
mod migrations;
mod names;
mod pages;
mod purity;
mod rows;
mod size;
mod sql;
mod status_codes;
mod words;

use tree::Tree;

use crate::workspace;

/// One broken rule. Shown as `path:line: rule: what to do`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    rule: &'static str,
    advice: String,
}

impl Finding {
    fn new(path: &str, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            advice: advice.into(),
        }
    }
}

type Check = fn(&Tree) -> Vec<Finding>;

const CHECKS: &[Check] = &[
    rows::check,
    manifests::check,
    purity::check,
    size::check,
    names::check,
    leftovers::check,
    sql::check,
    status_codes::check,
    environment::check,
    bounds::check,
    migrations::check,
    fragments::check,
    words::check,
    links::check,
    pages::check,
];

pub(crate) fn run() -> Result<(), String> {
    let tree = Tree::read(&workspace::root())?;
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(&tree)).collect();
    findings.sort();
    findings.dedup();
    for Finding {
        path,
        line,
        rule,
        advice,
    } in &findings
    {
        println!("{path}:{line}: {rule}: {advice}");
    }
    match findings.len() {
        0 => {
            println!("tidy: {} files, {} checks, nothing found", tree.len(), CHECKS.len());
            Ok(())
        }
        1 => Err("tidy: 1 finding".to_owned()),
        count => Err(format!("tidy: {count} findings")),
    }
}

/// A test's view of a finding: where and which rule.
#[cfg(test)]
fn places(findings: &[Finding]) -> Vec<(&str, usize, &str)> {
    findings
        .iter()
        .map(|found| (found.path.as_str(), found.line, found.rule))
        .collect()
}
