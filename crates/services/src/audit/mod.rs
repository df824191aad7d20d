//! What is kept of deeds: who did what to which part of an organization, and what it changed. An entry is written in the
//! transaction of the deed, so that neither is without the other.

mod action;
mod change;

use model::{AuditEntryId, OrganizationId};
use store::{IdPage, Tx, audit::AuditEntry, users::User};

use crate::{
    App,
    access::{Actor, Identity, OrganizationScope},
};

pub use action::Action;
pub use change::Change;
pub use store::audit::AuditFilter;

/// A deed that is to be kept.
pub(crate) struct Entry<'a> {
    /// None for what concerns the installation.
    pub organization: Option<OrganizationId>,
    pub action: Action,
    pub target: Target<'a>,
    /// Holds no secret: whoever reads the entries could use it.
    pub change: Change,
}

impl<'a> Entry<'a> {
    /// Of what was done to a user, which concerns no organization.
    pub(crate) fn of_user(action: Action, user: &'a User, change: Change) -> Self {
        Self {
            organization: None,
            action,
            target: Target {
                kind: TargetKind::User,
                id: user.id.0,
                label: &user.email,
            },
            change,
        }
    }
}

/// What something was done to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub kind: TargetKind,
    pub id: i64,
    /// What people call it.
    pub label: &'a str,
}

/// Stored by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TargetKind {
    Organization,
    Member,
    Invitation,
    Team,
    Project,
    ProjectKey,
    Environment,
    User,
    Token,
    Application,
    MetricAlert,
    Incident,
    Option,
    Mail,
    Job,
    NotificationAction,
    AlertRule,
}

impl TargetKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Member => "member",
            Self::Invitation => "invitation",
            Self::Team => "team",
            Self::Project => "project",
            Self::ProjectKey => "project_key",
            Self::Environment => "environment",
            Self::User => "user",
            Self::Token => "token",
            Self::Application => "application",
            Self::MetricAlert => "metric_alert",
            Self::Incident => "incident",
            Self::Option => "option",
            Self::Mail => "mail",
            Self::Job => "job",
            Self::NotificationAction => "notification_action",
            Self::AlertRule => "alert_rule",
        }
    }
}

/// Writes the entry.
pub(crate) async fn record(app: &App, tx: &mut Tx, actor: &Actor, entry: Entry<'_>) -> Result<(), store::Error> {
    let (actor_kind, actor_id, actor_label) = match &actor.identity {
        Identity::User(user) => ("user", user.id.0, user.email.as_str()),
        Identity::OrganizationToken { token, name, .. } => ("token", token.0, name.as_str()),
        Identity::Command => ("command", 0, "command line"),
    };
    let entry = AuditEntry {
        id: AuditEntryId(app.ids.next()),
        organization: entry.organization,
        actor_kind: actor_kind.to_owned(),
        actor_id,
        actor_label: actor_label.to_owned(),
        ip: actor.origin.ip.map_or_else(String::new, |ip| ip.to_string()),
        channel: actor.origin.channel.name().to_owned(),
        action: entry.action.name().to_owned(),
        target_kind: entry.target.kind.name().to_owned(),
        target_id: entry.target.id,
        target_label: entry.target.label.to_owned(),
        before: entry.change.before,
        after: entry.change.after,
        created_at: app.now(),
    };
    store::audit::add(tx, &entry).await
}

/// The entries of an organization, newest first.
pub async fn list(
    app: &App,
    scope: &OrganizationScope,
    filter: &AuditFilter,
    page: IdPage,
) -> Result<Vec<AuditEntry>, store::Error> {
    store::audit::list(&mut *app.store.read().await?, scope.organization.id, filter, page).await
}

/// The entries that concern no organization, newest first. The caller has seen to it that an administrator asks.
pub async fn list_of_installation(app: &App, page: IdPage) -> Result<Vec<AuditEntry>, store::Error> {
    store::audit::list_of_installation(&mut *app.store.read().await?, page).await
}
