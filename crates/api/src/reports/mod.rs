//! The weekly report: when it is sent and in whose words, what it would say, and a copy to one address.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{ApiError, OrganizationAccess, scopes::OrgWrite};
use serde::Serialize;
use serde_json::Value;
use services::{
    App,
    mails::letter::Letter,
    reports::{self, ReportSettings, Summary, TopIssue},
    settings,
};

use crate::body::Fields;

/// `GET /api/0/organizations/{organization}/weekly-report/`
pub(crate) async fn show(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
) -> Result<Json<ReportSettings>, ApiError> {
    Ok(Json(reports::settings_of(&app, &access.scope).await?))
}

/// `PUT /api/0/organizations/{organization}/weekly-report/`: what is absent stays.
pub(crate) async fn update(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<ReportSettings>, ApiError> {
    let mut changed = reports::settings_of(&app, &access.scope).await?;
    changed.is_enabled = fields.flag("isEnabled").unwrap_or(changed.is_enabled);
    let small = |number: i64| u8::try_from(number).unwrap_or(u8::MAX);
    changed.weekday = fields.number("weekday").map_or(changed.weekday, small);
    changed.hour = fields.number("hour").map_or(changed.hour, small);
    changed.time_zone = fields.text("timeZone").unwrap_or(changed.time_zone);
    changed.template = fields.whole_text("template").unwrap_or(changed.template);
    changed.addresses = fields.texts("addresses").unwrap_or(changed.addresses);
    let problems = settings::ProjectTopic::problems(&changed);
    fields.refuse_settings(&problems, |field| field);
    fields.finish()?;
    settings::set_of_organization(&app, &access.scope, &changed).await?;
    Ok(Json(changed))
}

/// What a report would say now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreviewView {
    /// The first and the last day.
    start: String,
    end: String,
    numbers: SummaryView,
    subject: String,
    letter: Letter,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryView {
    total_events: i64,
    errors: i64,
    transactions: i64,
    new_issues: i64,
    critical_issues: i64,
    resolved_issues: i64,
    regressed_issues: i64,
    escalated_issues: i64,
    top_error: Option<TopIssueView>,
    top_issues: Vec<TopIssueView>,
    top_resolver: Option<String>,
    open_high_priority: i64,
    unassigned: i64,
    failure_rate: Option<f64>,
    p95: Option<f64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TopIssueView {
    id: String,
    short_id: String,
    title: String,
    count: i64,
}

impl From<TopIssue> for TopIssueView {
    fn from(top: TopIssue) -> Self {
        Self {
            id: top.id.to_string(),
            short_id: top.short_id,
            title: top.title,
            count: top.events,
        }
    }
}

impl From<Summary> for SummaryView {
    fn from(summary: Summary) -> Self {
        Self {
            total_events: summary.total_events(),
            errors: summary.errors,
            transactions: summary.transactions,
            new_issues: summary.new_issues,
            critical_issues: summary.critical_issues,
            resolved_issues: summary.resolved_issues,
            regressed_issues: summary.regressed_issues,
            escalated_issues: summary.escalated_issues,
            top_error: summary.top_error.map(Into::into),
            top_issues: summary.top_issues.into_iter().map(Into::into).collect(),
            top_resolver: summary.top_resolver.map(|(user, _)| user.to_string()),
            open_high_priority: summary.open_high_priority,
            unassigned: summary.unassigned,
            failure_rate: summary.failure_rate,
            p95: summary.p95,
        }
    }
}

/// `GET /api/0/organizations/{organization}/weekly-report/preview/`: of the last seven whole days, over all projects.
pub(crate) async fn preview(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
) -> Result<Json<PreviewView>, ApiError> {
    let preview = reports::preview(&app, &access.scope).await?;
    Ok(Json(PreviewView {
        start: preview.week.first_day,
        end: preview.week.last_day,
        numbers: preview.summary.into(),
        subject: preview.letter.subject.clone(),
        letter: preview.letter,
    }))
}

/// `POST /api/0/organizations/{organization}/weekly-report/send/` `{"address": …}`: a copy to one address.
pub(crate) async fn send(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let address = fields.required_text("address");
    fields.finish()?;
    let address = address.unwrap_or_default();
    reports::send_to(&app, &access.scope, &address).await?;
    Ok((StatusCode::ACCEPTED, Json(serde_json::json!({ "address": address }))))
}
