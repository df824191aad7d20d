//! A notification with whom it reached, as pages show it.

use std::collections::HashMap;

use model::{AttemptOutcome, DeliveryState, NotificationKind, Timestamp, UserId};
use services::notifications::{Reason, ledger::Told};

use crate::urls::Links;

#[derive(Debug, Clone)]
pub(crate) struct ToldRow {
    /// What it was about: the rules that fired, or the kind.
    pub(crate) about: String,
    pub(crate) at: Timestamp,
    /// Its recipients are not found yet.
    pub(crate) is_waiting: bool,
    pub(crate) issue: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) people: Vec<PersonRow>,
}

/// Somebody who was thought of.
#[derive(Debug, Clone)]
pub(crate) struct PersonRow {
    pub(crate) name: String,
    /// Empty where none was chosen.
    pub(crate) channel: String,
    pub(crate) is_told: bool,
    /// In a sentence.
    pub(crate) reason: String,
    pub(crate) detail: String,
    pub(crate) delivery: Option<DeliveryRow>,
}

#[derive(Debug, Clone)]
pub(crate) struct DeliveryRow {
    pub(crate) state: &'static str,
    /// Of the badge.
    pub(crate) class: &'static str,
    pub(crate) is_doubtful: bool,
    pub(crate) attempts: Vec<AttemptRow>,
    pub(crate) next: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(crate) struct AttemptRow {
    pub(crate) number: u32,
    pub(crate) at: Timestamp,
    pub(crate) outcome: &'static str,
    pub(crate) answer: String,
}

/// How people are called.
pub(crate) type PeopleNames = HashMap<UserId, String>;

impl ToldRow {
    pub(crate) fn new(told: &Told, names: &PeopleNames, links: &Links) -> Self {
        let of = &told.notification;
        let issue = of.issue.map(|issue| links.issue(issue.0));
        let event = of.issue.zip(of.event);
        Self {
            about: about(told),
            at: of.created_at,
            is_waiting: of.planned_at.is_none(),
            event: event.map(|(issue, event)| links.event(issue.0, &event.to_string())),
            issue,
            people: told
                .recipients
                .iter()
                .map(|to| PersonRow::new(to, told, names))
                .collect(),
        }
    }
}

/// The rules that fired, or what kind of notification it is.
pub(crate) fn about(told: &Told) -> String {
    let of = &told.notification;
    let rules = of.cause.get("rules").and_then(|rules| rules.as_array());
    let names = rules.into_iter().flatten();
    let names: Vec<&str> = names.filter_map(|rule| rule.get("name")?.as_str()).collect();
    if !names.is_empty() {
        return names.join(", ");
    }
    let named = of.cause.get("name").and_then(|name| name.as_str());
    match (of.kind, named) {
        (NotificationKind::MetricAlert, Some(name)) => name.to_owned(),
        (NotificationKind::IssueAlert, _) => "Issue alert".to_owned(),
        (NotificationKind::Activity, _) => "Activity of the issue".to_owned(),
        (NotificationKind::MetricAlert, _) => "Metric alert".to_owned(),
        (NotificationKind::Digest, _) => "Digest".to_owned(),
        (NotificationKind::HeldNotice, _) => "A cap was reached".to_owned(),
        (NotificationKind::Deploy, _) => "Deploy".to_owned(),
        (NotificationKind::WeeklyReport, _) => "Weekly report".to_owned(),
        (NotificationKind::Quota, _) => "Quota".to_owned(),
        (NotificationKind::SpikeProtection, _) => "Spike protection".to_owned(),
        (NotificationKind::RuleSaved, Some(name)) => format!("{name} was saved"),
        (NotificationKind::RuleSaved, _) => "A rule was saved".to_owned(),
        (NotificationKind::Account, _) => "Account".to_owned(),
        (NotificationKind::Test, _) => "Test".to_owned(),
    }
}

impl PersonRow {
    fn new(to: &store::notifications::Recipient, told: &Told, names: &PeopleNames) -> Self {
        let name = to.user.and_then(|user| names.get(&user));
        let sent = told
            .deliveries
            .iter()
            .find(|sent| Some(sent.delivery.id) == to.delivery);
        let text = Reason::from_code(&to.reason).map_or(to.reason.as_str(), |reason| reason.text());
        Self {
            name: name.cloned().unwrap_or_else(|| to.label.clone()),
            channel: to.channel.clone(),
            is_told: to.is_told,
            reason: text.to_owned(),
            detail: to.detail.clone(),
            delivery: sent.map(|sent| DeliveryRow {
                state: state(sent.delivery.state),
                class: class(sent.delivery.state),
                is_doubtful: sent.delivery.is_doubtful,
                next: sent
                    .delivery
                    .next_attempt_at
                    .filter(|_| !sent.delivery.state.is_final()),
                attempts: sent
                    .attempts
                    .iter()
                    .map(|attempt| AttemptRow {
                        number: attempt.number,
                        at: attempt.started_at,
                        outcome: outcome(attempt.outcome),
                        answer: attempt.answer.clone(),
                    })
                    .collect(),
            }),
        }
    }
}

fn state(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "on its way",
        DeliveryState::Held => "held back",
        DeliveryState::Sent => "delivered",
        DeliveryState::Refused => "refused",
        DeliveryState::Failed => "failed",
        DeliveryState::Dropped => "taken out",
    }
}

fn class(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Sent => "badge-success",
        DeliveryState::Waiting | DeliveryState::Held => "badge-warning",
        DeliveryState::Refused | DeliveryState::Failed => "badge-error",
        DeliveryState::Dropped => "",
    }
}

fn outcome(outcome: AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::Begun => "goes on",
        AttemptOutcome::Sent => "taken",
        AttemptOutcome::Retry => "to be tried again",
        AttemptOutcome::Refused => "refused for good",
        AttemptOutcome::Lost => "the answer was lost",
    }
}
