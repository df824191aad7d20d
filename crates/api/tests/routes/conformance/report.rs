use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    caller::Seen,
    counted::{TAGS, is_counted},
    document::{Document, Operation},
    never_sent,
};

/// Where the report is written, for `cargo xtask ci` to print it.
const FILE: &str = "TOCSIN_API_REPORT";

pub(super) struct Report {
    pub(super) text: String,
    pub(super) problems: Vec<String>,
}

impl Report {
    pub(super) fn of(document: &Document, seen: &Seen) -> Self {
        let mounted = mounted();
        let is_mounted = |operation: &Operation| mounted.contains(&shape(operation.method.as_str(), &operation.path));
        let mut problems = seen.problems.clone();
        let mut text = String::new();
        let (mut there, mut counted) = (0, 0);
        let mut missing: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
        for (index, operation) in document.operations.iter().enumerate() {
            let name = format!("{} {}", operation.method, operation.path);
            counted += usize::from(is_counted(operation));
            if !is_mounted(operation) {
                missing.entry(&operation.tag).or_default().push(operation);
                continue;
            }
            there += usize::from(is_counted(operation));
            if !seen.called.contains(&index) {
                problems.push(format!("{name} is there and was not called with success"));
            } else if operation.method != http::Method::GET && !seen.read_back.contains(&index) {
                problems.push(format!("{name} was not read back"));
            }
        }
        let unsent = never_sent::of(&seen.fields);
        problems.extend(unsent.problems);
        let (called, wrong) = (seen.called.len(), problems.len());
        writeln!(
            text,
            "API: {there} of {counted} counted operations are there; {called} were called in all, {wrong} problems"
        )
        .expect("a string takes all");
        for tag in TAGS {
            let counted = document
                .operations
                .iter()
                .filter(|one| one.tag == tag && is_counted(one));
            let there = counted.clone().filter(|one| is_mounted(one)).count();
            writeln!(text, "  {tag:14} {there:2} of {:2}", counted.count()).expect("a string takes all");
        }
        let total: usize = missing.values().map(Vec::len).sum();
        writeln!(text, "Missing, by tag: {total}").expect("a string takes all");
        for (tag, operations) in missing {
            writeln!(text, "  {tag}: {}", operations.len()).expect("a string takes all");
            for operation in operations {
                let mark = if is_counted(operation) { " (counted)" } else { "" };
                writeln!(text, "    {:6} {}{mark}", operation.method.as_str(), operation.path)
                    .expect("a string takes all");
            }
        }
        text.push_str(&unsent.text);
        Self { text, problems }
    }

    pub(super) fn write(&self) {
        if let Some(file) = std::env::var_os(FILE) {
            std::fs::write(&file, &self.text).unwrap();
        }
    }
}

fn mounted() -> Vec<String> {
    let routes = ::api::routes();
    let routes = routes.table().iter();
    routes.map(|route| shape(route.method.as_str(), &route.path)).collect()
}

/// Parameters have other names here.
fn shape(method: &str, path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part });
    format!("{method} {}", parts.collect::<Vec<_>>().join("/"))
}
