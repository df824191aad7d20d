//! What a user wants to be told of in one project. A rule adds to what the user's settings give, and decides by which
//! ways that comes which it names.

use model::{NotificationRuleId, ProjectId, UserId};
use serde::{Deserialize, Serialize};
use store::{Connection, notification_rules as stored};

use crate::{App, access::ProjectScope, notifications::settings::Provider};

/// Nobody has so many projects that they look after all of them by hand.
const MOST: usize = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonalRule {
    pub when: Triggers,
    pub by: Ways,
}

/// Any of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Triggers {
    /// An issue is assigned to the user.
    pub assigned: bool,
    /// Somebody mentions the user in a comment.
    pub mentioned: bool,
    /// An issue to which the user is subscribed changes its status.
    pub status_changes: bool,
    /// There is a new issue of high priority.
    pub new_high_priority: bool,
}

/// All of these, at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ways {
    pub email: bool,
    /// A direct message; an e-mail instead, where it is not known who the user is there.
    pub slack: bool,
    pub browser: bool,
}

impl Default for PersonalRule {
    fn default() -> Self {
        Self {
            when: Triggers {
                assigned: true,
                mentioned: true,
                status_changes: true,
                new_high_priority: true,
            },
            by: Ways::default(),
        }
    }
}

impl Default for Ways {
    fn default() -> Self {
        Self {
            email: true,
            slack: false,
            browser: false,
        }
    }
}

impl Ways {
    pub fn providers(self) -> impl Iterator<Item = Provider> {
        let all = [
            (self.email, Provider::Email),
            (self.slack, Provider::Slack),
            (self.browser, Provider::Browser),
        ];
        all.into_iter()
            .filter(|(is_on, _)| *is_on)
            .map(|(_, provider)| provider)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PersonalRuleError {
    #[error("choose at least one way by which you are told")]
    NoWay,
    #[error("there may be at most {MOST} rules")]
    TooMany,
    #[error("there is no rule for this project")]
    Gone,
    #[error("only users have rules")]
    NoUser,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// All that a user has, by project.
pub async fn list(app: &App, user: UserId) -> Result<Vec<(ProjectId, PersonalRule)>, store::Error> {
    let rules = stored::personal_of_user(&mut *app.store.read().await?, user).await?;
    let read = |rule: stored::PersonalRule| Ok((rule.project, serde_json::from_str(&rule.value)?));
    rules.into_iter().map(read).collect()
}

/// Those of all users for a project.
pub(crate) async fn of_project(
    db: &mut Connection,
    project: ProjectId,
) -> Result<Vec<(UserId, PersonalRule)>, store::Error> {
    let rules = stored::personal_of_project(db, project).await?;
    let read = |rule: stored::PersonalRule| Ok((rule.user, serde_json::from_str(&rule.value)?));
    rules.into_iter().map(read).collect()
}

/// Writes the actor's rule for a project.
pub async fn set(app: &App, scope: &ProjectScope, rule: &PersonalRule) -> Result<(), PersonalRuleError> {
    let user = scope.actor.user_id().ok_or(PersonalRuleError::NoUser)?;
    if rule.by.providers().next().is_none() {
        return Err(PersonalRuleError::NoWay);
    }
    let mut tx = app.store.begin().await?;
    let own = stored::personal_of_user(&mut tx, user).await?;
    if own.len() >= MOST && own.iter().all(|rule| rule.project != scope.project.id) {
        return Err(PersonalRuleError::TooMany);
    }
    let row = stored::PersonalRule {
        id: NotificationRuleId(app.ids.next()),
        user,
        project: scope.project.id,
        value: serde_json::to_string(rule).map_err(store::Error::from)?,
    };
    stored::set_personal(&mut tx, &row, app.now()).await?;
    Ok(tx.commit().await?)
}

/// Also of a project that the user sees no longer.
pub async fn remove(app: &App, user: UserId, project: ProjectId) -> Result<(), PersonalRuleError> {
    let mut tx = app.store.begin().await?;
    if !stored::delete_personal(&mut tx, user, project).await? {
        return Err(PersonalRuleError::Gone);
    }
    Ok(tx.commit().await?)
}
