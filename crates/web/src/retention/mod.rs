//! For how long rows are kept: the form that a project and an organization share.

use std::collections::BTreeMap;

use query::Dataset;
use serde::Deserialize;
use services::{
    settings::Problem,
    storage::{MAX_DAYS, RetentionSettings},
};

/// What the form holds, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct RetentionForm {
    pub(crate) days: String,
    pub(crate) errors: String,
    pub(crate) transactions: String,
    pub(crate) spans: String,
    pub(crate) logs: String,
    pub(crate) occurrences: String,
    /// A line each: `production = 365`.
    pub(crate) environments: String,
    pub(crate) megabytes: String,
}

/// One dataset with the days that were typed for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DatasetDays {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) days: String,
}

/// What a dataset is called on pages.
pub(crate) fn label(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Errors => "Errors",
        Dataset::Transactions => "Transactions",
        Dataset::Spans => "Spans",
        Dataset::Logs => "Logs",
        Dataset::Occurrences => "Feedback and other occurrences",
    }
}

const MEGABYTE: u64 = 1_000_000;

impl RetentionForm {
    pub(crate) fn of(settings: &RetentionSettings) -> Self {
        let days = |dataset: Dataset| {
            let days = settings.datasets.get(dataset.name());
            days.map(ToString::to_string).unwrap_or_default()
        };
        let lines = settings
            .environments
            .iter()
            .map(|(name, days)| format!("{name} = {days}\n"));
        Self {
            days: settings.days.map(|days| days.to_string()).unwrap_or_default(),
            errors: days(Dataset::Errors),
            transactions: days(Dataset::Transactions),
            spans: days(Dataset::Spans),
            logs: days(Dataset::Logs),
            occurrences: days(Dataset::Occurrences),
            environments: lines.collect(),
            megabytes: settings
                .bytes
                .map(|bytes| (bytes / MEGABYTE).to_string())
                .unwrap_or_default(),
        }
    }

    fn typed(&self, dataset: Dataset) -> &str {
        match dataset {
            Dataset::Errors => &self.errors,
            Dataset::Transactions => &self.transactions,
            Dataset::Spans => &self.spans,
            Dataset::Logs => &self.logs,
            Dataset::Occurrences => &self.occurrences,
        }
    }

    pub(crate) fn datasets(&self) -> Vec<DatasetDays> {
        let row = |dataset: Dataset| DatasetDays {
            name: dataset.name(),
            label: label(dataset),
            days: self.typed(dataset).to_owned(),
        };
        Dataset::ALL.into_iter().map(row).collect()
    }

    pub(crate) fn settings(&self) -> Result<RetentionSettings, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut number = |field: &str, text: &str, line: Option<usize>| match text.trim() {
            "" => None,
            text => match text.parse() {
                Ok(days) => Some(days),
                Err(_) => {
                    problems.push(Problem {
                        field: field.to_owned(),
                        line,
                        column: None,
                        message: format!("write a whole number of days from 1 to {MAX_DAYS}"),
                    });
                    None
                }
            },
        };
        let days = number("days", &self.days, None);
        let datasets = Dataset::ALL
            .into_iter()
            .filter_map(|dataset| {
                Some((
                    dataset.name().to_owned(),
                    number(dataset.name(), self.typed(dataset), None)?,
                ))
            })
            .collect();
        let mut environments = BTreeMap::new();
        for (index, line) in self
            .environments
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let (name, typed) = line.rsplit_once('=').unwrap_or((line, "none"));
            if let Some(days) = number("environments", typed, Some(index + 1)) {
                environments.insert(name.trim().to_owned(), days);
            }
        }
        let bytes = match self.megabytes.trim().replace([',', ' '], "").as_str() {
            "" => None,
            text => match text.parse::<u64>() {
                Ok(megabytes) => Some(megabytes.saturating_mul(MEGABYTE)),
                Err(_) => {
                    problems.push(Problem {
                        field: "megabytes".to_owned(),
                        line: None,
                        column: None,
                        message: "write a whole number of megabytes, or nothing for no limit".to_owned(),
                    });
                    None
                }
            },
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(RetentionSettings {
            days,
            datasets,
            environments,
            bytes,
        })
    }
}

/// Which field of the form one of the settings is.
pub(crate) fn field(name: &str) -> String {
    match name {
        "bytes" => "megabytes".to_owned(),
        name if name.starts_with("environments") => "environments".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_it_was_filled() {
        let settings = RetentionSettings {
            days: Some(60),
            datasets: BTreeMap::from([("logs".to_owned(), 14)]),
            environments: BTreeMap::from([("production".to_owned(), 365), ("a=b".to_owned(), 7)]),
            bytes: Some(5_000_000_000),
        };
        assert_eq!(RetentionForm::of(&settings).settings(), Ok(settings));
        assert_eq!(RetentionForm::default().settings(), Ok(RetentionSettings::default()));
    }

    #[test]
    fn what_is_no_number_is_said_beside_its_field() {
        let form = RetentionForm {
            days: "many".to_owned(),
            environments: "production = 30\nstaging".to_owned(),
            megabytes: "-1".to_owned(),
            ..RetentionForm::default()
        };
        let found: Vec<_> = form
            .settings()
            .unwrap_err()
            .into_iter()
            .map(|one| (one.field, one.line))
            .collect();
        let expected = [("days", None), ("environments", Some(2)), ("megabytes", None)];
        assert_eq!(found, expected.map(|(field, line)| (field.to_owned(), line)));
    }
}
