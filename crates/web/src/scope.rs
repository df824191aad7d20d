//! The scope bar: which projects, environments and time a page shows. It lives in the URL and goes along with each link.

use std::time::Duration;

use model::Timestamp;

use crate::urls;

/// What the reader has chosen. What the URL says wrongly counts as not chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Empty: all projects.
    pub(crate) projects: Vec<i64>,
    /// Empty: all environments.
    pub(crate) environments: Vec<String>,
    pub(crate) range: Range,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Range {
    /// Nothing chosen: [`DEFAULT_PERIOD`].
    #[default]
    Default,
    /// The time up to now, as `statsPeriod` writes it: `24h`.
    Period(String),
    Between {
        start: Timestamp,
        end: Timestamp,
    },
}

pub(crate) const DEFAULT_PERIOD: &str = "14d";
pub(crate) const PERIODS: [(&str, &str); 6] = [
    ("1h", "Last hour"),
    ("24h", "Last 24 hours"),
    ("7d", "Last 7 days"),
    ("14d", "Last 14 days"),
    ("30d", "Last 30 days"),
    ("90d", "Last 90 days"),
];

/// More than this many of one kind in a URL are not looked at.
const MAX_CHOICES: usize = 100;

impl Scope {
    pub(crate) fn from_query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut scope = Self::default();
        let (mut start, mut end) = (None, None);
        for (key, value) in pairs {
            match key {
                "project" if scope.projects.len() < MAX_CHOICES => {
                    scope.projects.extend(value.parse::<i64>().ok().filter(|id| *id > 0));
                }
                "environment" if scope.environments.len() < MAX_CHOICES && !value.is_empty() => {
                    scope.environments.push(value.to_owned());
                }
                "statsPeriod" if period(value).is_some() => scope.range = Range::Period(value.to_owned()),
                "start" => start = value.parse().ok(),
                "end" => end = value.parse().ok(),
                _ => {}
            }
        }
        if let Some((start, end)) = start.zip(end).filter(|(start, end)| start < end) {
            scope.range = Range::Between { start, end };
        }
        scope
    }

    pub(crate) fn is_field(key: &str) -> bool {
        matches!(key, "project" | "environment" | "statsPeriod" | "start" | "end")
    }

    /// The fields that say this scope in a URL or a form.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<_> = self.projects.iter().map(|id| ("project", id.to_string())).collect();
        pairs.extend(self.environments.iter().map(|name| ("environment", name.clone())));
        match &self.range {
            Range::Default => {}
            Range::Period(period) => pairs.push(("statsPeriod", period.clone())),
            Range::Between { start, end } => {
                pairs.push(("start", civil(*start)));
                pairs.push(("end", civil(*end)));
            }
        }
        pairs
    }

    pub(crate) fn query(&self) -> String {
        urls::query(self.pairs())
    }
}

/// The length of a `statsPeriod`: a number and one of s, m, h, d, w.
pub(crate) fn period(text: &str) -> Option<Duration> {
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3_600,
        b'd' => 86_400,
        b'w' => 7 * 86_400,
        _ => return None,
    };
    let number: u32 = text[..text.len() - 1].parse().ok()?;
    let seconds = u64::from(number).checked_mul(unit)?;
    (seconds > 0 && seconds <= 10 * 365 * 86_400).then(|| Duration::from_secs(seconds))
}

/// As `<input type="datetime-local">` reads and writes it: UTC, to the second, without a zone.
fn civil(time: Timestamp) -> String {
    Timestamp::from_seconds(time.seconds())
        .to_string()
        .trim_end_matches('Z')
        .to_owned()
}

/// The bar itself: what is chosen and what could be.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScopeBar {
    pub(crate) scope: Scope,
    pub(crate) projects: Vec<ProjectChoice>,
    pub(crate) environments: Vec<String>,
    /// The page's own address without query.
    pub(crate) path: String,
    /// The page's other query fields, which stay as they are.
    pub(crate) keep: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub(crate) struct ProjectChoice {
    pub(crate) id: i64,
    pub(crate) slug: String,
}

impl ScopeBar {
    pub(crate) fn has_project(&self, id: &i64) -> bool {
        self.scope.projects.contains(id)
    }

    pub(crate) fn has_environment(&self, name: &String) -> bool {
        self.scope.environments.contains(name)
    }

    pub(crate) fn project_label(&self) -> String {
        match self.scope.projects.as_slice() {
            [] => "All projects".to_owned(),
            [id] => match self.projects.iter().find(|project| project.id == *id) {
                Some(project) => project.slug.clone(),
                None => "Unknown project".to_owned(),
            },
            several => format!("{} projects", several.len()),
        }
    }

    pub(crate) fn environment_label(&self) -> String {
        match self.scope.environments.as_slice() {
            [] => "All environments".to_owned(),
            [name] => name.clone(),
            several => format!("{} environments", several.len()),
        }
    }

    pub(crate) fn time_label(&self) -> String {
        let name = |period: &str| match PERIODS.iter().find(|(value, _)| *value == period) {
            Some((_, label)) => (*label).to_owned(),
            None => format!("Last {period}"),
        };
        match &self.scope.range {
            Range::Default => name(DEFAULT_PERIOD),
            Range::Period(period) => name(period),
            Range::Between { start, end } => {
                format!(
                    "{} – {} UTC",
                    civil(*start).replace('T', " "),
                    civil(*end).replace('T', " ")
                )
            }
        }
    }

    pub(crate) fn is_period(&self, period: &str) -> bool {
        match &self.scope.range {
            Range::Default => period == DEFAULT_PERIOD,
            Range::Period(chosen) => chosen == period,
            Range::Between { .. } => false,
        }
    }

    /// This page with another time range.
    pub(crate) fn period_link(&self, period: &str) -> String {
        let scope = Scope {
            range: Range::Period(period.to_owned()),
            ..self.scope.clone()
        };
        let keep = self.keep.iter().map(|(key, value)| (key.clone(), value.clone()));
        let own = scope.pairs().into_iter().map(|(key, value)| (key.to_owned(), value));
        format!("{}?{}", self.path, urls::query(keep.chain(own)))
    }

    /// The hidden fields of a form that changes `except` and leaves all else as it is.
    pub(crate) fn kept_but(&self, except: &[&str]) -> Vec<(String, String)> {
        let own = self
            .scope
            .pairs()
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value));
        self.keep
            .iter()
            .cloned()
            .chain(own)
            .filter(|(key, _)| !except.contains(&key.as_str()))
            .collect()
    }

    pub(crate) fn start(&self) -> String {
        match self.scope.range {
            Range::Between { start, .. } => civil(start),
            _ => String::new(),
        }
    }

    pub(crate) fn end(&self) -> String {
        match self.scope.range {
            Range::Between { end, .. } => civil(end),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &[(&str, &str)], expected: &str) {
        assert_eq!(Scope::from_query(query.iter().copied()).query(), expected, "{query:?}");
    }

    #[test]
    fn keeps_what_the_url_says_and_forgets_what_makes_no_sense() {
        check(&[], "");
        check(
            &[
                ("project", "1"),
                ("project", "x"),
                ("project", "-1"),
                ("environment", "prod x"),
            ],
            "project=1&environment=prod%20x",
        );
        check(&[("statsPeriod", "24h")], "statsPeriod=24h");
        for wrong in ["", "h", "0h", "-1h", "1y", "99999999999d", "1é"] {
            check(&[("statsPeriod", wrong)], "");
        }
        check(
            &[
                ("start", "2026-11-01T00:00:00"),
                ("end", "2026-11-02T00:00"),
                ("statsPeriod", "1h"),
            ],
            "start=2026-11-01T00%3A00%3A00&end=2026-11-02T00%3A00%3A00",
        );
        check(&[("start", "2026-11-02T00:00:00"), ("end", "2026-11-01T00:00:00")], "");
    }
}
