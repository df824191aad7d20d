//! What holds in single projects and organizations: answers, rules, addresses.

use axum::response::Response;
use httpkit::{ApiError, CsrfForm, PathParams};
use model::{NotificationSettingId, OrganizationId, ProjectId, UserId};
use serde::Deserialize;
use services::{
    App, access,
    access::ProjectScope,
    notifications::{
        addresses,
        rules::personal::{self, PersonalRule, Triggers, Ways},
        settings::{self, Holder, NotificationType, Scope},
    },
};
use store::notification_settings::NotificationSetting;

use super::{page, saved, words};
use crate::{
    form::{FormErrors, NoFields},
    projects::settings::refused,
    urls,
    visit::Visit,
};

/// A project, or an organization, that the user sees.
#[derive(Debug, Clone)]
pub(super) struct PlaceChoice {
    /// As `project:7`.
    pub(super) value: String,
    pub(super) label: String,
    pub(super) is_project: bool,
}

/// An answer that holds there.
#[derive(Debug, Clone)]
pub(super) struct ScopeRow {
    pub(super) id: i64,
    pub(super) place: String,
    pub(super) kind: &'static str,
    pub(super) answer: &'static str,
}

impl ScopeRow {
    pub(super) fn remove(&self) -> String {
        format!("{}scopes/{}/remove/", urls::NOTIFICATIONS, self.id)
    }
}

#[derive(Debug, Clone)]
pub(super) struct RuleRow {
    pub(super) project: i64,
    pub(super) place: String,
    pub(super) when: Vec<&'static str>,
    pub(super) by: Vec<&'static str>,
}

impl RuleRow {
    pub(super) fn remove(&self) -> String {
        format!("{}rules/{}/remove/", urls::NOTIFICATIONS, self.project)
    }
}

#[derive(Debug, Clone)]
pub(super) struct AddressRow {
    pub(super) value: String,
    pub(super) place: String,
    pub(super) email: String,
}

/// Organizations, each with its projects behind it.
pub(super) async fn choices(visit: &Visit) -> Result<Vec<PlaceChoice>, ApiError> {
    let mut found = Vec::new();
    for scope in access::enter_all(&visit.app, visit.actor()).await? {
        found.push(PlaceChoice {
            value: format!("organization:{}", scope.organization.id),
            label: scope.organization.name.clone(),
            is_project: false,
        });
        for project in services::projects::list(&visit.app, &scope).await? {
            found.push(PlaceChoice {
                value: format!("project:{}", project.id),
                label: format!("{} / {}", scope.organization.slug, project.slug),
                is_project: true,
            });
        }
    }
    Ok(found)
}

/// What a place is called; one that the user sees no longer has only its number.
fn label(places: &[PlaceChoice], value: &str) -> String {
    let found = places.iter().find(|place| place.value == value);
    found.map_or_else(|| value.replace(':', " "), |place| place.label.clone())
}

pub(super) fn scope_rows(rows: &[NotificationSetting], places: &[PlaceChoice]) -> Vec<ScopeRow> {
    let narrow = rows
        .iter()
        .filter(|row| row.scope_kind != "user" && row.provider.is_empty());
    let row = |row: &NotificationSetting| {
        let kind = NotificationType::from_name(&row.kind)?;
        Some(ScopeRow {
            id: row.id.0,
            place: label(places, &format!("{}:{}", row.scope_kind, row.scope_id)),
            kind: kind.title(),
            answer: words(kind, kind.answer(&row.value)?),
        })
    };
    narrow.filter_map(row).collect()
}

pub(super) async fn rule_rows(app: &App, user: UserId, places: &[PlaceChoice]) -> Result<Vec<RuleRow>, ApiError> {
    let rules = personal::list(app, user).await?.into_iter();
    Ok(rules
        .map(|(project, rule)| {
            let when = [
                (rule.when.assigned, "an issue is assigned to me"),
                (rule.when.mentioned, "someone mentions me"),
                (rule.when.status_changes, "an issue I’m subscribed to changes status"),
                (rule.when.new_high_priority, "there is a new issue of high priority"),
            ];
            let named = |pairs: &[(bool, &'static str)]| {
                let on = pairs.iter().filter(|(is_on, _)| *is_on);
                on.map(|(_, words)| *words).collect()
            };
            RuleRow {
                project: project.0,
                place: label(places, &format!("project:{project}")),
                when: named(&when),
                by: rule.by.providers().map(settings::Provider::title).collect(),
            }
        })
        .collect())
}

pub(super) async fn address_rows(app: &App, user: UserId, places: &[PlaceChoice]) -> Result<Vec<AddressRow>, ApiError> {
    let own = addresses::list(app, user).await?.into_iter();
    let row = |(project, email): (ProjectId, String)| {
        let value = format!("project:{project}");
        AddressRow {
            place: label(places, &value),
            value,
            email,
        }
    };
    Ok(own.map(row).collect())
}

#[derive(Debug, Deserialize)]
pub(crate) struct ScopeForm {
    #[serde(default)]
    place: String,
    /// A type and its answer, as `alerts:never`.
    #[serde(default)]
    answer: String,
}

/// `POST /settings/account/notifications/scopes/`
pub(crate) async fn set_scope(visit: Visit, CsrfForm { form, .. }: CsrfForm<ScopeForm>) -> Result<Response, ApiError> {
    let scope = scope_of(&visit, &form.place).await?;
    let parts = form.answer.split_once(':');
    let chosen = parts.and_then(|(kind, answer)| Some((NotificationType::from_name(kind)?, answer)));
    let (Some(scope), Some((kind, answer))) = (scope, chosen) else {
        let errors = FormErrors::one("place", "Choose a project or an organization, and what holds there.");
        return Ok(refused(page(&visit, None, errors).await?));
    };
    settings::set(&visit.app, Holder::User(visit.user().id), kind, scope, Some(answer)).await?;
    Ok(saved())
}

/// `POST /settings/account/notifications/scopes/{option}/remove/`
pub(crate) async fn remove_scope(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let id = path.get("option")?.parse().map_err(|_| ApiError::not_found())?;
    settings::remove(&visit.app, Holder::User(visit.user().id), NotificationSettingId(id)).await?;
    Ok(saved())
}

/// A place that the user sees.
async fn scope_of(visit: &Visit, value: &str) -> Result<Option<Scope>, ApiError> {
    let is_there = choices(visit).await?.iter().any(|place| place.value == value);
    let parts = value.split_once(':').filter(|_| is_there);
    Ok(match parts {
        Some(("project", id)) => id.parse().ok().map(|id| Scope::Project(ProjectId(id))),
        Some((_, id)) => id.parse().ok().map(|id| Scope::Organization(OrganizationId(id))),
        None => None,
    })
}

async fn project_of(visit: &Visit, value: &str) -> Result<ProjectScope, ApiError> {
    let id = value.strip_prefix("project:").ok_or_else(ApiError::not_found)?;
    for scope in access::enter_all(&visit.app, visit.actor()).await? {
        let slug = &scope.organization.slug;
        let right = services::Scope::ProjectRead;
        if let Ok(found) = access::project(&visit.app, visit.actor(), slug, id, right).await {
            return Ok(found);
        }
    }
    Err(ApiError::not_found())
}

#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct RuleForm {
    place: String,
    assigned: String,
    mentioned: String,
    status_changes: String,
    new_high_priority: String,
    email: String,
    slack: String,
    browser: String,
}

/// `POST /settings/account/notifications/rules/`
pub(crate) async fn set_rule(visit: Visit, CsrfForm { form, .. }: CsrfForm<RuleForm>) -> Result<Response, ApiError> {
    let on = |text: &str| !text.is_empty();
    let rule = PersonalRule {
        when: Triggers {
            assigned: on(&form.assigned),
            mentioned: on(&form.mentioned),
            status_changes: on(&form.status_changes),
            new_high_priority: on(&form.new_high_priority),
        },
        by: Ways {
            email: on(&form.email),
            slack: on(&form.slack),
            browser: on(&form.browser),
        },
    };
    let scope = project_of(&visit, &form.place).await?;
    match personal::set(&visit.app, &scope, &rule).await {
        Ok(()) => Ok(saved()),
        Err(error) => Ok(refused(page(&visit, None, FormErrors::of_api(error.into())?).await?)),
    }
}

/// `POST /settings/account/notifications/rules/{project}/remove/`
pub(crate) async fn remove_rule(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let id = path.get("project")?.parse().map_err(|_| ApiError::not_found())?;
    personal::remove(&visit.app, visit.user().id, ProjectId(id)).await?;
    Ok(saved())
}

#[derive(Debug, Deserialize)]
pub(crate) struct AddressForm {
    #[serde(default)]
    place: String,
    /// Empty: to the user's own again.
    #[serde(default)]
    email: String,
}

/// `POST /settings/account/notifications/addresses/`
pub(crate) async fn set_address(
    visit: Visit,
    CsrfForm { form, .. }: CsrfForm<AddressForm>,
) -> Result<Response, ApiError> {
    let scope = project_of(&visit, &form.place).await?;
    let email = Some(form.email).filter(|email| !email.is_empty());
    match addresses::set(&visit.app, &[(scope, email)]).await {
        Ok(()) => Ok(saved()),
        Err(error) => Ok(refused(page(&visit, None, FormErrors::of_api(error.into())?).await?)),
    }
}
