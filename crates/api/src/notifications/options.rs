//! Answers to types of notifications, in scopes, and by which providers they come.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiActor, ApiError, PathParams, TeamAccess,
    scopes::{TeamRead, TeamWrite},
};
use model::{Assignee, NotificationSettingId};
use serde::Serialize;
use services::{
    Actor, App,
    notifications::settings::{self, Holder, NotificationType, Provider, Scope},
};
use store::notification_settings::NotificationSetting;

use super::own;
use crate::{body::Fields, parameters::Parameters};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OptionRow {
    id: String,
    scope_type: String,
    scope_identifier: String,
    #[serde(rename = "type")]
    kind: String,
    value: String,
    #[serde(rename = "user_id")]
    user: Option<String>,
    #[serde(rename = "team_id")]
    team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
}

impl OptionRow {
    fn of(setting: NotificationSetting) -> Self {
        Self {
            id: setting.id.to_string(),
            scope_type: setting.scope_kind,
            scope_identifier: setting.scope_id.to_string(),
            kind: setting.kind,
            value: setting.value,
            user: setting.holder.user().map(|user| user.to_string()),
            team: setting.holder.team().map(|team| team.to_string()),
            provider: Some(setting.provider).filter(|provider| !provider.is_empty()),
        }
    }
}

/// Rows of one kind, or of all; of providers, or of answers.
async fn rows(
    app: &App,
    holder: Assignee,
    parameters: &Parameters,
    of_providers: bool,
) -> Result<Json<Vec<OptionRow>>, ApiError> {
    let kind = parameters.get("type");
    if let Some(kind) = kind {
        NotificationType::from_name(kind)
            .ok_or_else(|| ApiError::field("type", format_args!("There is no type of notifications {kind:?}.")))?;
    }
    let mut rows = settings::list(app, holder).await?;
    rows.retain(|row| kind.is_none_or(|kind| row.kind == kind) && row.provider.is_empty() != of_providers);
    Ok(Json(rows.into_iter().map(OptionRow::of).collect()))
}

/// What a body says: a type and a scope.
async fn about(
    app: &App,
    actor: &Actor,
    holder: Assignee,
    fields: &mut Fields,
) -> Result<Option<(NotificationType, Scope)>, ApiError> {
    let kind = fields.required_text("type");
    let kind = kind.and_then(|name| {
        let kind = NotificationType::from_name(&name);
        if kind.is_none() {
            fields.refuse("type", &format!("There is no type of notifications {name:?}."));
        }
        kind
    });
    let scope_kind = fields.required_text("scopeType");
    let scope_id = fields.required_text("scopeIdentifier");
    let (Some(kind), Some(scope_kind), Some(scope_id)) = (kind, scope_kind, scope_id) else {
        return Ok(None);
    };
    let scope = settings::scope(app, actor, holder, &scope_kind, &scope_id).await?;
    Ok(Some((kind, scope)))
}

async fn answer(
    app: &App,
    actor: &Actor,
    holder: Holder<'_>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<Option<OptionRow>>), ApiError> {
    let about = about(app, actor, holder.id(), &mut fields).await?;
    let value = fields.required_text("value");
    fields.finish()?;
    let (Some((kind, scope)), Some(value)) = (about, value) else {
        return Err(ApiError::bad_request("The request holds values that cannot be taken."));
    };
    let row = settings::set(app, holder, kind, scope, Some(&value)).await?;
    Ok((StatusCode::CREATED, Json(row.map(OptionRow::of))))
}

async fn choose_providers(
    app: &App,
    actor: &Actor,
    holder: Holder<'_>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<Vec<OptionRow>>), ApiError> {
    let about = about(app, actor, holder.id(), &mut fields).await?;
    let names = fields.texts("providers");
    if names.is_none() {
        fields.refuse("providers", "This field is required.");
    }
    let mut providers = Vec::new();
    for name in names.unwrap_or_default() {
        match Provider::from_name(&name) {
            Some(provider) => providers.push(provider),
            None => fields.refuse("providers", &format!("There is no provider {name:?}.")),
        }
    }
    fields.finish()?;
    let Some((kind, scope)) = about else {
        return Err(ApiError::bad_request("The request holds values that cannot be taken."));
    };
    let rows = settings::set_providers(app, holder, kind, scope, &providers).await?;
    Ok((StatusCode::CREATED, Json(rows.into_iter().map(OptionRow::of).collect())))
}

fn id(path: &PathParams) -> Result<NotificationSettingId, ApiError> {
    let id = path.get("option")?.parse();
    id.map(NotificationSettingId).map_err(|_| ApiError::not_found())
}

/// `GET /api/0/users/{user}/notification-options/`: what was answered; `type` narrows it.
pub(crate) async fn list(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
) -> Result<Json<Vec<OptionRow>>, ApiError> {
    rows(&app, Assignee::User(own(&actor, &path)?.id), &parameters, false).await
}

/// `PUT /api/0/users/{user}/notification-options/`: one answer; `default` takes it back.
pub(crate) async fn set(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<(StatusCode, Json<Option<OptionRow>>), ApiError> {
    let holder = Holder::User(own(&actor, &path)?.id);
    answer(&app, &actor, holder, fields).await
}

/// `DELETE /api/0/users/{user}/notification-options/{option}/`
pub(crate) async fn remove(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let holder = Holder::User(own(&actor, &path)?.id);
    settings::remove(&app, holder, id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/0/users/{user}/notification-providers/`
pub(crate) async fn list_providers(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
) -> Result<Json<Vec<OptionRow>>, ApiError> {
    rows(&app, Assignee::User(own(&actor, &path)?.id), &parameters, true).await
}

/// `PUT /api/0/users/{user}/notification-providers/`: all by which a type comes.
pub(crate) async fn set_providers(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<(StatusCode, Json<Vec<OptionRow>>), ApiError> {
    let holder = Holder::User(own(&actor, &path)?.id);
    choose_providers(&app, &actor, holder, fields).await
}

/// `GET /api/0/teams/{organization}/{team}/notification-options/`
pub(crate) async fn list_of_team(
    access: TeamAccess<TeamRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Vec<OptionRow>>, ApiError> {
    rows(&app, Assignee::Team(access.team.id), &parameters, false).await
}

fn of_team(access: &TeamAccess<TeamWrite>) -> Holder<'_> {
    Holder::Team {
        team: &access.team,
        by: &access.scope.actor,
    }
}

/// `PUT /api/0/teams/{organization}/{team}/notification-options/`
pub(crate) async fn set_of_team(
    access: TeamAccess<TeamWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<Option<OptionRow>>), ApiError> {
    let holder = of_team(&access);
    answer(&app, &access.scope.actor, holder, fields).await
}

/// `DELETE /api/0/teams/{organization}/{team}/notification-options/{option}/`
pub(crate) async fn remove_of_team(
    access: TeamAccess<TeamWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    settings::remove(&app, of_team(&access), id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/0/teams/{organization}/{team}/notification-providers/`
pub(crate) async fn set_providers_of_team(
    access: TeamAccess<TeamWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<Vec<OptionRow>>), ApiError> {
    let holder = of_team(&access);
    choose_providers(&app, &access.scope.actor, holder, fields).await
}
