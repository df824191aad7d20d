//! Options, by place: the installation's, those of organizations and projects, and what users set for themselves. One
//! answer for all: `{"name": {"value": …, "field": {…}}}`.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use httpkit::{
    ApiActor, ApiError, InstanceAccess, OrganizationAccess, ProjectAccess,
    instance_permissions::{OptionsAdmin, Superuser},
    scopes::{OrgRead, OrgWrite, ProjectRead, ProjectWrite},
};
use serde::Serialize;
use serde_json::Value;
use services::{
    Actor, App,
    access::{OrganizationScope, ProjectScope},
    options::{self, Flags, Lock, OptionChannel, OptionState, Reader, Setting, Target},
};

use crate::body::Fields;

type OptionsView = BTreeMap<&'static str, OptionView>;

#[derive(Debug, Serialize)]
pub(crate) struct OptionView {
    /// Null for what is never shown.
    value: Option<Value>,
    field: FieldView,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldView {
    label: &'static str,
    default: Value,
    required: bool,
    disabled: bool,
    disabled_reason: Option<&'static str>,
    is_set: bool,
    allow_empty: bool,
}

impl OptionView {
    fn of(state: OptionState) -> Option<(&'static str, Self)> {
        let definition = options::find(state.name)?;
        let required = definition.flags.has(Flags::REQUIRED);
        let field = FieldView {
            label: definition.about,
            default: definition.default(),
            required,
            disabled: state.lock.is_some(),
            disabled_reason: state.lock.map(reason),
            is_set: state.is_set,
            allow_empty: !required,
        };
        let value = state.value;
        Some((state.name, Self { value, field }))
    }
}

fn reason(lock: Lock) -> &'static str {
    match lock {
        Lock::File => "diskPriority",
        Lock::NoStore => "noStore",
        Lock::Immutable => "immutable",
        Lock::NotByAdministrators => "commandLine",
    }
}

/// Whose options, for whom.
struct Page<'a> {
    setting: Setting<'a>,
    reader: Reader,
}

impl<'a> Page<'a> {
    fn new(actor: &'a Actor, target: Target) -> Self {
        Self {
            setting: Setting {
                actor,
                organization: None,
                target,
                channel: OptionChannel::Admin,
            },
            reader: Reader::default(),
        }
    }

    fn of_organization(scope: &'a OrganizationScope) -> Self {
        let id = scope.organization.id;
        let mut page = Self::new(&scope.actor, Target::Organization(id));
        (page.setting.organization, page.reader.organization) = (Some(id), Some(id));
        page
    }

    fn of_project(scope: &'a ProjectScope) -> Self {
        let mut page = Self::new(&scope.actor, Target::Project(scope.project.id));
        page.setting.organization = Some(scope.organization.id);
        page.reader = Reader {
            organization: Some(scope.organization.id),
            project: Some(scope.project.id),
            user: None,
        };
        page
    }

    fn of_user(actor: &'a Actor) -> Result<Self, ApiError> {
        let user = actor.user_id().ok_or_else(ApiError::not_found)?;
        let mut page = Self::new(actor, Target::User(user));
        page.reader.user = Some(user);
        Ok(page)
    }

    fn of_user_in_project(scope: &'a ProjectScope) -> Result<Self, ApiError> {
        let user = scope.actor.user_id().ok_or_else(ApiError::not_found)?;
        let mut page = Self::of_project(scope);
        page.setting.target = Target::UserProject(user, scope.project.id);
        page.reader.user = Some(user);
        Ok(page)
    }

    async fn show(&self, app: &App) -> Result<Json<OptionsView>, ApiError> {
        let states = options::list(app, self.setting.target, self.reader).await?;
        Ok(Json(states.into_iter().filter_map(OptionView::of).collect()))
    }

    /// `null` takes an option back. Whatever is wrong leaves the options before it changed, as it does for Sentry.
    async fn update(&self, app: &App, fields: &Fields) -> Result<Json<OptionsView>, ApiError> {
        for (name, value) in fields.all() {
            let definition =
                options::find(name).ok_or_else(|| ApiError::field(name, format_args!("There is no option {name}.")))?;
            let done = match value {
                Value::Null => options::unset(app, self.setting, definition).await,
                value => options::set(app, self.setting, definition, value).await,
            };
            done.map_err(|error| ApiError::of_option(name, error))?;
        }
        self.show(app).await
    }
}

/// `GET /api/0/internal/options/`
pub(crate) async fn list(
    access: InstanceAccess<Superuser>,
    State(app): State<App>,
) -> Result<Json<OptionsView>, ApiError> {
    Page::new(&access.actor, Target::System).show(&app).await
}

/// `PUT /api/0/internal/options/`
pub(crate) async fn update(
    access: InstanceAccess<OptionsAdmin>,
    State(app): State<App>,
    fields: Fields,
) -> Result<Json<OptionsView>, ApiError> {
    Page::new(&access.actor, Target::System).update(&app, &fields).await
}

/// `GET /api/0/organizations/{organization}/options/`
pub(crate) async fn list_of_organization(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
) -> Result<Json<OptionsView>, ApiError> {
    Page::of_organization(&access.scope).show(&app).await
}

/// `PUT /api/0/organizations/{organization}/options/`
pub(crate) async fn update_of_organization(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<Json<OptionsView>, ApiError> {
    Page::of_organization(&access.scope).update(&app, &fields).await
}

/// `GET /api/0/projects/{organization}/{project}/options/`
pub(crate) async fn list_of_project(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<Json<OptionsView>, ApiError> {
    Page::of_project(&access.scope).show(&app).await
}

/// `PUT /api/0/projects/{organization}/{project}/options/`
pub(crate) async fn update_of_project(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<Json<OptionsView>, ApiError> {
    Page::of_project(&access.scope).update(&app, &fields).await
}

/// `GET /api/0/users/me/options/`
pub(crate) async fn list_own(ApiActor(actor): ApiActor, State(app): State<App>) -> Result<Json<OptionsView>, ApiError> {
    Page::of_user(&actor)?.show(&app).await
}

/// `PUT /api/0/users/me/options/`
pub(crate) async fn update_own(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    fields: Fields,
) -> Result<Json<OptionsView>, ApiError> {
    Page::of_user(&actor)?.update(&app, &fields).await
}

/// `GET /api/0/projects/{organization}/{project}/users/me/options/`
pub(crate) async fn list_own_of_project(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<Json<OptionsView>, ApiError> {
    Page::of_user_in_project(&access.scope)?.show(&app).await
}

/// `PUT /api/0/projects/{organization}/{project}/users/me/options/`
pub(crate) async fn update_own_of_project(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    fields: Fields,
) -> Result<Json<OptionsView>, ApiError> {
    Page::of_user_in_project(&access.scope)?.update(&app, &fields).await
}
