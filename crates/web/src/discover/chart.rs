use std::time::Duration;

use model::Timestamp;
use query::Selection;
use serde_json::json;
use services::discover::{Names, SeriesReply, Window};
use store::events::Series;

use super::{quantity::Unit, table};
use crate::{
    text,
    time::{Absolute, span},
};

/// Lines over time. Without script it is a picture with a table; the script draws it anew with axes.
#[derive(Debug, Default)]
pub(crate) struct LineChart {
    pub(crate) starts: Vec<Timestamp>,
    pub(crate) width: Duration,
    pub(crate) lines: Vec<Line>,
    pub(crate) unit: Unit,
    /// What is drawn, as asked.
    pub(crate) value: String,
}

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) values: Vec<Option<f64>>,
}

/// One row of the numbers under the picture.
#[derive(Debug)]
pub(crate) struct NumberRow {
    pub(crate) at: Absolute,
    pub(crate) values: Vec<String>,
}

/// How many numbers a chart has at most: each is in the page.
const MOST_NUMBERS: usize = 1_200;

const WIDTHS: [u64; 9] = [60, 300, 900, 1_800, 3_600, 14_400, 43_200, 86_400, 7 * 86_400];

const HEIGHT: f64 = 100.0;
const MAX_LABEL: usize = 80;

/// The width of buckets: what was asked for, or what fits the time; wider when there would be too many numbers.
pub(crate) fn interval(asked: Option<Duration>, window: Window, lines: usize) -> Duration {
    let wanted = asked.unwrap_or_else(|| window.default_interval());
    let most = MOST_NUMBERS / lines.max(1);
    let fits = |width: &Duration| {
        let slots = window.length().as_secs() / width.as_secs().max(1) + 2;
        *width >= wanted && slots <= most as u64
    };
    let mut widths = WIDTHS.into_iter().map(Duration::from_secs);
    widths.find(fits).unwrap_or(Duration::from_secs(7 * 86_400))
}

impl LineChart {
    pub(crate) fn new(reply: &SeriesReply, names: &Names, now: Timestamp) -> Self {
        // A window up to now reaches a little beyond it: a bucket that has not begun would look like a fall.
        let begun = reply.begun(now);
        let line = |label: String, series: &Series| Line {
            label,
            values: series
                .values
                .first()
                .into_iter()
                .flatten()
                .take(begun)
                .copied()
                .collect(),
        };
        let value = reply.values.first();
        let name = value.map_or_else(String::new, |value| value.asked.clone());
        let mut lines = Vec::new();
        for (index, series) in reply.answer.groups.iter().enumerate() {
            let label = reply.keys.get(index).map(|key| label(key, &reply.fields, names));
            lines.push(line(label.unwrap_or_else(|| name.clone()), series));
        }
        lines.extend(reply.answer.other.iter().map(|other| line("Other".to_owned(), other)));
        let buckets = reply.buckets;
        let starts = (0..)
            .take(begun.min(buckets.slots))
            .map(|slot| buckets.start + buckets.width * slot);
        Self {
            starts: starts.collect(),
            width: buckets.width,
            lines,
            unit: value.map_or(Unit::Plain, Unit::of),
            value: name,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        let has_any = |line: &Line| line.values.iter().flatten().any(|value| *value != 0.0);
        !self.lines.iter().any(has_any)
    }

    fn peak(&self) -> f64 {
        let values = self.lines.iter().flat_map(|line| line.values.iter().flatten());
        values.copied().filter(|value| value.is_finite()).fold(0.0, f64::max)
    }

    /// `count() per 1h, peak 1,204`
    pub(crate) fn scale(&self) -> String {
        format!(
            "{} per {}, peak {}",
            self.value,
            span(self.width.as_secs()),
            self.unit.show(self.peak())
        )
    }

    pub(crate) fn picture_width(&self) -> usize {
        self.starts.len().max(2) * 10 - 10
    }

    /// The way of a line in the picture; it stops where there is no value.
    pub(crate) fn path(&self, line: &Line) -> String {
        let peak = self.peak();
        let mut path = String::new();
        let mut is_on = false;
        for (index, value) in line.values.iter().enumerate() {
            let Some(value) = value.filter(|value| value.is_finite()) else {
                is_on = false;
                continue;
            };
            let share = if peak > 0.0 {
                (value / peak).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let command = if is_on { 'L' } else { 'M' };
            let y = HEIGHT - share * (HEIGHT - 2.0) - 1.0;
            // A point alone is a short stroke, or it would not be seen.
            let stroke = if is_on { "" } else { "h1" };
            path.push_str(&format!("{command}{} {y:.1}{stroke}", index * 10));
            is_on = true;
        }
        path
    }

    pub(crate) fn labels(&self) -> Vec<String> {
        let Some((first, last)) = self.starts.first().zip(self.starts.last()) else {
            return Vec::new();
        };
        let middle = self.starts[self.starts.len() / 2];
        let is_days = self.width >= Duration::from_secs(86_400);
        let short = |at: Timestamp| {
            let text = Absolute(at).to_string();
            let end = if is_days { 10 } else { 16 };
            text.get(5..end).unwrap_or(&text).to_owned()
        };
        [*first, middle, *last].map(short).into()
    }

    pub(crate) fn rows(&self) -> Vec<NumberRow> {
        let value = |line: &Line, index: usize| match line.values.get(index).copied().flatten() {
            Some(value) => self.unit.show(value),
            None => "–".to_owned(),
        };
        let row = |(index, start): (usize, &Timestamp)| NumberRow {
            at: Absolute(*start),
            values: self.lines.iter().map(|line| value(line, index)).collect(),
        };
        self.starts.iter().enumerate().map(row).collect()
    }

    /// What the script draws.
    pub(crate) fn data(&self) -> String {
        let times: Vec<i64> = self.starts.iter().map(|start| start.seconds()).collect();
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(|line| json!({"label": line.label, "values": line.values}))
            .collect();
        json!({"times": times, "unit": self.unit.name(), "lines": lines}).to_string()
    }
}

/// What makes a group: its values beside each other.
fn label(key: &[store::events::Cell], fields: &[Selection], names: &Names) -> String {
    let value = |(cell, field): (&store::events::Cell, &Selection)| {
        let value = table::plain(cell, field, names);
        if value.is_empty() { "(none)".to_owned() } else { value }
    };
    let values: Vec<String> = key.iter().zip(fields).map(value).collect();
    text::line(&values.join(" · "), MAX_LABEL)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn buckets_are_as_asked_unless_they_would_be_too_many() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let check = |hours: u32, asked: Option<u64>, lines: usize, expected: u64| {
            let window = Window::between(start, start + HOUR * hours).unwrap();
            let found = interval(asked.map(Duration::from_secs), window, lines);
            assert_eq!(found.as_secs(), expected, "{hours} {asked:?} {lines}");
        };
        check(1, None, 1, 60);
        check(24, Some(3_600), 1, 3_600);
        check(14 * 24, None, 1, 3_600);
        check(14 * 24, None, 11, 14_400);
        check(90 * 24, Some(60), 11, 86_400);
        check(90 * 24, None, 1, 86_400);
    }

    #[test]
    fn a_line_stops_where_there_is_nothing() {
        let chart = LineChart {
            starts: [0, 3_600, 7_200].map(Timestamp::from_seconds).into(),
            width: HOUR,
            lines: vec![Line {
                label: "x".to_owned(),
                values: vec![Some(1.0), None, Some(f64::NAN)],
            }],
            unit: Unit::Plain,
            value: "count()".to_owned(),
        };
        assert_eq!(chart.path(&chart.lines[0]), "M0 1.0h1");
        assert_eq!(chart.scale(), "count() per 1h, peak 1");
        assert_eq!(chart.rows()[1].values, ["–"]);
        assert!(LineChart::default().is_empty() && !chart.is_empty());
    }
}
