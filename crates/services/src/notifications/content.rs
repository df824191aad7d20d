//! The message of a delivery, by channel.

use model::NotificationKind;
use serde_json::{Value, json};
use store::{deliveries::Delivery, notifications::Notification};

use super::{gathered, push, webhook};
use crate::{App, mails};

/// Makes the message. `None`: what it would tell of is gone.
pub async fn make(app: &App, delivery: &Delivery, of: &Notification) -> Result<Option<Value>, store::Error> {
    if delivery.channel == "email" {
        let mail = mails::compose(app, delivery, of).await?;
        return Ok(mail.map(serde_json::to_value).transpose()?);
    }
    if delivery.channel == "webhook" {
        return webhook::make(app, delivery, of).await;
    }
    if delivery.channel == "web_push" {
        return push::message(app, delivery, of).await;
    }
    if of.kind == NotificationKind::Digest {
        return gathered::content(app, delivery, of).await;
    }
    let is_private = webhook::is_private(&mut *app.store.read().await?, delivery).await?;
    let is_private = is_private && of.issue.is_some();
    Ok(Some(json!({
        "uuid": of.uuid,
        "kind": of.kind.name(),
        "organization": of.organization,
        "project": of.project,
        "issue": of.issue,
        "event": of.event.map(|event| event.to_string()),
        "url": of.issue.map(|issue| app.url.join(&format!("/issues/{issue}/"))),
        "is_private": is_private,
        "cause": if is_private { names_of_rules(of) } else { of.cause.clone() },
    })))
}

/// What may be said with enhanced privacy of what happened to an issue: which rules fired.
fn names_of_rules(of: &Notification) -> Value {
    let rules = of.cause.get("rules").and_then(Value::as_array);
    let names = rules.into_iter().flatten();
    let names: Vec<Value> = names
        .map(|rule| json!({ "id": rule.get("id"), "name": rule.get("name") }))
        .collect();
    json!({ "rules": names })
}
