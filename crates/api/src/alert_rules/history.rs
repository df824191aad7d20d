use std::time::Duration;

use axum::{Json, extract::State};
use httpkit::{ApiError, PathParams, ProjectAccess, scopes::AlertsRead};
use model::{IssueId, Timestamp};
use serde::Serialize;
use services::{App, alert_rules};

use super::id;
use crate::{
    audit::AuditEntryView,
    issues::{self, IssueView},
    page::{Page, PageRequest},
    parameters::Parameters,
    period::Period,
};

/// Where no time is asked for.
const USUAL: Duration = Duration::from_secs(14 * 24 * 3600);

/// As long as anything is known of firings.
const LONGEST: Duration = Duration::from_secs(90 * 24 * 3600);

/// An issue for which a rule fired.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FiredIssueView {
    group: IssueView,
    count: i64,
    last_triggered: Timestamp,
    event_id: String,
}

/// `GET /api/0/projects/{organization}/{project}/rules/{rule}/group-history/`
pub(crate) async fn list_fired_issues(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
    page: PageRequest,
) -> Result<Page<FiredIssueView>, ApiError> {
    let scope = &access.scope;
    let rule = alert_rules::get(&app, scope, id(&path)?).await?.stored;
    let within = within(&parameters, app.now())?;
    let start = i64::try_from(page.start()).unwrap_or(i64::MAX);
    let mut fired = alert_rules::fired_issues(&app, scope, rule.id, within, (start, page.fetch())).await?;
    let more = fired.len() > page.limit;
    fired.truncate(page.limit);
    let ids: Vec<IssueId> = fired.iter().map(|fired| fired.issue).collect();
    let mut issues = issues::views_by_id(&app, scope.whole(), &ids).await?;
    // One that was deleted meanwhile is left out.
    let rows = fired.into_iter().filter_map(|fired| {
        Some(FiredIssueView {
            group: issues.remove(&fired.issue)?,
            count: fired.count,
            last_triggered: fired.last_at,
            event_id: fired.event.to_string(),
        })
    });
    Ok(page.of_part(&app.url, rows.collect(), more))
}

/// How often a rule fired in an hour.
#[derive(Debug, Serialize)]
pub(crate) struct HourView {
    date: Timestamp,
    count: i64,
}

/// `GET /api/0/projects/{organization}/{project}/rules/{rule}/stats/`
pub(crate) async fn list_stats(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
) -> Result<Json<Vec<HourView>>, ApiError> {
    let scope = &access.scope;
    let rule = alert_rules::get(&app, scope, id(&path)?).await?.stored;
    let hours = alert_rules::hourly(&app, scope, rule.id, within(&parameters, app.now())?).await?;
    let view = |hour: alert_rules::Hourly| HourView {
        date: hour.hour,
        count: hour.times,
    };
    Ok(Json(hours.into_iter().map(view).collect()))
}

/// `GET /api/0/projects/{organization}/{project}/rules/{rule}/changes/`: who changed it and what, newest first.
pub(crate) async fn list_changes(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<Vec<AuditEntryView>>, ApiError> {
    let rule = alert_rules::get(&app, &access.scope, id(&path)?).await?.stored;
    let changes = alert_rules::changes(&app, &access.scope, rule.id).await?;
    Ok(Json(changes.into_iter().map(AuditEntryView::without_address).collect()))
}

/// From when until before when; two weeks where nothing is said.
fn within(parameters: &Parameters, now: Timestamp) -> Result<(Timestamp, Timestamp), ApiError> {
    let period = Period::read(parameters, now)?;
    let end = period.until.unwrap_or(now + Duration::from_secs(1));
    let start = period.since.unwrap_or(end - USUAL);
    if end.since(start) > LONGEST + Duration::from_secs(1) {
        return Err(ApiError::bad_request("Invalid date range: at most 90 days."));
    }
    Ok((start, end))
}
