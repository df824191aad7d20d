//! Which issues a URL of the list means.

use model::{ProjectId, Timestamp};
use query::{IssueContext, ParseError};
use services::issues::IssueSearch;

use super::list::DEFAULT_QUERY;
use crate::scope::{DEFAULT_PERIOD, Range, Scope, period};

/// The search that the fields of a URL's query say.
pub(crate) fn of_query<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
    now: Timestamp,
) -> Result<IssueSearch, ParseError> {
    let pairs: Vec<(&str, &str)> = pairs.collect();
    let scope = Scope::from_query(pairs.iter().copied());
    let query = pairs
        .iter()
        .rev()
        .find(|(key, _)| *key == "query")
        .map_or(DEFAULT_QUERY, |(_, query)| *query);
    let (since, until) = time_of(&scope, now);
    Ok(IssueSearch {
        projects: scope.projects.into_iter().map(ProjectId).collect(),
        environments: scope.environments,
        since: Some(since),
        until,
        query: query::parse_issues(query.trim(), &IssueContext { now })?,
    })
}

/// From when on, and up to when if not up to now.
pub(crate) fn time_of(scope: &Scope, now: Timestamp) -> (Timestamp, Option<Timestamp>) {
    let since = |text: &str| period(text).map(|period| now - period);
    match &scope.range {
        Range::Between { start, end } => (*start, Some(*end)),
        Range::Period(text) => (since(text).unwrap_or_default(), None),
        Range::Default => (since(DEFAULT_PERIOD).unwrap_or_default(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_list_is_what_was_unresolved_in_two_weeks() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let filter = of_query([].into_iter(), now).unwrap();
        assert_eq!(
            filter.query,
            query::parse_issues(DEFAULT_QUERY, &IssueContext { now }).unwrap()
        );
        assert_eq!(filter.since, Some(Timestamp::from_seconds(1_800_000_000 - 14 * 86_400)));
        let all = of_query(
            [("query", ""), ("project", "7"), ("statsPeriod", "1h")].into_iter(),
            now,
        )
        .unwrap();
        assert!(all.query.is_all() && all.projects == [ProjectId(7)]);
        assert_eq!(all.since, Some(Timestamp::from_seconds(1_800_000_000 - 3_600)));
        assert!(of_query([("query", "is:nonsense")].into_iter(), now).is_err());
    }
}
