//! What rules did, and who changed them.

use std::time::Duration;

use model::{AlertRuleId, Timestamp};
use store::{
    IdPage,
    alert_firings::{self, Evaluation, EvaluationFilter, FiredIssue, Firing, FiringFilter},
    audit::{AuditEntry, AuditFilter},
};

use crate::{App, access::ProjectScope, audit::TargetKind};

/// How many entries of a rule's history are read.
const MOST_CHANGES: i64 = 100;

/// The issues for which a rule fired from `start` until before `end`, those for which it did most often first; from
/// `offset` on, `limit` of them.
pub async fn fired_issues(
    app: &App,
    scope: &ProjectScope,
    rule: AlertRuleId,
    (start, end): (Timestamp, Timestamp),
    (offset, limit): (i64, i64),
) -> Result<Vec<FiredIssue>, store::Error> {
    let filter = within(rule, start, end);
    let mut db = app.store.read().await?;
    alert_firings::issues_of_rule(&mut db, scope.project.id, filter, limit, offset).await
}

/// How often a rule fired in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hourly {
    pub hour: Timestamp,
    pub times: i64,
}

/// Each hour of that time, also those in which it did not fire.
pub async fn hourly(
    app: &App,
    scope: &ProjectScope,
    rule: AlertRuleId,
    (start, end): (Timestamp, Timestamp),
) -> Result<Vec<Hourly>, store::Error> {
    const HOUR: Duration = Duration::from_secs(3_600);
    let mut db = app.store.read().await?;
    let fired = store::alert_rules::fired_by_hour(&mut db, (scope.project.id, rule), (start, end)).await?;
    let mut fired = fired.into_iter().peekable();
    let mut hours = Vec::new();
    let mut hour = start.truncate(HOUR);
    while hour < end {
        let times = fired.next_if(|(at, _)| *at == hour).map_or(0, |(_, times)| times);
        hours.push(Hourly { hour, times });
        hour = hour + HOUR;
    }
    Ok(hours)
}

/// When a rule fired and why, newest first.
pub async fn firings(
    app: &App,
    scope: &ProjectScope,
    rule: AlertRuleId,
    page: IdPage,
) -> Result<Vec<Firing>, store::Error> {
    let filter = FiringFilter {
        rule: Some(rule),
        ..FiringFilter::default()
    };
    alert_firings::list(&mut *app.store.read().await?, scope.project.id, filter, page).await
}

/// Why a rule did not fire, newest first.
pub async fn silences(
    app: &App,
    scope: &ProjectScope,
    rule: AlertRuleId,
    limit: i64,
) -> Result<Vec<Evaluation>, store::Error> {
    let filter = EvaluationFilter {
        rule: Some(rule),
        ..EvaluationFilter::default()
    };
    alert_firings::evaluations(&mut *app.store.read().await?, scope.project.id, filter, limit).await
}

/// Who changed a rule, when, and what, newest first.
pub async fn changes(app: &App, scope: &ProjectScope, rule: AlertRuleId) -> Result<Vec<AuditEntry>, store::Error> {
    let filter = AuditFilter {
        target: Some((TargetKind::AlertRule.name(), rule.0)),
        ..AuditFilter::default()
    };
    let mut db = app.store.read().await?;
    store::audit::list(&mut db, scope.organization.id, &filter, IdPage::newest(MOST_CHANGES)).await
}

fn within(rule: AlertRuleId, start: Timestamp, end: Timestamp) -> FiringFilter {
    FiringFilter {
        rule: Some(rule),
        since: Some(start),
        until: Some(end),
        ..FiringFilter::default()
    }
}
