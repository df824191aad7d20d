//! Metric alert rules: how they are made and changed, and what is measured for them each minute.
//!
//! A rule is about events that were *received* in a window of whole minutes, so that each event is in exactly one minute,
//! and about a minute only once all that was received in it is in the event index. What a value changes (an incident, its
//! activity, whom to tell, how far the rule was evaluated) is one transaction. Start at [`evaluate`].

mod change; // how it comes to be,
mod checks; // what a rule must be,
mod snoozing; // and who is spared it;

mod measure; // for one window
mod sessions; // where it is no index,
mod source; // what the index is asked,
mod statuses; // of which issues,
mod usual; // and for like times before;

mod evaluate; // what each minute is done with all that,
mod watch; // when nobody did,

mod series; // and how it looks over time

use std::collections::HashMap;

use alerts::metric::MetricRule;
use model::{MetricAlertId, ProjectId};
use store::incidents::Incident;

use crate::{
    App,
    access::{AccessError, OrganizationScope},
};

pub use change::{ChangeError, Draft, MOST_ALERTS, create, create_in, delete, set_enabled, update};
pub use evaluate::EvaluateMetricAlerts;
pub use series::{PreviewError, chart, chart_of_incident, preview};
pub use snoozing::{SnoozeError, SnoozeFor, end_snooze, snooze};
pub use store::metric_alerts::{MetricAlert, MetricSnooze};

pub(crate) use watch::Watch;

/// What evaluation remembers while the process runs; all of it can be found out again.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) watch: Watch,
    sessions: sessions::Minutes,
    usual: usual::Histories,
}

/// A rule with what lists tell of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedAlert {
    pub stored: MetricAlert,
    pub rule: MetricRule,
    /// Those that hold.
    pub snoozes: Vec<MetricSnooze>,
    pub latest_incident: Option<Incident>,
}

impl ListedAlert {
    /// That for everybody.
    pub fn snoozed_for_all(&self) -> Option<&MetricSnooze> {
        self.snoozes.iter().find(|snooze| snooze.user.is_none())
    }
}

/// The rule of a stored row.
pub fn read(stored: &MetricAlert) -> Result<MetricRule, store::Error> {
    let object = serde_json::Value::Object(stored.rule.clone());
    Ok(serde_json::from_value(object)?)
}

/// Those of the organization that are about one of these projects, of any that the actor sees where none is named; the
/// oldest first.
pub async fn list(
    app: &App,
    scope: &OrganizationScope,
    projects: &[ProjectId],
) -> Result<Vec<ListedAlert>, store::Error> {
    let projects = scope.visible.narrow(projects);
    let mut db = app.store.read().await?;
    let alerts = store::metric_alerts::list(&mut db, scope.organization.id, &projects).await?;
    drop(db);
    with_state(app, scope, alerts).await
}

/// A rule that is about a project that the actor sees.
pub async fn get(app: &App, scope: &OrganizationScope, id: MetricAlertId) -> Result<ListedAlert, AccessError> {
    let found = store::metric_alerts::find(&mut *app.store.read().await?, scope.organization.id, id).await?;
    let found = found.filter(|alert| is_visible(scope, &alert.projects));
    let listed = with_state(app, scope, vec![found.ok_or(AccessError::NotFound)?]).await?;
    listed.into_iter().next().ok_or(AccessError::NotFound)
}

/// Whether the actor sees something that is about these projects: one of them suffices.
pub(crate) fn is_visible(scope: &OrganizationScope, projects: &[ProjectId]) -> bool {
    projects.iter().any(|project| scope.visible.has(*project))
}

async fn with_state(
    app: &App,
    scope: &OrganizationScope,
    alerts: Vec<MetricAlert>,
) -> Result<Vec<ListedAlert>, store::Error> {
    let ids: Vec<MetricAlertId> = alerts.iter().map(|alert| alert.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut db = app.store.read().await?;
    let mut snoozes: HashMap<MetricAlertId, Vec<MetricSnooze>> = HashMap::new();
    for snooze in store::metric_alerts::snoozes(&mut db, &ids, app.now()).await? {
        snoozes.entry(snooze.alert).or_default().push(snooze);
    }
    let mut latest = store::incidents::latest(&mut db, scope.organization.id, &ids).await?;
    let listed = alerts.into_iter().map(|mut stored| {
        stored.projects.retain(|project| scope.visible.has(*project));
        Ok(ListedAlert {
            rule: read(&stored)?,
            snoozes: snoozes.remove(&stored.id).unwrap_or_default(),
            latest_incident: latest.remove(&stored.id),
            stored,
        })
    });
    listed.collect()
}
