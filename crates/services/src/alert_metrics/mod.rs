//! How alerts are answered: how soon people react and resolve, how many alerts were none, and how many messages arrive.
//!
//! An alert begins when a rule fires for an issue, and lasts until the issue is resolved or archived: firings in between
//! are the same alert. For a metric alert it is the incident. All times count from the first message that was sent.

mod alert; // what an alert was,
mod delivery; // and what became of its messages,
mod false_alarms;
mod gather; // read from what is kept,
mod group; // told apart,
mod measured; // in numbers
mod review;

pub use alert::{Alert, RuleRef};
pub use delivery::Message;
pub use false_alarms::{FalseAlarmError, false_alarms_among, mark_false_alarm, unmark_false_alarm};
pub use group::{GroupBy, GroupKey};
pub use measured::{Measured, Times};
pub use review::{Month, Review, review};

use model::{ProjectId, TeamId, Timestamp};

use crate::{App, access::OrganizationScope};

/// Which alerts are measured: those that began from `from` until before `until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsQuery {
    pub from: Timestamp,
    pub until: Timestamp,
    /// Empty for all that the actor sees.
    pub projects: Vec<ProjectId>,
    pub team: Option<TeamId>,
    pub rule: Option<RuleRef>,
    /// By which a message was sent: `email`, `webhook`, …
    pub channel: Option<String>,
    pub group_by: Option<GroupBy>,
}

impl MetricsQuery {
    pub fn between(from: Timestamp, until: Timestamp) -> Self {
        Self {
            from,
            until,
            projects: Vec::new(),
            team: None,
            rule: None,
            channel: None,
            group_by: None,
        }
    }
}

/// The answer, and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsReport {
    pub total: Measured,
    /// With what each is called; in a useful order.
    pub groups: Vec<(GroupKey, Measured)>,
    /// There were more alerts than can be looked at: the numbers are those of the oldest.
    pub is_cut: bool,
}

pub async fn measure(
    app: &App,
    scope: &OrganizationScope,
    query: &MetricsQuery,
) -> Result<MetricsReport, store::Error> {
    let gathered = gather::gather(app, scope, query).await?;
    let total = Measured::of(&gathered.alerts, &gathered.messages, query.channel.as_deref());
    let groups = match query.group_by {
        Some(by) => group::groups(app, scope, by, &gathered, query.channel.as_deref()).await?,
        None => Vec::new(),
    };
    Ok(MetricsReport {
        total,
        groups,
        is_cut: gathered.is_cut,
    })
}
