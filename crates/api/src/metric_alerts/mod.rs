//! Metric alert rules: of an organization, and under each of their projects.

mod available;
mod combined;
mod snooze;
mod view;

pub(crate) use available::list_available_actions;
pub(crate) use combined::list_combined;
pub(crate) use snooze::{create_snooze, delete_snooze};
pub(crate) use view::Rendering;

use alerts::{Problem, metric::MetricRule};
use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams, ProjectAccess,
    scopes::{AlertsRead, AlertsWrite},
};
use model::{Assignee, MetricAlertId, ProjectId, UserId};
use serde_json::{Map, Value};
use services::{
    App,
    access::OrganizationScope,
    metric_alerts::{self, ChangeError, Draft, ListedAlert},
};

use crate::{
    body::Fields,
    issues::named_projects,
    page::{Page, PageRequest},
    parameters::Parameters,
};

type View = Map<String, Value>;

/// `GET /api/0/organizations/{organization}/alert-rules/`
pub(crate) async fn list(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    parameters: Parameters,
    page: PageRequest,
) -> Result<Page<View>, ApiError> {
    let projects = named_projects(&app, &access.scope, &parameters).await?;
    list_of(&app, &access.scope, &projects, &parameters, &page).await
}

/// `GET /api/0/projects/{organization}/{project}/alert-rules/`
pub(crate) async fn list_of_project(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    parameters: Parameters,
    page: PageRequest,
) -> Result<Page<View>, ApiError> {
    list_of(
        &app,
        access.scope.whole(),
        &[access.scope.project.id],
        &parameters,
        &page,
    )
    .await
}

async fn list_of(
    app: &App,
    scope: &OrganizationScope,
    projects: &[ProjectId],
    parameters: &Parameters,
    page: &PageRequest,
) -> Result<Page<View>, ApiError> {
    let mut alerts = metric_alerts::list(app, scope, projects).await?;
    if let Some(name) = parameters.filled("name") {
        let name = name.to_lowercase();
        alerts.retain(|alert| alert.stored.name.to_lowercase().contains(&name));
    }
    let rendering = Rendering::load(app, scope).await?;
    let expand = parameters.holds("expand", "latestIncident");
    Ok(page
        .of_whole(&app.url, alerts)
        .map(|alert| rendering.view(&alert, expand)))
}

/// `POST /api/0/organizations/{organization}/alert-rules/`
pub(crate) async fn create(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<View>), ApiError> {
    create_in(&app, &access.scope, fields, None).await
}

/// `POST /api/0/projects/{organization}/{project}/alert-rules/`
pub(crate) async fn create_in_project(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<View>), ApiError> {
    create_in(&app, access.scope.whole(), fields, Some(access.scope.project.id)).await
}

async fn create_in(
    app: &App,
    scope: &OrganizationScope,
    mut fields: Fields,
    project: Option<ProjectId>,
) -> Result<(StatusCode, Json<View>), ApiError> {
    let projects = match (fields.is_given("projects"), project) {
        (false, Some(project)) => vec![project],
        _ => projects(app, scope, &mut fields).await?,
    };
    let draft = read(fields, Map::new(), projects, None)?;
    let created = metric_alerts::create(app, scope, draft).await.map_err(refused)?;
    Ok((StatusCode::CREATED, show_one(app, scope, created.id).await?))
}

/// `GET /api/0/organizations/{organization}/alert-rules/{alert}/`
pub(crate) async fn show(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<View>, ApiError> {
    show_one(&app, &access.scope, id(&path)?).await
}

/// `GET /api/0/projects/{organization}/{project}/alert-rules/{alert}/`
pub(crate) async fn show_of_project(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<View>, ApiError> {
    let id = of_project(&app, &access, &path).await?;
    show_one(&app, access.scope.whole(), id).await
}

async fn show_one(app: &App, scope: &OrganizationScope, id: MetricAlertId) -> Result<Json<View>, ApiError> {
    let alert = metric_alerts::get(app, scope, id).await?;
    Ok(Json(Rendering::load(app, scope).await?.view(&alert, true)))
}

/// `PUT /api/0/organizations/{organization}/alert-rules/{alert}/`: what is absent stays.
pub(crate) async fn update(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<Json<View>, ApiError> {
    update_one(&app, &access.scope, id(&path)?, fields).await
}

/// `PUT /api/0/projects/{organization}/{project}/alert-rules/{alert}/`
pub(crate) async fn update_of_project(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<Json<View>, ApiError> {
    let id = of_project(&app, &access, &path).await?;
    update_one(&app, access.scope.whole(), id, fields).await
}

async fn update_one(
    app: &App,
    scope: &OrganizationScope,
    id: MetricAlertId,
    mut fields: Fields,
) -> Result<Json<View>, ApiError> {
    let before = metric_alerts::get(app, scope, id).await?;
    let projects = if fields.is_given("projects") {
        projects(app, scope, &mut fields).await?
    } else {
        before.stored.projects.clone()
    };
    let is_enabled = fields.choice("status", enabled);
    let draft = read(fields, kept(&before), projects, before.stored.owner)?;
    metric_alerts::update(app, scope, id, None, draft)
        .await
        .map_err(refused)?;
    if let Some(is_enabled) = is_enabled {
        metric_alerts::set_enabled(app, scope, id, is_enabled)
            .await
            .map_err(refused)?;
    }
    show_one(app, scope, id).await
}

/// Sentry's numbers, and the words of issue alert rules.
fn enabled(status: &str) -> Option<bool> {
    match status {
        "0" | "active" => Some(true),
        "4" | "disabled" => Some(false),
        _ => None,
    }
}

/// `DELETE /api/0/organizations/{organization}/alert-rules/{alert}/`
pub(crate) async fn delete(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    metric_alerts::delete(&app, &access.scope, id(&path)?)
        .await
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/0/projects/{organization}/{project}/alert-rules/{alert}/`
pub(crate) async fn delete_of_project(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let id = of_project(&app, &access, &path).await?;
    metric_alerts::delete(&app, access.scope.whole(), id)
        .await
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn id(path: &PathParams) -> Result<MetricAlertId, ApiError> {
    path.get("alert")?.parse().map_err(|_| ApiError::not_found())
}

/// The rule in the path, where it is about the project in the path.
async fn of_project<N>(app: &App, access: &ProjectAccess<N>, path: &PathParams) -> Result<MetricAlertId, ApiError> {
    let alert = metric_alerts::get(app, access.scope.whole(), id(path)?).await?;
    if !alert.stored.projects.contains(&access.scope.project.id) {
        return Err(ApiError::not_found());
    }
    Ok(alert.stored.id)
}

/// The projects of a body, by slug or id.
async fn projects(app: &App, scope: &OrganizationScope, fields: &mut Fields) -> Result<Vec<ProjectId>, ApiError> {
    let known = services::projects::list(app, scope).await?;
    let mut found = Vec::new();
    for name in fields.texts("projects").unwrap_or_default() {
        match known
            .iter()
            .find(|project| project.slug == name || project.id.to_string() == name)
        {
            Some(project) => found.push(project.id),
            None => fields.refuse("projects", "Invalid project"),
        }
    }
    Ok(found)
}

/// What a rule says of the fields that a body leaves out.
fn kept(alert: &ListedAlert) -> Map<String, Value> {
    alert.rule.to_wire()
}

/// Fields that hang together: who sends one of them means all of them anew.
const TOGETHER: [&[&str]; 2] = [
    &["dataset", "queryType", "eventTypes"],
    &["detectionType", "comparisonDelta", "sensitivity", "seasonality"],
];

/// What a body makes of a rule that is there, or of none.
fn read(
    mut fields: Fields,
    mut wire: Map<String, Value>,
    projects: Vec<ProjectId>,
    owner: Option<Assignee>,
) -> Result<Draft, ApiError> {
    for together in TOGETHER {
        if together.iter().any(|name| fields.is_given(name)) {
            for name in together {
                wire.remove(*name);
            }
        }
    }
    for (name, value) in fields.all() {
        wire.insert(name.clone(), value.clone());
    }
    let owner = if fields.is_given("owner") {
        read_owner(&mut fields)
    } else {
        owner
    };
    match MetricRule::read(&wire) {
        Ok(rule) => {
            fields.finish()?;
            Ok(Draft { rule, projects, owner })
        }
        Err(problems) => {
            for problem in &problems {
                fields.refuse(problem.field, &problem.message);
            }
            fields.finish()?;
            Err(invalid(problems))
        }
    }
}

/// `team:7`, `user:7`, or, as older clients send it, `7` for a user; nothing for nobody.
fn read_owner(fields: &mut Fields) -> Option<Assignee> {
    let text = fields.text("owner").filter(|text| !text.is_empty())?;
    let owner = text.parse().ok();
    let owner = owner.or_else(|| text.parse().ok().map(|user| Assignee::User(UserId(user))));
    if owner.is_none() {
        fields.refuse(
            "owner",
            "Could not parse owner. Format should be `type:id` where type is `team` or `user`.",
        );
    }
    owner
}

fn invalid(problems: Vec<Problem>) -> ApiError {
    let mut error = ApiError::bad_request("The request holds values that cannot be taken.");
    for problem in problems {
        error
            .fields
            .entry(problem.field.to_owned())
            .or_default()
            .push(problem.message);
    }
    error
}

pub(super) fn refused(error: ChangeError) -> ApiError {
    match error {
        ChangeError::Invalid(problems) => invalid(problems),
        ChangeError::TooMany => ApiError::bad_request(format_args!(
            "You may not exceed {} metric alerts per organization.",
            metric_alerts::MOST_ALERTS
        )),
        ChangeError::Changed => ApiError::new(httpkit::ErrorKind::Conflict, error),
        ChangeError::NotFound => ApiError::not_found(),
        ChangeError::Access(error) => error.into(),
        ChangeError::Store(error) => error.into(),
    }
}
