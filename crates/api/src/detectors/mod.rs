//! What alerts look at, by the newer name. There are two kinds: the errors of each project, which are simply there, and
//! metric alert rules, which can be made and changed here; their actions can not.

mod view;

use alerts::{
    Problem,
    workflow::{changed, read_detector},
};
use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams, ProjectAccess,
    scopes::{AlertsRead, AlertsWrite},
};
use model::{Assignee, MetricAlertId};
use serde_json::{Map, Value};
use services::{
    App,
    access::OrganizationScope,
    metric_alerts::{self, Draft},
};

use self::view::{Detector, Detectors};
use crate::{
    body::Fields,
    metric_alerts::refused,
    page::{Page, PageRequest},
    parameters::Parameters,
    workflows::{Selection, read_enabled, sort},
};

type View = Map<String, Value>;

/// `GET /api/0/organizations/{organization}/detectors/`
pub(crate) async fn list(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    parameters: Parameters,
    page: PageRequest,
) -> Result<Page<View>, ApiError> {
    let scope = &access.scope;
    let selection = Selection::read(&app, scope, &parameters).await?;
    let all = Detectors::load(&app, scope).await?;
    let mut detectors = all.selected(&selection);
    sort(
        &mut detectors,
        &parameters,
        |detector| detector.id(),
        |name| {
            Some(match name {
                "name" => |one, other| one.name().to_lowercase().cmp(&other.name().to_lowercase()),
                "type" => |one, other| one.kind().cmp(other.kind()),
                "connectedWorkflows" => |one, other| one.workflows().len().cmp(&other.workflows().len()),
                "latestGroup" => |one, other| one.latest_incident().cmp(&other.latest_incident()),
                "openIssues" => |one, other| one.is_open().cmp(&other.is_open()),
                _ => return None,
            })
        },
    )?;
    let hits = i64::try_from(detectors.len()).unwrap_or(i64::MAX);
    let page = page.of_whole(&app.url, detectors).with_hits(hits);
    Ok(page.map(|detector| all.view(detector)))
}

/// `POST /api/0/organizations/{organization}/projects/{project}/detectors/`
pub(crate) async fn create(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<View>), ApiError> {
    let scope = access.scope.whole();
    let wire = changed(Map::new(), fields.all());
    let rule = read_detector(&wire, None).map_err(invalid)?;
    no_workflows(&wire)?;
    let draft = Draft {
        rule,
        projects: vec![access.scope.project.id],
        owner: read_owner(&wire)?,
    };
    let alert = metric_alerts::create(&app, scope, draft).await.map_err(refused)?;
    if wire.get("enabled") == Some(&Value::Bool(false)) {
        metric_alerts::set_enabled(&app, scope, alert.id, false)
            .await
            .map_err(refused)?;
    }
    Ok((StatusCode::CREATED, show_one(&app, scope, alert.id.0).await?))
}

/// `GET /api/0/organizations/{organization}/detectors/{detector}/`
pub(crate) async fn show(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<View>, ApiError> {
    show_one(&app, &access.scope, id(&path)?).await
}

async fn show_one(app: &App, scope: &OrganizationScope, id: i64) -> Result<Json<View>, ApiError> {
    let all = Detectors::load(app, scope).await?;
    let detector = all.find(id).ok_or_else(ApiError::not_found)?;
    Ok(Json(all.view(detector)))
}

/// `PUT /api/0/organizations/{organization}/detectors/{detector}/`: what is absent stays.
pub(crate) async fn update(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<Json<View>, ApiError> {
    let scope = &access.scope;
    let id = id(&path)?;
    let all = Detectors::load(&app, scope).await?;
    let Detector::Metric(before) = all.find(id).ok_or_else(ApiError::not_found)? else {
        return Err(not_changeable());
    };
    let mut known = all.view(Detector::Metric(before));
    known.remove("owner");
    let wire = changed(known, fields.all());
    let rule = read_detector(&wire, Some(&before.rule)).map_err(invalid)?;
    no_workflows(&wire)?;
    let owner = match wire.contains_key("owner") {
        true => read_owner(&wire)?,
        false => before.stored.owner,
    };
    let draft = Draft {
        rule,
        projects: before.stored.projects.clone(),
        owner,
    };
    let alert = before.stored.id;
    metric_alerts::update(&app, scope, alert, None, draft)
        .await
        .map_err(refused)?;
    if let Some(is_enabled) = wire.get("enabled").and_then(Value::as_bool) {
        metric_alerts::set_enabled(&app, scope, alert, is_enabled)
            .await
            .map_err(refused)?;
    }
    show_one(&app, scope, id).await
}

/// `DELETE /api/0/organizations/{organization}/detectors/{detector}/`
pub(crate) async fn delete(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let id = id(&path)?;
    let all = Detectors::load(&app, &access.scope).await?;
    match all.find(id).ok_or_else(ApiError::not_found)? {
        Detector::Errors(_) => Err(not_changeable()),
        Detector::Metric(alert) => {
            metric_alerts::delete(&app, &access.scope, alert.stored.id)
                .await
                .map_err(refused)?;
            Ok(StatusCode::NO_CONTENT)
        }
    }
}

/// `PUT /api/0/organizations/{organization}/detectors/`: `enabled`, of all that the query selects.
pub(crate) async fn enable_all(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    parameters: Parameters,
    mut fields: Fields,
) -> Result<Json<Vec<View>>, ApiError> {
    let scope = &access.scope;
    let is_enabled = read_enabled(&mut fields)?;
    let selection = Selection::required(&app, scope, &parameters).await?;
    for alert in changeable(&app, scope, &selection).await? {
        metric_alerts::set_enabled(&app, scope, alert, is_enabled)
            .await
            .map_err(refused)?;
    }
    let all = Detectors::load(&app, scope).await?;
    let selected = all.selected(&selection).into_iter();
    Ok(Json(selected.map(|detector| all.view(detector)).collect()))
}

/// `DELETE /api/0/organizations/{organization}/detectors/`: all that the query selects.
pub(crate) async fn delete_all(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    let scope = &access.scope;
    let selection = Selection::required(&app, scope, &parameters).await?;
    for alert in changeable(&app, scope, &selection).await? {
        metric_alerts::delete(&app, scope, alert).await.map_err(refused)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// All that is selected, if all of it can be changed.
async fn changeable(
    app: &App,
    scope: &OrganizationScope,
    selection: &Selection,
) -> Result<Vec<MetricAlertId>, ApiError> {
    let all = Detectors::load(app, scope).await?;
    let ids = all.selected(selection).into_iter().map(|detector| match detector {
        Detector::Errors(_) => Err(not_changeable()),
        Detector::Metric(alert) => Ok(alert.stored.id),
    });
    ids.collect()
}

fn not_changeable() -> ApiError {
    ApiError::bad_request("The monitor of a project's errors comes with the project and cannot be changed.")
}

fn id(path: &PathParams) -> Result<i64, ApiError> {
    path.get("detector")?.parse().map_err(|_| ApiError::not_found())
}

/// Metric alert rules have actions of their own, so nothing is connected to them.
fn no_workflows(wire: &Map<String, Value>) -> Result<(), ApiError> {
    let of = |key: &str| wire.get(key).and_then(Value::as_array);
    match of("workflowIds").or_else(|| of("workflow_ids")) {
        Some(ids) if !ids.is_empty() => Err(ApiError::field(
            "workflowIds",
            "A monitor of a metric tells by the actions of its own triggers: set them with the metric alert rule.",
        )),
        _ => Ok(()),
    }
}

fn read_owner(wire: &Map<String, Value>) -> Result<Option<Assignee>, ApiError> {
    match wire.get("owner") {
        None | Some(Value::Null) => Ok(None),
        Some(owner) => match owner.as_str().and_then(|owner| owner.parse().ok()) {
            Some(owner) => Ok(Some(owner)),
            None => Err(ApiError::field("owner", "expected user: or team: and an id")),
        },
    }
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
