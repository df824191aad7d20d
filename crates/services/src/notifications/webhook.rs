//! What a plain webhook says: as Sentry's webhooks plugin has it (`integrations.md` §C), with the notification's uuid.

use model::NotificationKind;
use serde_json::{Map, Value, json};
use store::{Connection, deliveries::Delivery, issues::Issue, notifications::Notification, projects::Project};

use super::{AlertCause, gathered};
use crate::{App, access::MembershipSettings, events, settings};

/// The content of a delivery of the channel `webhook`. `None`: what it would tell of is gone.
pub(super) async fn make(app: &App, delivery: &Delivery, of: &Notification) -> Result<Option<Value>, store::Error> {
    let (resource, body) = match (of.organization, of.project, of.issue) {
        (Some(organization), Some(project), Some(issue)) => {
            let mut db = app.store.read().await?;
            let issue = store::issues::find_or_target(&mut db, organization, issue).await?;
            let project = store::projects::find(&mut db, organization, project).await?;
            let (Some(issue), Some(project)) = (issue, project) else {
                return Ok(None);
            };
            let is_private = is_private(&mut db, delivery).await?;
            drop(db);
            ("event_alert", of_issue(app, of, &issue, &project, is_private).await?)
        }
        _ if of.kind == NotificationKind::Digest => {
            let Some(digest) = gathered::content(app, delivery, of).await? else {
                return Ok(None);
            };
            (of.kind.name(), digest)
        }
        _ => (
            of.kind.name(),
            json!({"uuid": of.uuid, "kind": of.kind.name(), "data": of.cause}),
        ),
    };
    Ok(Some(json!({
        "body": body.to_string(),
        "resource": resource,
        "timestamp": of.created_at.0.div_euclid(1_000_000),
    })))
}

pub(super) async fn is_private(db: &mut Connection, delivery: &Delivery) -> Result<bool, store::Error> {
    let Some(organization) = delivery.organization else {
        return Ok(false);
    };
    let membership = settings::read_topic::<MembershipSettings>(db, organization).await?;
    Ok(membership.enhanced_privacy)
}

async fn of_issue(
    app: &App,
    of: &Notification,
    issue: &Issue,
    project: &Project,
    is_private: bool,
) -> Result<Value, store::Error> {
    let cause = serde_json::from_value::<AlertCause>(of.cause.clone()).ok();
    let rules: Vec<&str> = cause
        .iter()
        .flat_map(|cause| &cause.rules)
        .map(|rule| rule.name.as_str())
        .collect();
    let mut body = json!({
        "uuid": of.uuid,
        "kind": of.kind.name(),
        "id": issue.id.to_string(),
        "project": project.slug,
        "project_name": project.name,
        "project_slug": project.slug,
        "level": issue.level.name(),
        "url": app.url.join(&format!("/issues/{}/", issue.id)),
        "triggering_rules": rules,
    });
    if is_private {
        return Ok(body);
    }
    body["logger"] = Some(&issue.logger).filter(|logger| !logger.is_empty()).cloned().into();
    body["culprit"] = issue.culprit.clone().into();
    body["message"] = issue.title.clone().into();
    if let Some(event) = of.event
        && let Some(stored) = events::find(app, vec![project.id], event).await?
    {
        let mut payload: Map<String, Value> = serde_json::from_str(&stored.payload).unwrap_or_default();
        payload.insert("event_id".to_owned(), event.to_string().into());
        body["event"] = payload.into();
    }
    if cause.is_none() {
        body["data"] = of.cause.clone();
    }
    Ok(body)
}
