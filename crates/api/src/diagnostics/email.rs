//! The guide's checks of e-mail.

use axum::{Json, extract::State};
use httpkit::{ApiError, OrganizationAccess, scopes::AlertsRead};
use serde::Serialize;
use services::{
    App,
    diagnostics::email::{self, Check},
};

use super::trace::user;
use crate::parameters::Parameters;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChecksView {
    user_id: String,
    group_id: Option<String>,
    checks: Vec<CheckView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckView {
    id: &'static str,
    /// `not_received` or `too_many`.
    question: &'static str,
    title: &'static str,
    /// `pass`, `fail` or `unknown`.
    status: &'static str,
    evidence: String,
    advice: &'static str,
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        Self {
            id: check.code,
            question: check.question.name(),
            title: check.title,
            status: check.outcome.name(),
            evidence: check.evidence,
            advice: check.advice,
        }
    }
}

/// `GET /api/0/organizations/{organization}/diagnostics/email/`: of oneself, or by those who see to members of `user`;
/// with `issue` also what is about that issue.
pub(crate) async fn check_email(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<ChecksView>, ApiError> {
    let scope = &access.scope;
    let user = user(scope, &parameters)?.or(scope.actor.user_id());
    let user = user.ok_or_else(|| ApiError::bad_request("Name the user whose mails are checked."))?;
    let member = email::subject(&app, scope, user).await?;
    let issue = match parameters.filled("issue") {
        Some(issue) => Some(services::issues::get(&app, scope, issue).await?),
        None => None,
    };
    let subject = email::Subject {
        user: &member,
        issue: issue.as_ref(),
    };
    let checks = email::check(&app, scope, subject).await?;
    Ok(Json(ChecksView {
        user_id: member.id.to_string(),
        group_id: issue.map(|issue| issue.id.to_string()),
        checks: checks.into_iter().map(CheckView::from).collect(),
    }))
}
