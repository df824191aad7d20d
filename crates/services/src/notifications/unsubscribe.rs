//! What links in messages do, for whoever opens them.

use model::{IssueId, ProjectId, UserId};

use super::settings::{self, NotificationType, Scope, SettingError};
use crate::App;

/// Ends messages about an issue for a user.
pub async fn from_issue(app: &App, user: UserId, issue: IssueId) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    store::issue_people::set_subscription(&mut tx, issue, user, false, app.now()).await?;
    tx.commit().await
}

/// Ends a type of notifications for a user, in one project or everywhere.
pub async fn from_type(
    app: &App,
    user: UserId,
    kind: NotificationType,
    project: Option<ProjectId>,
) -> Result<(), SettingError> {
    let scope = project.map_or(Scope::Everywhere, Scope::Project);
    settings::set(app, settings::Holder::User(user), kind, scope, Some("never")).await?;
    Ok(())
}
