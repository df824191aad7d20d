//! Issue alert rules by their newer name. A workflow belongs to the project whose errors its one detector stands for;
//! the detector of a project's errors has the project's id.

mod selection;
mod view;

use alerts::workflow::{Workflow, changed};
use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams,
    scopes::{AlertsRead, AlertsWrite},
};
use model::{AlertRuleId, ProjectId};
use serde_json::{Map, Value, json};
use services::{
    App,
    access::{OrganizationScope, ProjectScope, permission::ALERTS_WRITE},
    alert_rules::{self, ListedRule, RuleDraft, RuleError},
};

pub(crate) use selection::{Selection, sort};
use view::view;

use crate::{
    body::Fields,
    page::{Page, PageRequest},
    parameters::Parameters,
};

type View = Map<String, Value>;

/// `GET /api/0/organizations/{organization}/workflows/`
pub(crate) async fn list(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    parameters: Parameters,
    page: PageRequest,
) -> Result<Page<View>, ApiError> {
    let scope = &access.scope;
    let selection = Selection::read(&app, scope, &parameters).await?;
    let mut rules = selected(&app, scope, &selection).await?;
    sort(
        &mut rules,
        &parameters,
        |rule| rule.stored.id.0,
        |name| {
            Some(match name {
                "name" => |one, other| one.stored.name.to_lowercase().cmp(&other.stored.name.to_lowercase()),
                "dateCreated" => |one, other| one.stored.created_at.cmp(&other.stored.created_at),
                "dateUpdated" => |one, other| one.stored.changed_at.cmp(&other.stored.changed_at),
                "actions" => |one, other| view::actions(one).cmp(&view::actions(other)),
                // Each has one.
                "connectedDetectors" | "priorityDetector" => |one, other| one.stored.project.cmp(&other.stored.project),
                _ => return None,
            })
        },
    )?;
    let hits = i64::try_from(rules.len()).unwrap_or(i64::MAX);
    let page = page.of_whole(&app.url, rules).with_hits(hits);
    Ok(page.map(|rule| view(scope, &rule)))
}

async fn selected(app: &App, scope: &OrganizationScope, selection: &Selection) -> Result<Vec<ListedRule>, ApiError> {
    let mut rules = alert_rules::list_of_organization(app, scope, &selection.projects).await?;
    rules.retain(|rule| selection.has(rule.stored.id.0, &rule.stored.name, "workflow"));
    Ok(rules)
}

/// `POST /api/0/organizations/{organization}/workflows/`
pub(crate) async fn create(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<View>), ApiError> {
    let scope = &access.scope;
    let workflow = read(&changed(Map::new(), fields.all()))?;
    let project = project_of(&app, scope, workflow.detectors.as_deref()).await?;
    let project = writable(&app, scope, project).await?;
    let rule = alert_rules::create(&app, &project, draft(workflow))
        .await
        .map_err(refused)?;
    let listed = alert_rules::get(&app, &project, rule.id).await?;
    Ok((StatusCode::CREATED, Json(view(scope, &listed))))
}

/// `GET /api/0/organizations/{organization}/workflows/{workflow}/`
pub(crate) async fn show(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<View>, ApiError> {
    let rule = find(&app, &access.scope, &path).await?;
    Ok(Json(view(&access.scope, &rule)))
}

/// `PUT /api/0/organizations/{organization}/workflows/{workflow}/`: what is absent stays.
pub(crate) async fn update(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<Json<View>, ApiError> {
    let scope = &access.scope;
    let before = find(&app, scope, &path).await?;
    let workflow = read(&changed(view(scope, &before), fields.all()))?;
    let project = project_of(&app, scope, workflow.detectors.as_deref()).await?;
    if project != before.stored.project {
        return Err(ApiError::field(
            "detectorIds",
            "An alert stays with the project that it was made for.",
        ));
    }
    let project = writable(&app, scope, project).await?;
    let id = before.stored.id;
    alert_rules::update(&app, &project, id, None, draft(workflow))
        .await
        .map_err(refused)?;
    Ok(Json(view(scope, &alert_rules::get(&app, &project, id).await?)))
}

/// `DELETE /api/0/organizations/{organization}/workflows/{workflow}/`
pub(crate) async fn delete(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let rule = find(&app, &access.scope, &path).await?;
    let project = writable(&app, &access.scope, rule.stored.project).await?;
    alert_rules::delete(&app, &project, rule.stored.id)
        .await
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/0/organizations/{organization}/workflows/`: `enabled`, of all that the query selects.
pub(crate) async fn enable_all(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    parameters: Parameters,
    mut fields: Fields,
) -> Result<Json<Vec<View>>, ApiError> {
    let scope = &access.scope;
    let is_enabled = read_enabled(&mut fields)?;
    let selection = Selection::required(&app, scope, &parameters).await?;
    let chosen = all_writable(&app, scope, selected(&app, scope, &selection).await?).await?;
    for (project, rule) in &chosen {
        alert_rules::set_enabled(&app, project, rule.stored.id, is_enabled)
            .await
            .map_err(refused)?;
    }
    let rules = selected(&app, scope, &selection).await?;
    Ok(Json(rules.iter().map(|rule| view(scope, rule)).collect()))
}

/// `DELETE /api/0/organizations/{organization}/workflows/`: all that the query selects.
pub(crate) async fn delete_all(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    let scope = &access.scope;
    let selection = Selection::required(&app, scope, &parameters).await?;
    for (project, rule) in all_writable(&app, scope, selected(&app, scope, &selection).await?).await? {
        alert_rules::delete(&app, &project, rule.stored.id)
            .await
            .map_err(refused)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `enabled` of a body that has to have it.
pub(crate) fn read_enabled(fields: &mut Fields) -> Result<bool, ApiError> {
    let is_enabled = fields.flag("enabled");
    is_enabled.ok_or_else(|| ApiError::field("enabled", "This field is required."))
}

fn read(wire: &Map<String, Value>) -> Result<Workflow, ApiError> {
    Workflow::read(wire).map_err(|problems| {
        let mut error = ApiError::bad_request("The request holds values that cannot be taken.");
        for problem in problems {
            error
                .fields
                .entry(problem.field.to_owned())
                .or_default()
                .push(problem.message);
        }
        error
    })
}

fn draft(workflow: Workflow) -> RuleDraft {
    RuleDraft {
        rule: workflow.rule,
        owner: workflow.owner,
        is_enabled: workflow.is_enabled,
    }
}

async fn find(app: &App, scope: &OrganizationScope, path: &PathParams) -> Result<ListedRule, ApiError> {
    let id: AlertRuleId = path.get("workflow")?.parse().map_err(|_| ApiError::not_found())?;
    let rules = alert_rules::list_of_organization(app, scope, &[]).await?;
    let found = rules.into_iter().find(|rule| rule.stored.id == id);
    found.ok_or_else(ApiError::not_found)
}

/// The project that the one detector stands for; without any, the only project there is.
async fn project_of(app: &App, scope: &OrganizationScope, detectors: Option<&[i64]>) -> Result<ProjectId, ApiError> {
    let projects = services::projects::list(app, scope).await?;
    let refused = |detail: &str| Err(ApiError::field("detectorIds", detail));
    match (detectors.unwrap_or_default(), projects.as_slice()) {
        ([], [project]) => Ok(project.id),
        ([], _) => refused("Name the monitor of the errors of a project: an alert is about one."),
        ([detector], projects) => match projects.iter().find(|project| project.id.0 == *detector) {
            Some(project) => Ok(project.id),
            None => {
                refused("Only monitors of the errors of a project can be connected: others have actions of their own.")
            }
        },
        _ => refused("An alert is about the errors of one project. Make one for each."),
    }
}

async fn writable(app: &App, scope: &OrganizationScope, project: ProjectId) -> Result<ProjectScope, ApiError> {
    scope.require_in_project(app, project, ALERTS_WRITE).await?;
    Ok(scope.of_project(app, project).await?)
}

/// Each with its project; all of them or none.
async fn all_writable(
    app: &App,
    scope: &OrganizationScope,
    rules: Vec<ListedRule>,
) -> Result<Vec<(ProjectScope, ListedRule)>, ApiError> {
    let mut writable_rules = Vec::with_capacity(rules.len());
    for rule in rules {
        writable_rules.push((writable(app, scope, rule.stored.project).await?, rule));
    }
    Ok(writable_rules)
}

/// The error of the older model, with the fields as this one calls them.
fn refused(error: RuleError) -> ApiError {
    let mut error = crate::alert_rules::refused(error);
    for (older, newer) in [
        ("conditions", "triggers"),
        ("filters", "actionFilters"),
        ("actions", "actionFilters"),
    ] {
        if let Some(messages) = error.fields.remove(older) {
            error.fields.entry(newer.to_owned()).or_default().extend(messages);
        }
    }
    if let Some(id) = error.fields.remove("ruleId") {
        error.fields.insert("workflowId".to_owned(), id);
    }
    error
}

/// For detectors: the workflows of each project.
pub(crate) async fn by_project(app: &App, scope: &OrganizationScope) -> Result<Vec<(ProjectId, Value)>, ApiError> {
    let rules = alert_rules::list_of_organization(app, scope, &[]).await?;
    Ok(rules
        .iter()
        .map(|rule| (rule.stored.project, json!(rule.stored.id.to_string())))
        .collect())
}
