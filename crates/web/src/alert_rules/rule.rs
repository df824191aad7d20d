//! The page of a rule: what it says, when it fired and why, when it did not and why not, and who changed it.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use alerts::reason_text;
use askama::Template;
use httpkit::{ApiError, PathParams, ProjectAccess, scopes::AlertsRead};
use model::{AlertRuleId, FiringId, IssueId, Timestamp};
use serde_json::Value;
use services::{
    Scope,
    access::ProjectScope,
    alert_metrics,
    alert_rules::{self, ListedRule, Snooze},
    issues::{People, ShortId},
};
use store::{
    IdPage,
    alert_firings::{Evaluation, FiredIssue, Firing},
    issues::Issue,
};

use super::sentence::{BranchSentence, Sentence};
use crate::{
    audit_entries::EntryRow,
    chart::{Series, StackedChart},
    gallery::{self, Sample},
    icon::Icon,
    number::Count,
    page::Page,
    shell::{Part, Shell},
    text,
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "alert_rules/rule.html")]
pub(crate) struct RulePage {
    pub(crate) shell: Shell,
    /// The slug.
    project: String,
    id: i64,
    name: String,
    is_enabled: bool,
    /// For everybody, and for the reader.
    snoozes: Vec<SnoozeNote>,
    sentence: Sentence,
    /// What of it this version cannot read.
    problem: Option<String>,
    facts: Vec<(&'static str, String)>,
    failing: String,
    chart: StackedChart,
    issues: Vec<IssueRow>,
    firings: Vec<FiringRow>,
    /// There are more than are listed.
    is_cut: bool,
    silences: Vec<SilenceRow>,
    changes: Vec<EntryRow>,
    may_write: bool,
}

#[derive(Debug, Clone)]
struct SnoozeNote {
    whom: &'static str,
    until: Option<Timestamp>,
    by: Option<String>,
}

/// An issue for which the rule fired.
#[derive(Debug, Clone)]
struct IssueRow {
    id: i64,
    short_id: String,
    title: String,
    event: String,
    times: u64,
    last_at: Timestamp,
}

/// A time when it fired.
#[derive(Debug, Clone)]
struct FiringRow {
    id: i64,
    is_false_alarm: bool,
    issue: i64,
    short_id: String,
    event: String,
    at: Timestamp,
    reasons: Vec<String>,
}

/// Why it did not fire, in one hour.
#[derive(Debug, Clone)]
struct SilenceRow {
    issue: i64,
    short_id: String,
    reason: String,
    events: u64,
    last_at: Timestamp,
}

/// What lists of the page hold at most.
const MOST_ROWS: i64 = 25;

/// Days that the chart shows, and the list of issues covers.
const DAYS: u32 = 14;
const DAY: Duration = Duration::from_secs(24 * 3_600);

pub(super) fn id(path: &PathParams) -> Result<AlertRuleId, ApiError> {
    path.get("rule")?.parse().map_err(|_| ApiError::not_found())
}

/// `GET /organizations/{organization}/projects/{project}/alerts/rules/{rule}/`
pub(crate) async fn show(
    visit: Visit,
    access: ProjectAccess<AlertsRead>,
    path: PathParams,
) -> Result<Page<RulePage>, ApiError> {
    let (app, scope) = (&visit.app, &access.scope);
    let rule = alert_rules::get(app, scope, id(&path)?).await?;
    let stored = &rule.stored;
    let people = People::of(app, scope.whole()).await?;
    let title = format!("{} of {}", text::line(&stored.name, 80), scope.project.slug);
    let shell = visit.shell_of(&scope.organization, Part::Alerts, &title).await?;
    let (sentence, problem) = match alert_rules::read(stored) {
        Ok(read) => (Sentence::new(&read, &alert_rules::names(&people)), None),
        Err(problems) => {
            let first = problems.first().map(|problem| problem.message.clone());
            (Sentence::default(), first.or(Some(String::new())))
        }
    };
    let end = app.now() + Duration::from_secs(1);
    let start = (app.now() - DAY * (DAYS - 1)).truncate(DAY);
    let within = (start, end);
    let hours = alert_rules::hourly(app, scope, stored.id, within).await?;
    let fired = alert_rules::fired_issues(app, scope, stored.id, within, (0, MOST_ROWS)).await?;
    let page = IdPage::newest(MOST_ROWS + 1);
    let mut firings = alert_rules::firings(app, scope, stored.id, page).await?;
    let is_cut = firings.len() as i64 > MOST_ROWS;
    firings.truncate(MOST_ROWS as usize);
    let silences = alert_rules::silences(app, scope, stored.id, MOST_ROWS).await?;
    let issues = issues_of(&visit, scope, &fired, &firings, &silences).await?;
    let false_alarms = alert_metrics::false_alarms_among(app, &firings).await?;
    let changes = alert_rules::changes(app, scope, stored.id).await?;
    Ok(Page(RulePage {
        project: scope.project.slug.clone(),
        id: stored.id.0,
        name: stored.name.clone(),
        is_enabled: stored.is_enabled,
        snoozes: snooze_notes(&rule, scope, &people),
        facts: facts(&rule, &people),
        failing: failing(&rule),
        chart: chart(start, &hours),
        issues: fired.iter().filter_map(|fired| IssueRow::new(fired, &issues)).collect(),
        firings: firings
            .iter()
            .map(|firing| FiringRow::new(firing, &issues, &false_alarms))
            .collect(),
        is_cut,
        silences: silences
            .iter()
            .map(|silence| SilenceRow::new(silence, &issues))
            .collect(),
        changes: changes
            .into_iter()
            .map(|entry| EntryRow {
                // Whoever may see the rule need not know from where it was changed.
                ip: None,
                ..EntryRow::of(entry)
            })
            .collect(),
        may_write: scope.rights.allow(Scope::AlertsWrite),
        sentence,
        problem,
        shell,
    }))
}

async fn issues_of(
    visit: &Visit,
    scope: &ProjectScope,
    fired: &[FiredIssue],
    firings: &[Firing],
    silences: &[Evaluation],
) -> Result<HashMap<IssueId, Issue>, ApiError> {
    let mut ids: Vec<IssueId> = fired.iter().map(|fired| fired.issue).collect();
    ids.extend(firings.iter().map(|firing| firing.issue));
    ids.extend(silences.iter().map(|silence| silence.issue));
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let issues = services::issues::find_all(&visit.app, scope.whole(), &ids).await?;
    Ok(issues.into_iter().map(|issue| (issue.id, issue)).collect())
}

fn short_id(issues: &HashMap<IssueId, Issue>, id: IssueId) -> String {
    let issue = issues.get(&id);
    issue.map_or_else(|| "deleted".to_owned(), |issue| ShortId::of(issue).to_string())
}

fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn snooze_notes(rule: &ListedRule, scope: &ProjectScope, people: &People) -> Vec<SnoozeNote> {
    let own = scope.actor.user_id();
    let note = |snooze: &Snooze| SnoozeNote {
        whom: if snooze.user.is_none() { "everybody" } else { "you" },
        until: snooze.until,
        by: snooze
            .made_by
            .filter(|by| Some(*by) != own)
            .and_then(|by| people.name(model::Assignee::User(by))),
    };
    let felt = rule
        .snoozes
        .iter()
        .filter(|snooze| snooze.user.is_none() || snooze.user == own);
    felt.map(note).collect()
}

fn facts(rule: &ListedRule, people: &People) -> Vec<(&'static str, String)> {
    let stored = &rule.stored;
    let text = |name: &str| stored.definition.get(name).and_then(Value::as_str);
    let minutes = stored.definition.get("frequency").and_then(Value::as_i64).unwrap_or(30);
    let by = stored
        .created_by
        .and_then(|user| people.name(model::Assignee::User(user)));
    vec![
        ("Environment", text("environment").unwrap_or("any").to_owned()),
        (
            "At most once",
            format!("per issue and {}", crate::time::span(natural(minutes) * 60)),
        ),
        (
            "Owner",
            stored
                .owner
                .and_then(|owner| people.name(owner))
                .unwrap_or_else(|| "nobody".to_owned()),
        ),
        ("Made by", by.unwrap_or_else(|| "Tocsin".to_owned())),
    ]
}

fn failing(rule: &ListedRule) -> String {
    let health = &rule.health;
    match (health.failed, health.retried) {
        (0, 0) => String::new(),
        (0, retried) => format!("{retried} of its messages of the last 7 days are being tried again."),
        (failed, 0) => format!("{failed} of its messages of the last 7 days could not be delivered."),
        (failed, retried) => format!(
            "{failed} of its messages of the last 7 days could not be delivered, and {retried} are being tried again."
        ),
    }
}

/// A bar a day.
fn chart(start: Timestamp, hours: &[alert_rules::Hourly]) -> StackedChart {
    let starts: Vec<Timestamp> = (0..DAYS).map(|day| start + DAY * day).collect();
    let count = |day: &Timestamp| {
        let of_day = hours.iter().filter(|hour| hour.hour >= *day && hour.hour < *day + DAY);
        of_day.fold(0, |sum, hour| sum + natural(hour.times))
    };
    StackedChart {
        series: vec![Series {
            label: "Fired",
            class: "bar",
            counts: starts.iter().map(count).collect(),
        }],
        starts,
        width: DAY,
        is_bytes: false,
    }
}

impl IssueRow {
    fn new(fired: &FiredIssue, issues: &HashMap<IssueId, Issue>) -> Option<Self> {
        let issue = issues.get(&fired.issue)?;
        Some(Self {
            id: issue.id.0,
            short_id: ShortId::of(issue).to_string(),
            title: text::line(&issue.title, 160),
            event: fired.event.to_string(),
            times: natural(fired.count),
            last_at: fired.last_at,
        })
    }
}

impl FiringRow {
    fn new(firing: &Firing, issues: &HashMap<IssueId, Issue>, false_alarms: &HashSet<FiringId>) -> Self {
        Self {
            id: firing.id.0,
            is_false_alarm: false_alarms.contains(&firing.id),
            issue: firing.issue.0,
            short_id: short_id(issues, firing.issue),
            event: firing.event.to_string(),
            at: firing.received_at,
            reasons: reasons(&firing.reasons),
        }
    }
}

/// As they were stored: with their parts, or as texts.
fn reasons(stored: &Value) -> Vec<String> {
    let one = |reason: &Value| {
        if let Some(text) = reason.as_str() {
            return Some(text.to_owned());
        }
        let part = |name: &str| reason.get(name).and_then(Value::as_str).unwrap_or_default();
        Some(reason_text(part("code"), part("detail"), part("found"))).filter(|text| !text.is_empty())
    };
    let all = stored.as_array().into_iter().flatten().filter_map(one);
    all.map(|text| text::line(&text, 300)).collect()
}

impl SilenceRow {
    fn new(silence: &Evaluation, issues: &HashMap<IssueId, Issue>) -> Self {
        Self {
            issue: silence.issue.0,
            short_id: short_id(issues, silence.issue),
            reason: text::line(&reason_text(&silence.reason, &silence.detail, ""), 300),
            events: natural(silence.events),
            last_at: silence.last_at,
        }
    }
}

impl RulePage {
    /// Why somebody was told by it, or was not.
    fn why(&self) -> String {
        self.shell.links.alerts_why(&[("rule", &self.id.to_string())])
    }

    fn is_snoozed(&self) -> bool {
        !self.snoozes.is_empty()
    }

    /// This page, to come back to.
    fn here(&self) -> String {
        self.shell.links.alert_rule(&self.project, self.id)
    }

    fn verb(&self, verb: &str) -> String {
        self.shell.links.alert_rule_action(&self.project, self.id, verb)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |name: &str| {
            let here = "/organizations/acme/projects/shop/alerts/rules/12/";
            Self {
                shell: gallery::shell(Part::Alerts, name, here),
                project: "shop".to_owned(),
                id: 12,
                name: name.to_owned(),
                is_enabled: true,
                snoozes: Vec::new(),
                sentence: Sentence {
                    when: "any of these holds".to_owned(),
                    conditions: vec!["the issue is seen at least 20 times in 5 minutes".to_owned()],
                    branches: vec![BranchSentence {
                        filters_match: "all of these hold".to_owned(),
                        filters: vec!["the event's level is at least error".to_owned(), name.to_owned()],
                        actions: vec!["send a mail to platform@example.com".to_owned(), name.to_owned()],
                    }],
                },
                problem: None,
                facts: vec![
                    ("Environment", "production".to_owned()),
                    ("At most once", "per issue and 5m".to_owned()),
                    ("Owner", "#payments".to_owned()),
                    ("Made by", "Ada Lovelace".to_owned()),
                ],
                failing: String::new(),
                chart: chart(gallery::ago(13 * 86_400).truncate(DAY), &[]),
                issues: Vec::new(),
                firings: Vec::new(),
                is_cut: false,
                silences: Vec::new(),
                changes: Vec::new(),
                may_write: true,
            }
        };
        let fired = |text: &str| {
            let event = "fc6d8c0c43fc4630ad850ee518f1b9d0".to_owned();
            let hour = alert_rules::Hourly {
                hour: gallery::ago(2 * 86_400),
                times: 3,
            };
            let base = page(text);
            Self {
                snoozes: vec![SnoozeNote {
                    whom: "everybody",
                    until: Some(gallery::ago(-7_200)),
                    by: Some(text.to_owned()),
                }],
                failing: "3 of its messages of the last 7 days could not be delivered.".to_owned(),
                chart: chart(gallery::ago(13 * 86_400).truncate(DAY), &[hour]),
                issues: vec![IssueRow {
                    id: 4,
                    short_id: "SHOP-4".to_owned(),
                    title: text::line(text, 160),
                    event: event.clone(),
                    times: 1_204,
                    last_at: gallery::ago(300),
                }],
                firings: vec![FiringRow {
                    id: 88,
                    is_false_alarm: text.len() > 40,
                    issue: 4,
                    short_id: "SHOP-4".to_owned(),
                    event,
                    at: gallery::ago(300),
                    reasons: vec![
                        "the issue is seen at least 20 times in 5 minutes: 20".to_owned(),
                        text.to_owned(),
                    ],
                }],
                is_cut: true,
                silences: vec![SilenceRow {
                    issue: 4,
                    short_id: "SHOP-4".to_owned(),
                    reason: text.to_owned(),
                    events: 40,
                    last_at: gallery::ago(60),
                }],
                ..base
            }
        };
        let broken = Self {
            is_enabled: false,
            sentence: Sentence::default(),
            problem: Some("conditions: there is no condition \"x\"".to_owned()),
            may_write: false,
            ..page("From a newer version")
        };
        vec![
            Sample::new("alert-rule-quiet", &page("[Production] High priority issue")),
            Sample::new("alert-rule-typical", &fired("PaymentError: could not charge card")),
            Sample::new("alert-rule-hostile", &fired(gallery::HOSTILE)),
            Sample::new("alert-rule-broken", &broken),
        ]
    }
}
