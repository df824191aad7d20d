//! The ledger, and the trace of one event through it.

use axum::{Json, extract::State};
use httpkit::{ApiError, OrganizationAccess, PathParams, scopes::AlertsRead};
use model::{AlertRuleId, EventId, NotificationKind, Timestamp, UserId};
use serde::Serialize;
use services::{
    App,
    access::OrganizationScope,
    diagnostics::trace::{self, LedgerFilter, RuleVerdict, Verdict},
};

use super::told::{RecipientView, ToldView};
use crate::{
    page::{Page, PageRequest},
    parameters::Parameters,
};

/// `GET /api/0/organizations/{organization}/notification-ledger/`: newest first; `issue`, `rule`, `event`, `user` (`me`)
/// and `kind` narrow.
pub(crate) async fn list(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    parameters: Parameters,
    page: PageRequest,
) -> Result<Page<ToldView>, ApiError> {
    let page = page.with_default(&parameters, 25);
    let filter = filter(&app, &access.scope, &parameters).await?;
    let told = trace::list(&app, &access.scope, filter, page.by_id()).await?;
    let page = page.of_fetched(&app.url, told, |told| (told.notification.id.0, 0));
    Ok(page.map(|told| ToldView::from(&told)))
}

async fn filter(app: &App, scope: &OrganizationScope, parameters: &Parameters) -> Result<LedgerFilter, ApiError> {
    let number = |name: &'static str| {
        let number = parameters.filled(name).map(str::parse::<i64>).transpose();
        number.map_err(|_| ApiError::bad_request(format_args!("Invalid {name}: expected a number.")))
    };
    let issue = match parameters.filled("issue") {
        Some(issue) => Some(services::issues::get(app, scope, issue).await?.id),
        None => None,
    };
    let kind = parameters.filled("kind").map(|name| {
        NotificationKind::from_name(name).ok_or_else(|| ApiError::bad_request(format_args!("Invalid kind: \"{name}\"")))
    });
    Ok(LedgerFilter {
        issue,
        rule: number("rule")?.map(AlertRuleId),
        event: parameters.filled("event").map(event_id).transpose()?,
        user: user(scope, parameters)?,
        kind: kind.transpose()?,
    })
}

/// The user who is asked about: `me`, or a number.
pub(super) fn user(scope: &OrganizationScope, parameters: &Parameters) -> Result<Option<UserId>, ApiError> {
    match parameters.filled("user") {
        None => Ok(None),
        Some("me") => {
            let own = scope.actor.user_id();
            own.map(Some)
                .ok_or_else(|| ApiError::bad_request("Invalid user: nobody asks."))
        }
        Some(text) => {
            let id = text.parse().map(UserId);
            id.map(Some)
                .map_err(|_| ApiError::bad_request("Invalid user: expected a number or me."))
        }
    }
}

fn event_id(text: &str) -> Result<EventId, ApiError> {
    text.parse()
        .map_err(|_| ApiError::bad_request("Invalid event id: expected 32 hex digits."))
}

/// What an event led to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TraceView {
    event_id: EventId,
    /// It is kept.
    is_stored: bool,
    project_id: Option<String>,
    group_id: Option<String>,
    date_received: Option<Timestamp>,
    /// What of it was not accepted.
    dropped: Vec<DroppedView>,
    /// Every rule of the project.
    rules: Vec<VerdictView>,
    notifications: Vec<ToldView>,
    /// Where `user` is given: what speaks for and against them, notification by notification.
    user: Option<Vec<UserTraceView>>,
}

#[derive(Debug, Serialize)]
struct DroppedView {
    category: &'static str,
    outcome: &'static str,
    reason: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct VerdictView {
    id: String,
    name: String,
    verdict: &'static str,
    date_fired: Option<Timestamp>,
    notification_id: Option<String>,
    reasons: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserTraceView {
    notification_id: String,
    is_told: bool,
    /// Empty: nothing that the rules do reaches them.
    reasons: Vec<RecipientView>,
}

impl From<RuleVerdict> for VerdictView {
    fn from(of: RuleVerdict) -> Self {
        let (date_fired, notification_id) = match &of.verdict {
            Verdict::Fired { at, notification, .. } => (Some(*at), Some(notification.to_string())),
            _ => (None, None),
        };
        Self {
            id: of.rule.to_string(),
            name: of.name,
            verdict: of.verdict.name(),
            date_fired,
            notification_id,
            reasons: of.verdict.reasons(),
        }
    }
}

/// `GET /api/0/organizations/{organization}/notification-trace/{event}/`
pub(crate) async fn trace(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
) -> Result<Json<TraceView>, ApiError> {
    let event = event_id(path.get("event")?)?;
    let user = user(&access.scope, &parameters)?;
    let trace = trace::of_event(&app, &access.scope, event).await?;
    if trace.place.is_none() && trace.outcomes.is_empty() && trace.told.is_empty() {
        return Err(ApiError::not_found());
    }
    let of_user = user.map(|user| {
        let told = trace.told.iter();
        told.map(|told| {
            let rows = trace::of_user(told, user);
            UserTraceView {
                notification_id: told.notification.id.to_string(),
                is_told: rows.iter().any(|row| row.is_told),
                reasons: rows.into_iter().map(RecipientView::from).collect(),
            }
        })
        .collect()
    });
    Ok(Json(TraceView {
        event_id: event,
        is_stored: trace.place.is_some(),
        project_id: trace.place.map(|place| place.project.to_string()),
        group_id: trace.place.and_then(|place| place.issue).map(|issue| issue.to_string()),
        date_received: trace.place.map(|place| place.received_at),
        dropped: trace
            .outcomes
            .iter()
            .map(|found| DroppedView {
                category: found.category.name(),
                outcome: found.outcome.kind.name(),
                reason: found.outcome.reason.to_string(),
            })
            .collect(),
        notifications: trace.told.iter().map(ToldView::from).collect(),
        rules: trace.rules.into_iter().map(VerdictView::from).collect(),
        user: of_user,
    }))
}
