//! Incidents of metric alert rules, with their activity, comments and subscriptions.

mod activities;

pub(crate) use activities::{create_comment, delete_comment, list_activities, subscribe, unsubscribe, update_comment};

use axum::{Json, extract::State};
use httpkit::{
    ApiError, OrganizationAccess, PathParams,
    scopes::{AlertsRead, AlertsWrite},
};
use model::MetricAlertId;
use serde_json::{Map, Value, json};
use services::{
    App,
    access::OrganizationScope,
    incidents::{self, Incident, IncidentFilter},
    metric_alerts,
};

use self::activities::Rows;
use crate::{
    body::Fields,
    issues::named_projects,
    metric_alerts::Rendering,
    page::{Page, PageRequest},
    parameters::Parameters,
    period::Period,
};

type View = Map<String, Value>;

/// `GET /api/0/organizations/{organization}/incidents/`
pub(crate) async fn list(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    parameters: Parameters,
    page: PageRequest,
) -> Result<Page<View>, ApiError> {
    let scope = &access.scope;
    let filter = filter(&app, scope, &parameters).await?;
    let found = incidents::list(&app, scope, &filter, page.by_id()).await?;
    let rendering = Rendering::load(&app, scope).await?;
    let page = page.of_fetched(&app.url, found, |incident: &Incident| (incident.id.0, 0));
    page.try_map(|incident| rendering.incident(&incident))
}

async fn filter(app: &App, scope: &OrganizationScope, parameters: &Parameters) -> Result<IncidentFilter, ApiError> {
    let projects = named_projects(app, scope, parameters).await?;
    let alert = match parameters.filled("alertRule") {
        None => None,
        Some(id) => {
            let id: Result<i64, _> = id.parse();
            let id = id.map_err(|_| ApiError::bad_request("Invalid alertRule: expected the id of a rule."))?;
            Some(MetricAlertId(id))
        }
    };
    let is_open = match parameters.filled("status") {
        Some("open" | "1") => Some(true),
        Some("closed" | "2") => Some(false),
        _ => None,
    };
    let period = Period::read(parameters, app.now())?;
    Ok(IncidentFilter {
        projects: Some(projects),
        is_open,
        alert,
        since: period.since,
        until: period.until,
        title: parameters.filled("title").map(str::to_owned),
    })
}

/// The incident in the path, by its number.
pub(super) async fn find(app: &App, scope: &OrganizationScope, path: &PathParams) -> Result<Incident, ApiError> {
    let number = path.get("incident")?.parse().map_err(|_| ApiError::not_found())?;
    Ok(incidents::get(app, scope, number).await?)
}

/// `GET /api/0/organizations/{organization}/incidents/{incident}/`
pub(crate) async fn show(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<View>, ApiError> {
    let incident = find(&app, &access.scope, &path).await?;
    show_one(&app, &access.scope, &incident).await
}

async fn show_one(app: &App, scope: &OrganizationScope, incident: &Incident) -> Result<Json<View>, ApiError> {
    let rendering = Rendering::load(app, scope).await?;
    let mut view = rendering.incident(incident)?;
    let rows = Rows::load(app, incident).await?;
    view.insert("activities".to_owned(), rows.views(&rendering).into());
    let is_subscribed = scope
        .actor
        .user_id()
        .is_some_and(|user| rows.subscribers.contains(&user));
    view.insert("isSubscribed".to_owned(), json!(is_subscribed));
    Ok(Json(view))
}

/// `PUT /api/0/organizations/{organization}/incidents/{incident}/`: closes it; a rule alone opens one.
pub(crate) async fn update(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<Json<View>, ApiError> {
    let incident = find(&app, &access.scope, &path).await?;
    let status = fields.number("status");
    let comment = fields.text("comment").filter(|comment| !comment.is_empty());
    match status {
        Some(2) => {}
        Some(_) => fields.refuse("status", "Status must be CLOSED"),
        None if fields.is_given("status") => {}
        None => fields.refuse("status", "This field is required."),
    }
    if comment
        .as_ref()
        .is_some_and(|comment| comment.chars().count() > incidents::LONGEST_COMMENT)
    {
        fields.refuse("comment", "The comment is too long.");
    }
    fields.finish()?;
    let closed = incidents::close(&app, &access.scope, &incident, comment.as_deref()).await?;
    show_one(&app, &access.scope, &closed).await
}

/// `GET /api/0/organizations/{organization}/incidents/{incident}/stats/`: what was measured around it.
pub(crate) async fn show_stats(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<Value>, ApiError> {
    let incident = find(&app, &access.scope, &path).await?;
    let rule = incidents::rule(&incident)?;
    let chart = metric_alerts::chart_of_incident(&app, &access.scope, &rule, &incident).await;
    let chart = chart.map_err(|error| match error {
        metric_alerts::PreviewError::Rule(message) => ApiError::bad_request(message),
        metric_alerts::PreviewError::Store(error) => error.into(),
    })?;
    let data: Vec<Value> = chart
        .rows()
        .map(|(at, value)| json!([at.seconds(), [{"count": value.unwrap_or(0.0)}]]))
        .collect();
    let total: f64 = chart.points.iter().flatten().sum();
    Ok(Json(json!({
        "eventStats": {"data": data},
        "totalEvents": if rule.is_count() { json!(total) } else { Value::Null },
        "uniqueUsers": null,
    })))
}
