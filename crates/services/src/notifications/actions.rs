//! What an organization is told of by which service: a trigger, a service, a target, for all projects or some.

use model::{NotificationActionId, ProjectId};
use serde_json::{Value, json};
use store::notification_actions::{self, NotificationAction};

use super::{
    Reason,
    recipients::{Recipient, Who},
};
use crate::{
    App,
    access::{AccessError, OrganizationScope},
    audit::{self, Action, Change, Entry, Target, TargetKind},
};

/// An organization has few.
const MOST: usize = 500;

/// What may be combined: a trigger, a service, and whom the service takes as a target. What is not here is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Combination {
    pub trigger: &'static str,
    pub service: &'static str,
    pub target: &'static str,
    /// Fields of a request that have to be there.
    pub requires: &'static [&'static str],
}

const NOBODY: &[&str] = &[];
const IDENTIFIER: &[&str] = &["target_identifier"];
const PLACE: &[&str] = &["integration_id", "target_identifier", "target_display"];
const INTEGRATION: &[&str] = &["integration_id", "target_identifier"];

macro_rules! combinations {
    ($trigger:literal: $($service:literal $target:literal $requires:expr;)*) => {
        /// The table of them.
        pub const COMBINATIONS: &[Combination] = &[$(Combination {
            trigger: $trigger, service: $service, target: $target, requires: $requires,
        },)*];
    };
}

combinations! {
    "spike-protection":
        "sentry_notification" "specific" NOBODY;
        "email" "specific" IDENTIFIER;
        "email" "user" IDENTIFIER;
        "email" "team" IDENTIFIER;
        "slack" "specific" PLACE;
        "msteams" "specific" PLACE;
        "discord" "specific" PLACE;
        "pagerduty" "specific" INTEGRATION;
        "opsgenie" "specific" PLACE;
        "sentry_app" "sentry_app" &["sentry_app_id"];
}

/// What a request says of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewAction {
    pub trigger: String,
    pub service: String,
    pub integration: Option<i64>,
    pub sentry_app: Option<i64>,
    /// Empty: the only one, or the first, that the service takes.
    pub target_kind: String,
    pub target_id: String,
    pub target_label: String,
    pub projects: Vec<ProjectId>,
}

#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// The field of the request, and what is wrong with it.
    #[error("{0}: {1}")]
    Invalid(&'static str, String),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Those that a service which is set up could carry out.
pub fn available(app: &App) -> Vec<Combination> {
    let is_there = |combination: &&Combination| is_set_up(app, combination.service);
    COMBINATIONS.iter().filter(is_there).copied().collect()
}

fn is_set_up(app: &App, service: &str) -> bool {
    matches!(service, "email" | "sentry_notification") || app.channels.get(service).is_some()
}

/// All that the actor sees: of projects that others see alone nothing is told.
pub async fn list(app: &App, scope: &OrganizationScope) -> Result<Vec<NotificationAction>, store::Error> {
    let mut actions = notification_actions::list(&mut *app.store.read().await?, scope.organization.id).await?;
    actions.retain(|action| {
        action.projects.is_empty() || action.projects.iter().any(|project| scope.visible.has(*project))
    });
    Ok(actions)
}

pub async fn get(
    app: &App,
    scope: &OrganizationScope,
    id: NotificationActionId,
) -> Result<NotificationAction, AccessError> {
    let found = list(app, scope).await?.into_iter().find(|action| action.id == id);
    found.ok_or(AccessError::NotFound)
}

pub async fn create(app: &App, scope: &OrganizationScope, new: NewAction) -> Result<NotificationAction, ActionError> {
    let action = checked(app, scope, new, NotificationActionId(app.ids.next())).await?;
    let mut tx = app.store.begin().await?;
    refuse_twice(&mut tx, &action).await?;
    notification_actions::create(&mut tx, &action).await?;
    let change = Change::created(&shown(&action));
    record(app, &mut tx, scope, &action, Action::NOTIFICATION_ACTION_ADDED, change).await?;
    tx.commit().await?;
    Ok(action)
}

pub async fn update(
    app: &App,
    scope: &OrganizationScope,
    before: NotificationAction,
    new: NewAction,
) -> Result<NotificationAction, ActionError> {
    let mut action = checked(app, scope, new, before.id).await?;
    action.created_at = before.created_at;
    let mut tx = app.store.begin().await?;
    refuse_twice(&mut tx, &action).await?;
    if !notification_actions::update(&mut tx, &action).await? {
        return Err(AccessError::NotFound.into());
    }
    let change = Change::between(&shown(&before), &shown(&action));
    record(app, &mut tx, scope, &action, Action::NOTIFICATION_ACTION_EDITED, change).await?;
    tx.commit().await?;
    Ok(action)
}

pub async fn delete(app: &App, scope: &OrganizationScope, action: &NotificationAction) -> Result<(), ActionError> {
    let mut tx = app.store.begin().await?;
    if !notification_actions::delete(&mut tx, scope.organization.id, action.id).await? {
        return Err(AccessError::NotFound.into());
    }
    let change = Change::removed(&shown(action));
    record(app, &mut tx, scope, action, Action::NOTIFICATION_ACTION_REMOVED, change).await?;
    Ok(tx.commit().await?)
}

async fn checked(
    app: &App,
    scope: &OrganizationScope,
    new: NewAction,
    id: NotificationActionId,
) -> Result<NotificationAction, ActionError> {
    let combination = combination(app, &new)?;
    let known = crate::projects::list(app, scope).await?;
    let is_known = |id: &ProjectId| known.iter().any(|project| project.id == *id);
    if let Some(project) = new.projects.iter().find(|project| !is_known(project)) {
        return Err(ActionError::Invalid(
            "projects",
            format!("There is no project {project}."),
        ));
    }
    check_target(app, scope, combination, &new.target_id).await?;
    let is_default = combination.requires.is_empty();
    let or_default = |text: String| {
        if text.is_empty() && is_default {
            "default".to_owned()
        } else {
            text
        }
    };
    let mut projects = new.projects;
    projects.sort_unstable();
    projects.dedup();
    Ok(NotificationAction {
        id,
        organization: scope.organization.id,
        trigger: new.trigger,
        service: new.service,
        integration: new.integration,
        sentry_app: new.sentry_app,
        target_kind: combination.target.to_owned(),
        target_id: or_default(new.target_id),
        target_label: or_default(new.target_label),
        projects,
        created_at: app.now(),
    })
}

/// The row of the table that a request means.
fn combination(app: &App, new: &NewAction) -> Result<&'static Combination, ActionError> {
    let invalid = |field: &'static str, message: String| ActionError::Invalid(field, message);
    let of_trigger = COMBINATIONS
        .iter()
        .filter(|combination| combination.trigger == new.trigger);
    if of_trigger.clone().next().is_none() {
        let message = format!("There is no trigger {:?}.", new.trigger);
        return Err(invalid("trigger_type", message));
    }
    let mut of_service = of_trigger
        .filter(|combination| combination.service == new.service)
        .peekable();
    if of_service.peek().is_none() || !is_set_up(app, &new.service) {
        let message = format!(
            "There is no service {:?} for this trigger, or nobody has set it up.",
            new.service
        );
        return Err(invalid("service_type", message));
    }
    let mut fits = of_service.filter(|combination| new.target_kind.is_empty() || combination.target == new.target_kind);
    let Some(combination) = fits.next() else {
        let message = format!(
            "The service {} does not take targets of type {:?}.",
            new.service, new.target_kind
        );
        return Err(invalid("target_type", message));
    };
    for field in combination.requires {
        let is_there = match *field {
            "integration_id" => new.integration.is_some(),
            "sentry_app_id" => new.sentry_app.is_some(),
            "target_identifier" => !new.target_id.is_empty(),
            _ => !new.target_label.is_empty(),
        };
        if !is_there {
            return Err(invalid(field, format!("The service {} needs it.", new.service)));
        }
    }
    Ok(combination)
}

/// A user or team as a target is one of the organization.
async fn check_target(
    app: &App,
    scope: &OrganizationScope,
    combination: &Combination,
    target: &str,
) -> Result<(), ActionError> {
    let mut db = app.store.read().await?;
    let organization = scope.organization.id;
    let is_known = match (combination.target, target.parse()) {
        ("user", Ok(id)) => store::members::find(&mut db, organization, model::UserId(id))
            .await?
            .is_some(),
        ("team", Ok(id)) => store::teams::find(&mut db, organization, model::TeamId(id))
            .await?
            .is_some(),
        ("user" | "team", Err(_)) => false,
        _ => true,
    };
    if is_known {
        return Ok(());
    }
    let message = format!("There is no {} {target:?} in the organization.", combination.target);
    Err(ActionError::Invalid("target_identifier", message))
}

async fn refuse_twice(tx: &mut store::Tx, new: &NotificationAction) -> Result<(), ActionError> {
    let all = notification_actions::list(tx, new.organization).await?;
    if all.len() >= MOST {
        let message = format!("There may be at most {MOST} actions.");
        return Err(ActionError::Invalid("non_field_errors", message));
    }
    let key = |action: &NotificationAction| {
        (
            action.trigger.clone(),
            action.service.clone(),
            action.integration,
            action.sentry_app,
            action.target_id.clone(),
            action.projects.clone(),
        )
    };
    let is_there = all.iter().any(|action| action.id != new.id && key(action) == key(new));
    if is_there {
        let message = "There is such an action for these projects.".to_owned();
        return Err(ActionError::Invalid("non_field_errors", message));
    }
    Ok(())
}

fn shown(action: &NotificationAction) -> Value {
    json!({
        "trigger": action.trigger,
        "service": action.service,
        "target": action.target_label,
        "target_kind": action.target_kind,
        "projects": action.projects,
    })
}

async fn record(
    app: &App,
    tx: &mut store::Tx,
    scope: &OrganizationScope,
    action: &NotificationAction,
    deed: Action,
    change: Change,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(scope.organization.id),
        action: deed,
        target: Target {
            kind: TargetKind::NotificationAction,
            id: action.id.0,
            label: &action.target_label,
        },
        change,
    };
    audit::record(app, tx, &scope.actor, entry).await
}

/// The row of an action that another service carries out.
pub(super) fn row_of(app: &App, action: &NotificationAction) -> Recipient {
    let is_there = app.channels.get(&action.service).is_some();
    Recipient {
        who: Who::Target,
        channel: if is_there {
            action.service.clone()
        } else {
            String::new()
        },
        told: is_there,
        reason: if is_there {
            Reason::NotificationAction
        } else {
            Reason::NoChannel
        },
        detail: action.id.to_string(),
        label: action.target_label.clone(),
        target: json!({
            "integration": action.integration,
            "sentry_app": action.sentry_app,
            "channel_id": action.target_id,
            "channel": action.target_label,
        }),
        wait: None,
    }
}
