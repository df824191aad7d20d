//! Why was somebody, or nobody, told: of an event, an issue, by a rule, to a user.

use std::{collections::HashMap, time::Duration};

use alerts::{Answers, Change, CompiledRule, Decision, Known, reason_text};
use model::{AlertRuleId, EventId, IssueId, NotificationId, NotificationKind, ProjectId, Timestamp, UserId};
use protocol::event::Event;
use serde::Deserialize as _;
use store::{
    Connection, IdPage,
    alert_firings::{self, Evaluation, EvaluationFilter, Firing, FiringFilter},
    alert_metrics::Period,
    alert_rules::AlertRule,
    event_outcomes::EventOutcome,
    events::StoredEvent,
    notifications::NotificationFilter,
};

use crate::{
    App,
    access::OrganizationScope,
    alert_rules, events,
    notifications::ledger::{self, Told},
    outcomes,
};

/// How many rows of one kind an answer has at most.
const MOST: i64 = 100;

/// How long a notification may wait for the digest that tells of it.
const GATHERED: Duration = Duration::from_secs(2 * 24 * 3600);

/// Everything that is known of what an event led to.
#[derive(Debug, Clone, PartialEq)]
pub struct EventTrace {
    pub event: EventId,
    /// `None`: it is not kept.
    pub place: Option<Place>,
    /// What of it was not accepted, and why.
    pub outcomes: Vec<EventOutcome>,
    /// Every rule of the project, and what it made of the event.
    pub rules: Vec<RuleVerdict>,
    /// What people were told because of it, and the digests by which that left.
    pub told: Vec<Told>,
}

/// Where an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub project: ProjectId,
    pub issue: Option<IssueId>,
    pub received_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RuleVerdict {
    pub rule: AlertRuleId,
    /// Of one that is gone, its number.
    pub name: String,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Fired {
        at: Timestamp,
        notification: NotificationId,
        reasons: Vec<String>,
    },
    /// It did not fire: why. Of several reasons it was one, events were summed up.
    Silent(Vec<String>),
    /// The rule was made after the event had come.
    MadeLater,
    /// It is switched off now, and was not asked.
    Disabled,
    /// The event waits for its turn.
    Undecided,
    /// What was decided is not kept any more.
    Forgotten,
}

impl Verdict {
    /// Under which the API names it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Fired { .. } => "fired",
            Self::Silent(_) => "silent",
            Self::MadeLater => "made_later",
            Self::Disabled => "disabled",
            Self::Undecided => "undecided",
            Self::Forgotten => "forgotten",
        }
    }

    /// In sentences.
    pub fn reasons(&self) -> Vec<String> {
        match self {
            Self::Fired { reasons, .. } | Self::Silent(reasons) => reasons.clone(),
            Self::MadeLater => vec!["the rule was made after the event had come".to_owned()],
            Self::Disabled => vec!["the rule is disabled".to_owned()],
            Self::Undecided => vec!["the event waits for its turn: look again in a moment".to_owned()],
            Self::Forgotten => vec!["what was decided is not kept any more".to_owned()],
        }
    }
}

/// What an event led to.
pub async fn of_event(app: &App, scope: &OrganizationScope, event: EventId) -> Result<EventTrace, store::Error> {
    let story = outcomes::of_event(app, scope, event).await?;
    let stored = events::find_in_organization(app, scope.organization.id, &scope.visible, event).await?;
    let told = ledger_of(
        app,
        scope,
        NotificationFilter {
            event: Some(event),
            ..NotificationFilter::default()
        },
        IdPage::newest(MOST),
    )
    .await?;
    let rules = match &stored {
        Some(stored) if stored.issue.is_some() => verdicts(app, stored).await?,
        _ => Vec::new(),
    };
    Ok(EventTrace {
        event,
        place: stored.map(|stored| Place {
            project: stored.project,
            issue: stored.issue,
            received_at: stored.received_at,
        }),
        outcomes: story.outcomes,
        rules,
        told: with_digests(app, scope, told).await?,
    })
}

/// What each rule of the event's project made of it.
async fn verdicts(app: &App, stored: &StoredEvent) -> Result<Vec<RuleVerdict>, store::Error> {
    let mut db = app.store.read().await?;
    let rules = store::alert_rules::list(&mut db, stored.project).await?;
    let filter = FiringFilter {
        event: Some(stored.id),
        ..FiringFilter::default()
    };
    let firings = alert_firings::list(&mut db, stored.project, filter, IdPage::newest(MOST)).await?;
    let filter = EvaluationFilter {
        issue: stored.issue,
        received_at: Some(stored.received_at),
        ..EvaluationFilter::default()
    };
    let silent = alert_firings::evaluations(&mut db, stored.project, filter, MOST * 10).await?;
    let is_waiting = store::jobs::depths(&mut db, app.now())
        .await?
        .iter()
        .any(|depth| depth.name == POST_PROCESS);
    let mut verdicts: Vec<RuleVerdict> = Vec::new();
    for rule in &rules {
        let own: Vec<&Evaluation> = silent.iter().filter(|row| row.rule == rule.id).collect();
        let verdict = match firings.iter().find(|firing| firing.rule == rule.id) {
            Some(firing) => fired(firing),
            None if !own.is_empty() => Verdict::Silent(why(&mut db, rule, stored, &own).await?),
            None if rule.created_at > stored.received_at => Verdict::MadeLater,
            None if !rule.is_enabled => Verdict::Disabled,
            None if is_waiting => Verdict::Undecided,
            None => Verdict::Forgotten,
        };
        verdicts.push(RuleVerdict {
            rule: rule.id,
            name: rule.name.clone(),
            verdict,
        });
    }
    let gone = firings
        .iter()
        .filter(|firing| rules.iter().all(|rule| rule.id != firing.rule));
    verdicts.extend(gone.map(|firing| RuleVerdict {
        rule: firing.rule,
        name: format!("a deleted rule ({})", firing.rule),
        verdict: fired(firing),
    }));
    Ok(verdicts)
}

/// The job that decides.
const POST_PROCESS: &str = <crate::alert_firings::PostProcess as queue::Job<App>>::NAME;

fn fired(firing: &Firing) -> Verdict {
    Verdict::Fired {
        at: firing.fired_at,
        notification: firing.notification,
        reasons: reasons_of(firing),
    }
}

/// Why a rule fired, in sentences.
pub fn reasons_of(firing: &Firing) -> Vec<String> {
    let text = |reason: &serde_json::Value, key: &str| {
        let text = reason.get(key).and_then(serde_json::Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let list = firing.reasons.as_array().map_or(&[][..], Vec::as_slice);
    list.iter()
        .map(|reason| reason_text(&text(reason, "code"), &text(reason, "detail"), &text(reason, "found")))
        .collect()
}

/// Why a rule did not fire, in a sentence.
pub fn silence_of(row: &Evaluation) -> String {
    reason_text(&row.reason, &row.detail, "")
}

/// Which of the rows stands for the event. Where several may, the event itself is looked at again: what it answers to
/// the rule has not changed. What is then still open is told with all that it may have been.
async fn why(
    db: &mut Connection,
    rule: &AlertRule,
    stored: &StoredEvent,
    rows: &[&Evaluation],
) -> Result<Vec<String>, store::Error> {
    let named = rows
        .iter()
        .find(|row| row.first_event == stored.id || row.last_event == stored.id);
    let found = match named {
        Some(row) => Some(*row),
        None if rows.len() == 1 => rows.first().copied(),
        None => look_again(db, rule, stored, rows).await?,
    };
    let rows = found.map_or_else(|| rows.to_vec(), |row| vec![row]);
    Ok(rows.into_iter().map(silence_of).collect())
}

async fn look_again<'r>(
    db: &mut Connection,
    rule: &AlertRule,
    stored: &StoredEvent,
    rows: &[&'r Evaluation],
) -> Result<Option<&'r Evaluation>, store::Error> {
    // A rule that was changed since asked other things then.
    let is_same = rule.changed_at <= stored.received_at;
    let read = alert_rules::read(rule).ok().filter(|_| is_same);
    let event = Event::from_slice(stored.payload.as_bytes()).ok();
    let (Some(read), Some(event), Some(issue)) = (read, event, stored.issue) else {
        return Ok(None);
    };
    let Some((_, standing)) = store::issues::standings(db, &[issue]).await?.into_iter().next() else {
        return Ok(None);
    };
    let compiled = CompiledRule::new(rule.id, rule.revision, read);
    let facts = compiled.facts(&event, &normalize::index_tags(&event));
    let release = event.release.as_deref();
    let known = Known {
        received_at: stored.received_at,
        release,
        issue: alerts::Issue {
            first_seen: standing.first_seen,
            times_seen: u64::MAX,
            assignee: standing.assignee(),
            priority: standing.priority(),
            category: 1,
            severity: None,
            // It may have been resolved since; that it was not is what the other rows are about.
            status: model::IssueStatus::Unresolved,
        },
        change: Change::default(),
        last_fired: None,
        silence: None,
    };
    let of_event = match alerts::decide(&compiled, &facts, &known, &Answers::default()) {
        Decision::No(reason) => rows
            .iter()
            .find(|row| row.reason == reason.code && row.detail == reason.detail),
        Decision::Fire(_) | Decision::Ask(..) => {
            // The event itself would do: what speaks against it alone is out.
            let mut others = rows
                .iter()
                .filter(|row| !["environment", "filters"].contains(&row.reason.as_str()));
            let first = others.next();
            first.filter(|_| others.next().is_none())
        }
    };
    Ok(of_event.copied())
}

/// What of the ledger is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LedgerFilter {
    pub issue: Option<IssueId>,
    pub rule: Option<AlertRuleId>,
    pub event: Option<EventId>,
    pub user: Option<UserId>,
    pub kind: Option<NotificationKind>,
}

/// What people were told, or not, newest first.
pub async fn list(
    app: &App,
    scope: &OrganizationScope,
    filter: LedgerFilter,
    page: IdPage,
) -> Result<Vec<Told>, store::Error> {
    let filter = NotificationFilter {
        issue: filter.issue,
        event: filter.event,
        kind: filter.kind,
        user: filter.user,
        rule: filter.rule,
        ..NotificationFilter::default()
    };
    ledger_of(app, scope, filter, page).await
}

/// The ledger. What is between Tocsin and one person, as reports and digests over projects that not everybody sees, is
/// for them and for those who run the organization.
async fn ledger_of(
    app: &App,
    scope: &OrganizationScope,
    filter: NotificationFilter<'_>,
    page: IdPage,
) -> Result<Vec<Told>, store::Error> {
    let sees_all = scope.rights.allow(crate::Scope::OrgWrite);
    let filter = NotificationFilter {
        reader: (!sees_all).then(|| scope.actor.viewer()),
        ..filter
    };
    ledger::list(app, scope, filter, page).await
}

/// Adds the digests by which some of these left.
async fn with_digests(app: &App, scope: &OrganizationScope, mut told: Vec<Told>) -> Result<Vec<Told>, store::Error> {
    let is_held = |one: &Told| one.recipients.iter().any(|to| to.is_told && to.delivery.is_none());
    let Some(first) = told
        .iter()
        .filter(|one| is_held(one))
        .map(|one| one.notification.created_at)
        .min()
    else {
        return Ok(told);
    };
    let period = Period {
        organization: scope.organization.id,
        projects: None,
        from: first,
        until: first + GATHERED,
    };
    let held: Vec<NotificationId> = told.iter().map(|one| one.notification.id).collect();
    let digests = {
        let mut db = app.store.read().await?;
        store::alert_metrics::notifications(&mut db, NotificationKind::Digest, period, MOST * 10).await?
    };
    for digest in digests {
        let inside = digest.cause.get("notifications");
        let inside = inside.and_then(|list| Vec::<NotificationId>::deserialize(list).ok());
        if inside.is_some_and(|inside| inside.iter().any(|one| held.contains(one))) {
            told.extend(ledger::find(app, scope, digest.id).await?);
        }
    }
    Ok(told)
}

/// What somebody was told or not told in a notification: a line for each channel that was thought of.
pub fn of_user(told: &Told, user: UserId) -> Vec<&store::notifications::Recipient> {
    told.recipients.iter().filter(|to| to.user == Some(user)).collect()
}

/// The events for which rules did not fire, by rule, issue, hour and reason, newest first.
pub async fn silences(
    app: &App,
    project: ProjectId,
    rule: Option<AlertRuleId>,
    issue: Option<IssueId>,
) -> Result<Vec<Evaluation>, store::Error> {
    let filter = EvaluationFilter {
        rule,
        issue,
        ..EvaluationFilter::default()
    };
    alert_firings::evaluations(&mut *app.store.read().await?, project, filter, MOST).await
}

/// How rules are called.
pub async fn names_of_rules(
    app: &App,
    scope: &OrganizationScope,
) -> Result<HashMap<AlertRuleId, (String, ProjectId)>, store::Error> {
    let mut db = app.store.read().await?;
    let rules = store::alert_rules::list_of_organization(&mut db, scope.organization.id, &[]).await?;
    let visible = rules.into_iter().filter(|rule| scope.visible.has(rule.project));
    Ok(visible.map(|rule| (rule.id, (rule.name, rule.project))).collect())
}
