//! When an organization gets its report, and in whose words.

use alerts::template::Template;
use model::time_zone;
use serde::{Deserialize, Serialize};

use crate::settings::{OrganizationTopic, Problem, ProjectTopic};

/// How many addresses beside members get the report at most.
const MOST_ADDRESSES: usize = 20;

const SUNDAY: u8 = 6;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReportSettings {
    pub is_enabled: bool,
    /// Monday is 0.
    pub weekday: u8,
    /// Of the day from which on it is sent.
    pub hour: u8,
    /// In which days begin and end: an IANA name.
    pub time_zone: String,
    /// In the words of the organization; empty for ours. A first line `Subject: …` is the subject.
    pub template: String,
    /// Distribution addresses that get the report of all projects.
    pub addresses: Vec<String>,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self {
            is_enabled: true,
            weekday: SUNDAY,
            hour: 9,
            time_zone: "UTC".to_owned(),
            template: String::new(),
            addresses: Vec::new(),
        }
    }
}

impl ProjectTopic for ReportSettings {
    const NAME: &'static str = "weekly_report";

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |field: &str, place: Option<(usize, usize)>, message: String| {
            problems.push(Problem {
                field: field.to_owned(),
                line: place.map(|(line, _)| line),
                column: place.map(|(_, column)| column),
                message,
            });
        };
        if self.weekday > SUNDAY {
            add(
                "weekday",
                None,
                "choose a day of the week: 0 is Monday, 6 is Sunday".to_owned(),
            );
        }
        if self.hour > 23 {
            add("hour", None, "choose an hour from 0 to 23".to_owned());
        }
        if time_zone::canonical_name(&self.time_zone).is_none() {
            add("timeZone", None, "there is no time zone of this name".to_owned());
        }
        if let Err(error) = Template::parse(&self.template) {
            add("template", Some((error.line, error.column)), error.message);
        }
        if self.addresses.len() > MOST_ADDRESSES {
            let message = format!("expected at most {MOST_ADDRESSES} addresses: use a distribution list");
            add("addresses", None, message);
        }
        problems
    }
}

impl OrganizationTopic for ReportSettings {
    fn of_new_organization() -> Self {
        Self::default()
    }
}
