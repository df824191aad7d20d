//! How long rows of the event index are kept, as a project or an organization sets it.

use std::collections::BTreeMap;

use query::Dataset;
use serde::{Deserialize, Serialize};

use crate::settings::{OrganizationTopic, Problem, ProjectTopic};

/// The longest time that can be asked for.
pub const MAX_DAYS: u32 = 3_650;

/// How many environments may have a time of their own.
const MAX_ENVIRONMENTS: usize = 50;

/// What is not set follows the organization, and then the installation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetentionSettings {
    /// Of whatever has no number of its own.
    pub days: Option<u32>,
    /// By the name of the dataset.
    pub datasets: BTreeMap<String, u32>,
    /// Of a project only: by the name of the environment, before what is said of datasets.
    pub environments: BTreeMap<String, u32>,
    /// How much of the index the rows may take; the oldest day goes first. Of a project only.
    pub bytes: Option<u64>,
}

impl RetentionSettings {
    /// Of rows of any environment that has no number of its own.
    pub fn days_of(&self, dataset: Dataset) -> Option<u32> {
        self.datasets.get(dataset.name()).copied().or(self.days)
    }
}

impl ProjectTopic for RetentionSettings {
    const NAME: &'static str = "retention";

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |field: String, message: String| {
            problems.push(Problem {
                field,
                line: None,
                column: None,
                message,
            });
        };
        let numbers = self
            .days
            .iter()
            .map(|days| ("days".to_owned(), *days))
            .chain(self.datasets.iter().map(|(name, days)| (name.clone(), *days)))
            .chain(
                self.environments
                    .iter()
                    .map(|(name, days)| (format!("environments.{name}"), *days)),
            );
        for (field, days) in numbers {
            if !(1..=MAX_DAYS).contains(&days) {
                wrong(field, format!("days are whole numbers from 1 to {MAX_DAYS}"));
            }
        }
        for name in self.datasets.keys().filter(|name| Dataset::from_name(name).is_none()) {
            wrong("datasets".to_owned(), format!("there is no dataset {name:?}"));
        }
        if self.environments.len() > MAX_ENVIRONMENTS {
            wrong(
                "environments".to_owned(),
                format!("at most {MAX_ENVIRONMENTS} environments may have a number of their own"),
            );
        }
        if self.bytes == Some(0) {
            wrong(
                "bytes".to_owned(),
                "a limit of 0 would keep nothing: leave it empty for none".to_owned(),
            );
        }
        problems
    }
}

impl OrganizationTopic for RetentionSettings {
    fn of_new_organization() -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_named() {
        let settings = RetentionSettings {
            days: Some(0),
            datasets: BTreeMap::from([("errors".to_owned(), 30), ("metrics".to_owned(), 4_000)]),
            environments: BTreeMap::from([("staging".to_owned(), 7)]),
            bytes: Some(0),
        };
        let fields: Vec<String> = settings.problems().into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["days", "metrics", "datasets", "bytes"]);
        assert_eq!(RetentionSettings::default().problems(), []);
    }
}
