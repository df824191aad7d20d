use std::{collections::BTreeMap, time::Duration};

use httpkit::ApiError;
use model::Timestamp;
use services::{App, issues::EventCounts};
use store::{events::Buckets, issues::Issue};

use crate::period::Period;

/// Pairs of a time in seconds and the events from then on, by the name of the timeline.
pub(super) type StatsView = BTreeMap<&'static str, Vec<(i64, i64)>>;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How many points `auto` has, and which time it covers when none is given.
const AUTO_SLOTS: u32 = 10;
const AUTO_PERIOD: Duration = Duration::from_secs(90 * 24 * 3600);

/// Which counts over time go with the issues of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timeline {
    None,
    LastDay,
    LastTwoWeeks,
    /// The time that the list is about.
    Auto(Buckets),
}

impl Timeline {
    /// `groupStatsPeriod` of an organization's issues; an empty one asks for none.
    pub(super) fn of_organization(text: Option<&str>, period: Period, now: Timestamp) -> Result<Self, ApiError> {
        match text {
            Some("auto") => Ok(Self::Auto(auto(period, now))),
            text => Self::of_project(text),
        }
    }

    /// `statsPeriod` of a project's issues.
    pub(super) fn of_project(text: Option<&str>) -> Result<Self, ApiError> {
        match text {
            Some("") => Ok(Self::None),
            None | Some("24h") => Ok(Self::LastDay),
            Some("14d") => Ok(Self::LastTwoWeeks),
            Some(other) => Err(ApiError::bad_request(format_args!(
                "Invalid stats period: {other:?} is not one of '', '24h' and '14d'."
            ))),
        }
    }

    pub(super) async fn load(self, app: &App, issues: &[Issue]) -> Result<Vec<Option<StatsView>>, ApiError> {
        let (name, counts) = match self {
            Self::None => return Ok(issues.iter().map(|_| None).collect()),
            Self::LastDay => ("24h", services::issues::event_counts(app, issues, HOUR, 24).await?),
            Self::LastTwoWeeks => ("14d", services::issues::event_counts(app, issues, DAY, 14).await?),
            Self::Auto(buckets) => ("auto", services::issues::event_counts_in(app, issues, buckets).await?),
        };
        Ok(counts
            .iter()
            .map(|counts| Some(StatsView::from([(name, points(counts))])))
            .collect())
    }
}

/// The last day by hours and the last month by days, for an issue by itself.
pub(super) async fn of_issue(app: &App, issue: &Issue) -> Result<StatsView, ApiError> {
    let issue = std::slice::from_ref(issue);
    let day = services::issues::event_counts(app, issue, HOUR, 24).await?;
    let month = services::issues::event_counts(app, issue, DAY, 30).await?;
    let named = [("24h", day), ("30d", month)];
    Ok(named
        .into_iter()
        .map(|(name, counts)| (name, counts.first().map(points).unwrap_or_default()))
        .collect())
}

fn auto(period: Period, now: Timestamp) -> Buckets {
    let until = period.until.unwrap_or(now);
    let start = period.since.unwrap_or(until - AUTO_PERIOD);
    // A whole second at least, for the points are told in seconds.
    let width = (until.since(start) / AUTO_SLOTS).max(Duration::from_secs(1));
    Buckets {
        start,
        width,
        slots: AUTO_SLOTS as usize,
    }
}

fn points(counts: &EventCounts) -> Vec<(i64, i64)> {
    let time = |slot: u32| (counts.start + counts.width * slot).seconds();
    (0..).map(time).zip(counts.counts.iter().copied()).collect()
}
