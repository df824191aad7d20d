//! The page of a rule: what it says, what it measured, and its incidents.

use std::time::Duration;

use alerts::metric::{
    Level, MetricRule, TargetType,
    chart::{self, Chart, Line, Span},
    number, threshold_text, value_text,
};
use askama::{Template, filters::Safe};
use httpkit::{ApiError, OrganizationAccess, PathParams, scopes::AlertsRead};
use model::{Assignee, MetricAlertId, ProjectId, TeamId, Timestamp, UserId};
use services::{
    Scope,
    access::{AccessError, OrganizationScope},
    incidents::{self, IncidentFilter},
    issues::People,
    metric_alerts::{self, ListedAlert, PreviewError},
};
use store::IdPage;

use crate::{
    gallery::{self, Sample},
    icon::Icon,
    incidents::list::IncidentRow,
    page::Page,
    shell::{Part, Shell},
    text,
    time::Absolute,
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "metric_alerts/alert.html")]
pub(crate) struct MetricAlertPage {
    pub(crate) shell: Shell,
    id: i64,
    name: String,
    is_enabled: bool,
    /// Of whom it is kept, and until when.
    snoozes: Vec<(&'static str, Option<Timestamp>)>,
    said: Said,
    /// What it measured last, or why nothing.
    last: String,
    problem: String,
    chart: Option<Chart>,
    /// Why there is no chart.
    chart_problem: String,
    incidents: Vec<IncidentRow>,
    may_write: bool,
}

/// A rule in words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    pub(crate) measures: String,
    /// Thresholds.
    pub(crate) whens: Vec<String>,
    /// What is done, each with when.
    pub(crate) thens: Vec<String>,
    pub(crate) facts: Vec<(&'static str, String)>,
}

/// How many incidents the page lists.
const MOST_INCIDENTS: i64 = 25;

pub(super) fn id(path: &PathParams) -> Result<MetricAlertId, ApiError> {
    path.get("alert")?.parse().map_err(|_| ApiError::not_found())
}

/// `GET /organizations/{organization}/alerts/metric/{alert}/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<AlertsRead>,
    path: PathParams,
) -> Result<Page<MetricAlertPage>, ApiError> {
    let (app, scope) = (&visit.app, &access.scope);
    let alert = metric_alerts::get(app, scope, id(&path)?).await?;
    let stored = &alert.stored;
    let shell = visit
        .shell_of(&scope.organization, Part::Alerts, &text::line(&stored.name, 80))
        .await?;
    let people = People::of(app, scope).await.map_err(AccessError::from)?;
    let projects = services::projects::list(app, scope).await?;
    let slug = |id: &ProjectId| {
        projects
            .iter()
            .find(|project| project.id == *id)
            .map(|project| project.slug.clone())
    };
    let slugs: Vec<String> = stored.projects.iter().filter_map(slug).collect();
    let (chart, chart_problem) = match metric_alerts::chart(app, scope, &alert).await {
        Ok(chart) => (Some(chart), String::new()),
        Err(PreviewError::Rule(message)) => (None, message),
        Err(PreviewError::Store(error)) => return Err(error.into()),
    };
    let filter = IncidentFilter {
        alert: Some(stored.id),
        ..IncidentFilter::default()
    };
    let found = incidents::list(app, scope, &filter, IdPage::newest(MOST_INCIDENTS)).await?;
    let by = stored.created_by.and_then(|user| people.name(Assignee::User(user)));
    let owner = stored.owner.and_then(|owner| people.name(owner));
    let mut said = Said::of(&alert.rule, &slugs, &people);
    said.facts.push(("Owner", owner.unwrap_or_else(|| "nobody".to_owned())));
    said.facts.push(("Made by", by.unwrap_or_else(|| "Tocsin".to_owned())));
    Ok(Page(MetricAlertPage {
        id: stored.id.0,
        name: stored.name.clone(),
        is_enabled: stored.is_enabled,
        snoozes: snoozes(&alert, scope),
        last: last(&alert),
        problem: stored.progress.problem.clone(),
        incidents: found.iter().map(IncidentRow::of).collect(),
        may_write: scope.rights.allow(Scope::AlertsWrite),
        said,
        chart,
        chart_problem,
        shell,
    }))
}

fn snoozes(alert: &ListedAlert, scope: &OrganizationScope) -> Vec<(&'static str, Option<Timestamp>)> {
    let own = scope.actor.user_id();
    let felt = alert
        .snoozes
        .iter()
        .filter(|snooze| snooze.user.is_none() || snooze.user == own);
    let note = felt.map(|snooze| (if snooze.user.is_none() { "everybody" } else { "you" }, snooze.until));
    note.collect()
}

fn last(alert: &ListedAlert) -> String {
    match alert.stored.progress.last_value {
        Some(value) if matches!(alert.rule.detection, alerts::metric::Detection::Static) => {
            value_text(&alert.rule, value)
        }
        Some(value) => number(value),
        None => String::new(),
    }
}

impl Said {
    pub(crate) fn of(rule: &MetricRule, projects: &[String], people: &People) -> Self {
        let query = if rule.query.is_empty() {
            "everything"
        } else {
            rule.query.as_str()
        };
        let types: Vec<&str> = rule.event_types.iter().map(|of| of.name()).collect();
        let subject = if types.is_empty() {
            "sessions".to_owned()
        } else {
            types.join(", ")
        };
        let mut whens: Vec<String> = rule.triggers().map(|(level, _)| threshold_text(rule, level)).collect();
        if let Some(resolve) = rule.resolve_threshold {
            whens.push(format!("resolved: beyond {}", number(resolve)));
        }
        if rule.period > 1 {
            whens.push(format!("for {} minutes in a row", rule.period));
        }
        let thens = rule.triggers().flat_map(|(level, trigger)| {
            trigger.actions.iter().map(move |action| {
                let target = action.target.as_deref().unwrap_or_default();
                let id = target.parse().unwrap_or(0);
                let named = match action.target_type {
                    TargetType::User => people.name(Assignee::User(UserId(id))),
                    TargetType::Team => people
                        .name(Assignee::Team(TeamId(id)))
                        .map(|name| format!("#{}", name.trim_start_matches('#'))),
                    TargetType::Specific | TargetType::SentryApp => Some(target.to_owned()),
                };
                let named = named.unwrap_or_else(|| "somebody who is gone".to_owned());
                format!("{}: {} to {named}", level.name(), action.kind)
            })
        });
        Self {
            measures: format!("{} of {subject} that match {query}", rule.aggregate),
            whens,
            thens: thens.collect(),
            facts: vec![
                ("Projects", projects.join(", ")),
                (
                    "Environment",
                    rule.environment.clone().unwrap_or_else(|| "any".to_owned()),
                ),
                ("Window", crate::time::span(u64::from(rule.window_minutes) * 60)),
            ],
        }
    }
}

impl MetricAlertPage {
    fn verb(&self, verb: &str) -> String {
        self.shell.links.metric_alert_action(self.id, verb)
    }

    fn number_as_read(value: &Option<f64>) -> String {
        value.map_or_else(|| "–".to_owned(), number)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |name: &str, chart: Option<Chart>, incidents: Vec<IncidentRow>, problem: &str| Self {
            shell: gallery::shell(Part::Alerts, "Many errors", "/organizations/acme/alerts/metric/7/"),
            id: 7,
            name: name.to_owned(),
            is_enabled: true,
            snoozes: vec![("everybody", Some(gallery::ago(-3_600)))],
            said: Said {
                measures: format!("count() of error that match {name}"),
                whens: vec!["critical: more than 50 events in 5 minutes".to_owned()],
                thens: vec![format!("critical: email to {name}")],
                facts: vec![("Projects", "shop".to_owned()), ("Owner", name.to_owned())],
            },
            last: "64 events".to_owned(),
            problem: problem.to_owned(),
            chart,
            chart_problem: problem.to_owned(),
            incidents,
            may_write: true,
        };
        let row = IncidentRow::sample("Many errors");
        let hostile = IncidentRow::sample(gallery::HOSTILE);
        let named = Chart {
            title: gallery::HOSTILE.to_owned(),
            ..sample_chart()
        };
        vec![
            Sample::new(
                "metric-alert-empty",
                &page("Many errors", None, Vec::new(), "there was nothing to compare"),
            ),
            Sample::new(
                "metric-alert-typical",
                &page("Many errors", Some(sample_chart()), vec![row], ""),
            ),
            Sample::new(
                "metric-alert-hostile",
                &page(gallery::HOSTILE, Some(named), vec![hostile], gallery::HOSTILE),
            ),
        ]
    }
}

/// A quiet day with one bad hour.
pub(crate) fn sample_chart() -> Chart {
    let start = gallery::ago(24 * 3_600);
    let value = |number: u32| {
        let calm = f64::from(number * 7 % 11);
        if (30..36).contains(&number) { calm + 60.0 } else { calm }
    };
    Chart {
        title: "Many errors: critical: more than 50 events in 30 minutes; at most 70 events".to_owned(),
        start,
        width: Duration::from_secs(1_800),
        points: (0..48).map(|number| Some(value(number))).collect(),
        lines: vec![Line {
            level: Some(Level::Critical),
            at: 50.0,
        }],
        incidents: vec![Span {
            level: Level::Critical,
            start: start + Duration::from_secs(30 * 1_800),
            end: Some(start + Duration::from_secs(36 * 1_800)),
        }],
        ..Chart::default()
    }
}

/// A chart that the pages draw: it escapes what it shows.
pub(crate) fn drawing(chart: &Chart) -> Safe<String> {
    Safe(chart::svg(chart))
}
