//! The rules that a project begins with: the organization's own set, or the one that everybody has who chose none.

use alerts::{IssueRule, Problem as RuleProblem, metric::MetricRule};
use model::{OrganizationId, ProjectId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Tx;

use super::change::new_rule;
use crate::{
    App,
    access::{OrganizationScope, ProjectScope},
    metric_alerts::{self, ChangeError, Draft},
    settings::{self, OrganizationTopic, Problem, ProjectTopic, SetError},
};

/// Who begins a project is told of what matters most.
pub const STOCK_RULE: &str = r#"{
    "name": "Send a notification for high priority issues",
    "actionMatch": "any",
    "filterMatch": "all",
    "frequency": 30,
    "environment": null,
    "conditions": [
        {"id": "sentry.rules.conditions.new_high_priority_issue.NewHighPriorityIssueCondition"},
        {"id": "sentry.rules.conditions.existing_high_priority_issue.ExistingHighPriorityIssueCondition"}
    ],
    "filters": [],
    "actions": [{
        "id": "sentry.mail.actions.NotifyEmailAction",
        "targetType": "IssueOwners",
        "fallthroughType": "ActiveMembers"
    }]
}"#;

/// How many rules of each kind a set may have.
const MOST_DEFAULTS: usize = 20;

/// The rules of new projects, as the API takes them, with their names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DefaultRules {
    pub issue_rules: Vec<Map<String, Value>>,
    pub metric_rules: Vec<Map<String, Value>>,
}

impl Default for DefaultRules {
    fn default() -> Self {
        let stock = serde_json::from_str(STOCK_RULE).expect("the constant is an object");
        Self {
            issue_rules: vec![stock],
            metric_rules: Vec::new(),
        }
    }
}

impl ProjectTopic for DefaultRules {
    const NAME: &'static str = "default_alert_rules";

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |field: String, message: String| {
            problems.push(Problem {
                field,
                line: None,
                column: None,
                message,
            });
        };
        for (field, rules) in [("issueRules", &self.issue_rules), ("metricRules", &self.metric_rules)] {
            if rules.len() > MOST_DEFAULTS {
                add(
                    field.to_owned(),
                    format!("a set has at most {MOST_DEFAULTS} of these rules"),
                );
            }
        }
        for (place, rule) in self.issue_rules.iter().enumerate() {
            for RuleProblem { field, message } in IssueRule::read(rule).err().unwrap_or_default() {
                add(format!("issueRules.{place}.{field}"), message);
            }
        }
        for (place, rule) in self.metric_rules.iter().enumerate() {
            for problem in MetricRule::read(rule).err().unwrap_or_default() {
                add(format!("metricRules.{place}.{}", problem.field), problem.message);
            }
        }
        problems
    }
}

impl OrganizationTopic for DefaultRules {
    fn of_new_organization() -> Self {
        Self::default()
    }
}

pub async fn default_rules(app: &App, scope: &OrganizationScope) -> Result<DefaultRules, store::Error> {
    settings::read_topic(&mut *app.store.read().await?, scope.organization.id).await
}

/// Projects that are there keep theirs.
pub async fn set_default_rules(app: &App, scope: &OrganizationScope, rules: &DefaultRules) -> Result<(), SetError> {
    settings::set_of_organization(app, scope, rules).await
}

/// What came of giving a project the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    pub added: usize,
    /// It had one that does the same.
    pub known: usize,
}

/// Gives a project that is there the rules of the set that it lacks.
pub async fn apply_defaults(app: &App, scope: &ProjectScope) -> Result<Applied, store::Error> {
    let mut tx = app.store.begin().await?;
    let applied = copy_into(app, &mut tx, scope.organization.id, scope.project.id).await?;
    if applied.added > 0 {
        let change = crate::audit::Change::created(&serde_json::json!({"defaultAlertRules": applied.added}));
        crate::projects::record_settings(app, &mut tx, scope, change).await?;
    }
    tx.commit().await?;
    app.project_configs.forget(scope.project.id);
    Ok(applied)
}

/// Gives a new project the rules of the set.
pub(crate) async fn copy_defaults(
    app: &App,
    tx: &mut Tx,
    organization: OrganizationId,
    project: ProjectId,
) -> Result<(), store::Error> {
    copy_into(app, tx, organization, project).await.map(|_| ())
}

/// They are the project's own from then on. A rule that this version cannot read is left out.
async fn copy_into(
    app: &App,
    tx: &mut Tx,
    organization: OrganizationId,
    project: ProjectId,
) -> Result<Applied, store::Error> {
    let set: DefaultRules = settings::read_topic(tx, organization).await?;
    let mut applied = Applied::default();
    for rule in set.issue_rules.iter().filter_map(|wire| IssueRule::read(wire).ok()) {
        let rule = new_rule(app, project, rule);
        if store::alert_rules::find_by_digest(tx, project, &rule.digest)
            .await?
            .is_some()
        {
            applied.known += 1;
            continue;
        }
        store::alert_rules::create(tx, &rule).await?;
        applied.added += 1;
    }
    copy_metric_rules(app, tx, (organization, project), &set.metric_rules, &mut applied).await?;
    Ok(applied)
}

/// Those about numbers: of one project each, though others may be about several. Of two with one name the project's own
/// stays.
async fn copy_metric_rules(
    app: &App,
    tx: &mut Tx,
    (organization, project): (OrganizationId, ProjectId),
    rules: &[Map<String, Value>],
    applied: &mut Applied,
) -> Result<(), store::Error> {
    if rules.is_empty() {
        return Ok(());
    }
    let own = store::metric_alerts::list(tx, organization, &[project]).await?;
    for rule in rules.iter().filter_map(|wire| MetricRule::read(wire).ok()) {
        if own.iter().any(|known| known.name == rule.name) {
            applied.known += 1;
            continue;
        }
        let draft = Draft {
            rule,
            projects: vec![project],
            owner: None,
        };
        match metric_alerts::create_in(app, tx, organization, draft, None).await {
            Ok(_) => applied.added += 1,
            Err(ChangeError::Store(error)) => return Err(error),
            Err(error) => {
                tracing::warn!(project.id = %project, error = %error, "a rule of the default set was left out");
            }
        }
    }
    Ok(())
}
