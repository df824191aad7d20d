use std::collections::HashMap;

use askama::Template;
use httpkit::{ApiError, OrganizationAccess, scopes::AlertsRead};
use model::{ProjectId, Timestamp};
use services::{
    Scope,
    access::OrganizationScope,
    alert_rules::{self, ActionHealth, ListedRule},
    issues::People,
    metric_alerts::{self, ListedAlert},
};

use store::incidents::IncidentStatus;

use crate::{
    gallery::{self, Sample},
    icon::Icon,
    number,
    page::Page,
    scope,
    shell::{Part, Shell},
    visit::Visit,
};

/// All alert rules of the organization.
#[derive(Debug, Template)]
#[template(path = "alert_rules/list.html")]
pub(crate) struct AlertListPage {
    pub(crate) shell: Shell,
    rules: Vec<AlertRow>,
    /// What the names must hold.
    search: String,
    /// How many there are, with those of other pages.
    total: usize,
    /// Where a rule can be made: the slugs of projects.
    projects: Vec<String>,
    previous: Option<String>,
    next: Option<String>,
}

/// One rule.
#[derive(Debug, Clone)]
struct AlertRow {
    kind: Kind,
    name: String,
    /// The rule's own page.
    link: String,
    project: String,
    owner: Option<String>,
    state: RowState,
    last_fired: Option<Timestamp>,
    /// The incident that is open: `critical` or `warning`.
    incident: Option<&'static str>,
    /// None of a rule about a number: its incidents have pages of their own.
    health: Option<Health>,
    /// Where the buttons are sent to; none for who may not use them.
    enabled_action: Option<String>,
    snooze_action: Option<String>,
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Issue,
    Metric,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Metric => "metric",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Issue => "about issues",
            Self::Metric => "about a number",
        }
    }
}

/// Whether it fires, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowState {
    On,
    Off,
    /// For everybody.
    Snoozed(Option<Timestamp>),
    /// For the reader alone.
    SnoozedForMe(Option<Timestamp>),
}

/// What became of its messages lately.
#[derive(Debug, Clone, Default)]
struct Health {
    sent: String,
    /// Empty where nothing went wrong.
    failing: String,
}

/// Rules a page.
const ROWS: usize = 50;

/// `GET /organizations/{organization}/alerts/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<AlertsRead>,
) -> Result<Page<AlertListPage>, ApiError> {
    let scope = &access.scope;
    let (shell, projects) = visit.scoped_shell(scope, Part::Alerts, "Alerts").await?;
    let chosen: Vec<ProjectId> = visit.scope().projects.into_iter().map(ProjectId).collect();
    let search = visit.field("query").unwrap_or_default().trim().to_owned();
    let rules = alert_rules::list_of_organization(&visit.app, scope, &chosen).await?;
    let people = People::of(&visit.app, scope).await?;
    let slugs: HashMap<ProjectId, &str> = projects
        .iter()
        .map(|project| (project.id, project.slug.as_str()))
        .collect();
    let mut rows: Vec<AlertRow> = rules
        .iter()
        .filter_map(|rule| {
            Some(AlertRow::new(
                rule,
                scope,
                slugs.get(&rule.stored.project)?,
                &people,
                &shell,
            ))
        })
        .collect();
    let metric = metric_alerts::list(&visit.app, scope, &chosen).await?;
    rows.extend(
        metric
            .iter()
            .map(|alert| AlertRow::of_metric(alert, scope, &slugs, &people, &shell)),
    );
    let wanted = search.to_lowercase();
    rows.retain(|row| row.name.to_lowercase().contains(&wanted));
    // What fired last first, then by name.
    rows.sort_by(|one, other| {
        other
            .last_fired
            .cmp(&one.last_fired)
            .then_with(|| one.name.to_lowercase().cmp(&other.name.to_lowercase()))
            .then_with(|| one.project.cmp(&other.project))
    });
    let (total, pages) = (rows.len(), rows.len().div_ceil(ROWS).max(1));
    let page = visit
        .field("page")
        .and_then(|page| page.parse().ok())
        .unwrap_or(1)
        .clamp(1, pages);
    let rows = rows.into_iter().skip((page - 1) * ROWS).take(ROWS).collect();
    let link = |page: usize| {
        let page = page.to_string();
        let mut pairs = vec![("page", page.as_str())];
        if !search.is_empty() {
            pairs.push(("query", search.as_str()));
        }
        shell.links.alerts_with(&pairs)
    };
    let (previous, next) = (
        (page > 1).then(|| link(page - 1)),
        (page < pages).then(|| link(page + 1)),
    );
    let may_create = scope.rights.allow(Scope::AlertsWrite);
    Ok(Page(AlertListPage {
        rules: rows,
        total,
        projects: projects
            .iter()
            .filter(|_| may_create)
            .map(|project| project.slug.clone())
            .collect(),
        previous,
        next,
        search,
        shell,
    }))
}

impl AlertRow {
    fn new(rule: &ListedRule, scope: &OrganizationScope, project: &str, people: &People, shell: &Shell) -> Self {
        let ListedRule {
            stored,
            snoozes,
            last_fired,
            health,
        } = rule;
        let id = stored.id.0;
        let action = |verb: &str| shell.links.alert_rule_action(project, id, verb);
        let may_write = scope.rights.allow(Scope::AlertsWrite);
        let own = scope.actor.user_id();
        let of_me = snoozes
            .iter()
            .find(|snooze| snooze.user.is_some() && snooze.user == own);
        let for_all = rule.snoozed_for_all();
        Self {
            kind: Kind::Issue,
            incident: None,
            name: stored.name.clone(),
            link: shell.links.alert_rule(project, id),
            project: project.to_owned(),
            owner: stored.owner.and_then(|owner| people.name(owner)),
            state: RowState::new(
                stored.is_enabled,
                for_all.map(|snooze| snooze.until),
                of_me.map(|snooze| snooze.until),
            ),
            last_fired: *last_fired,
            health: Some(Health::of(health)),
            enabled_action: may_write.then(|| action("enabled")),
            snooze_action: Some(action("snooze")),
        }
    }

    fn of_metric(
        alert: &ListedAlert,
        scope: &OrganizationScope,
        slugs: &HashMap<ProjectId, &str>,
        people: &People,
        shell: &Shell,
    ) -> Self {
        let stored = &alert.stored;
        let id = stored.id.0;
        let action = |verb: &str| shell.links.metric_alert_action(id, verb);
        let own = scope.actor.user_id();
        let of_me = alert
            .snoozes
            .iter()
            .find(|snooze| snooze.user.is_some() && snooze.user == own);
        let projects: Vec<&str> = stored.projects.iter().filter_map(|id| slugs.get(id).copied()).collect();
        let incident = alert.latest_incident.as_ref();
        Self {
            kind: Kind::Metric,
            name: stored.name.clone(),
            link: shell.links.metric_alert(id),
            project: projects.join(", "),
            owner: stored.owner.and_then(|owner| people.name(owner)),
            state: RowState::new(
                stored.is_enabled,
                alert.snoozed_for_all().map(|snooze| snooze.until),
                of_me.map(|snooze| snooze.until),
            ),
            last_fired: incident.map(|incident| incident.detected_at),
            incident: incident.and_then(|incident| match incident.status {
                IncidentStatus::Critical => Some("critical"),
                IncidentStatus::Warning => Some("warning"),
                _ => None,
            }),
            health: None,
            enabled_action: scope.rights.allow(Scope::AlertsWrite).then(|| action("enabled")),
            snooze_action: Some(action("snooze")),
        }
    }

    fn is_on(&self) -> bool {
        self.state != RowState::Off
    }
}

impl RowState {
    /// A snooze has an end or none.
    fn new(is_enabled: bool, for_all: Option<Option<Timestamp>>, for_me: Option<Option<Timestamp>>) -> Self {
        match (is_enabled, for_all, for_me) {
            (false, ..) => Self::Off,
            (true, Some(until), _) => Self::Snoozed(until),
            (true, None, Some(until)) => Self::SnoozedForMe(until),
            (true, None, None) => Self::On,
        }
    }
}

impl Health {
    fn of(health: &ActionHealth) -> Self {
        let natural = |number: i64| u64::try_from(number).unwrap_or(0);
        let mut failing = Vec::new();
        if health.failed > 0 {
            failing.push(format!("{} failed", number::grouped(natural(health.failed))));
        }
        if health.retried > 0 {
            failing.push(format!("{} tried again", number::grouped(natural(health.retried))));
        }
        Self {
            sent: number::of(natural(health.sent), "message"),
            failing: failing.join(", "),
        }
    }
}

impl AlertListPage {
    /// The fields that the search leaves as they are.
    fn kept(&self) -> Vec<(String, String)> {
        let bar = self.shell.scope.as_ref();
        bar.map(|bar| bar.kept_but(&["query", "page"])).unwrap_or_default()
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |rules: Vec<AlertRow>, search: &str| {
            let here = "/organizations/acme/alerts/";
            let shell = gallery::scoped_shell(Part::Alerts, "Alerts", here, scope::Scope::default());
            Self {
                shell,
                total: rules.len(),
                rules,
                search: search.to_owned(),
                projects: vec!["shop".to_owned(), "web".to_owned()],
                previous: None,
                next: None,
            }
        };
        let row = |name: &str, state: RowState, fired: Option<i64>, failing: &str| AlertRow {
            kind: Kind::Issue,
            incident: None,
            name: name.to_owned(),
            link: "/organizations/acme/projects/shop/alerts/rules/7/".to_owned(),
            project: "shop".to_owned(),
            owner: Some("#payments".to_owned()),
            state,
            last_fired: fired.map(gallery::ago),
            health: Some(Health {
                sent: "12 messages".to_owned(),
                failing: failing.to_owned(),
            }),
            enabled_action: Some("/organizations/acme/projects/shop/alerts/rules/7/enabled/".to_owned()),
            snooze_action: Some("/organizations/acme/projects/shop/alerts/rules/7/snooze/".to_owned()),
        };
        let tomorrow = Some(gallery::ago(-86_400));
        let typical = vec![
            row("[Production] High priority issue", RowState::On, Some(300), ""),
            row(
                "New fatal errors page the on-call",
                RowState::On,
                Some(86_400),
                "3 failed, 1 tried again",
            ),
            row("Regressions", RowState::Snoozed(tomorrow), Some(864_000), ""),
            row("Many users", RowState::SnoozedForMe(None), None, ""),
            row("Old one", RowState::Off, None, ""),
            AlertRow {
                kind: Kind::Metric,
                incident: Some("critical"),
                health: None,
                ..row("Error rate", RowState::On, Some(60), "")
            },
        ];
        let plain = AlertRow {
            owner: None,
            enabled_action: None,
            ..row("Read only", RowState::On, None, "")
        };
        vec![
            Sample::new("alerts-empty", &page(Vec::new(), "")),
            Sample::new("alerts-none-found", &page(Vec::new(), "nothing like it")),
            Sample::new("alerts-typical", &page(typical, "")),
            Sample::new(
                "alerts-hostile",
                &page(
                    vec![row(gallery::HOSTILE, RowState::On, Some(5), gallery::HOSTILE), plain],
                    gallery::HOSTILE,
                ),
            ),
        ]
    }
}
