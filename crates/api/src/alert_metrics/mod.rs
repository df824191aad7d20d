//! How alerts are answered and delivered, in numbers.

use std::time::Duration;

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams,
    scopes::{AlertsRead, AlertsWrite},
};
use model::{FiringId, Timestamp};
use serde::Serialize;
use services::{
    App,
    access::OrganizationScope,
    alert_metrics::{self, GroupBy, GroupKey, Measured, MetricsQuery, MetricsReport, Review, Times},
};

use crate::{outcomes, parameters::Parameters, period::Period};

/// Where no time is asked for.
const USUAL: Duration = Duration::from_secs(30 * 24 * 3600);

/// As long as anything is known of firings.
const LONGEST: Duration = Duration::from_secs(92 * 24 * 3600);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeasuredView {
    alerts: u64,
    firings: u64,
    told: u64,
    acknowledged: u64,
    resolved: u64,
    false_alarms: u64,
    acknowledgement_rate: Option<f64>,
    false_positive_rate: Option<f64>,
    /// In seconds.
    time_to_acknowledge: TimesView,
    time_to_resolve: TimesView,
    deliveries: DeliveriesView,
}

#[derive(Debug, Serialize)]
struct TimesView {
    mean: Option<f64>,
    median: Option<f64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveriesView {
    attempted: u64,
    delivered: u64,
    pending: u64,
    retried: u64,
    success_rate: Option<f64>,
}

impl From<Times> for TimesView {
    fn from(times: Times) -> Self {
        Self {
            mean: times.mean.map(|mean| mean.as_secs_f64()),
            median: times.median.map(|median| median.as_secs_f64()),
        }
    }
}

impl From<&Measured> for MeasuredView {
    fn from(of: &Measured) -> Self {
        Self {
            alerts: of.alerts,
            firings: of.firings,
            told: of.told,
            acknowledged: of.acknowledged,
            resolved: of.resolved,
            false_alarms: of.false_alarms,
            acknowledgement_rate: of.acknowledgement_rate(),
            false_positive_rate: of.false_alarm_rate(),
            time_to_acknowledge: of.to_acknowledge.into(),
            time_to_resolve: of.to_resolve.into(),
            deliveries: DeliveriesView {
                attempted: of.attempted,
                delivered: of.delivered,
                pending: of.pending,
                retried: of.retried,
                success_rate: of.delivery_rate(),
            },
        }
    }
}

#[derive(Debug, Serialize)]
struct GroupView {
    id: String,
    name: String,
    #[serde(flatten)]
    numbers: MeasuredView,
}

impl From<&(GroupKey, Measured)> for GroupView {
    fn from((key, measured): &(GroupKey, Measured)) -> Self {
        Self {
            id: key.id.clone(),
            name: key.label.clone(),
            numbers: measured.into(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReportView {
    start: Timestamp,
    end: Timestamp,
    total: MeasuredView,
    group_by: Option<&'static str>,
    groups: Vec<GroupView>,
    /// Not all of the period could be looked at.
    is_incomplete: bool,
}

/// `GET /api/0/organizations/{organization}/alert-metrics/`: of `statsPeriod`, or `start` and `end`; `project`, `team`,
/// `rule` and `integration` narrow, `groupBy` tells apart by one of these, or by `day`, `week` or `month`.
pub(crate) async fn show(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<ReportView>, ApiError> {
    let query = read(&app, &access.scope, &parameters).await?;
    let report: MetricsReport = alert_metrics::measure(&app, &access.scope, &query).await?;
    Ok(Json(ReportView {
        start: query.from,
        end: query.until,
        total: (&report.total).into(),
        group_by: query.group_by.map(GroupBy::name),
        groups: report.groups.iter().map(Into::into).collect(),
        is_incomplete: report.is_cut,
    }))
}

async fn read(app: &App, scope: &OrganizationScope, parameters: &Parameters) -> Result<MetricsQuery, ApiError> {
    let period = Period::read(parameters, app.now())?;
    let until = period.until.unwrap_or(app.now() + Duration::from_secs(1));
    let from = period.since.unwrap_or(until - USUAL);
    if until.since(from) > LONGEST {
        return Err(ApiError::bad_request("Invalid date range: at most 92 days."));
    }
    let team = match parameters.filled("team") {
        Some(team) => Some(services::teams::get(app, scope, team).await?.id),
        None => None,
    };
    let rule = parameters.filled("rule").map(str::parse).transpose();
    let by = |name| {
        GroupBy::from_name(name).ok_or_else(|| {
            let names: Vec<&str> = GroupBy::ALL.iter().map(|by| by.name()).collect();
            ApiError::bad_request(format_args!("Invalid groupBy: expected one of {}.", names.join(", ")))
        })
    };
    Ok(MetricsQuery {
        projects: outcomes::named_projects(app, scope, parameters).await?,
        team,
        rule: rule.map_err(|error| ApiError::bad_request(format_args!("Invalid rule: {error}.")))?,
        channel: parameters.filled("integration").map(str::to_owned),
        group_by: parameters.filled("groupBy").map(by).transpose()?,
        ..MetricsQuery::between(from, until)
    })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReviewView {
    month: String,
    start: Timestamp,
    end: Timestamp,
    total: MeasuredView,
    month_before: MeasuredView,
    rules: Vec<GroupView>,
    integrations: Vec<GroupView>,
    weeks: Vec<GroupView>,
}

/// `GET /api/0/organizations/{organization}/alert-metrics/review/?month=2026-11`: this month where none is named.
pub(crate) async fn show_review(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<ReviewView>, ApiError> {
    let month = parameters.filled("month").map(str::parse).transpose();
    let month = month.map_err(|error| ApiError::bad_request(format_args!("Invalid month: {error}.")))?;
    let review: Review = alert_metrics::review(&app, &access.scope, month).await?;
    Ok(Json(ReviewView {
        month: review.month.to_string(),
        start: review.from,
        end: review.until,
        total: (&review.total).into(),
        month_before: (&review.before).into(),
        rules: review.rules.iter().map(Into::into).collect(),
        integrations: review.integrations.iter().map(Into::into).collect(),
        weeks: review.weeks.iter().map(Into::into).collect(),
    }))
}

/// `PUT /api/0/organizations/{organization}/alert-firings/{firing}/false-alarm/`
pub(crate) async fn mark_false_alarm(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    alert_metrics::mark_false_alarm(&app, &access.scope, firing(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/0/organizations/{organization}/alert-firings/{firing}/false-alarm/`
pub(crate) async fn unmark_false_alarm(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    alert_metrics::unmark_false_alarm(&app, &access.scope, firing(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn firing(path: &PathParams) -> Result<FiringId, ApiError> {
    path.get("firing")?
        .parse()
        .map(FiringId)
        .map_err(|_| ApiError::not_found())
}
