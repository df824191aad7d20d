use std::collections::HashMap;

use httpkit::ApiError;
use model::IssueId;
use services::{
    App,
    access::OrganizationScope,
    issues::{Counted, EventCounts, IssueSearch, Seen},
};
use store::issues::Issue;

use super::{
    stats::{StatsView, Timeline},
    view::{RangeView, RangesView, SeenView},
};
use crate::parameters::Parameters;

/// What lists tell of how often their issues were seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers<'a> {
    timeline: Timeline,
    /// Lists of organizations tell the numbers of all time and of the search too.
    with_ranges: bool,
    /// What the list is about; `None` for issues that were named.
    search: Option<&'a IssueSearch>,
}

/// The numbers of one issue.
#[derive(Debug)]
pub(super) struct IssueNumbers {
    /// Within the time and environments of the search.
    pub(super) seen: SeenView,
    pub(super) stats: Option<StatsView>,
    pub(super) ranges: Option<RangesView>,
}

impl Numbers<'_> {
    pub(super) fn of_issues(timeline: Timeline, with_ranges: bool) -> Self {
        Self {
            timeline,
            with_ranges,
            search: None,
        }
    }

    pub(super) fn within<'a>(&self, search: &'a IssueSearch) -> Numbers<'a> {
        Numbers {
            timeline: self.timeline,
            with_ranges: self.with_ranges,
            search: Some(search),
        }
    }

    /// Of each issue, in their order. What the request collapses is not asked for.
    pub(super) async fn load(
        &self,
        app: &App,
        scope: &OrganizationScope,
        issues: &[Issue],
        parameters: &Parameters,
    ) -> Result<Vec<IssueNumbers>, ApiError> {
        let wanted = |part: &str| !parameters.holds("collapse", part);
        let within = self.within_search(app, scope, issues).await?;
        let lifetime = match self.with_ranges && wanted("lifetime") {
            true => self.ever(app, scope, issues).await?,
            false => None,
        };
        let filtered = match self.with_ranges && wanted("filtered") {
            true => self.matching(app, scope, issues, wanted("stats")).await?,
            false => None,
        };
        let mut stats = self.stats(app, issues, wanted("stats")).await?.into_iter();
        let numbers = |issue: &Issue| {
            let seen_in = |seen: &Option<HashMap<IssueId, Seen>>| match seen {
                Some(seen) => SeenView::within(seen.get(&issue.id)),
                None => SeenView::of(issue),
            };
            let ranges = RangesView {
                lifetime: Some(RangeView {
                    stats: None,
                    seen: seen_in(&lifetime),
                }),
                filtered: Some(filtered.as_ref().map(|filtered| filtered.of(issue, self.timeline))),
            };
            IssueNumbers {
                seen: seen_in(&within),
                stats: stats.next().and_then(|counts| self.timeline.view(&counts)),
                ranges: self.with_ranges.then_some(ranges),
            }
        };
        Ok(issues.iter().map(numbers).collect())
    }

    /// `None`: the same as ever and everywhere.
    async fn within_search(
        &self,
        app: &App,
        scope: &OrganizationScope,
        issues: &[Issue],
    ) -> Result<Option<HashMap<IssueId, Seen>>, ApiError> {
        match self.search {
            Some(search) if search.since.or(search.until).is_some() || !search.environments.is_empty() => {
                Ok(services::issues::seen_within(app, scope, issues, search, Counted::Within).await?)
            }
            _ => Ok(None),
        }
    }

    /// At any time, in the environments of the search. `None`: everywhere, which issues tell themselves.
    async fn ever(
        &self,
        app: &App,
        scope: &OrganizationScope,
        issues: &[Issue],
    ) -> Result<Option<HashMap<IssueId, Seen>>, ApiError> {
        match self.search {
            Some(search) if !search.environments.is_empty() => {
                let ever = IssueSearch {
                    since: None,
                    until: None,
                    ..search.clone()
                };
                Ok(services::issues::seen_within(app, scope, issues, &ever, Counted::Within).await?)
            }
            _ => Ok(None),
        }
    }

    /// Of the events that have what the search asks of them. `None`: it asks nothing.
    async fn matching(
        &self,
        app: &App,
        scope: &OrganizationScope,
        issues: &[Issue],
        with_stats: bool,
    ) -> Result<Option<Filtered>, ApiError> {
        let Some(search) = self.search else { return Ok(None) };
        let Some(seen) = services::issues::seen_within(app, scope, issues, search, Counted::Matching).await? else {
            return Ok(None);
        };
        let counts = match self.timeline.buckets().filter(|_| with_stats) {
            Some(buckets) => services::issues::matching_counts(app, scope, issues, search, buckets).await?,
            None => None,
        };
        let ids = issues.iter().map(|issue| issue.id);
        Ok(Some(Filtered {
            seen,
            counts: ids.zip(counts.unwrap_or_default()).collect(),
        }))
    }

    async fn stats(&self, app: &App, issues: &[Issue], wanted: bool) -> Result<Vec<EventCounts>, ApiError> {
        let Some(buckets) = self.timeline.buckets().filter(|_| wanted) else {
            return Ok(Vec::new());
        };
        let environments = self.search.map_or(&[][..], |search| &search.environments);
        Ok(services::issues::event_counts_in(app, issues, environments, buckets).await?)
    }
}

#[derive(Debug)]
struct Filtered {
    seen: HashMap<IssueId, Seen>,
    counts: HashMap<IssueId, EventCounts>,
}

impl Filtered {
    fn of(&self, issue: &Issue, timeline: Timeline) -> RangeView {
        RangeView {
            stats: self.counts.get(&issue.id).and_then(|counts| timeline.view(counts)),
            seen: SeenView::within(self.seen.get(&issue.id)),
        }
    }
}
