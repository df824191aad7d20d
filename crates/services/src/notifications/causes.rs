//! What notifications tell of, beside alerts: how `notifications.cause` is written and read.

use model::{ActivityId, ActivityKind, AlertRuleId, DeployId, NotificationId, ProjectId, ReleaseId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{FiredRule, Reason, recipients::Recipient};

/// The kind of an [`ActivityCause`] that tells of a new issue; no activity is stored of it.
pub const FIRST_SEEN: &str = "first_seen";

/// Of `activity`: something happened to an issue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivityCause {
    /// `None` of a new issue.
    pub activity: Option<ActivityId>,
    /// The name of the activity's kind.
    pub kind: String,
    /// `None`: Tocsin itself, or whoever is no user.
    pub actor: Option<UserId>,
    pub data: Map<String, Value>,
}

impl ActivityCause {
    /// An ownership rule gave the issue to somebody, and no person.
    pub fn is_assigned_by_rule(&self) -> bool {
        let integration = self.data.get("integration").and_then(Value::as_str);
        self.kind == ActivityKind::Assigned.name() && integration == Some("projectOwnership")
    }
}

/// Of `digest`: notifications that are told together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DigestCause {
    pub recipient: Recipient,
    /// Why they were held back: digest, user_cap, project_cap, quiet_hours, team_window.
    pub why: Reason,
    /// The oldest first.
    pub notifications: Vec<NotificationId>,
    /// So many came beyond those, and are only counted.
    #[serde(default)]
    pub more: u64,
    /// When the first of them was held back.
    pub since: Timestamp,
}

/// Of `held_notice`: a cap was reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldCause {
    pub recipient: Recipient,
    /// user_cap or project_cap.
    pub why: Reason,
    pub cap: u32,
    /// How many are held back so far.
    pub held: u32,
    /// When they are told.
    pub until: Timestamp,
}

/// Of `deploy`: a release went live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeployCause {
    pub deploy: DeployId,
    pub release: ReleaseId,
    pub version: String,
    pub environment: String,
    pub name: Option<String>,
    pub url: Option<String>,
    pub projects: Vec<ProjectId>,
    pub actor: Option<UserId>,
}

/// What is read of the cause of a `metric_alert`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MetricCause {
    /// critical, warning or resolved.
    pub(crate) status: String,
    pub(crate) name: String,
    pub(crate) rule: Option<i64>,
    pub(crate) projects: Vec<ProjectId>,
    /// It is about how long something takes.
    pub(crate) is_performance: bool,
    pub(crate) actions: Vec<MetricAction>,
    pub(crate) subscribers: Vec<UserId>,
    pub(crate) snoozed_for: Vec<UserId>,
    pub(crate) snoozed: bool,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct MetricAction {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) target_type: String,
    pub(crate) target_identifier: Option<Value>,
    /// All of it, for the channel that sends it.
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

impl MetricAction {
    pub(crate) fn target(&self) -> String {
        match &self.target_identifier {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }
}

/// Of `rule_saved`: an alert rule was made or changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedRuleCause {
    pub rule: i64,
    /// Of numbers, not of issues.
    pub is_metric: bool,
    pub name: String,
    pub is_new: bool,
    pub by: Option<UserId>,
    /// Those actions whose channels want to know, as the rule's wire form has them.
    pub actions: Vec<Value>,
    /// In words, for the channels.
    pub text: String,
    pub url: String,
}

/// What is read of causes that name their recipient: reports, mails about an account, tests.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AddressedCause {
    pub(crate) user: Option<UserId>,
    pub(crate) address: Option<String>,
    pub(crate) rules: Vec<NamedRule>,
    /// Of quotas: the name of the type of notifications.
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
}

/// What is read of a rule: one that is tried before it is saved has no id.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NamedRule {
    pub(crate) id: Option<AlertRuleId>,
    pub(crate) name: String,
    pub(crate) actions: Vec<Value>,
}

impl From<FiredRule> for NamedRule {
    fn from(rule: FiredRule) -> Self {
        Self {
            id: Some(rule.id),
            name: rule.name,
            actions: rule.actions,
        }
    }
}
