//! The job that holds a batch of events against the rules and writes down what comes of it.

use std::{collections::BTreeMap, time::Duration};

use alerts::{Of, Reason};
use model::{AlertRuleId, FiringId, IssueId, NotificationId, NotificationKind};
use queue::{Job, JobError, Policy, Running};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{
    Connection, Tx,
    alert_firings::{self, Evaluation, Firing},
};

use super::{
    assigning::Assignments,
    batch::{self, Batch},
    deciding::{Asked, Decided, Deciding, Fires, Outcome},
};
use crate::{
    App, jobs,
    notifications::{self, AlertCause, FiredRule, NewCause},
};

/// How long to wait for the event index before it is looked again.
const INDEX_EVERY: Duration = Duration::from_millis(25);
/// And after how long another job has its turn.
const INDEX_MOST: Duration = Duration::from_secs(5);

/// How often a question that the event index did not answer is asked; then the rule that asked it does without.
const TRIES: u32 = 5;

/// So many bytes of what a reason is about are kept.
const DETAIL: usize = 500;

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;

/// Asks the rules about the events of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PostProcess {
    /// Of the layout.
    pub version: u32,
    pub batch: Value,
}

impl Job<App> for PostProcess {
    const NAME: &'static str = "post_process";
    const POLICY: Policy = Policy::Outbox;

    fn shard(&self) -> String {
        "events".to_owned()
    }

    async fn run(self, app: &App, running: &Running) -> Result<(), JobError> {
        match self.process(app, running).await {
            Ok(()) => Ok(()),
            Err(Failure::Passing(error)) => Err(error),
            // What cannot be done holds up nothing behind it.
            Err(Failure::Lasting(error)) => {
                tracing::error!(error = %error, "alert rules could not be asked about a batch of events; it is set aside");
                set_aside(app, running, self, error).await
            }
        }
    }
}

/// Why a batch was not done.
enum Failure {
    Passing(JobError),
    /// Trying again is of no use.
    Lasting(String),
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        if error.is_transient() {
            Self::Passing(error.into())
        } else {
            Self::Lasting(error.to_string())
        }
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        Self::Passing(error)
    }
}

impl PostProcess {
    async fn process(&self, app: &App, running: &Running) -> Result<(), Failure> {
        if self.version != batch::VERSION {
            let unknown = self.version;
            let error = format!("the batch has the layout {unknown}, which this version does not know");
            return Err(Failure::Lasting(error));
        }
        let batch: Batch =
            serde_json::from_value(self.batch.clone()).map_err(|error| Failure::Lasting(error.to_string()))?;
        wait_for_index(app, batch.position).await?;
        let mut deciding = Deciding::new(app, &batch, running.attempt() < TRIES).await?;
        let mut decided: Vec<Decided<'_>> = Vec::new();
        for asked in deciding.asked() {
            decided.extend(deciding.decide(asked).await?);
        }
        let mut tx = app.store.begin().await?;
        write(app, &mut tx, decided).await?;
        running.finish(&mut tx).await.map_err(JobError::from)?;
        tx.commit().await?;
        app.jobs.wake();
        Ok(())
    }
}

/// Until the event index has all rows up to a position of the spool: what is counted is exact then, and what is told of
/// can be read.
async fn wait_for_index(app: &App, position: u64) -> Result<(), JobError> {
    let mut waited = Duration::ZERO;
    while waited < INDEX_MOST {
        let oldest = store::index_batches::oldest(&mut *app.store.read().await?).await?;
        if oldest.is_none_or(|oldest| oldest > position) {
            return Ok(());
        }
        tokio::time::sleep(INDEX_EVERY).await;
        waited += INDEX_EVERY;
    }
    Err(JobError::Later(Duration::from_millis(200)))
}

/// Writes firings, what people are to be told, and why the other rules did not fire.
async fn write(app: &App, tx: &mut Tx, decided: Vec<Decided<'_>>) -> Result<(), store::Error> {
    let mut quiet = Quiet::default();
    let mut assignments = Assignments::default();
    let mut event: Vec<(Asked<'_>, Fires)> = Vec::new();
    for one in decided {
        match one.outcome {
            Outcome::Not(reason) => quiet.add(one.asked, one.rule, &reason),
            Outcome::Fires(fires) => {
                if let Some((first, _)) = event.first()
                    && first.header.sequence != one.asked.header.sequence
                {
                    tell(app, tx, std::mem::take(&mut event), &mut quiet, &mut assignments).await?;
                }
                event.push((one.asked, fires));
            }
        }
    }
    tell(app, tx, event, &mut quiet, &mut assignments).await?;
    assignments.write(app, tx).await?;
    alert_firings::add_evaluations(tx, &quiet.rows()).await
}

/// All rules that fire for one event are one notification.
async fn tell(
    app: &App,
    db: &mut Connection,
    fires: Vec<(Asked<'_>, Fires)>,
    quiet: &mut Quiet,
    assignments: &mut Assignments,
) -> Result<(), store::Error> {
    let mut told: Vec<(Asked<'_>, Fires)> = Vec::new();
    for (asked, fires) in fires {
        let (rule, issue) = (fires.rule.id(), asked.issue);
        let interval = i64::from(fires.rule.rule().frequency_minutes) * MINUTE;
        let at = asked.header.received_at;
        // Whoever is first of several fires; it was looked at without a lock.
        if alert_firings::try_fire(db, rule, issue, at, interval, asked.header.sequence).await? {
            told.push((asked, fires));
        } else {
            quiet.add(asked, rule, &fires.rule.too_soon());
        }
    }
    let Some((asked, _)) = told.first() else {
        return Ok(());
    };
    let asked = *asked;
    let notification = notifications::cause(app, db, cause(asked, &told)?).await?;
    for (asked, fires) in &told {
        alert_firings::add(db, &firing(app, *asked, fires, notification)?).await?;
        assignments.add(*asked, fires);
    }
    Ok(())
}

fn cause(asked: Asked<'_>, told: &[(Asked<'_>, Fires)]) -> Result<NewCause, store::Error> {
    let rules = told.iter().map(|(_, fires)| FiredRule {
        id: fires.rule.id(),
        name: fires.rule.rule().name.clone(),
        actions: fires.actions.iter().map(|action| action.to_wire().into()).collect(),
        reasons: fires.reasons.iter().map(Reason::text).collect(),
    });
    let counts = || told.iter().flat_map(|(_, fires)| &fires.counts);
    let counted = |of: Of| counts().find(|(one, ..)| *one == of).map(|(_, _, count)| *count);
    let cause = AlertCause {
        rules: rules.collect(),
        sequence: asked.header.sequence,
        received_at: asked.header.received_at,
        count: counted(Of::Events).or_else(|| counted(Of::Sessions)),
        unique_users: counted(Of::Users),
        window: counts().next().map(|(_, interval, _)| interval.text().to_owned()),
    };
    Ok(NewCause {
        organization: Some(asked.standing.organization),
        project: Some(asked.of.project),
        issue: Some(asked.issue),
        event: Some(asked.header.event),
        kind: NotificationKind::IssueAlert,
        cause: serde_json::to_value(cause)?,
        is_critical: told.iter().any(|(_, fires)| fires.is_critical),
    })
}

fn firing(app: &App, asked: Asked<'_>, fires: &Fires, notification: NotificationId) -> Result<Firing, store::Error> {
    Ok(Firing {
        id: FiringId(app.ids.next()),
        organization: asked.standing.organization,
        project: asked.of.project,
        rule: fires.rule.id(),
        issue: asked.issue,
        event: asked.header.event,
        sequence: asked.header.sequence,
        received_at: asked.header.received_at,
        fired_at: app.now(),
        notification,
        reasons: serde_json::to_value(&fires.reasons)?,
    })
}

/// Events for which rules did not fire, like ones together.
#[derive(Debug, Default)]
struct Quiet(BTreeMap<(AlertRuleId, IssueId, i64, String, String), Evaluation>);

impl Quiet {
    fn add(&mut self, asked: Asked<'_>, rule: AlertRuleId, reason: &Reason) {
        let (issue, at) = (asked.issue, asked.header.received_at);
        let hour = at.0.div_euclid(HOUR);
        let detail = reason.detail[..reason.detail.floor_char_boundary(DETAIL)].to_owned();
        let key = (rule, issue, hour, reason.code.to_owned(), detail.clone());
        let (event, sequence) = (asked.header.event, asked.header.sequence);
        let row = self.0.entry(key).or_insert_with(|| Evaluation {
            project: asked.of.project,
            rule,
            issue,
            hour,
            reason: reason.code.to_owned(),
            detail,
            events: 0,
            first_sequence: sequence,
            last_sequence: sequence,
            first_event: event,
            last_event: event,
            first_at: at,
            last_at: at,
        });
        row.events += 1;
        (row.last_sequence, row.last_event, row.last_at) = (sequence, event, at);
    }

    fn rows(self) -> Vec<Evaluation> {
        self.0.into_values().collect()
    }
}

/// Keeps a batch that cannot be done, to be looked at, and lets those behind it pass.
async fn set_aside(app: &App, running: &Running, batch: PostProcess, error: String) -> Result<(), JobError> {
    let mut tx = app.store.begin().await?;
    jobs::add(app, &mut tx, &SetAside { error, batch }).await?;
    running.finish(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// A batch that could not be done: a dead letter at once. Retried by a version that can, it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetAside {
    error: String,
    batch: PostProcess,
}

impl Job<App> for SetAside {
    const NAME: &'static str = "post_process_set_aside";
    const POLICY: Policy = Policy::Delivery(queue::Backoff::WEBHOOK);

    fn shard(&self) -> String {
        "post_process_set_aside".to_owned()
    }

    async fn run(self, app: &App, running: &Running) -> Result<(), JobError> {
        match self.batch.process(app, running).await {
            Ok(()) => Ok(()),
            Err(Failure::Passing(error)) => Err(error),
            Err(Failure::Lasting(error)) => Err(JobError::give_up(Undone(error))),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Undone(String);
