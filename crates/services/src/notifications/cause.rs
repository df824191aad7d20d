//! What there is to tell.

use model::{AlertRuleId, EventId, IssueId, NotificationId, NotificationKind, OrganizationId, ProjectId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Connection, notifications::Notification};

use super::Notify;
use crate::{App, jobs, secret};

/// Something that people may want to know.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCause {
    /// `None`: the installation's, as a mail about an account.
    pub organization: Option<OrganizationId>,
    pub project: Option<ProjectId>,
    pub issue: Option<IssueId>,
    pub event: Option<EventId>,
    pub kind: NotificationKind,
    /// What happened; by kind.
    pub cause: Value,
    /// Neither a cap nor quiet hours hold it back.
    pub is_critical: bool,
}

/// Writes down that people are to be told of something, in the transaction of what causes it. The caller wakes the jobs
/// when it has committed.
pub async fn cause(app: &App, db: &mut Connection, new: NewCause) -> Result<NotificationId, store::Error> {
    let notification = Notification {
        id: NotificationId(app.ids.next()),
        uuid: secret::random_hex::<16>(),
        organization: new.organization,
        project: new.project,
        issue: new.issue,
        event: new.event,
        kind: new.kind,
        cause: new.cause,
        is_critical: new.is_critical,
        created_at: app.now(),
        planned_at: None,
    };
    store::notifications::add(db, &notification).await?;
    let job = Notify {
        notification: notification.id,
    };
    jobs::add(app, db, &job).await?;
    Ok(notification.id)
}

/// Of [`NotificationKind::IssueAlert`]: all rules that fired for one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertCause {
    pub rules: Vec<FiredRule>,
    /// Of the event, in the order of receipt.
    pub sequence: i64,
    pub received_at: Timestamp,
    /// What the rules counted, where they counted: for templates.
    #[serde(default)]
    pub count: Option<u64>,
    #[serde(default)]
    pub unique_users: Option<u64>,
    /// In words, as `5 minutes`.
    #[serde(default)]
    pub window: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FiredRule {
    pub id: AlertRuleId,
    pub name: String,
    /// As the rule's wire form has them.
    pub actions: Vec<Value>,
    /// Why it fired: a line for each condition and filter.
    pub reasons: Vec<String>,
}
