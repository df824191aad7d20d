//! Making, changing and removing rules.

use alerts::IssueRule;
use model::{AlertRuleId, Assignee, ProjectId};
use serde_json::{Value, json};
use store::{Tx, alert_rules::AlertRule};

use super::{MOST_FAST, MOST_SLOW, checks};
use crate::{
    App,
    access::{AccessError, ProjectScope},
    audit::{self, Action, Change, Entry, Target, TargetKind},
    notifications::saved_rules::{self, SavedRule},
    secret,
};

/// What a rule is made or changed to.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleDraft {
    pub rule: IssueRule,
    pub owner: Option<Assignee>,
    pub is_enabled: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    #[error("{}", .0.first().map_or("an invalid rule", |problem| problem.message.as_str()))]
    Invalid(Vec<alerts::Problem>),
    #[error("the rule {name} of this project does the same")]
    Duplicate { id: AlertRuleId, name: String },
    #[error("a project may have {most} rules of this kind")]
    TooMany { is_slow: bool, most: i64 },
    /// Since the caller looked at it.
    #[error("somebody else has changed the rule meanwhile")]
    Changed,
    #[error("not found")]
    NotFound,
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<RuleError> for AccessError {
    fn from(error: RuleError) -> Self {
        match error {
            RuleError::Store(error) => Self::Store(error),
            _ => Self::NotFound,
        }
    }
}

/// Makes a rule. From then on it is asked about what comes in.
pub async fn create(app: &App, scope: &ProjectScope, draft: RuleDraft) -> Result<AlertRule, RuleError> {
    checks::check(app, scope, &draft).await?;
    let mut tx = app.store.begin().await?;
    let rule = AlertRule {
        is_enabled: draft.is_enabled,
        owner: draft.owner,
        created_by: scope.actor.user_id(),
        ..new_rule(app, scope.project.id, draft.rule)
    };
    check_number(&mut tx, &rule).await?;
    check_duplicate(&mut tx, &rule).await?;
    store::alert_rules::create(&mut tx, &rule).await?;
    record(
        app,
        &mut tx,
        scope,
        &rule,
        Action::RULE_ADDED,
        Change::created(&told(&rule)),
    )
    .await?;
    confirm(app, &mut tx, scope, &rule, true).await?;
    tx.commit().await?;
    app.project_configs.forget(scope.project.id);
    app.jobs.wake();
    Ok(rule)
}

/// Lets the places where people talk see that the rule reaches them.
async fn confirm(
    app: &App,
    tx: &mut Tx,
    scope: &ProjectScope,
    rule: &AlertRule,
    is_new: bool,
) -> Result<(), store::Error> {
    let Ok(parsed) = super::read(rule) else {
        return Ok(());
    };
    let actions = parsed.all_actions();
    let saved = SavedRule {
        scope: scope.whole(),
        project: scope.project.id,
        rule: rule.id.0,
        is_metric: false,
        name: &rule.name,
        is_new,
        actions: actions
            .map(|action| (action.slug().to_owned(), action.to_wire().into()))
            .collect(),
        page: format!("projects/{}/alerts/rules/{}/", scope.project.slug, rule.id),
    };
    saved_rules::confirm(app, tx, saved).await
}

/// A rule that nobody has made, nobody owns, and that is enabled.
pub(super) fn new_rule(app: &App, project: ProjectId, rule: IssueRule) -> AlertRule {
    let (rule, now) = (with_ids(rule), app.now());
    AlertRule {
        id: AlertRuleId(app.ids.next()),
        project,
        definition: rule.definition(),
        digest: rule.digest(),
        is_slow: rule.is_slow(),
        name: rule.name,
        is_enabled: true,
        owner: None,
        revision: 1,
        created_by: None,
        created_at: now,
        changed_at: now,
    }
}

/// Changes a rule. `seen` is the revision that the caller knows, if they shall not overwrite another one.
pub async fn update(
    app: &App,
    scope: &ProjectScope,
    id: AlertRuleId,
    seen: Option<i64>,
    draft: RuleDraft,
) -> Result<AlertRule, RuleError> {
    checks::check(app, scope, &draft).await?;
    let rule = with_ids(draft.rule);
    let change = |before: &AlertRule| AlertRule {
        name: rule.name.clone(),
        digest: rule.digest(),
        definition: rule.definition(),
        is_slow: rule.is_slow(),
        is_enabled: draft.is_enabled,
        owner: draft.owner,
        ..before.clone()
    };
    write(app, scope, id, seen, change).await
}

/// Lets a rule fire, or keeps it from it.
pub async fn set_enabled(
    app: &App,
    scope: &ProjectScope,
    id: AlertRuleId,
    is_enabled: bool,
) -> Result<AlertRule, RuleError> {
    let change = |before: &AlertRule| AlertRule {
        is_enabled,
        ..before.clone()
    };
    write(app, scope, id, None, change).await
}

async fn write(
    app: &App,
    scope: &ProjectScope,
    id: AlertRuleId,
    seen: Option<i64>,
    change: impl Fn(&AlertRule) -> AlertRule,
) -> Result<AlertRule, RuleError> {
    let mut tx = app.store.begin().await?;
    let before = store::alert_rules::find(&mut tx, scope.project.id, id).await?;
    let before = before.ok_or(RuleError::NotFound)?;
    if seen.is_some_and(|seen| seen != before.revision) {
        return Err(RuleError::Changed);
    }
    let rule = change(&before);
    if rule == before {
        return Ok(before);
    }
    let rule = AlertRule {
        revision: before.revision + 1,
        changed_at: app.now(),
        ..rule
    };
    if rule.is_slow != before.is_slow {
        check_number(&mut tx, &rule).await?;
    }
    check_duplicate(&mut tx, &rule).await?;
    if !store::alert_rules::update(&mut tx, &rule).await? {
        return Err(RuleError::Changed);
    }
    let action = match (before.is_enabled, rule.is_enabled) {
        (true, false) => Action::RULE_DISABLED,
        (false, true) => Action::RULE_ENABLED,
        _ => Action::RULE_EDITED,
    };
    let change = Change::between(&told(&before), &told(&rule));
    record(app, &mut tx, scope, &rule, action, change).await?;
    // Actions without ids get new ones each time: that alone is no change.
    let does_other = (&rule.digest, &rule.name) != (&before.digest, &before.name);
    if action == Action::RULE_EDITED && does_other {
        confirm(app, &mut tx, scope, &rule, false).await?;
    }
    tx.commit().await?;
    app.project_configs.forget(scope.project.id);
    app.jobs.wake();
    Ok(rule)
}

/// What it did stays in the ledger.
pub async fn delete(app: &App, scope: &ProjectScope, id: AlertRuleId) -> Result<(), RuleError> {
    let mut tx = app.store.begin().await?;
    let before = store::alert_rules::find(&mut tx, scope.project.id, id).await?;
    let before = before.ok_or(RuleError::NotFound)?;
    store::alert_rules::delete(&mut tx, scope.project.id, id).await?;
    let change = Change::removed(&told(&before));
    record(app, &mut tx, scope, &before, Action::RULE_REMOVED, change).await?;
    tx.commit().await?;
    app.project_configs.forget(scope.project.id);
    Ok(())
}

async fn check_number(tx: &mut Tx, rule: &AlertRule) -> Result<(), RuleError> {
    let most = if rule.is_slow { MOST_SLOW } else { MOST_FAST };
    let is_slow = rule.is_slow;
    if store::alert_rules::count(tx, rule.project, is_slow).await? >= most {
        return Err(RuleError::TooMany { is_slow, most });
    }
    Ok(())
}

async fn check_duplicate(tx: &mut Tx, rule: &AlertRule) -> Result<(), RuleError> {
    let same = store::alert_rules::find_by_digest(tx, rule.project, &rule.digest).await?;
    match same.filter(|same| same.id != rule.id) {
        Some(same) => Err(RuleError::Duplicate {
            id: same.id,
            name: same.name,
        }),
        None => Ok(()),
    }
}

/// The rule with an id for each action that has none.
fn with_ids(mut rule: IssueRule) -> IssueRule {
    let of_branches = rule.more.iter_mut().flat_map(|branch| &mut branch.actions);
    for action in rule.actions.iter_mut().chain(of_branches) {
        if action.uuid.as_ref().is_none_or(String::is_empty) {
            action.uuid = Some(uuid());
        }
    }
    rule
}

/// As others write them: `8-4-4-4-12` hexadecimal digits.
fn uuid() -> String {
    let hex = secret::random_hex::<16>();
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    parts.join("-")
}

/// What the audit log keeps of a rule.
fn told(rule: &AlertRule) -> Value {
    let mut told = json!({
        "name": rule.name,
        "owner": rule.owner.map(|owner| owner.to_string()),
        "enabled": rule.is_enabled,
    });
    if let Value::Object(fields) = &mut told {
        fields.extend(rule.definition.clone());
    }
    told
}

pub(super) async fn record(
    app: &App,
    tx: &mut Tx,
    scope: &ProjectScope,
    rule: &AlertRule,
    action: Action,
    change: Change,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(scope.organization.id),
        action,
        target: Target {
            kind: TargetKind::AlertRule,
            id: rule.id.0,
            label: &rule.name,
        },
        change,
    };
    audit::record(app, tx, &scope.actor, entry).await
}
