//! Rules as the way of events knows them.

use std::collections::HashMap;

use alerts::{CompiledRule, Silence};
use model::{AlertRuleId, ProjectId, Timestamp};
use store::{
    Connection,
    alert_rules::{MaintenanceWindow, Snooze},
};

use super::read;

/// What can fire in a project, and when nothing does.
#[derive(Debug, Clone, Default)]
pub struct ProjectAlerts {
    /// Those that are enabled, the oldest first.
    pub rules: Vec<ActiveRule>,
    /// Those that are not over.
    pub windows: Vec<MaintenanceWindow>,
}

/// A rule that is enabled.
#[derive(Debug, Clone)]
pub struct ActiveRule {
    pub compiled: CompiledRule,
    /// That for everybody; those of single users matter only where recipients are found.
    pub snooze: Option<Snooze>,
}

impl ActiveRule {
    pub fn id(&self) -> AlertRuleId {
        self.compiled.id()
    }

    /// Whether nobody is told by it.
    pub fn is_snoozed(&self, now: Timestamp) -> bool {
        self.snooze.is_some_and(|snooze| snooze.holds(now))
    }
}

impl ProjectAlerts {
    /// The maintenance that goes on at a time.
    pub fn window(&self, at: Timestamp) -> Option<&MaintenanceWindow> {
        self.windows.iter().find(|window| window.holds(at))
    }

    /// Why one of these rules does not fire at a time, whatever comes.
    pub fn silence(&self, rule: &ActiveRule, at: Timestamp) -> Option<Silence> {
        if let Some(snooze) = rule.snooze.filter(|snooze| snooze.holds(at)) {
            return Some(Silence::Snoozed(snooze.until));
        }
        let window = self.window(at)?;
        Some(Silence::Maintenance(window.ends_at))
    }

    /// A rule that this version cannot read is left out, and the log says so.
    pub(crate) async fn load(db: &mut Connection, project: ProjectId, now: Timestamp) -> Result<Self, store::Error> {
        let mut stored = store::alert_rules::list(db, project).await?;
        stored.retain(|rule| rule.is_enabled);
        let ids: Vec<AlertRuleId> = stored.iter().map(|rule| rule.id).collect();
        let snoozes = store::alert_rules::snoozes(db, &ids, now).await?;
        let for_all: HashMap<AlertRuleId, Snooze> = snoozes
            .into_iter()
            .filter(|snooze| snooze.user.is_none())
            .map(|snooze| (snooze.rule, snooze))
            .collect();
        let mut rules = Vec::with_capacity(stored.len());
        for stored in &stored {
            match read(stored) {
                Ok(rule) => rules.push(ActiveRule {
                    compiled: CompiledRule::new(stored.id, stored.revision, rule),
                    snooze: for_all.get(&stored.id).copied(),
                }),
                Err(problems) => {
                    let problem = problems
                        .first()
                        .map(|problem| problem.message.as_str())
                        .unwrap_or_default();
                    tracing::error!(project.id = %project, rule.id = %stored.id, error = problem, "an alert rule cannot be used");
                }
            }
        }
        Ok(Self {
            rules,
            windows: store::alert_rules::windows(db, project, now).await?,
        })
    }
}
