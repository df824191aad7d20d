//! Trying a rule that need not be saved: its actions are done for the newest event of the project.

use alerts::IssueRule;
use model::{NotificationId, NotificationKind};
use serde_json::json;
use store::events::{EventPage, EventsOf, PageStart};

use super::{RuleDraft, RuleError, checks};
use crate::{
    App,
    access::ProjectScope,
    events::{self, EventSearch},
    notifications::{self, NewCause},
};

#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    #[error(transparent)]
    Rule(#[from] RuleError),
    #[error("the project has no event yet that could be told of")]
    NoEvent,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Everybody whom the actions name is told, with a word that it is a test. Answers with what the ledger calls it.
pub async fn send_trial(app: &App, scope: &ProjectScope, rule: IssueRule) -> Result<NotificationId, TrialError> {
    let draft = RuleDraft {
        rule,
        owner: None,
        is_enabled: true,
    };
    checks::check(app, scope, &draft).await?;
    let newest = EventPage {
        start: PageStart::Newest,
        limit: 1,
    };
    let all = EventSearch::all(EventsOf::Project(scope.project.id));
    let event = events::list(app, all, newest).await?.pop().ok_or(TrialError::NoEvent)?;
    let wire = draft.rule.to_wire();
    let cause = json!({
        "rules": [{"id": 0, "name": draft.rule.name, "actions": wire.get("actions"), "reasons": []}],
        "sequence": 0,
        "received_at": event.received_at,
        "by": scope.actor.user_id(),
    });
    let mut tx = app.store.begin().await?;
    let new = NewCause {
        organization: Some(scope.organization.id),
        project: Some(scope.project.id),
        issue: event.issue,
        event: Some(event.id),
        kind: NotificationKind::Test,
        cause,
        is_critical: false,
    };
    let id = notifications::cause(app, &mut tx, new).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(id)
}
