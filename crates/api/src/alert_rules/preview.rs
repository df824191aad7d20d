use alerts::IssueRule;
use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse as _, Response},
};
use httpkit::{
    ApiError, ProjectAccess,
    scopes::{AlertsRead, AlertsWrite},
};
use model::{IssueId, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};
use services::{
    App,
    alert_rules::{self, TrialError},
};

use super::{OF_RULE, refused};
use crate::{
    body::Fields,
    issues::{self, IssueView},
};

/// `GET /api/0/projects/{organization}/{project}/rules/configuration/`: what rules are made of.
pub(crate) async fn show_configuration(_access: ProjectAccess<AlertsRead>, State(app): State<App>) -> Json<Value> {
    Json(alert_rules::configuration(&app))
}

/// An issue for which the rule would have fired.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WouldFireView {
    #[serde(flatten)]
    issue: IssueView,
    /// How often it would have, as far as the times are told one by one.
    fired: usize,
    last_triggered: Timestamp,
    event_id: String,
    reasons: Vec<String>,
}

/// `POST /api/0/projects/{organization}/{project}/rules/preview/`: the issues for which an unsaved rule would have fired
/// in the last seven days, the newest first. Headers say how often it would have, over how many events.
pub(crate) async fn preview(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let rule = read(fields)?;
    let preview = alert_rules::preview(&app, &access.scope, &rule).await?;
    let mut by_issue: Vec<(IssueId, usize, &alert_rules::WouldFire)> = Vec::new();
    for fired in &preview.fired {
        match by_issue.iter_mut().find(|(issue, ..)| *issue == fired.issue) {
            Some((_, times, _)) => *times += 1,
            None => by_issue.push((fired.issue, 1, fired)),
        }
    }
    let ids: Vec<IssueId> = by_issue.iter().map(|(issue, ..)| *issue).collect();
    let mut issues = issues::views_by_id(&app, access.scope.whole(), &ids).await?;
    let rows = by_issue.into_iter().filter_map(|(issue, fired, newest)| {
        Some(WouldFireView {
            issue: issues.remove(&issue)?,
            fired,
            last_triggered: newest.at,
            event_id: newest.event.to_string(),
            reasons: newest.reasons.clone(),
        })
    });
    let headers = [
        ("x-hits", preview.issues.to_string()),
        ("x-fired", preview.times.to_string()),
        ("x-events", preview.events.to_string()),
        ("x-since", preview.since.to_string()),
    ];
    Ok((AppendHeaders(headers), Json(rows.collect::<Vec<_>>())).into_response())
}

/// A rule that need not have a name or do anything.
fn read(mut fields: Fields) -> Result<IssueRule, ApiError> {
    let mut wire = Map::new();
    wire.insert("name".to_owned(), json!("preview"));
    wire.insert("actionMatch".to_owned(), json!("all"));
    wire.insert("filterMatch".to_owned(), json!("all"));
    for name in OF_RULE {
        if let Some(value) = fields.value(name).filter(|value| !value.is_null()) {
            wire.insert(name.to_owned(), value.clone());
        }
    }
    let does_nothing = wire.get("actions").is_none_or(|actions| *actions == json!([]));
    if does_nothing {
        let any = json!([{"id": "sentry.rules.actions.notify_event.NotifyEventAction"}]);
        wire.insert("actions".to_owned(), any);
    }
    let rule = IssueRule::read(&wire);
    for problem in rule.as_ref().err().into_iter().flatten() {
        fields.refuse(problem.field, &problem.message);
    }
    fields.finish()?;
    rule.map_err(|_| ApiError::bad_request("The rule cannot be taken."))
}

/// `POST /api/0/projects/{organization}/{project}/rule-actions/`: does actions once, for the newest event of the project,
/// without a rule that has them.
pub(crate) async fn send_trial(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let mut wire = Map::new();
    let name = fields.text("name").filter(|name| !name.is_empty());
    wire.insert("name".to_owned(), json!(name.as_deref().unwrap_or("Test")));
    wire.insert(
        "actions".to_owned(),
        fields.value("actions").cloned().unwrap_or(json!([])),
    );
    let rule = IssueRule::read(&wire);
    for problem in rule.as_ref().err().into_iter().flatten() {
        fields.refuse(problem.field, &problem.message);
    }
    fields.finish()?;
    let rule = rule.map_err(|_| ApiError::bad_request("The actions cannot be done."))?;
    match alert_rules::send_trial(&app, &access.scope, rule).await {
        Ok(notification) => Ok(Json(json!({"notification": notification.to_string()}))),
        Err(TrialError::Rule(error)) => Err(refused(error)),
        Err(TrialError::Store(error)) => Err(error.into()),
        Err(error @ TrialError::NoEvent) => Err(ApiError::field("actions", error)),
    }
}
