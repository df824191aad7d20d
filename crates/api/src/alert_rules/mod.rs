//! Issue alert rules of a project: made, changed, tried out, snoozed, and what they did.

mod defaults;
mod history;
mod preview;
mod snooze;
mod view;
mod windows;

pub(crate) use defaults::{apply_defaults, show_defaults, update_defaults};
pub(crate) use history::{list_changes, list_fired_issues, list_stats};
pub(crate) use preview::{preview, send_trial, show_configuration};
pub(crate) use snooze::{create_snooze, delete_snooze};
pub(crate) use view::views;
pub(crate) use windows::{create_window, delete_window, list_windows};

use alerts::IssueRule;
use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, PathParams, ProjectAccess,
    scopes::{AlertsRead, AlertsWrite},
};
use model::{AlertRuleId, Assignee};
use serde_json::{Map, Value};
use services::{
    App,
    access::ProjectScope,
    alert_rules::{self, RuleDraft, RuleError},
};

use self::view::Rendering;
use crate::{
    body::Fields,
    page::{Page, PageRequest},
};

/// `GET /api/0/projects/{organization}/{project}/rules/`
pub(crate) async fn list(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<Map<String, Value>>, ApiError> {
    let rules = alert_rules::list(&app, &access.scope).await?;
    let rendering = Rendering::load(&app, &access.scope).await?;
    Ok(page.of_whole(&app.url, rules).map(|rule| rendering.view(&rule)))
}

/// `POST /api/0/projects/{organization}/{project}/rules/`
pub(crate) async fn create(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<Map<String, Value>>), ApiError> {
    let draft = read(fields, Map::new(), None, true)?;
    let rule = alert_rules::create(&app, &access.scope, draft).await.map_err(refused)?;
    let view = show_one(&app, &access.scope, rule.id).await?;
    Ok((StatusCode::CREATED, view))
}

/// `GET /api/0/projects/{organization}/{project}/rules/{rule}/`
pub(crate) async fn show(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<Map<String, Value>>, ApiError> {
    show_one(&app, &access.scope, id(&path)?).await
}

async fn show_one(app: &App, scope: &ProjectScope, id: AlertRuleId) -> Result<Json<Map<String, Value>>, ApiError> {
    let rule = alert_rules::get(app, scope, id).await?;
    Ok(Json(Rendering::load(app, scope).await?.view(&rule)))
}

/// `PUT /api/0/projects/{organization}/{project}/rules/{rule}/`: what is absent stays.
pub(crate) async fn update(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let before = alert_rules::get(&app, &access.scope, id(&path)?).await?.stored;
    let mut wire = before.definition.clone();
    wire.insert("name".to_owned(), before.name.clone().into());
    let draft = read(fields, wire, before.owner, before.is_enabled)?;
    let rule = alert_rules::update(&app, &access.scope, before.id, None, draft).await;
    show_one(&app, &access.scope, rule.map_err(refused)?.id).await
}

/// `PUT /api/0/projects/{organization}/{project}/rules/{rule}/enable/`
pub(crate) async fn enable(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let rule = alert_rules::get(&app, &access.scope, id(&path)?).await?.stored;
    if rule.is_enabled {
        return Err(ApiError::bad_request("Rule is not disabled."));
    }
    alert_rules::set_enabled(&app, &access.scope, rule.id, true)
        .await
        .map_err(refused)?;
    Ok(StatusCode::ACCEPTED)
}

/// `DELETE /api/0/projects/{organization}/{project}/rules/{rule}/`
pub(crate) async fn delete(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    alert_rules::delete(&app, &access.scope, id(&path)?)
        .await
        .map_err(refused)?;
    Ok(StatusCode::ACCEPTED)
}

fn id(path: &PathParams) -> Result<AlertRuleId, ApiError> {
    path.get("rule")?.parse().map_err(|_| ApiError::not_found())
}

/// The fields of a rule as clients send them.
const OF_RULE: [&str; 9] = [
    "name",
    "actionMatch",
    "filterMatch",
    "conditions",
    "filters",
    "actions",
    "frequency",
    "environment",
    "branches",
];

/// What a body makes of a rule that is there, or of none.
fn read(
    mut fields: Fields,
    mut wire: Map<String, Value>,
    owner: Option<Assignee>,
    is_enabled: bool,
) -> Result<RuleDraft, ApiError> {
    for name in OF_RULE {
        if let Some(value) = fields.value(name) {
            wire.insert(name.to_owned(), value.clone());
        }
    }
    let owner = if fields.is_given("owner") {
        read_owner(&mut fields)
    } else {
        owner
    };
    let status = |name: &str| match name {
        "active" => Some(true),
        "disabled" => Some(false),
        _ => None,
    };
    let is_enabled = fields.choice("status", status).unwrap_or(is_enabled);
    let rule = IssueRule::read(&wire).map_err(|problems| {
        for problem in &problems {
            fields.refuse(problem.field, &problem.message);
        }
    });
    match rule {
        Ok(rule) => {
            fields.finish()?;
            Ok(RuleDraft {
                rule,
                owner,
                is_enabled,
            })
        }
        Err(()) => {
            fields.finish()?;
            Err(ApiError::bad_request("The rule cannot be taken."))
        }
    }
}

/// `team:7`, `user:7`, or, as older clients send it, `7` for a user; nothing for nobody.
fn read_owner(fields: &mut Fields) -> Option<Assignee> {
    let text = fields.text("owner").filter(|text| !text.is_empty())?;
    let owner = text.parse().ok();
    let owner = owner.or_else(|| text.parse().ok().map(|user| Assignee::User(model::UserId(user))));
    if owner.is_none() {
        fields.refuse(
            "owner",
            "Could not parse owner. Format should be `type:id` where type is `team` or `user`.",
        );
    }
    owner
}

pub(crate) fn refused(error: RuleError) -> ApiError {
    match error {
        RuleError::Invalid(problems) => {
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
        RuleError::Duplicate { id, name } => {
            let mut error = ApiError::field(
                "name",
                format_args!("This rule is an exact duplicate of '{name}' in this project and may not be created."),
            );
            error.fields.insert("ruleId".to_owned(), vec![id.to_string()]);
            error
        }
        RuleError::TooMany { is_slow, most } => ApiError::field(
            "conditions",
            if is_slow {
                format!("You may not exceed {most} rules with this type of conditions per project.")
            } else {
                format!("You may not exceed {most} rules per project.")
            },
        ),
        RuleError::Changed => ApiError::new(httpkit::ErrorKind::Conflict, error),
        RuleError::NotFound => ApiError::not_found(),
        RuleError::Store(error) => error.into(),
    }
}
