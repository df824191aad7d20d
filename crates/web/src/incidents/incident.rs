//! One incident: what was measured, what happened, and what people say about it.

use std::collections::BTreeMap;

use alerts::metric::{chart::Chart, number, sentence};
use askama::Template;
use httpkit::{ApiError, OrganizationAccess, PathParams, scopes::AlertsRead};
use model::{ProjectId, Timestamp, UserId};
use services::{
    App, Scope,
    access::{AccessError, OrganizationScope},
    incidents::{self, Incident, IncidentActivity},
    issues::People,
    metric_alerts::{self, PreviewError},
};
use store::incidents::{ActivityKind, StatusMethod};

use super::list::Badge;
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    metric_alerts::alert::{Said, sample_chart},
    page::Page,
    shell::{Part, Shell},
    text,
    time::Absolute,
    visit::{Visit, display_name},
};

#[derive(Debug, Template)]
#[template(path = "incidents/incident.html")]
pub(crate) struct IncidentPage {
    pub(crate) shell: Shell,
    identifier: i64,
    title: String,
    badge: Badge,
    is_open: bool,
    started_at: Timestamp,
    detected_at: Timestamp,
    closed_at: Option<Timestamp>,
    /// How long it has been open.
    lasted: String,
    /// Of the rule; none if it is gone.
    alert: Option<i64>,
    said: Said,
    chart: Option<Chart>,
    chart_problem: String,
    /// The oldest first.
    timeline: Vec<TimelineRow>,
    followers: Vec<String>,
    is_following: bool,
    may_comment: bool,
    may_close: bool,
}

#[derive(Debug, Clone)]
struct TimelineRow {
    at: Timestamp,
    who: String,
    /// What happened; empty of a comment.
    what: String,
    comment: Option<String>,
    /// Of one's own comment.
    deletes: Option<i64>,
}

pub(super) async fn find(app: &App, scope: &OrganizationScope, path: &PathParams) -> Result<Incident, ApiError> {
    let number = path.get("incident")?.parse().map_err(|_| ApiError::not_found())?;
    Ok(incidents::get(app, scope, number).await?)
}

/// `GET /organizations/{organization}/alerts/incidents/{incident}/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<AlertsRead>,
    path: PathParams,
) -> Result<Page<IncidentPage>, ApiError> {
    let (app, scope) = (&visit.app, &access.scope);
    let incident = find(app, scope, &path).await?;
    let rule = incidents::rule(&incident)?;
    let title = format!("#{} {}", incident.identifier, text::line(&incident.title, 80));
    let shell = visit.shell_of(&scope.organization, Part::Alerts, &title).await?;
    let people = People::of(app, scope).await.map_err(AccessError::from)?;
    let alert = match metric_alerts::get(app, scope, incident.alert).await {
        Ok(alert) => Some(alert.stored.id.0),
        Err(AccessError::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    let (chart, chart_problem) = match metric_alerts::chart_of_incident(app, scope, &rule, &incident).await {
        Ok(chart) => (Some(chart), String::new()),
        Err(PreviewError::Rule(message)) => (None, message),
        Err(PreviewError::Store(error)) => return Err(error.into()),
    };
    let followers = incidents::subscribers(app, &incident).await?;
    let names: BTreeMap<UserId, String> = people
        .users
        .iter()
        .map(|(id, user)| (*id, display_name(user)))
        .collect();
    let own = scope.actor.user_id();
    let mut timeline: Vec<TimelineRow> = Vec::new();
    for activity in incidents::activities(app, &incident).await? {
        let measured = activity.measured.map(|value| sentence(&rule, value));
        timeline.push(TimelineRow::of(&activity, &names, own, incident.method, measured));
    }
    timeline.reverse();
    let projects = services::projects::list(app, scope).await?;
    let slug = |id: &ProjectId| {
        projects
            .iter()
            .find(|project| project.id == *id)
            .map(|project| project.slug.clone())
    };
    let slugs: Vec<String> = incident.projects.iter().filter_map(slug).collect();
    Ok(Page(IncidentPage {
        identifier: incident.identifier,
        title: incident.title.clone(),
        badge: Badge::of(incident.status),
        is_open: incident.closed_at.is_none(),
        started_at: incident.started_at,
        detected_at: incident.detected_at,
        closed_at: incident.closed_at,
        lasted: crate::time::span(
            incident
                .closed_at
                .unwrap_or(app.now())
                .since(incident.started_at)
                .as_secs(),
        ),
        alert,
        said: Said::of(&rule, &slugs, &people),
        chart,
        chart_problem,
        timeline,
        is_following: own.is_some_and(|own| followers.contains(&own)),
        followers: followers.iter().filter_map(|user| names.get(user).cloned()).collect(),
        may_comment: scope.rights.allow(Scope::EventWrite),
        may_close: scope.rights.allow(Scope::AlertsWrite),
        shell,
    }))
}

impl TimelineRow {
    fn of(
        activity: &IncidentActivity,
        names: &BTreeMap<UserId, String>,
        own: Option<UserId>,
        method: StatusMethod,
        measured: Option<String>,
    ) -> Self {
        let who = activity.user.map(|user| {
            names
                .get(&user)
                .cloned()
                .unwrap_or_else(|| "somebody who left".to_owned())
        });
        let what = match activity.kind {
            ActivityKind::Detected => "The window began that crossed the threshold.".to_owned(),
            ActivityKind::Created => "The incident was opened.".to_owned(),
            ActivityKind::Comment => String::new(),
            ActivityKind::Status => {
                let word = activity.status.map_or("open", |status| Badge::of(status).word);
                let by_change = word == "resolved" && method == StatusMethod::RuleUpdated && who.is_none();
                match (measured, by_change) {
                    (Some(measured), _) => format!("It became {word}: {measured}."),
                    (None, true) => "It became resolved, because its rule was changed.".to_owned(),
                    (None, false) => format!("It became {word}."),
                }
            }
        };
        let is_own = activity.kind == ActivityKind::Comment && own.is_some() && activity.user == own;
        Self {
            at: activity.created_at,
            who: who.unwrap_or_else(|| "Tocsin".to_owned()),
            what,
            comment: activity.comment.clone(),
            deletes: is_own.then_some(activity.id.0),
        }
    }
}

impl IncidentPage {
    fn number_as_read(value: &Option<f64>) -> String {
        value.map_or_else(|| "–".to_owned(), number)
    }

    fn verb(&self, verb: &str) -> String {
        self.shell.links.incident_action(self.identifier, verb)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |title: &str, chart: Option<Chart>, timeline: Vec<TimelineRow>| Self {
            shell: gallery::shell(
                Part::Alerts,
                "#12 Many errors",
                "/organizations/acme/alerts/incidents/12/",
            ),
            identifier: 12,
            title: title.to_owned(),
            badge: Badge::of(store::incidents::IncidentStatus::Critical),
            is_open: true,
            started_at: gallery::ago(1_200),
            detected_at: gallery::ago(900),
            closed_at: None,
            lasted: "20m".to_owned(),
            alert: Some(7),
            said: Said {
                measures: "count() of error that match is:unresolved".to_owned(),
                whens: vec!["critical: more than 50 events in 5 minutes".to_owned()],
                thens: vec![format!("critical: email to {title}")],
                facts: vec![("Projects", "shop".to_owned())],
            },
            chart,
            chart_problem: title.to_owned(),
            timeline,
            followers: vec![title.to_owned()],
            is_following: false,
            may_comment: true,
            may_close: true,
        };
        let row = |what: &str, comment: Option<&str>| TimelineRow {
            at: gallery::ago(900),
            who: "Ada Lovelace".to_owned(),
            what: what.to_owned(),
            comment: comment.map(str::to_owned),
            deletes: comment.map(|_| 5),
        };
        let typical = vec![
            row("The incident was opened.", None),
            row("It became critical: 64 events in the last 5 minutes.", None),
            row("", Some("It is the payment provider.\nThey know.")),
        ];
        vec![
            Sample::new("incident-empty", &page("Many errors", None, Vec::new())),
            Sample::new("incident-typical", &page("Many errors", Some(sample_chart()), typical)),
            Sample::new(
                "incident-hostile",
                &page(
                    gallery::HOSTILE,
                    Some(sample_chart()),
                    vec![row(gallery::HOSTILE, Some(gallery::HOSTILE))],
                ),
            ),
        ]
    }
}
