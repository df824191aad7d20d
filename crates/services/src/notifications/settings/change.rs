//! How answers are changed.

use model::{Assignee, NotificationSettingId, UserId};
use serde_json::{Value, json};
use store::{Tx, notification_settings::NotificationSetting, teams::Team};

use super::{NotificationType, Provider, Scope};
use crate::{
    Actor, App, access,
    audit::{self, Action, Change, Entry, Target, TargetKind},
};

#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    #[error("there is no type of notifications {0:?}")]
    UnknownType(String),
    #[error("{answer:?} is no answer to {kind}")]
    NotAnAnswer { kind: &'static str, answer: String },
    #[error("there is no provider {0:?}")]
    UnknownProvider(String),
    #[error("there is no such scope")]
    UnknownScope,
    #[error("there is no such setting")]
    Gone,
    #[error(transparent)]
    Access(#[from] access::AccessError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Who gives answers. Those of a team stand in the audit log.
#[derive(Debug, Clone, Copy)]
pub enum Holder<'a> {
    User(UserId),
    Team { team: &'a Team, by: &'a Actor },
}

impl Holder<'_> {
    pub fn id(self) -> Assignee {
        match self {
            Self::User(user) => Assignee::User(user),
            Self::Team { team, .. } => Assignee::Team(team.id),
        }
    }

    async fn note(self, app: &App, tx: &mut Tx, change: Change) -> Result<(), store::Error> {
        let Self::Team { team, by } = self else { return Ok(()) };
        let entry = Entry {
            organization: Some(team.organization),
            action: Action::TEAM_NOTIFICATIONS_EDITED,
            target: Target {
                kind: TargetKind::Team,
                id: team.id.0,
                label: &team.slug,
            },
            change,
        };
        audit::record(app, tx, by, entry).await
    }
}

/// All that a user or a team has said.
pub async fn list(app: &App, holder: Assignee) -> Result<Vec<NotificationSetting>, store::Error> {
    store::notification_settings::list(&mut *app.store.read().await?, &[holder]).await
}

/// Gives an answer; `None` and `default` take back what was said. Returns the row that there is then.
pub async fn set(
    app: &App,
    holder: Holder<'_>,
    kind: NotificationType,
    scope: Scope,
    answer: Option<&str>,
) -> Result<Option<NotificationSetting>, SettingError> {
    let mut tx = app.store.begin().await?;
    let row = write(app, &mut tx, holder, kind, scope, answer).await?;
    tx.commit().await?;
    Ok(row)
}

/// Several at once, or none where one is wrong.
pub async fn set_many(
    app: &App,
    holder: Holder<'_>,
    new: &[(NotificationType, Scope, Option<String>)],
) -> Result<(), SettingError> {
    let mut tx = app.store.begin().await?;
    for (kind, scope, answer) in new {
        write(app, &mut tx, holder, *kind, *scope, answer.as_deref()).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn write(
    app: &App,
    tx: &mut Tx,
    holder: Holder<'_>,
    kind: NotificationType,
    scope: Scope,
    answer: Option<&str>,
) -> Result<Option<NotificationSetting>, SettingError> {
    let mut row = row(app, holder.id(), kind, scope, "");
    let Some(name) = answer.filter(|name| *name != "default") else {
        store::notification_settings::unset(tx, &row).await?;
        holder.note(app, tx, Change::created(&said(&row))).await?;
        return Ok(None);
    };
    let answer = kind.answer(name).ok_or_else(|| SettingError::NotAnAnswer {
        kind: kind.name(),
        answer: name.to_owned(),
    })?;
    row.value = answer.name().to_owned();
    row.id = store::notification_settings::set(tx, &row, app.now()).await?;
    holder.note(app, tx, Change::created(&said(&row))).await?;
    Ok(Some(row))
}

/// Says by which providers a type comes, and by none of the others. Returns the rows.
pub async fn set_providers(
    app: &App,
    holder: Holder<'_>,
    kind: NotificationType,
    scope: Scope,
    providers: &[Provider],
) -> Result<Vec<NotificationSetting>, SettingError> {
    let mut tx = app.store.begin().await?;
    let mut rows = Vec::new();
    for provider in Provider::ALL {
        let mut row = row(app, holder.id(), kind, scope, provider.name());
        let is_on = providers.contains(&provider);
        row.value = if is_on { "always" } else { "never" }.to_owned();
        row.id = store::notification_settings::set(&mut tx, &row, app.now()).await?;
        holder.note(app, &mut tx, Change::created(&said(&row))).await?;
        rows.push(row);
    }
    tx.commit().await?;
    Ok(rows)
}

/// Takes back one answer.
pub async fn remove(app: &App, holder: Holder<'_>, id: NotificationSettingId) -> Result<(), SettingError> {
    let mut tx = app.store.begin().await?;
    if !store::notification_settings::delete(&mut tx, holder.id(), id).await? {
        return Err(SettingError::Gone);
    }
    holder
        .note(app, &mut tx, Change::removed(&json!({ "setting": id })))
        .await?;
    tx.commit().await?;
    Ok(())
}

/// What the audit log keeps of an answer.
fn said(row: &NotificationSetting) -> Value {
    json!({ "type": row.kind, "provider": row.provider, "scope": row.scope_kind, "scopeId": row.scope_id, "value": row.value })
}

fn row(app: &App, holder: Assignee, kind: NotificationType, scope: Scope, provider: &str) -> NotificationSetting {
    let (scope_kind, scope_id) = scope.stored(holder);
    NotificationSetting {
        id: NotificationSettingId(app.ids.next()),
        holder,
        scope_kind: scope_kind.to_owned(),
        scope_id,
        kind: kind.name().to_owned(),
        provider: provider.to_owned(),
        value: String::new(),
    }
}

/// A scope that a request names, if the actor may say something about it: himself, or what he belongs to.
pub async fn scope(app: &App, actor: &Actor, holder: Assignee, kind: &str, id: &str) -> Result<Scope, SettingError> {
    let number: Option<i64> = id.parse().ok();
    match kind {
        "user" | "team" => {
            let of_holder = number.and_then(|id| Scope::of_stored(kind, id, holder));
            let is_me = id == "me" && matches!((kind, holder), ("user", Assignee::User(_)));
            of_holder
                .or(is_me.then_some(Scope::Everywhere))
                .ok_or(SettingError::UnknownScope)
        }
        "organization" => {
            let found = access::enter_all(app, actor).await?;
            let mut own = found.iter().map(|scope| &scope.organization);
            let organization = own.find(|organization| Some(organization.id.0) == number || organization.slug == id);
            Ok(Scope::Organization(organization.ok_or(SettingError::UnknownScope)?.id))
        }
        "project" => {
            for scope in access::enter_all(app, actor).await? {
                let projects = crate::projects::list(app, &scope).await?;
                if let Some(project) = projects.iter().find(|project| Some(project.id.0) == number) {
                    return Ok(Scope::Project(project.id));
                }
            }
            Err(SettingError::UnknownScope)
        }
        _ => Err(SettingError::UnknownScope),
    }
}
