//! The series of Sentry's older clients: pairs of a time and a number.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use httpkit::{
    ApiError, OrganizationAccess, PathParams, ProjectAccess,
    scopes::{OrgRead, ProjectRead},
};
use model::{DataCategory, OutcomeKind, ProjectId, Timestamp};
use serde::Serialize;
use services::{App, access::OrganizationScope, outcomes::Period};
use store::outcomes::{OutcomeFilter, OutcomeGroup};

use super::ERRORS;
use crate::parameters::Parameters;

/// Pairs of a time in seconds and what was counted from then on.
type Points = Vec<(i64, i64)>;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The most points of a series.
const MOST_POINTS: usize = 10_000;

/// The most points of several series together.
const MOST_NUMBERS: usize = 1_000_000;

/// `GET /api/0/projects/{organization}/{project}/stats/`: `stat` is `received`, `rejected`, `blacklisted` or
/// `generated`.
pub(crate) async fn series_of_project(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Points>, ApiError> {
    let asked = Asked::read(&parameters, app.now())?;
    let filter = OutcomeFilter {
        projects: vec![access.scope.project.id],
        ..asked.filter()
    };
    let scope = access.scope.whole();
    Ok(Json(points(&app, scope, &filter, asked.period).await?))
}

/// `GET /api/0/organizations/{organization}/stats/`: the series of all projects, or with `group=project` one each.
pub(crate) async fn series_of_organization(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let asked = Asked::read(&parameters, app.now())?;
    let known = services::projects::list(&app, &access.scope).await?;
    let mut named = Vec::new();
    for name in parameters.all("projectID").filter(|name| !name.is_empty()) {
        let project = known.iter().find(|project| project.id.to_string() == name);
        named.push(
            project.map(|project| project.id).ok_or_else(|| {
                ApiError::bad_request(format_args!("Invalid projectID: there is no project {name:?}."))
            })?,
        );
    }
    match parameters.filled("group") {
        None | Some("organization") => {
            let filter = OutcomeFilter {
                projects: named,
                ..asked.filter()
            };
            Ok(Json(points(&app, &access.scope, &filter, asked.period).await?).into_response())
        }
        Some("project") => {
            if named.is_empty() {
                named.extend(known.iter().map(|project| project.id));
            }
            let series = by_project(&app, &access.scope, named, &asked).await?;
            Ok(Json(series).into_response())
        }
        Some(other) => Err(ApiError::bad_request(format_args!(
            "Invalid group: {other:?} is neither organization nor project."
        ))),
    }
}

/// What happened to what a key sent.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct KeyPoint {
    ts: i64,
    total: i64,
    dropped: i64,
    accepted: i64,
    filtered: i64,
}

/// `GET /api/0/projects/{organization}/{project}/keys/{key}/stats/`
pub(crate) async fn series_of_key(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
) -> Result<Json<Vec<KeyPoint>>, ApiError> {
    let asked = Asked::read(&parameters, app.now())?;
    let key = services::project_keys::get(&app, &access.scope, path.get("key")?).await?;
    let filter = OutcomeFilter {
        keys: vec![key.id],
        outcomes: Vec::new(),
        ..asked.filter()
    };
    let scope = access.scope.whole();
    let starts = asked.period.buckets();
    let point = |start: &Timestamp| KeyPoint {
        ts: start.seconds(),
        total: 0,
        dropped: 0,
        accepted: 0,
        filtered: 0,
    };
    let mut points: Vec<KeyPoint> = starts.iter().map(point).collect();
    for sum in services::outcomes::sums(&app, scope, &filter, &[OutcomeGroup::Outcome], asked.period).await? {
        let Some(point) = usize::try_from(sum.slot).ok().and_then(|slot| points.get_mut(slot)) else {
            continue;
        };
        let number = match sum.outcome.and_then(OutcomeKind::from_number) {
            Some(OutcomeKind::Accepted) => &mut point.accepted,
            Some(OutcomeKind::Filtered) => &mut point.filtered,
            Some(OutcomeKind::RateLimited | OutcomeKind::Abuse) => &mut point.dropped,
            // What never arrived, or was nothing, was not sent with the key.
            _ => continue,
        };
        *number += sum.quantity;
        point.total += sum.quantity;
    }
    Ok(Json(points))
}

/// What and when.
#[derive(Debug)]
struct Asked {
    outcomes: Vec<OutcomeKind>,
    period: Period,
}

impl Asked {
    fn read(parameters: &Parameters, now: Timestamp) -> Result<Self, ApiError> {
        use OutcomeKind::{Abuse, Accepted, Filtered, RateLimited};
        let outcomes = match parameters.filled("stat").unwrap_or("received") {
            "received" => vec![Accepted, Filtered, RateLimited, Abuse],
            "rejected" => vec![RateLimited, Abuse],
            "blacklisted" => vec![Filtered],
            "generated" => vec![Accepted],
            other => return Err(ApiError::bad_request(format_args!("Invalid stat: {other}"))),
        };
        Ok(Self {
            outcomes,
            period: period(parameters, now)?,
        })
    }

    /// Events, as these series always count.
    fn filter(&self) -> OutcomeFilter {
        OutcomeFilter {
            categories: ERRORS.into_iter().map(DataCategory::number).collect(),
            outcomes: self.outcomes.iter().map(|kind| kind.number()).collect(),
            ..OutcomeFilter::default()
        }
    }
}

/// `since` and `until` in seconds, the last day without them; `resolution` is `1h` or `1d`.
fn period(parameters: &Parameters, now: Timestamp) -> Result<Period, ApiError> {
    let interval = match parameters.filled("resolution") {
        None | Some("1h") => Period::SMALLEST_INTERVAL,
        Some("1d") => DAY,
        Some(_) => {
            return Err(ApiError::bad_request(
                "Invalid resolution: outcomes are counted by 1h and 1d.",
            ));
        }
    };
    let time = |name: &str| {
        let seconds = parameters
            .filled(name)
            .map(|text| text.parse::<f64>().ok().filter(|time| time.is_finite()));
        match seconds {
            None => Ok(None),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the cast saturates, and far times are refused below"
            )]
            Some(Some(seconds)) => Ok(Some(Timestamp::from_seconds(seconds as i64))),
            Some(None) => Err(ApiError::bad_request(format_args!(
                "{name} must be a number of seconds since 1970."
            ))),
        }
    };
    let until = time("until")?.unwrap_or(now);
    let since = time("since")?.unwrap_or(until - DAY + Period::SMALLEST_INTERVAL);
    if since > until {
        return Err(ApiError::bad_request("since must lie before until."));
    }
    let start = since.truncate(interval);
    if until.since(start).as_secs() / interval.as_secs() > MOST_POINTS as u64 {
        return Err(ApiError::bad_request("The time is too long for this resolution."));
    }
    Ok(Period {
        start,
        end: until.truncate(interval) + interval,
        interval,
    })
}

async fn points(
    app: &App,
    scope: &OrganizationScope,
    filter: &OutcomeFilter,
    period: Period,
) -> Result<Points, ApiError> {
    let mut points = empty(period);
    for sum in services::outcomes::sums(app, scope, filter, &[], period).await? {
        if let Some(point) = usize::try_from(sum.slot).ok().and_then(|slot| points.get_mut(slot)) {
            point.1 += sum.quantity;
        }
    }
    Ok(points)
}

fn empty(period: Period) -> Points {
    period.buckets().iter().map(|start| (start.seconds(), 0)).collect()
}

async fn by_project(
    app: &App,
    scope: &OrganizationScope,
    named: Vec<ProjectId>,
    asked: &Asked,
) -> Result<BTreeMap<String, Points>, ApiError> {
    if named.len() * asked.period.buckets().len() > MOST_NUMBERS {
        return Err(ApiError::bad_request("The time is too long for so many projects."));
    }
    let mut series: BTreeMap<String, Points> = named
        .iter()
        .map(|project| (project.to_string(), empty(asked.period)))
        .collect();
    let filter = OutcomeFilter {
        projects: named,
        ..asked.filter()
    };
    for sum in services::outcomes::sums(app, scope, &filter, &[OutcomeGroup::Project], asked.period).await? {
        let points = sum.project.and_then(|project| series.get_mut(&project.to_string()));
        let slot = usize::try_from(sum.slot).ok();
        if let Some(point) = points.zip(slot).and_then(|(points, slot)| points.get_mut(slot)) {
            point.1 += sum.quantity;
        }
    }
    Ok(series)
}
