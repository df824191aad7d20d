//! Issues that are shared with whoever has their link.

use serde_json::{Map, Value};
use store::{events::StoredEvent, issues::Issue, organizations::Organization, projects::Project};

use crate::{
    App,
    access::{AccessError, MembershipSettings},
    events::{self, Which},
};

/// What the link of an issue shows.
#[derive(Debug, Clone)]
pub struct SharedIssue {
    pub organization: Organization,
    pub project: Project,
    pub issue: Issue,
    /// The newest event, without what tells of people or machines.
    pub event: Option<StoredEvent>,
}

/// What a key opens, if the organization (still) allows it.
pub async fn shared(app: &App, key: &str) -> Result<SharedIssue, AccessError> {
    let mut db = app.store.read().await?;
    let found = store::issue_people::find_share(&mut db, key).await?;
    let (organization, issue) = found.ok_or(AccessError::NotFound)?;
    let settings: MembershipSettings = crate::settings::read_topic(&mut db, organization).await?;
    if !settings.allow_shared_issues {
        return Err(AccessError::NotFound);
    }
    let organization = store::organizations::find(&mut db, organization)
        .await?
        .filter(|organization| organization.delete_at.is_none())
        .ok_or(AccessError::NotFound)?;
    let issue = store::issues::find(&mut db, organization.id, issue)
        .await?
        .ok_or(AccessError::NotFound)?;
    let project = store::projects::find(&mut db, organization.id, issue.project)
        .await?
        .ok_or(AccessError::NotFound)?;
    drop(db);
    let event = match events::get_of_issue(app, &issue, Which::Latest).await {
        Ok(found) => Some(strip(found.stored)?),
        Err(AccessError::NotFound) => None,
        Err(error) => return Err(error),
    };
    Ok(SharedIssue {
        organization,
        project,
        issue,
        event,
    })
}

/// Of an event, what tells where in a program something went wrong.
const SHOWN: [&str; 14] = [
    "event_id",
    "type",
    "timestamp",
    "level",
    "platform",
    "logger",
    "transaction",
    "culprit",
    "release",
    "environment",
    "logentry",
    "exception",
    "threads",
    "stacktrace",
];

/// What lies deeper in it and tells what was in memory.
const HIDDEN: [&str; 3] = ["vars", "params", "data"];

/// Leaves messages and stack traces, without the values that were in memory.
fn strip(mut stored: StoredEvent) -> Result<StoredEvent, store::Error> {
    let mut event: Map<String, Value> = serde_json::from_str(&stored.payload)?;
    event.retain(|key, _| SHOWN.contains(&key.as_str()));
    event.values_mut().for_each(hide);
    stored.payload = serde_json::to_string(&event)?;
    stored.user_tag.clear();
    Ok(stored)
}

/// Stored events are not nested deeper than their reader allows.
fn hide(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|key, _| !HIDDEN.contains(&key.as_str()));
            object.values_mut().for_each(hide);
        }
        Value::Array(members) => members.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use model::{EventId, ProjectId, Timestamp};

    use super::*;

    #[test]
    fn nothing_of_people_and_memory_is_shared() {
        let payload = r#"{"user": {"ip_address": "1.2.3.4"}, "request": {"url": "secret"}, "extra": {"a": "secret"},
            "tags": [["a", "secret"]], "breadcrumbs": {"values": [{"message": "secret"}]}, "contexts": {"a": "secret"},
            "server_name": "secret", "logentry": {"formatted": "shown", "params": ["secret"]},
            "exception": {"values": [{"type": "shown", "stacktrace": {"frames": [{"function": "shown", "vars": {"a": "secret"}}]}}]}}"#;
        let event = StoredEvent {
            project: ProjectId(1),
            id: EventId::random(),
            issue: None,
            event_type: "error".to_owned(),
            hash: String::new(),
            grouping_strategy: String::new(),
            timestamp: Timestamp(0),
            received_at: Timestamp(0),
            environment: String::new(),
            user_tag: "ip:1.2.3.4".to_owned(),
            payload: payload.to_owned(),
        };
        let stripped = strip(event).unwrap();
        assert!(
            !stripped.payload.contains("secret") && !stripped.payload.contains("1.2.3.4"),
            "{}",
            stripped.payload
        );
        assert_eq!(stripped.payload.matches("shown").count(), 3);
        assert!(stripped.user_tag.is_empty());
    }
}
