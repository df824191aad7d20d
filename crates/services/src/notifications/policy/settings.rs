use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::settings::{Problem, ProjectTopic};

/// How much a project may tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectNotifications {
    /// In seconds: how long alerts are gathered after one was told, at least and at most.
    pub digests_min_delay: u32,
    pub digests_max_delay: u32,
    /// How many notifications an hour are told of before the others are held back until it ends.
    pub hourly_cap: Option<u32>,
}

const DELAYS: std::ops::RangeInclusive<u32> = 60..=3_600;
const CAPS: std::ops::RangeInclusive<u32> = 1..=1_000;

impl Default for ProjectNotifications {
    fn default() -> Self {
        Self {
            digests_min_delay: 300,
            digests_max_delay: 1_800,
            hourly_cap: None,
        }
    }
}

impl ProjectNotifications {
    pub(super) fn least_delay(&self) -> Duration {
        Duration::from_secs(self.digests_min_delay.into())
    }

    pub(super) fn most_delay(&self) -> Duration {
        Duration::from_secs(self.digests_max_delay.into())
    }
}

impl ProjectTopic for ProjectNotifications {
    const NAME: &'static str = "notifications";

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |field: &str, message: &str| {
            problems.push(Problem {
                field: field.to_owned(),
                line: None,
                column: None,
                message: message.to_owned(),
            });
        };
        for (field, delay) in [
            ("digests_min_delay", self.digests_min_delay),
            ("digests_max_delay", self.digests_max_delay),
        ] {
            if !DELAYS.contains(&delay) {
                wrong(field, "a digest waits between 60 and 3,600 seconds");
            }
        }
        if self.digests_min_delay > self.digests_max_delay {
            wrong(
                "digests_max_delay",
                "the longest delay is not shorter than the shortest one",
            );
        }
        if self.hourly_cap.is_some_and(|cap| !CAPS.contains(&cap)) {
            wrong("hourly_cap", "a cap is between 1 and 1,000 notifications an hour");
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_between_a_minute_and_an_hour_and_in_order() {
        let check = |least, most, cap, wrong: &[&str]| {
            let settings = ProjectNotifications {
                digests_min_delay: least,
                digests_max_delay: most,
                hourly_cap: cap,
            };
            let fields: Vec<String> = settings.problems().into_iter().map(|problem| problem.field).collect();
            assert_eq!(fields, wrong, "{settings:?}");
        };
        check(300, 1_800, None, &[]);
        check(60, 3_600, Some(10), &[]);
        check(60, 60, Some(1), &[]);
        check(
            59,
            3_601,
            Some(0),
            &["digests_min_delay", "digests_max_delay", "hourly_cap"],
        );
        check(600, 300, Some(1_001), &["digests_max_delay", "hourly_cap"]);
    }
}
