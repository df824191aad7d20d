//! Issue and metric alert rules in one list.

use axum::extract::State;
use httpkit::{ApiError, OrganizationAccess, scopes::AlertsRead};
use model::{Assignee, TeamId, Timestamp};
use serde_json::{Value, json};
use services::{
    App,
    access::OrganizationScope,
    alert_rules,
    metric_alerts::{self, ListedAlert},
};
use store::incidents::IncidentStatus;

use super::{Rendering, View};
use crate::{
    issues::named_projects,
    page::{Page, PageRequest},
    parameters::Parameters,
};

/// A rule of either kind with what the list is sorted and narrowed by.
struct Row {
    view: View,
    name: String,
    owner: Option<Assignee>,
    created_at: Timestamp,
    triggered_at: Option<Timestamp>,
    /// Of the open incident; 0 without one.
    status: i64,
}

/// `GET /api/0/organizations/{organization}/combined-rules/`
pub(crate) async fn list_combined(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    parameters: Parameters,
    page: PageRequest,
) -> Result<Page<View>, ApiError> {
    let scope = &access.scope;
    let projects = named_projects(&app, scope, &parameters).await?;
    let wanted = |kind: &str| parameters.filled("alertType").is_none_or(|asked| asked == kind);
    let datasets: Vec<&str> = parameters.all("dataset").filter(|name| !name.is_empty()).collect();
    let mut rows = Vec::new();
    if wanted("alert_rule") {
        let rendering = Rendering::load(&app, scope).await?;
        let expand = parameters.holds("expand", "latestIncident");
        for alert in metric_alerts::list(&app, scope, &projects).await? {
            if datasets.is_empty() || datasets.contains(&alert.rule.dataset.name()) {
                rows.push(of_metric(&alert, rendering.view(&alert, expand)));
            }
        }
    }
    // Issue alert rules have no dataset.
    if wanted("rule") && datasets.is_empty() {
        let rules = alert_rules::list_of_organization(&app, scope, &projects).await?;
        let views = crate::alert_rules::views(&app, scope, &rules).await?;
        for (rule, mut view) in rules.into_iter().zip(views) {
            view.insert("type".to_owned(), json!("rule"));
            rows.push(Row {
                view,
                name: rule.stored.name,
                owner: rule.stored.owner,
                created_at: rule.stored.created_at,
                triggered_at: rule.last_fired,
                status: 0,
            });
        }
    }
    if let Some(name) = parameters.filled("name") {
        let name = name.to_lowercase();
        rows.retain(|row| row.name.to_lowercase().contains(&name));
    }
    of_teams(scope, &parameters, &mut rows);
    sort(&parameters, &mut rows)?;
    let views: Vec<View> = rows.into_iter().map(|row| row.view).collect();
    Ok(page.of_whole(&app.url, views))
}

fn of_metric(alert: &ListedAlert, mut view: View) -> Row {
    view.insert("type".to_owned(), json!("alert_rule"));
    let incident = alert.latest_incident.as_ref();
    let open = incident.filter(|incident| incident.closed_at.is_none());
    Row {
        view,
        name: alert.stored.name.clone(),
        owner: alert.stored.owner,
        created_at: alert.stored.created_at,
        triggered_at: incident.map(|incident| incident.detected_at),
        status: open.map_or(0, |incident| match incident.status {
            IncidentStatus::Closed => 0,
            status => status.number(),
        }),
    }
}

/// `team`: ids, `myteams` and `unassigned`.
fn of_teams(scope: &OrganizationScope, parameters: &Parameters, rows: &mut Vec<Row>) {
    let named: Vec<&str> = parameters.all("team").filter(|name| !name.is_empty()).collect();
    if named.is_empty() {
        return;
    }
    let mut teams: Vec<TeamId> = named.iter().filter_map(|name| name.parse().ok()).collect();
    if named.contains(&"myteams") {
        teams.extend(scope.own_teams());
    }
    let unassigned = named.contains(&"unassigned");
    rows.retain(|row| match row.owner {
        None => unassigned,
        Some(Assignee::Team(team)) => teams.contains(&team),
        Some(Assignee::User(_)) => false,
    });
}

/// Several keys, the first decides; the greatest first unless `asc=1`.
fn sort(parameters: &Parameters, rows: &mut [Row]) -> Result<(), ApiError> {
    let mut keys: Vec<&str> = parameters.all("sort").filter(|name| !name.is_empty()).collect();
    if keys.is_empty() {
        keys.push("date_added");
    }
    let known = ["date_added", "date_triggered", "incident_status", "name"];
    if let Some(other) = keys.iter().find(|key| !known.contains(key)) {
        return Err(ApiError::bad_request(format_args!(
            "Invalid sort: {other:?} is not one of {}.",
            known.join(", ")
        )));
    }
    let ascending = parameters.is_on("asc") || parameters.holds("asc", "1");
    rows.sort_by(|left, right| {
        let mut order = std::cmp::Ordering::Equal;
        for key in &keys {
            order = order.then_with(|| match *key {
                "date_triggered" => left.triggered_at.cmp(&right.triggered_at),
                "incident_status" => left.status.cmp(&right.status),
                "name" => left.name.to_lowercase().cmp(&right.name.to_lowercase()),
                _ => left.created_at.cmp(&right.created_at),
            });
        }
        let order = if ascending { order } else { order.reverse() };
        order.then_with(|| text(&left.view).cmp(text(&right.view)))
    });
    Ok(())
}

/// What tells rows apart, so that pages do not overlap.
fn text(view: &View) -> &str {
    view.get("id").and_then(Value::as_str).unwrap_or_default()
}
