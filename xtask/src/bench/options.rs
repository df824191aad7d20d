//! What is asked for on the command line.

use std::path::PathBuf;
use std::time::Duration;

use super::lines::{self, Line};

pub(super) const USAGE: &str = "\
cargo xtask bench [--only LINE,…] [--quick] [--large] [--json] [--runs N] [--binary PATH] [--folder PATH]
cargo xtask bench --list
cargo xtask bench processing [--flame-graph FILE]
cargo xtask bench functions [CRITERION ARGS]";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    /// Ids of lines, all when empty.
    only: Vec<String>,
    quick: bool,
    large: bool,
    pub(super) json: bool,
    /// How often each line is measured; the worst counts.
    pub(super) runs: usize,
    /// Instead of a build of this tree.
    pub(super) binary: Option<PathBuf>,
    /// Where data folders are made, the system's folder for temporary files when it is not said.
    pub(super) folder: Option<PathBuf>,
}

impl Options {
    pub(super) fn parse(args: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            only: Vec::new(),
            quick: false,
            large: false,
            json: false,
            runs: 0,
            binary: None,
            folder: None,
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("`{arg}` wants a value\n\n{USAGE}"));
            match *arg {
                "--quick" => options.quick = true,
                "--large" => options.large = true,
                "--json" => options.json = true,
                "--only" => options.only = lines_of(value()?)?,
                "--runs" => {
                    let runs = value()?.parse().ok().filter(|runs| (1..100).contains(runs));
                    options.runs = runs.ok_or("`--runs` wants a number from 1 to 99")?;
                }
                "--binary" => options.binary = Some(PathBuf::from(value()?)),
                "--folder" => options.folder = Some(PathBuf::from(value()?)),
                other => return Err(format!("no option `{other}`\n\n{USAGE}")),
            }
        }
        if options.runs == 0 {
            options.runs = if options.quick { 1 } else { 3 };
        }
        Ok(options)
    }

    pub(super) fn wants(&self, line: &str) -> bool {
        debug_assert!(lines::find(line).is_some(), "{line}");
        self.only.is_empty() || self.only.iter().any(|only| only == line)
    }

    pub(super) fn wants_any(&self, lines: &[&str]) -> bool {
        lines.iter().any(|line| self.wants(line))
    }

    pub(super) fn sizes(&self) -> Sizes {
        let full = Sizes {
            rate_events: 120_000,
            disk_wait: Duration::from_secs(60),
            latency: Duration::from_secs(60),
            stored_events: 1_000_000,
            stored_issues: 10_000,
            settle: Duration::from_secs(600),
            questions: 30,
            pages: 100,
        };
        match (self.quick, self.large) {
            (true, _) => Sizes {
                rate_events: 15_000,
                disk_wait: full.disk_wait,
                latency: Duration::from_secs(10),
                stored_events: 20_000,
                stored_issues: 1_000,
                settle: Duration::from_secs(5),
                questions: 5,
                pages: 20,
            },
            (false, true) => Sizes {
                stored_events: 10_000_000,
                ..full
            },
            (false, false) => full,
        }
    }

    /// What is to be said about a table that is not the one of the budgets.
    pub(super) fn caution(&self) -> Option<&'static str> {
        if self.quick {
            return Some("--quick: small loads, few repetitions; good for a look, not for the budgets");
        }
        (self.runs < 3).then_some("fewer than three runs; the budgets are for the worst of three")
    }
}

/// How much is sent and asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Envelopes of one sustained load.
    pub(super) rate_events: usize,
    /// How long after the load the folder is measured: segments of the spool go after a minute.
    pub(super) disk_wait: Duration,
    /// How long 500 events a second come.
    pub(super) latency: Duration,
    /// Errors, and as many transactions, that pages and questions find.
    pub(super) stored_events: usize,
    pub(super) stored_issues: usize,
    /// How long the server has at most to bring to an end what that load left, before pages and questions.
    pub(super) settle: Duration,
    /// How often each question is asked in a run.
    pub(super) questions: usize,
    /// How often each page is loaded in a run.
    pub(super) pages: usize,
}

fn lines_of(list: &str) -> Result<Vec<String>, String> {
    let mut chosen = Vec::new();
    for id in list.split(',') {
        // `disk*` stands for `disk`, `disk-index` and so on.
        let matching: Vec<&Line> = lines::LINES
            .iter()
            .filter(|line| match id.strip_suffix('*') {
                Some(beginning) => line.id.starts_with(beginning),
                None => line.id == id,
            })
            .collect();
        if matching.is_empty() {
            return Err(format!("no line `{id}`: `cargo xtask bench --list` shows them"));
        }
        chosen.extend(matching.iter().map(|line| line.id.to_owned()));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_mistakes_named() {
        let options = Options::parse(&["--only", "memory-rest,disk*", "--runs", "2", "--json"]).unwrap();
        assert!(options.wants("memory-rest") && options.wants("disk") && options.wants("disk-index"));
        assert!(!options.wants("memory-load") && options.json && options.runs == 2);
        assert_eq!(Options::parse(&[]).unwrap().runs, 3);
        assert_eq!(Options::parse(&["--quick"]).unwrap().runs, 1);
        for (args, expected) in [
            (&["--fast"][..], "no option `--fast`"),
            (&["--only"], "`--only` wants a value"),
            (&["--only", "speed"], "no line `speed`"),
            (&["--runs", "0"], "`--runs` wants a number"),
        ] {
            let error = Options::parse(args).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_short_look_says_so() {
        assert!(
            Options::parse(&["--quick"])
                .unwrap()
                .caution()
                .unwrap()
                .contains("--quick")
        );
        assert!(Options::parse(&["--runs", "1"]).unwrap().caution().is_some());
        assert_eq!(Options::parse(&[]).unwrap().caution(), None);
    }
}
