//! How the outcome is shown: a table for people, an object for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::lines::{Line, Measured, Outcome, Unit};
use super::options::Options;

const HEAD: [&str; 6] = ["line", "what", "must reach", "aim", "measured", "runs"];

/// In the form of Markdown, so that it can be kept.
pub(super) fn table(options: &Options, outcome: &Outcome) -> String {
    let rows: Vec<[String; 6]> = outcome.lines(|line| options.wants(line)).map(row).collect();
    let mut text = aligned(&HEAD, &rows);
    let notes = options
        .caution()
        .into_iter()
        .chain(outcome.notes.iter().map(String::as_str));
    for note in notes {
        writeln!(text, "\n{note}").expect("a text can be written to");
    }
    text
}

fn row(measured: &Measured) -> [String; 6] {
    let line = measured.line;
    let (must, aim) = line.budget.map_or_else(
        || ("–".to_owned(), "–".to_owned()),
        |budget| (with_unit(budget.must, line.unit), with_unit(budget.aim, line.unit)),
    );
    let mut value = measured
        .worst()
        .map_or_else(|| "–".to_owned(), |worst| with_unit(worst, line.unit));
    if let Some(verdict) = measured.verdict() {
        write!(value, " {}", verdict.name()).expect("a text can be written to");
    }
    let runs: Vec<String> = measured.runs.iter().map(|run| number(*run)).collect();
    [
        line.id.to_owned(),
        line.what.to_owned(),
        must,
        aim,
        value,
        runs.join(" · "),
    ]
}

/// The lines that there are.
pub(super) fn list(lines: &[Line]) -> String {
    let rows: Vec<[String; 2]> = lines
        .iter()
        .map(|line| [line.id.to_owned(), line.what.to_owned()])
        .collect();
    aligned(&["line", "what"], &rows)
}

pub(super) fn json(options: &Options, outcome: &Outcome) -> Value {
    let lines: Vec<Value> = outcome
        .lines(|line| options.wants(line))
        .map(|measured| {
            json!({
                "line": measured.line.id,
                "what": measured.line.what,
                "unit": measured.line.unit.name(),
                "must": measured.line.budget.map(|budget| budget.must),
                "aim": measured.line.budget.map(|budget| budget.aim),
                "worst": measured.worst(),
                "runs": measured.runs,
                "verdict": measured.verdict().map(|verdict| verdict.name().to_lowercase()),
            })
        })
        .collect();
    json!({"lines": lines, "notes": outcome.notes, "caution": options.caution()})
}

fn with_unit(value: f64, unit: Unit) -> String {
    match unit {
        Unit::PerSecond => format!("{}{}", number(value), unit.name()),
        _ => format!("{} {}", number(value), unit.name()),
    }
}

/// Three digits are more than a measurement is worth.
fn number(value: f64) -> String {
    if value >= 1_000.0 {
        let thousands = (value / 1_000.0).trunc();
        return format!("{thousands:.0},{:03.0}", (value - thousands * 1_000.0).trunc());
    }
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn aligned<const N: usize>(head: &[&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    let mut push = |cells: Vec<&str>| {
        for (cell, width) in cells.iter().zip(&widths) {
            write!(text, "| {cell:width$} ").expect("a text can be written to");
        }
        text.push_str("|\n");
    };
    push(head.to_vec());
    push(vec!["---"; N]);
    for row in rows {
        push(row.iter().map(String::as_str).collect());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_count() {
        for (value, expected) in [
            (4_123.7, "4,123"),
            (2_000.0, "2,000"),
            (12_005.0, "12,005"),
            (999.4, "999"),
            (16.04, "16"),
            (16.05, "16.1"),
            (1.25, "1.25"),
            (0.5, "0.5"),
            (0.0304, "0.03"),
            (0.0, "0"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn the_table_shows_budgets_the_worst_run_and_the_verdict() {
        let mut outcome = Outcome::default();
        for (line, value) in [
            ("disk", 0.42),
            ("disk", 1.2),
            ("disk-index", 0.4),
            ("rate", 4_100.0),
            ("memory-rest", 60.0),
        ] {
            outcome.add(line, value);
        }
        outcome.note("a note");
        outcome.note("a note");
        let options = Options::parse(&["--only", "rate,disk*"]).unwrap();
        let shown = table(&options, &outcome);
        let lines: Vec<String> = shown
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines,
            [
                "| line | what | must reach | aim | measured | runs |",
                "| --- | --- | --- | --- | --- | --- |",
                "| rate | errors of 20 KB accepted, processed, searchable, sustained | 2,000/s | 4,000/s | 4,100/s aim | 4,100 |",
                "| disk | disk an event, all stores, a minute after the load of `rate` | 1 KB | 0.5 KB | 1.2 KB MISSED | 0.42 · 1.2 |",
                "| disk-index | of that the event index | – | – | 0.4 KB | 0.4 |",
                "",
                "a note",
            ]
        );
        let widths: Vec<usize> = shown.lines().take(5).map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{shown}");
    }

    #[test]
    fn programs_get_the_same() {
        let mut outcome = Outcome::default();
        outcome.add("start", 0.03);
        outcome.add("start", 2.0);
        let options = Options::parse(&[]).unwrap();
        assert_eq!(
            json(&options, &outcome),
            json!({
                "lines": [{
                    "line": "start", "what": "start to first accepted event", "unit": "s", "must": 1.0, "aim": 0.3,
                    "worst": 2.0, "runs": [0.03, 2.0], "verdict": "missed",
                }],
                "notes": [], "caution": null,
            })
        );
    }
}
