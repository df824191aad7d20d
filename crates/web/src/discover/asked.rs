use std::time::Duration;

use model::ProjectId;
use query::Dataset;
use services::{
    App,
    discover::{About, Window, WindowError, up_to_now},
};

use crate::scope::{DEFAULT_PERIOD, Range, Scope, period};

/// What the page is asked: all of it stands in the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) dataset: Dataset,
    /// As typed.
    pub(crate) query: String,
    pub(crate) fields: Vec<String>,
    /// One of the fields, with a `-` before it for the greatest first.
    pub(crate) sort: Option<String>,
    pub(crate) y_axis: String,
    /// How many groups have a line of their own; 0: one line of everything.
    pub(crate) top: usize,
    /// One of [`INTERVALS`], or empty: as wide as fits the time.
    pub(crate) interval: String,
    /// The saved query that it came from.
    pub(crate) saved: Option<i64>,
}

/// The names of its fields in a URL.
pub(crate) const NAMES: [&str; 9] = [
    "dataset",
    "query",
    "field",
    "sort",
    "yAxis",
    "topEvents",
    "interval",
    "id",
    "cursor",
];

pub(crate) const DATASETS: [(Dataset, &str); 4] = [
    (Dataset::Errors, "Errors"),
    (Dataset::Transactions, "Transactions"),
    (Dataset::Spans, "Spans"),
    (Dataset::Logs, "Logs"),
];

pub(crate) const TOPS: [(usize, &str); 3] = [(0, "One line"), (5, "Top 5 groups"), (10, "Top 10 groups")];

pub(crate) const INTERVALS: [(&str, &str); 8] = [
    ("", "Automatic"),
    ("1m", "1 minute"),
    ("5m", "5 minutes"),
    ("15m", "15 minutes"),
    ("1h", "1 hour"),
    ("4h", "4 hours"),
    ("12h", "12 hours"),
    ("1d", "1 day"),
];

/// Fields of a URL that are looked at; more than can be shown, so that an error can say so.
const MOST_FIELDS: usize = 30;

const COUNT: &str = "count()";

impl Asked {
    pub(crate) fn read<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut asked = Self::of(Dataset::Errors);
        asked.fields.clear();
        for (key, value) in pairs {
            let value = value.trim();
            match key {
                "dataset" => asked.dataset = dataset_named(value),
                "query" => value.clone_into(&mut asked.query),
                "field" if !value.is_empty() && asked.fields.len() < MOST_FIELDS => asked.fields.push(value.to_owned()),
                "sort" => asked.sort = (!value.is_empty()).then(|| value.to_owned()),
                "yAxis" if !value.is_empty() => value.clone_into(&mut asked.y_axis),
                "topEvents" => {
                    let top = value.parse().unwrap_or(0);
                    asked.top = TOPS
                        .iter()
                        .find(|(count, _)| *count == top)
                        .map_or(0, |(count, _)| *count);
                }
                "interval" if INTERVALS.iter().any(|(name, _)| *name == value) => value.clone_into(&mut asked.interval),
                "id" => asked.saved = value.parse().ok(),
                _ => {}
            }
        }
        if asked.fields.is_empty() {
            asked.fields = usual_fields(asked.dataset);
        }
        asked
    }

    /// What a tab shows to somebody who has asked nothing yet.
    pub(crate) fn of(dataset: Dataset) -> Self {
        Self {
            dataset,
            query: String::new(),
            fields: usual_fields(dataset),
            sort: None,
            y_axis: COUNT.to_owned(),
            top: 0,
            interval: String::new(),
            saved: None,
        }
    }

    /// The fields that say it in a URL; what is usual is left out.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("dataset", self.dataset.name().to_owned())];
        if !self.query.is_empty() {
            pairs.push(("query", self.query.clone()));
        }
        if self.fields != usual_fields(self.dataset) {
            pairs.extend(self.fields.iter().map(|field| ("field", field.clone())));
        }
        pairs.extend(self.sort.clone().map(|sort| ("sort", sort)));
        if self.y_axis != COUNT {
            pairs.push(("yAxis", self.y_axis.clone()));
        }
        if self.top > 0 {
            pairs.push(("topEvents", self.top.to_string()));
        }
        if !self.interval.is_empty() {
            pairs.push(("interval", self.interval.clone()));
        }
        pairs.extend(self.saved.map(|id| ("id", id.to_string())));
        pairs
    }

    pub(crate) fn about(&self, app: &App, scope: &Scope) -> Result<About, WindowError> {
        Ok(About {
            datasets: vec![self.dataset],
            projects: scope.projects.iter().copied().map(ProjectId).collect(),
            environments: scope.environments.clone(),
            window: window(app, scope)?,
            query: self.query.clone(),
        })
    }

    /// The width of the chart's buckets that the reader wants.
    pub(crate) fn width(&self) -> Option<Duration> {
        period(&self.interval)
    }

    pub(crate) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut other = self.clone();
        change(&mut other);
        other
    }
}

/// The time that the scope bar says.
pub(crate) fn window(app: &App, scope: &Scope) -> Result<Window, WindowError> {
    let length = match &scope.range {
        Range::Between { start, end } => return Window::between(*start, *end),
        Range::Period(text) => period(text),
        Range::Default => period(DEFAULT_PERIOD),
    };
    up_to_now(app, length.unwrap_or(Window::DEFAULT))
}

pub(crate) fn dataset_named(name: &str) -> Dataset {
    let known = DATASETS.iter().map(|(dataset, _)| *dataset);
    known
        .into_iter()
        .find(|dataset| dataset.name() == name)
        .unwrap_or(Dataset::Errors)
}

fn usual_fields(dataset: Dataset) -> Vec<String> {
    let names: &[&str] = match dataset {
        Dataset::Errors | Dataset::Occurrences => &["id", "title", "issue", "project", "user.display", "timestamp"],
        Dataset::Transactions => &[
            "id",
            "transaction",
            "transaction.duration",
            "project",
            "user.display",
            "timestamp",
        ],
        Dataset::Spans => &[
            "span.op",
            "span.description",
            "span.duration",
            "transaction",
            "project",
            "timestamp",
        ],
        Dataset::Logs => &["level", "message", "project", "trace", "timestamp"],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Questions that are one click away.
pub(crate) fn presets() -> [(&'static str, Asked); 4] {
    let make = |dataset, fields: &[&str], sort: &str, y_axis: &str, top| Asked {
        fields: fields.iter().map(|name| (*name).to_owned()).collect(),
        sort: Some(sort.to_owned()),
        y_axis: y_axis.to_owned(),
        top,
        ..Asked::of(dataset)
    };
    [
        ("All events", Asked::of(Dataset::Errors)),
        (
            "Errors by title",
            make(
                Dataset::Errors,
                &["title", "project", COUNT, "count_unique(user)", "last_seen()"],
                "-count()",
                COUNT,
                5,
            ),
        ),
        (
            "p95 and users by transaction",
            make(
                Dataset::Transactions,
                &[
                    "transaction",
                    "project",
                    "p95(transaction.duration)",
                    COUNT,
                    "count_unique(user)",
                    "failure_rate()",
                ],
                "-p95(transaction.duration)",
                "p95(transaction.duration)",
                5,
            ),
        ),
        (
            "Errors by release",
            make(
                Dataset::Errors,
                &[
                    "release",
                    COUNT,
                    "count_unique(user)",
                    "count_unique(issue)",
                    "last_seen()",
                ],
                "-count()",
                COUNT,
                5,
            ),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Asked {
        let pairs = crate::urls::parse_query(query);
        Asked::read(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }

    #[test]
    fn what_is_asked_is_read_as_it_was_written() {
        let mut all = presets().map(|(_, asked)| asked).to_vec();
        all.push(Asked {
            query: "a:\"b c\" & d".to_owned(),
            interval: "1h".to_owned(),
            saved: Some(7),
            ..Asked::of(Dataset::Logs)
        });
        for asked in all {
            assert_eq!(read(&crate::urls::query(asked.pairs())), asked);
        }
    }

    #[test]
    fn what_makes_no_sense_is_as_usual() {
        let asked = read("dataset=nonsense&field=&field=%20&topEvents=7&interval=1y&id=x&sort=&yAxis=");
        assert_eq!(asked, Asked::of(Dataset::Errors));
        let many: String = (0..100).map(|number| format!("&field=f{number}")).collect();
        assert_eq!(read(&many).fields.len(), MOST_FIELDS);
    }
}
