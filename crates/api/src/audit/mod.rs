//! `/api/0/organizations/{organization}/audit-logs/`: who did what.

use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse as _, Response},
};
use httpkit::{ApiError, OrganizationAccess, scopes::AuditRead};
use model::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use services::{
    App,
    audit::{self, Action, AuditFilter},
};
use store::audit::AuditEntry;

use crate::{page::PageRequest, parameters::Parameters, period::Period};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditEntryView {
    id: String,
    actor: Value,
    event: String,
    ip_address: Option<String>,
    channel: String,
    note: String,
    target_object: String,
    target_type: String,
    target_label: String,
    data: Value,
    date_created: Timestamp,
}

impl AuditEntryView {
    /// For those who see what changed, and need not know from where.
    pub(crate) fn without_address(entry: AuditEntry) -> Self {
        Self {
            ip_address: None,
            ..Self::of(entry)
        }
    }

    fn of(entry: AuditEntry) -> Self {
        let fields = |of: Map<String, Value>| Value::Object(of);
        Self {
            id: entry.id.to_string(),
            actor: json!({"type": entry.actor_kind, "id": entry.actor_id.to_string(), "name": entry.actor_label}),
            event: entry.action,
            ip_address: Some(entry.ip).filter(|ip| !ip.is_empty()),
            channel: entry.channel,
            note: format!("{} {}", entry.target_kind, entry.target_label),
            target_object: entry.target_id.to_string(),
            target_type: entry.target_kind,
            target_label: entry.target_label,
            data: json!({"before": fields(entry.before), "after": fields(entry.after)}),
            date_created: entry.created_at,
        }
    }
}

/// `{"rows": […], "options": […]}`; `event`, `actor` and a time choose.
pub(crate) async fn list(
    access: OrganizationAccess<AuditRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let action = parameters.filled("event").map(|name| {
        Action::from_name(name).ok_or_else(|| ApiError::field("event", format_args!("There is no event {name:?}.")))
    });
    let actor = parameters.filled("actor").map(|id| {
        id.parse()
            .map_err(|_| ApiError::field("actor", "The actor is named by its id."))
    });
    let period = Period::read(&parameters, app.now())?;
    let filter = AuditFilter {
        action: action.transpose()?.map(|action| action.name().to_owned()),
        actor: actor.transpose()?,
        since: period.since,
        until: period.until,
        target: None,
    };
    let entries = audit::list(&app, &access.scope, &filter, page.by_id()).await?;
    let (rows, page) = page.of_fetched(&app.url, entries, |entry| (entry.id.0, 0)).take();
    let rows: Vec<AuditEntryView> = rows.into_iter().map(AuditEntryView::of).collect();
    let options: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
    let headers: Vec<_> = page.link().into_iter().collect();
    Ok((AppendHeaders(headers), Json(json!({"rows": rows, "options": options}))).into_response())
}
