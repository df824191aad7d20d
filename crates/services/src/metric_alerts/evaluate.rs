//! The job of each minute: every rule is asked about every minute that is over, once and in order.

use std::{collections::HashMap, time::Duration};

use alerts::metric::{Level, MetricRule, REOPENS_AFTER, Reading, State, Verdict, step};
use model::{OrganizationId, Timestamp};
use queue::{Job, JobError, Policy, Running};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    incidents::{IncidentStatus, StatusMethod},
    metric_alerts::{MetricAlert, Progress},
};

use super::{
    change::MINUTE,
    measure::{self, MeasureError, Subject},
    read, watch,
};
use crate::{
    Actor, App,
    access::OrganizationScope,
    incidents::{self, NewIncident, NewStatus},
    intake,
};

/// How many minutes are made up for when evaluation was late; of older ones only the newest counts.
const MOST_BEHIND: u32 = 10;

/// A rule that was evaluated so far beyond now was so by a clock that has stepped back since.
const AHEAD: Duration = Duration::from_secs(10 * 60);

/// How many rules are read at once.
const RULES_A_STEP: i64 = 100;

/// How often it is looked whether the event index has a minute.
const LOOKS_AGAIN: Duration = Duration::from_secs(2);

/// Evaluates all rules for the minutes up to then.
#[derive(Debug, Serialize, Deserialize)]
pub struct EvaluateMetricAlerts {
    pub(crate) until: Timestamp,
}

impl EvaluateMetricAlerts {
    pub(crate) const EVERY: Duration = MINUTE;
}

impl Job<App> for EvaluateMetricAlerts {
    const NAME: &'static str = "evaluate_metric_alerts";
    const POLICY: Policy = Policy::Outbox;

    fn shard(&self) -> String {
        Self::NAME.to_owned()
    }

    /// The newest minute stands for those before.
    fn object(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: &App, _: &Running) -> Result<(), JobError> {
        let until = self.until.truncate(MINUTE);
        if intake::settled_until(app) < until {
            return Err(JobError::Later(LOOKS_AGAIN));
        }
        Ok(evaluate(app, until).await?)
    }
}

/// One rule with what came of a minute.
struct Evaluated {
    before: MetricAlert,
    rule: MetricRule,
    progress: Progress,
    verdict: Verdict,
    value: Option<f64>,
}

/// Brings every rule up to that minute. Safe to run twice: who comes second finds nothing to do.
async fn evaluate(app: &App, until: Timestamp) -> Result<(), store::Error> {
    let gaps = watch::look(app, until).await?;
    let mut scopes = HashMap::new();
    // A rule that cannot be asked just now is asked again with the next minute.
    let mut put_off = 0;
    loop {
        let limit = RULES_A_STEP + put_off;
        let due = store::metric_alerts::list_due(&mut *app.store.read().await?, until, until + AHEAD, limit).await?;
        let waiting = usize::try_from(put_off).unwrap_or(0);
        if due.len() <= waiting {
            return Ok(());
        }
        let mut quiet = Vec::new();
        let mut passing = 0;
        for alert in due {
            let Some(scope) = scope(app, &mut scopes, alert.organization).await? else {
                passing += 1;
                continue;
            };
            let minute = next_minute(&alert, until);
            match evaluate_minute(app, &scope, &alert, minute, &gaps).await {
                Ok(done) if matches!(done.verdict, Verdict::Same | Verdict::Waits(_)) => quiet.push(done),
                Ok(done) => {
                    if let Err(error) = write(app, &done, minute).await {
                        set_aside(app, &alert, minute, error).await?;
                    }
                }
                Err(MeasureError::Store(error)) => set_aside(app, &alert, minute, error).await?,
                Err(error) => {
                    passing += 1;
                    tracing::warn!(metric_alert = alert.id.0, error = %error, "a metric alert rule could not be evaluated");
                }
            }
        }
        write_quiet(app, &quiet).await?;
        put_off = passing;
    }
}

/// Notes what is wrong with a rule that cannot be read, and leaves it alone until the next minute: it holds up no other
/// one. What is wrong with the database is wrong for all.
async fn set_aside(app: &App, alert: &MetricAlert, minute: Timestamp, error: store::Error) -> Result<(), store::Error> {
    if error.is_transient() {
        return Err(error);
    }
    tracing::error!(metric_alert = alert.id.0, error = %error, "a metric alert rule cannot be evaluated");
    let progress = Progress {
        evaluated_until: minute,
        problem: error.to_string(),
        ..alert.progress.clone()
    };
    let mut tx = app.store.begin().await?;
    store::metric_alerts::set_progress(&mut tx, alert, &progress).await?;
    tx.commit().await
}

/// The minute after the last one; where that is too long ago, one of those that are made up for; and where the clock has
/// stepped back since, the one that it is.
fn next_minute(alert: &MetricAlert, until: Timestamp) -> Timestamp {
    let next = alert.progress.evaluated_until.truncate(MINUTE) + MINUTE;
    if next > until + AHEAD {
        return until;
    }
    next.max(until - MINUTE * (MOST_BEHIND - 1))
}

/// Whoever evaluates sees all of an organization. `None`: it is gone.
async fn scope(
    app: &App,
    known: &mut HashMap<OrganizationId, Option<OrganizationScope>>,
    organization: OrganizationId,
) -> Result<Option<OrganizationScope>, store::Error> {
    if let Some(scope) = known.get(&organization) {
        return Ok(scope.clone());
    }
    let found = store::organizations::find(&mut *app.store.read().await?, organization).await?;
    let scope = found.map(|organization| OrganizationScope::of_owner(Actor::command(), organization));
    known.insert(organization, scope.clone());
    Ok(scope)
}

async fn evaluate_minute(
    app: &App,
    scope: &OrganizationScope,
    alert: &MetricAlert,
    minute: Timestamp,
    gaps: &[(Timestamp, Timestamp)],
) -> Result<Evaluated, MeasureError> {
    let rule = read(alert)?;
    let subject = Subject {
        scope,
        rule: &rule,
        projects: &alert.projects,
        version: Some((alert.id.0, alert.revision)),
    };
    let (reading, problem) = if alert.projects.is_empty() {
        (Reading::Nothing, "its projects are gone".to_owned())
    } else {
        match measure::reading(app, &subject, minute, gaps).await {
            Ok(Reading::Nothing) => (Reading::Nothing, "there was nothing to compare".to_owned()),
            Ok(reading) => (reading, String::new()),
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => (Reading::Nothing, error.to_string()),
        }
    };
    let skipped = minute != alert.progress.evaluated_until.truncate(MINUTE) + MINUTE;
    // One that cannot be read begins anew.
    let mut state: State = serde_json::from_value(alert.progress.state.clone()).unwrap_or_default();
    if skipped {
        state.interrupt();
    }
    let (state, verdict) = step(&rule, state, reading, opens(alert, minute));
    let opens_after = match verdict {
        Verdict::Opens(_) => minute + REOPENS_AFTER,
        _ => alert.progress.opens_after,
    };
    Ok(Evaluated {
        before: alert.clone(),
        progress: Progress {
            evaluated_until: minute,
            state: json!(state),
            last_value: reading.value(),
            problem,
            opens_after,
        },
        verdict,
        value: reading.value(),
        rule,
    })
}

/// Not at once after an incident; what a clock that stepped back makes of that time is not waited for.
fn opens(alert: &MetricAlert, minute: Timestamp) -> bool {
    minute >= alert.progress.opens_after || alert.progress.opens_after > minute + AHEAD
}

/// What changed nothing but how far rules were evaluated.
async fn write_quiet(app: &App, quiet: &[Evaluated]) -> Result<(), store::Error> {
    if quiet.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    for done in quiet {
        store::metric_alerts::set_progress(&mut tx, &done.before, &done.progress).await?;
    }
    tx.commit().await
}

/// What changed an incident.
async fn write(app: &App, done: &Evaluated, minute: Timestamp) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    // Somebody else was faster, or has changed the rule.
    if !store::metric_alerts::set_progress(&mut tx, &done.before, &done.progress).await? {
        return Ok(());
    }
    let alert = &done.before;
    let open = store::incidents::find_open(&mut tx, alert.id).await?;
    match (done.verdict, open) {
        (Verdict::Opens(level), None) => {
            let new = NewIncident {
                status: status(level),
                measured: done.value,
                started_at: minute - measure::window(&done.rule),
            };
            incidents::open(app, &mut tx, alert, new).await?;
        }
        (Verdict::Opens(to) | Verdict::Changes { to, .. }, Some(open)) => {
            incidents::set_status(app, &mut tx, &open, Some(alert), by_rule(status(to), done.value)).await?;
        }
        (Verdict::Closes { .. }, Some(open)) => {
            let closed = by_rule(IncidentStatus::Closed, done.value);
            incidents::set_status(app, &mut tx, &open, Some(alert), closed).await?;
        }
        // Somebody has closed it.
        _ => {}
    }
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

fn status(level: Level) -> IncidentStatus {
    match level {
        Level::Warning => IncidentStatus::Warning,
        Level::Critical => IncidentStatus::Critical,
    }
}

fn by_rule(status: IncidentStatus, measured: Option<f64>) -> NewStatus {
    NewStatus {
        status,
        method: StatusMethod::RuleTriggered,
        by: None,
        measured,
        comment: None,
    }
}
