//! A notification with its recipients and every attempt, as the API shows it.

use model::Timestamp;
use serde::Serialize;
use services::notifications::{
    Reason,
    ledger::{Sent, Told},
};
use store::{deliveries::Attempt, notifications::Recipient};

/// What people were told, or not.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToldView {
    id: String,
    uuid: String,
    kind: &'static str,
    group_id: Option<String>,
    event_id: Option<String>,
    /// Of issue alerts: the rules that fired.
    rules: Vec<RuleView>,
    is_critical: bool,
    date_created: Timestamp,
    /// When its recipients were found; until then nobody is listed.
    date_planned: Option<Timestamp>,
    recipients: Vec<RecipientView>,
    deliveries: Vec<DeliveryView>,
}

#[derive(Debug, Serialize)]
struct RuleView {
    id: String,
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecipientView {
    kind: String,
    user_id: Option<String>,
    team_id: Option<String>,
    name: String,
    channel: Option<String>,
    is_told: bool,
    /// The code of the reason, and the same in a sentence.
    reason: String,
    text: String,
    detail: String,
    delivery_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryView {
    id: String,
    channel: String,
    recipient: String,
    state: &'static str,
    /// The answer to an attempt was lost, so it may have come twice.
    is_doubtful: bool,
    date_created: Timestamp,
    date_sent: Option<Timestamp>,
    next_attempt: Option<Timestamp>,
    attempts: Vec<AttemptView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AttemptView {
    number: u32,
    started: Timestamp,
    ended: Option<Timestamp>,
    outcome: &'static str,
    answer: String,
    next_attempt: Option<Timestamp>,
}

impl From<&Told> for ToldView {
    fn from(told: &Told) -> Self {
        let of = &told.notification;
        Self {
            id: of.id.to_string(),
            uuid: of.uuid.clone(),
            kind: of.kind.name(),
            group_id: of.issue.map(|issue| issue.to_string()),
            event_id: of.event.map(|event| event.to_string()),
            rules: rules(&of.cause),
            is_critical: of.is_critical,
            date_created: of.created_at,
            date_planned: of.planned_at,
            recipients: told.recipients.iter().map(RecipientView::from).collect(),
            deliveries: told.deliveries.iter().map(DeliveryView::from).collect(),
        }
    }
}

fn rules(cause: &serde_json::Value) -> Vec<RuleView> {
    let rules = cause.get("rules").and_then(|rules| rules.as_array());
    let view = |rule: &serde_json::Value| RuleView {
        id: rule
            .get("id")
            .map(ToString::to_string)
            .unwrap_or_default()
            .replace('"', ""),
        name: rule
            .get("name")
            .and_then(|name| name.as_str())
            .unwrap_or_default()
            .to_owned(),
    };
    rules.map_or_else(Vec::new, |rules| rules.iter().map(view).collect())
}

impl From<&Recipient> for RecipientView {
    fn from(to: &Recipient) -> Self {
        let text = Reason::from_code(&to.reason).map_or(to.reason.as_str(), |reason| reason.text());
        Self {
            kind: to.kind.clone(),
            user_id: to.user.map(|user| user.to_string()),
            team_id: to.team.map(|team| team.to_string()),
            name: to.label.clone(),
            channel: Some(to.channel.clone()).filter(|channel| !channel.is_empty()),
            is_told: to.is_told,
            text: text.to_owned(),
            reason: to.reason.clone(),
            detail: to.detail.clone(),
            delivery_id: to.delivery.map(|delivery| delivery.to_string()),
        }
    }
}

impl From<&Sent> for DeliveryView {
    fn from(sent: &Sent) -> Self {
        let of = &sent.delivery;
        Self {
            id: of.id.to_string(),
            channel: of.channel.clone(),
            recipient: of.label.clone(),
            state: of.state.name(),
            is_doubtful: of.is_doubtful,
            date_created: of.created_at,
            date_sent: of.sent_at,
            next_attempt: of.next_attempt_at,
            attempts: sent.attempts.iter().map(AttemptView::from).collect(),
        }
    }
}

impl From<&Attempt> for AttemptView {
    fn from(attempt: &Attempt) -> Self {
        Self {
            number: attempt.number,
            started: attempt.started_at,
            ended: attempt.ended_at,
            outcome: attempt.outcome.name(),
            answer: attempt.answer.clone(),
            next_attempt: attempt.next_attempt_at,
        }
    }
}
