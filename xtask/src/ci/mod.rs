//! `cargo xtask ci`: everything that CI runs, in order, with a table of durations.

mod snapshots;
mod steps;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use steps::STEPS;

use crate::workspace;

struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&Path) -> Result<(), String>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    /// Empty: all.
    only: Vec<String>,
    keep_going: bool,
    list: bool,
}

pub(crate) fn run(args: &[&str]) -> Result<(), String> {
    let options = Options::parse(args)?;
    if options.list {
        for Step { name, what, .. } in STEPS {
            println!("{name:12} {what}");
        }
        return Ok(());
    }
    let root = workspace::root();
    let before = changes(&root);
    let mut table = Table::default();
    for step in STEPS.iter().filter(|step| options.wants(step.name)) {
        if table.failed && !options.keep_going {
            table.skipped(step.name);
            continue;
        }
        println!("\n== {}: {}", step.name, step.what);
        let begin = Instant::now();
        let outcome = (step.run)(&root);
        if let Err(message) = &outcome {
            println!("{}: {message}", step.name);
        }
        table.ran(step.name, begin.elapsed(), outcome.is_ok());
    }
    let after = changes(&root);
    if before != after {
        println!("\nthe checkout was changed by what ran; `git status --porcelain` says:");
        print!("{}", after.unwrap_or_default());
        table.failed = true;
    }
    println!("\n{}", table.shown());
    if table.failed {
        Err("not everything passed".to_owned())
    } else {
        Ok(())
    }
}

impl Options {
    fn parse(args: &[&str]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match *arg {
                "--keep-going" => options.keep_going = true,
                "--list" => options.list = true,
                "--only" => {
                    let names = args
                        .next()
                        .ok_or("`--only` wants names of steps, with commas between")?;
                    options.only = names.split(',').map(str::to_owned).collect();
                }
                other => return Err(format!("ci takes --only A,B, --keep-going and --list, not `{other}`")),
            }
        }
        match options
            .only
            .iter()
            .find(|name| STEPS.iter().all(|step| step.name != name.as_str()))
        {
            Some(unknown) => Err(format!("no step `{unknown}`; `cargo xtask ci --list` shows them")),
            None => Ok(options),
        }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

/// What git says of the checkout: tests and tools must leave it as it was.
fn changes(root: &Path) -> Option<String> {
    let status = Command::new("git")
        .args(["status", "--porcelain"])
        .current_dir(root)
        .output()
        .ok()?;
    status
        .status
        .success()
        .then(|| String::from_utf8_lossy(&status.stdout).into_owned())
}

#[derive(Default)]
struct Table {
    rows: Vec<(&'static str, &'static str, Duration)>,
    failed: bool,
}

impl Table {
    fn ran(&mut self, name: &'static str, took: Duration, passed: bool) {
        self.rows.push((name, if passed { "passed" } else { "FAILED" }, took));
        self.failed |= !passed;
    }

    fn skipped(&mut self, name: &'static str) {
        self.rows.push((name, "not run", Duration::ZERO));
    }

    fn shown(&self) -> String {
        let total = self.rows.iter().map(|(_, _, took)| *took).sum();
        let sum = ("all", if self.failed { "FAILED" } else { "passed" }, total);
        let rows = self.rows.iter().chain([&sum]);
        let lines = rows.map(|(name, outcome, took)| format!("{name:12} {outcome:8} {:>8}", clock(*took)));
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn clock(took: Duration) -> String {
    format!(
        "{}:{:04.1}",
        took.as_secs() / 60,
        (took.as_millis() % 60_000) as f64 / 1000.0
    )
}

/// Recorded traffic beside the checkout, when the caller names none.
fn corpus(root: &Path) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("TOCSIN_CORPUS") {
        return Some(PathBuf::from(named));
    }
    let beside = root.parent()?.join("shared/corpus/sdk");
    beside.is_dir().then_some(beside)
}

/// Sentry's description of its API beside the checkout, when the caller names none.
fn api_schema(root: &Path) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("TOCSIN_API_SCHEMA") {
        return Some(PathBuf::from(named));
    }
    let beside = root.parent()?.join("shared/reference/sentry-openapi.json");
    beside.is_file().then_some(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_chosen_by_name() {
        let options = Options::parse(&["--only", "fmt,clippy", "--keep-going"]).unwrap();
        assert!(options.wants("fmt") && options.wants("clippy") && !options.wants("test") && options.keep_going);
        assert!(Options::parse(&[]).unwrap().wants("test"));
        assert!(Options::parse(&["--only", "fmt,clipy"]).unwrap_err().contains("clipy"));
        assert!(Options::parse(&["--only"]).is_err());
        assert!(Options::parse(&["fmt"]).is_err());
    }

    #[test]
    fn names_of_steps_are_unique() {
        let mut names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }

    #[test]
    fn the_table_tells_every_step_and_the_sum() {
        let mut table = Table::default();
        table.ran("fmt", Duration::from_millis(1500), true);
        table.ran("clippy", Duration::from_secs(61), false);
        table.skipped("test");
        let shown = table.shown();
        let words: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(
            words,
            [
                ["fmt", "passed", "0:01.5"].to_vec(),
                vec!["clippy", "FAILED", "1:01.0"],
                vec!["test", "not", "run", "0:00.0"],
                vec!["all", "FAILED", "1:02.5"]
            ]
        );
    }
}
