//! Issue alert rules: how they are made and changed, who is spared them for a while, what they did, and what they would
//! have done. Whether one fires is decided in `alerts`, and for what comes in by [`crate::alerts`].

mod active;
mod change;
mod checks;
mod defaults;
mod history;
mod preview;
mod snoozing;
mod trial;
mod windows;

use std::collections::HashMap;

use alerts::{ActionKind, IssueRule, Names, Offered};
use model::{AlertRuleId, ProjectId, Timestamp, UserId};
use serde_json::Value;
use store::users::User;

use crate::{
    App,
    access::{AccessError, OrganizationScope, ProjectScope},
    issues::People,
};

pub use active::{ActiveRule, ProjectAlerts};
pub use change::{RuleDraft, RuleError, create, delete, set_enabled, update};
pub use defaults::{Applied, DefaultRules, STOCK_RULE, apply_defaults, default_rules, set_default_rules};
pub use history::{Hourly, changes, fired_issues, firings, hourly, silences};
pub use preview::{MOST_EVENTS, Preview, WouldFire, preview};
pub use snoozing::{SnoozeError, SnoozeFor, end_snooze, snooze};
pub use store::alert_rules::{ActionHealth, AlertRule, MaintenanceWindow, Snooze};
pub use trial::{TrialError, send_trial};
pub use windows::{NewWindow, WindowError, add_window, delete_window, windows};

pub(crate) use defaults::copy_defaults;

/// For how long back the health of actions is told, and rules are tried out.
pub const LATELY: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 3600);

/// How many rules a project may have that ask for counts, and that do not.
pub const MOST_SLOW: i64 = 100;
pub const MOST_FAST: i64 = 500;

/// Whether an action can be done here: some services have to be set up before.
pub fn is_set_up(app: &App, kind: &ActionKind) -> bool {
    const OWN: [&str; 4] = ["assign", "email", "plugin", "webhook"];
    OWN.contains(&kind.slug) || app.channels.get(kind.slug).is_some()
}

/// What rules are made of here, as clients ask for it.
pub fn configuration(app: &App) -> Value {
    let has_channel = |kind: &ActionKind| is_set_up(app, kind);
    alerts::configuration(&Offered {
        has_channel: Some(&has_channel),
        ..Offered::default()
    })
}

/// What users and teams are called where rules are put into words.
pub fn names(people: &People) -> Names {
    let user = |(id, user): (&UserId, &User)| match user.name.as_str() {
        "" => (*id, user.email.clone()),
        name => (*id, name.to_owned()),
    };
    Names {
        users: people.users.iter().map(user).collect(),
        teams: people.teams.iter().map(|(id, team)| (*id, team.slug.clone())).collect(),
        ..Names::default()
    }
}

/// A rule with what lists tell of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedRule {
    pub stored: AlertRule,
    /// Those that hold.
    pub snoozes: Vec<Snooze>,
    pub last_fired: Option<Timestamp>,
    /// Of what was sent lately.
    pub health: ActionHealth,
}

impl ListedRule {
    /// That for everybody.
    pub fn snoozed_for_all(&self) -> Option<&Snooze> {
        self.snoozes.iter().find(|snooze| snooze.user.is_none())
    }
}

/// The rule of a stored row. What is stored was checked by some version; should this one find fault with it, it says so.
pub fn read(stored: &AlertRule) -> Result<IssueRule, Vec<alerts::Problem>> {
    IssueRule::read_stored(&stored.name, &stored.definition)
}

/// Those of a project, the oldest first.
pub async fn list(app: &App, scope: &ProjectScope) -> Result<Vec<ListedRule>, store::Error> {
    let rules = store::alert_rules::list(&mut *app.store.read().await?, scope.project.id).await?;
    with_state(app, rules).await
}

/// Those of all projects that the actor sees, or of some of them.
pub async fn list_of_organization(
    app: &App,
    scope: &OrganizationScope,
    projects: &[ProjectId],
) -> Result<Vec<ListedRule>, store::Error> {
    let projects = scope.visible.narrow(projects);
    let mut db = app.store.read().await?;
    let rules = store::alert_rules::list_of_organization(&mut db, scope.organization.id, &projects).await?;
    drop(db);
    with_state(app, rules).await
}

/// A rule with its state; absent is an error.
pub async fn get(app: &App, scope: &ProjectScope, id: AlertRuleId) -> Result<ListedRule, AccessError> {
    let found = store::alert_rules::find(&mut *app.store.read().await?, scope.project.id, id).await?;
    let listed = with_state(app, vec![found.ok_or(AccessError::NotFound)?]).await?;
    listed.into_iter().next().ok_or(AccessError::NotFound)
}

async fn with_state(app: &App, rules: Vec<AlertRule>) -> Result<Vec<ListedRule>, store::Error> {
    let ids: Vec<AlertRuleId> = rules.iter().map(|rule| rule.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let now = app.now();
    let mut db = app.store.read().await?;
    let mut snoozes: HashMap<AlertRuleId, Vec<Snooze>> = HashMap::new();
    for snooze in store::alert_rules::snoozes(&mut db, &ids, now).await? {
        snoozes.entry(snooze.rule).or_default().push(snooze);
    }
    let fired = store::alert_firings::last_fired(&mut db, &ids).await?;
    let fired: HashMap<AlertRuleId, Timestamp> = fired.into_iter().collect();
    let mut health = store::alert_rules::health(&mut db, &ids, now - LATELY).await?;
    let listed = rules.into_iter().map(|stored| ListedRule {
        snoozes: snoozes.remove(&stored.id).unwrap_or_default(),
        last_fired: fired.get(&stored.id).copied(),
        health: health.remove(&stored.id).unwrap_or_default(),
        stored,
    });
    Ok(listed.collect())
}
