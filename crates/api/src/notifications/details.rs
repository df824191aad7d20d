//! Sentry's older form of what users set: two switches, and by type what holds in projects or organizations.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{ApiActor, ApiError, PathParams};
use model::{Assignee, UserId};
use serde::Serialize;
use serde_json::Value;
use services::{
    Actor, App, Scope as Right, access,
    access::ProjectScope,
    notifications::{
        addresses, preferences,
        settings::{self, Holder, NotificationType, Scope},
    },
};

use super::own;
use crate::body::Fields;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DetailsView {
    personal_activity_notifications: bool,
    self_assign_on_resolve: bool,
}

async fn details(app: &App, user: UserId) -> Result<Json<DetailsView>, ApiError> {
    let own = preferences::get(app, user).await?;
    Ok(Json(DetailsView {
        personal_activity_notifications: own.own_activity,
        self_assign_on_resolve: own.self_assign_on_resolve,
    }))
}

/// `GET /api/0/users/{user}/notifications/`
pub(crate) async fn show_all(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<DetailsView>, ApiError> {
    details(&app, own(&actor, &path)?.id).await
}

/// `PUT /api/0/users/{user}/notifications/`
pub(crate) async fn update_all(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<Json<DetailsView>, ApiError> {
    let user = own(&actor, &path)?.id;
    let mut changed = preferences::get(&app, user).await?;
    if let Some(is_on) = fields.flag("personalActivityNotifications") {
        changed.own_activity = is_on;
    }
    if let Some(is_on) = fields.flag("selfAssignOnResolve") {
        changed.self_assign_on_resolve = is_on;
    }
    fields.finish()?;
    preferences::set(&app, user, &changed).await?;
    details(&app, user).await
}

/// The key of a path: a type, or where mails go.
enum Key {
    Type(NotificationType),
    Email,
}

impl Key {
    fn of(path: &PathParams) -> Result<Self, ApiError> {
        let name = path.get("key")?;
        if name == "email" {
            return Ok(Self::Email);
        }
        const KEYS: [&str; 7] = [
            "alerts",
            "approval",
            "deploy",
            "quota",
            "reports",
            "workflow",
            "spikeProtection",
        ];
        let kind = NotificationType::from_name(name).filter(|_| KEYS.contains(&name));
        kind.map(Self::Type).ok_or_else(ApiError::not_found)
    }
}

/// By the id of a project or an organization.
type Values = BTreeMap<String, String>;

async fn values(app: &App, user: UserId, key: &Key) -> Result<Json<Values>, ApiError> {
    let kind = match key {
        Key::Type(kind) => *kind,
        Key::Email => {
            let own = addresses::list(app, user).await?.into_iter();
            return Ok(Json(own.map(|(project, email)| (project.to_string(), email)).collect()));
        }
    };
    let rows = settings::list(app, Assignee::User(user)).await?.into_iter();
    let narrow = rows.filter(|row| row.kind == kind.name() && row.provider.is_empty() && row.scope_kind != "user");
    Ok(Json(narrow.map(|row| (row.scope_id.to_string(), row.value)).collect()))
}

/// `GET /api/0/users/{user}/notifications/{key}/`
pub(crate) async fn show(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<Values>, ApiError> {
    values(&app, own(&actor, &path)?.id, &Key::of(&path)?).await
}

/// `PUT /api/0/users/{user}/notifications/{key}/`: an object of ids, each with its answer or address. All of them or none.
pub(crate) async fn update(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<(StatusCode, Json<Values>), ApiError> {
    let user = own(&actor, &path)?.id;
    let key = Key::of(&path)?;
    let given: Vec<(String, Option<String>)> = fields.all().map(|(id, value)| (id.clone(), text(value))).collect();
    for (id, value) in &given {
        if value.is_none() && !fields.value(id).is_some_and(Value::is_null) {
            fields.refuse(id, "Not a valid string.");
        }
    }
    fields.finish()?;
    match key {
        Key::Email => set_addresses(&app, &actor, given).await?,
        Key::Type(kind) => set_answers(&app, &actor, Holder::User(user), kind, given).await?,
    }
    Ok((StatusCode::CREATED, values(&app, user, &key).await?))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

async fn set_addresses(app: &App, actor: &Actor, given: Vec<(String, Option<String>)>) -> Result<(), ApiError> {
    let mut new = Vec::new();
    for (id, email) in given {
        new.push((project(app, actor, &id).await?, email));
    }
    Ok(addresses::set(app, &new).await?)
}

async fn set_answers(
    app: &App,
    actor: &Actor,
    holder: Holder<'_>,
    kind: NotificationType,
    given: Vec<(String, Option<String>)>,
) -> Result<(), ApiError> {
    let mut new = Vec::new();
    for (id, answer) in given {
        // An id says by itself what it is of: there is one sequence of ids.
        let scope = match settings::scope(app, actor, holder.id(), "project", &id).await {
            Err(settings::SettingError::UnknownScope) => {
                settings::scope(app, actor, holder.id(), "organization", &id).await
            }
            found => found,
        };
        let scope: Scope = scope.map_err(|_| unknown(&id))?;
        new.push((kind, scope, answer));
    }
    Ok(settings::set_many(app, holder, &new).await?)
}

async fn project(app: &App, actor: &Actor, id: &str) -> Result<ProjectScope, ApiError> {
    for scope in access::enter_all(app, actor).await? {
        let organization = scope.organization.slug.clone();
        // An id alone: slugs are known in their organization only.
        if id.parse::<i64>().is_ok()
            && let Ok(scope) = access::project(app, actor, &organization, id, Right::ProjectRead).await
        {
            return Ok(scope);
        }
    }
    Err(unknown(id))
}

fn unknown(id: &str) -> ApiError {
    ApiError::field(id, "There is no such project or organization.")
}
