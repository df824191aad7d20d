//! Every line of the table, with its budgets.

/// What is measured and what it should be.
#[derive(Debug)]
pub(super) struct Line {
    /// For `--only` and for programs that read the JSON.
    pub(super) id: &'static str,
    pub(super) what: &'static str,
    pub(super) unit: Unit,
    /// Which of several runs is the worst.
    pub(super) better: Better,
    pub(super) budget: Option<Budget>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub(super) must: f64,
    pub(super) aim: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    Higher,
    Lower,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    PerSecond,
    /// Of 10^6 bytes.
    Megabytes,
    /// Of 1,000 bytes.
    Kilobytes,
    Milliseconds,
    Seconds,
}

impl Unit {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::PerSecond => "/s",
            Self::Megabytes => "MB",
            Self::Kilobytes => "KB",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
        }
    }
}

const fn higher(id: &'static str, what: &'static str, unit: Unit) -> Line {
    Line {
        id,
        what,
        unit,
        better: Better::Higher,
        budget: None,
    }
}

const fn lower(id: &'static str, what: &'static str, unit: Unit) -> Line {
    Line {
        better: Better::Lower,
        ..higher(id, what, unit)
    }
}

const fn budget(line: Line, must: f64, aim: f64) -> Line {
    Line {
        budget: Some(Budget { must, aim }),
        ..line
    }
}

use Unit::{Kilobytes, Megabytes, Milliseconds, PerSecond, Seconds};

pub(super) const LINES: &[Line] = &[
    budget(
        higher(
            "rate",
            "errors of 20 KB accepted, processed, searchable, sustained",
            PerSecond,
        ),
        2_000.0,
        4_000.0,
    ),
    budget(
        higher("rate-gzip", "the same, sent gzipped as SDKs do", PerSecond),
        2_000.0,
        4_000.0,
    ),
    higher(
        "rate-mixed",
        "the same, of 3 errors, 5 transactions with spans, 2 sessions",
        PerSecond,
    ),
    lower(
        "cpu",
        "processor time of the server for one error of 20 KB",
        Milliseconds,
    ),
    budget(lower("memory-rest", "memory at rest", Megabytes), 80.0, 50.0),
    budget(
        lower("memory-load", "most memory under the load of `rate`", Megabytes),
        300.0,
        200.0,
    ),
    lower("memory-load-own", "of that without mapped files (RssAnon)", Megabytes),
    lower("memory-gzip", "most memory under the load of `rate-gzip`", Megabytes),
    lower("memory-mixed", "most memory under the load of `rate-mixed`", Megabytes),
    budget(
        lower(
            "disk",
            "disk an event, all stores, a minute after the load of `rate`",
            Kilobytes,
        ),
        1.0,
        0.5,
    ),
    lower("disk-index", "of that the event index", Kilobytes),
    lower("disk-database", "of that the database", Kilobytes),
    lower("disk-spool", "of that the spool", Kilobytes),
    lower("disk-blobs", "of that files", Kilobytes),
    lower(
        "accept-p50",
        "from the scheduled time to the 200, at 500/s, p50",
        Milliseconds,
    ),
    budget(
        lower(
            "accept-p99",
            "from the scheduled time to the 200, at 500/s, p99",
            Milliseconds,
        ),
        25.0,
        10.0,
    ),
    budget(
        lower(
            "visible-p99",
            "event sent → its issue in the issue list, at 500/s, p99",
            Seconds,
        ),
        2.0,
        1.0,
    ),
    lower(
        "searchable-p99",
        "event sent → found in the event index, at 500/s, p99",
        Seconds,
    ),
    budget(lower("page-issues", "page: issue list, p95", Milliseconds), 50.0, 20.0),
    lower("page-search", "page: issue list, searched by a tag, p95", Milliseconds),
    lower("page-issue", "page: an issue with its newest event, p95", Milliseconds),
    lower("page-discover", "page: Discover, p95", Milliseconds),
    budget(
        lower(
            "discover",
            "Discover: p95, unique users by transaction, 14 days, slowest",
            Milliseconds,
        ),
        300.0,
        300.0,
    ),
    budget(
        lower("discover-busy", "the same while 200 events/s come in", Milliseconds),
        300.0,
        300.0,
    ),
    lower(
        "discover-errors",
        "Discover: count, unique users of errors by transaction, 14 days, slowest",
        Milliseconds,
    ),
    lower(
        "events",
        "Discover: the newest events with a tag, slowest",
        Milliseconds,
    ),
    lower("series", "Discover: events by the hour, 14 days, slowest", Milliseconds),
    lower(
        "search",
        "API: issues with an event that has a tag, slowest",
        Milliseconds,
    ),
    budget(lower("start", "start to first accepted event", Seconds), 1.0, 0.3),
    budget(
        lower(
            "start-large",
            "the same with all that was stored for the pages",
            Seconds,
        ),
        1.0,
        0.3,
    ),
];

pub(super) fn find(id: &str) -> Option<&'static Line> {
    LINES.iter().find(|line| line.id == id)
}

/// What a line came to, run by run.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) line: &'static Line,
    pub(super) runs: Vec<f64>,
}

impl Measured {
    pub(super) fn worst(&self) -> Option<f64> {
        let worse = match self.line.better {
            Better::Higher => f64::min,
            Better::Lower => f64::max,
        };
        self.runs.iter().copied().reduce(worse)
    }

    /// None where there is no budget.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        let (worst, budget) = (self.worst()?, self.line.budget?);
        let reaches = |limit: f64| match self.line.better {
            Better::Higher => worst >= limit,
            Better::Lower => worst <= limit,
        };
        Some(match (reaches(budget.aim), reaches(budget.must)) {
            (true, _) => Verdict::Aim,
            (false, true) => Verdict::Reached,
            (false, false) => Verdict::Missed,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As good as is aimed at.
    Aim,
    /// As good as it must be.
    Reached,
    Missed,
}

impl Verdict {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Aim => "aim",
            Self::Reached => "reached",
            Self::Missed => "MISSED",
        }
    }
}

/// What came of a whole measurement.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    measured: Vec<Measured>,
    /// What the reader of the figures should know.
    pub(super) notes: Vec<String>,
}

impl Outcome {
    pub(super) fn add(&mut self, id: &str, value: f64) {
        let line = find(id).expect("scenes measure lines of the list");
        match self.measured.iter_mut().find(|measured| measured.line.id == id) {
            Some(measured) => measured.runs.push(value),
            None => self.measured.push(Measured {
                line,
                runs: vec![value],
            }),
        }
    }

    /// Once, whatever the number of runs.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// In the order of the list, the wanted ones only.
    pub(super) fn lines(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = &Measured> {
        LINES
            .iter()
            .filter(move |line| wanted(line.id))
            .filter_map(|line| self.measured.iter().find(|measured| measured.line.id == line.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_budgets_make_sense() {
        for (number, line) in LINES.iter().enumerate() {
            assert!(LINES[..number].iter().all(|other| other.id != line.id), "{}", line.id);
            if let Some(budget) = line.budget {
                let harder = match line.better {
                    Better::Higher => budget.aim >= budget.must,
                    Better::Lower => budget.aim <= budget.must,
                };
                assert!(harder, "{}", line.id);
            }
        }
    }

    #[test]
    fn the_worst_run_decides() {
        for (id, runs, worst, verdict) in [
            ("rate", &[4_500.0, 2_100.0][..], 2_100.0, Verdict::Reached),
            ("rate", &[4_500.0, 4_000.0], 4_000.0, Verdict::Aim),
            ("rate", &[1_999.0, 9_000.0], 1_999.0, Verdict::Missed),
            ("disk", &[0.4, 1.1], 1.1, Verdict::Missed),
            ("disk", &[0.4, 0.5], 0.5, Verdict::Aim),
        ] {
            let mut outcome = Outcome::default();
            for run in runs {
                outcome.add(id, *run);
            }
            let measured: Vec<&Measured> = outcome.lines(|_| true).collect();
            assert_eq!(measured.len(), 1);
            assert_eq!(measured[0].worst(), Some(worst));
            assert_eq!(measured[0].verdict(), Some(verdict), "{id} {runs:?}");
        }
    }
}
