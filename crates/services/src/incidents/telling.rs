//! Whom a status is told, and what.

use alerts::metric::{Level, MetricAction, MetricRule, sentence, threshold_text};
use model::{IncidentId, MetricAlertId, NotificationKind, ProjectId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{
    Tx,
    incidents::{Incident, IncidentStatus, StatusMethod},
    metric_alerts::MetricAlert,
};

use super::{NewStatus, rule};
use crate::{App, metric_alerts, notifications};

/// Of [`NotificationKind::MetricAlert`]: what became of an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricAlertCause {
    pub incident: IncidentId,
    /// Its number in the organization.
    pub identifier: i64,
    pub rule: MetricAlertId,
    /// Of the rule.
    pub name: String,
    /// `critical`, `warning` or `resolved`.
    pub status: String,
    pub previous: Option<String>,
    /// `rule`, `manual` or `rule_updated`.
    pub method: String,
    pub is_critical: bool,
    /// It measures how long something takes, or how it fails.
    pub is_performance: bool,
    pub value: Option<f64>,
    /// As `64 events in the last 5 minutes`.
    pub text: String,
    /// As `critical: more than 50 events in 5 minutes`.
    pub threshold: String,
    pub projects: Vec<ProjectId>,
    pub environment: Option<String>,
    pub at: Timestamp,
    /// As the rule's wire form has them, each target once.
    pub actions: Vec<Map<String, Value>>,
    /// Who follows the incident.
    pub subscribers: Vec<UserId>,
    /// For everybody: nobody is told.
    pub snoozed: bool,
    pub snoozed_for: Vec<UserId>,
}

/// Writes down that people are to be told of a new status.
pub(super) async fn tell(
    app: &App,
    tx: &mut Tx,
    incident: &Incident,
    alert: Option<&MetricAlert>,
    new: &NewStatus,
) -> Result<(), store::Error> {
    let now = app.now();
    // Whom to tell is up to the rule as it is now; without it, as it was.
    let current = match alert {
        Some(alert) => metric_alerts::read(alert)?,
        None => rule(incident)?,
    };
    let snoozes = store::metric_alerts::snoozes(tx, &[incident.alert], now).await?;
    let level = level(new.status);
    let was = self::level(incident.status);
    let shown = level.or(was).unwrap_or(Level::Critical);
    let is_critical = shown == Level::Critical;
    let actions = actions(&current, level, was);
    let cause = MetricAlertCause {
        incident: incident.id,
        identifier: incident.identifier,
        rule: incident.alert,
        name: incident.title.clone(),
        status: level.map_or("resolved", Level::name).to_owned(),
        previous: was.map(|was| was.name().to_owned()),
        method: method(new.method).to_owned(),
        is_critical,
        is_performance: current.dataset.query_type() == 1,
        value: new.measured,
        text: new.measured.map_or_else(String::new, |value| sentence(&current, value)),
        threshold: threshold_text(&current, shown),
        projects: incident.projects.clone(),
        environment: current.environment.clone(),
        at: now,
        actions: actions.iter().map(|action| action.wire()).collect(),
        subscribers: store::incidents::subscribers(tx, incident.id).await?,
        snoozed: snoozes.iter().any(|snooze| snooze.user.is_none()),
        snoozed_for: snoozes.iter().filter_map(|snooze| snooze.user).collect(),
    };
    let new = notifications::NewCause {
        organization: Some(incident.organization),
        project: incident.projects.first().copied(),
        issue: None,
        event: None,
        kind: NotificationKind::MetricAlert,
        cause: serde_json::to_value(&cause)?,
        is_critical,
    };
    notifications::cause(app, tx, new).await?;
    Ok(())
}

fn level(status: IncidentStatus) -> Option<Level> {
    match status {
        IncidentStatus::Critical => Some(Level::Critical),
        IncidentStatus::Warning => Some(Level::Warning),
        IncidentStatus::Open | IncidentStatus::Closed => None,
    }
}

fn method(method: StatusMethod) -> &'static str {
    match method {
        StatusMethod::Manual => "manual",
        StatusMethod::RuleUpdated => "rule_updated",
        StatusMethod::RuleTriggered => "rule",
    }
}

/// What a change of the status does: the warning trigger its own actions as long as only it was on, else those of all,
/// each target once (`integrations.md` §F.2).
fn actions(rule: &MetricRule, now: Option<Level>, before: Option<Level>) -> Vec<MetricAction> {
    let was_critical = now == Some(Level::Critical) || before == Some(Level::Critical);
    let triggers = rule
        .triggers()
        .filter(|(level, _)| was_critical || *level == Level::Warning);
    let mut actions: Vec<MetricAction> = Vec::new();
    for action in triggers.flat_map(|(_, trigger)| &trigger.actions) {
        if actions.iter().all(|known| !known.is_same_target(action)) {
            actions.push(action.clone());
        }
    }
    actions
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_target_is_told_once_and_warnings_do_not_reach_those_of_critical() {
        let email = |user: i64| json!({"type": "email", "targetType": "user", "targetIdentifier": user});
        let wire = json!({"name": "a", "aggregate": "count()", "timeWindow": 5, "thresholdType": 0, "triggers": [
            {"label": "critical", "alertThreshold": 10, "actions": [email(1), email(2), email(1)]},
            {"label": "warning", "alertThreshold": 5, "actions": [email(2), email(3)]}]});
        let rule = MetricRule::read(wire.as_object().unwrap()).unwrap();
        let check = |now, before, expected: &[&str]| {
            let told: Vec<_> = actions(&rule, now, before)
                .into_iter()
                .filter_map(|action| action.target)
                .collect();
            assert_eq!(told, expected, "{now:?} {before:?}");
        };
        let (critical, warning) = (Some(Level::Critical), Some(Level::Warning));
        check(critical, None, &["1", "2", "3"]);
        check(critical, warning, &["1", "2", "3"]);
        check(warning, critical, &["1", "2", "3"]);
        check(None, critical, &["1", "2", "3"]);
        check(warning, None, &["2", "3"]);
        check(None, warning, &["2", "3"]);
    }
}
