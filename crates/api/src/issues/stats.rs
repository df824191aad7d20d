use std::{collections::BTreeMap, time::Duration};

use axum::{Json, extract::State};
use httpkit::{ApiError, IssueAccess, scopes::EventRead};
use model::Timestamp;
use services::{App, issues::EventCounts};
use store::{events::Buckets, issues::Issue};

use crate::{parameters::Parameters, period::Period};

/// Pairs of a time in seconds and the events from then on.
pub(super) type Points = Vec<(i64, i64)>;

/// Timelines by their names.
pub(super) type StatsView = BTreeMap<&'static str, Points>;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How many points `auto` has, and which time it covers when none is given.
const AUTO_SLOTS: u32 = 10;
const AUTO_PERIOD: Duration = Duration::from_secs(90 * 24 * 3600);

/// The most points of the series of one issue.
const MOST_POINTS: usize = 10_000;

/// Which counts over time go with the issues of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timeline(Option<(&'static str, Buckets)>);

impl Timeline {
    /// `groupStatsPeriod` of an organization's issues; an empty one asks for none.
    pub(super) fn of_organization(text: Option<&str>, period: Period, now: Timestamp) -> Result<Self, ApiError> {
        match text {
            Some("auto") => Ok(Self(Some(("auto", auto(period, now))))),
            text => Self::of_project(text, now),
        }
    }

    /// `statsPeriod` of a project's issues.
    pub(super) fn of_project(text: Option<&str>, now: Timestamp) -> Result<Self, ApiError> {
        match text {
            Some("") => Ok(Self(None)),
            None | Some("24h") => Ok(Self::last_day(now)),
            Some("14d") => Ok(Self(Some(("14d", until(now, DAY, 14))))),
            Some(other) => Err(ApiError::bad_request(format_args!(
                "Invalid stats period: {other:?} is not one of '', '24h' and '14d'."
            ))),
        }
    }

    pub(super) fn last_day(now: Timestamp) -> Self {
        Self(Some(("24h", until(now, HOUR, 24))))
    }

    pub(super) fn buckets(self) -> Option<Buckets> {
        self.0.map(|(_, buckets)| buckets)
    }

    /// Counts in these buckets as they are shown.
    pub(super) fn view(self, counts: &EventCounts) -> Option<StatsView> {
        self.0.map(|(name, _)| StatsView::from([(name, points(counts))]))
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

/// `GET …/issues/{issue}/stats/`: the events of an issue over time, the last day by hours if nothing is said.
pub(crate) async fn series(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Points>, ApiError> {
    let buckets = asked_buckets(&parameters, app.now())?;
    let environments: Vec<String> = parameters
        .all("environment")
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    let issue = std::slice::from_ref(&access.issue);
    let counts = services::issues::event_counts_in(&app, issue, &environments, buckets).await?;
    Ok(Json(counts.first().map(points).unwrap_or_default()))
}

/// `since` and `until` in seconds, `resolution` as `1h`; both ends are in it.
fn asked_buckets(parameters: &Parameters, now: Timestamp) -> Result<Buckets, ApiError> {
    let seconds = |name: &str| match parameters.filled(name).map(str::parse::<f64>) {
        None => Ok(None),
        Some(Ok(seconds)) if (0.0..1e11).contains(&seconds) => Ok(Some(Timestamp::from_seconds(seconds as i64))),
        Some(_) => Err(ApiError::bad_request(format_args!(
            "Invalid {name}: expected seconds since 1970."
        ))),
    };
    let end = seconds("until")?.unwrap_or(now);
    let start = seconds("since")?.unwrap_or(end - (DAY - HOUR));
    if start > end {
        return Err(ApiError::bad_request("Invalid since: it lies behind until."));
    }
    let width = match parameters.filled("resolution") {
        None => HOUR,
        Some(text) => crate::period::duration(text)
            .filter(|width| !width.is_zero())
            .ok_or_else(|| {
                ApiError::bad_request(format_args!(
                    "Invalid resolution: {text:?} is no number followed by s, m, h, d or w."
                ))
            })?,
    };
    let start = start.truncate(width);
    let slots = end.truncate(width).since(start).as_secs() / width.as_secs() + 1;
    match usize::try_from(slots) {
        Ok(slots) if slots <= MOST_POINTS => Ok(Buckets { start, width, slots }),
        _ => Err(ApiError::bad_request(format_args!(
            "That would be more than {MOST_POINTS} points: use a larger resolution, or a shorter time."
        ))),
    }
}

/// Buckets of which the last one is the one that has begun.
fn until(now: Timestamp, width: Duration, slots: u32) -> Buckets {
    Buckets {
        start: now.truncate(width) - width * (slots - 1),
        width,
        slots: slots as usize,
    }
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

fn points(counts: &EventCounts) -> Points {
    let time = |slot: u32| (counts.start + counts.width * slot).seconds();
    (0..).map(time).zip(counts.counts.iter().copied()).collect()
}
