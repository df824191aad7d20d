use askama::Template;
use httpkit::{ApiError, Cursor, Direction, OrganizationAccess, scopes::AlertsRead};
use model::{ProjectId, Timestamp};
use services::incidents::{self, Incident, IncidentFilter};
use store::{IdPage, IdStart, incidents::IncidentStatus};

use crate::{
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    scope,
    shell::{Part, Shell},
    visit::Visit,
};

/// The incidents of the organization.
#[derive(Debug, Template)]
#[template(path = "incidents/list.html")]
pub(crate) struct IncidentListPage {
    pub(crate) shell: Shell,
    incidents: Vec<IncidentRow>,
    /// `open`, `closed` or empty.
    status: String,
    next: Option<String>,
}

/// One incident.
#[derive(Debug, Clone)]
pub(crate) struct IncidentRow {
    pub(crate) identifier: i64,
    pub(crate) title: String,
    pub(crate) badge: Badge,
    pub(crate) started_at: Timestamp,
    closed_at: Option<Timestamp>,
}

/// Its status as a word and a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Badge {
    pub(crate) word: &'static str,
    pub(crate) class: &'static str,
}

impl Badge {
    pub(crate) fn of(status: IncidentStatus) -> Self {
        let (word, class) = match status {
            IncidentStatus::Open => ("open", "badge-warning"),
            IncidentStatus::Warning => ("warning", "badge-warning"),
            IncidentStatus::Critical => ("critical", "badge-error"),
            IncidentStatus::Closed => ("resolved", "badge-success"),
        };
        Self { word, class }
    }
}

impl IncidentRow {
    pub(crate) fn of(incident: &Incident) -> Self {
        Self {
            identifier: incident.identifier,
            title: incident.title.clone(),
            badge: Badge::of(incident.status),
            started_at: incident.started_at,
            closed_at: incident.closed_at,
        }
    }

    /// How long it was open.
    pub(crate) fn lasted(&self, now: Timestamp) -> String {
        crate::time::span(self.closed_at.unwrap_or(now).since(self.started_at).as_secs())
    }

    pub(crate) fn sample(title: &str) -> Self {
        Self {
            identifier: 12,
            title: title.to_owned(),
            badge: Badge::of(IncidentStatus::Critical),
            started_at: gallery::ago(900),
            closed_at: None,
        }
    }
}

/// Incidents a page.
const ROWS: i64 = 50;

/// `GET /organizations/{organization}/alerts/incidents/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<AlertsRead>,
) -> Result<Page<IncidentListPage>, ApiError> {
    let scope = &access.scope;
    let (shell, _) = visit.scoped_shell(scope, Part::Alerts, "Incidents").await?;
    let chosen: Vec<ProjectId> = visit.scope().projects.into_iter().map(ProjectId).collect();
    let status = visit.field("status").unwrap_or_default().to_owned();
    let filter = IncidentFilter {
        projects: Some(chosen),
        is_open: match status.as_str() {
            "open" => Some(true),
            "closed" => Some(false),
            _ => None,
        },
        ..IncidentFilter::default()
    };
    let cursor: Option<Cursor> = visit.field("cursor").and_then(|cursor| cursor.parse().ok());
    let start = cursor.map_or(IdStart::Newest, |cursor| IdStart::OlderThan(cursor.value));
    let page = IdPage { start, limit: ROWS + 1 };
    let mut found = incidents::list(&visit.app, scope, &filter, page).await?;
    let more = found.len() as i64 > ROWS;
    found.truncate(ROWS as usize);
    let next = found.last().filter(|_| more).map(|last| {
        visit.page_link(Cursor {
            value: last.id.0,
            offset: 0,
            direction: Direction::Next,
        })
    });
    Ok(Page(IncidentListPage {
        incidents: found.iter().map(IncidentRow::of).collect(),
        status,
        next,
        shell,
    }))
}

impl IncidentListPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |incidents: Vec<IncidentRow>| {
            let here = "/organizations/acme/alerts/incidents/";
            Self {
                shell: gallery::scoped_shell(Part::Alerts, "Incidents", here, scope::Scope::default()),
                incidents,
                status: String::new(),
                next: None,
            }
        };
        let closed = IncidentRow {
            badge: Badge::of(IncidentStatus::Closed),
            closed_at: Some(gallery::ago(60)),
            ..IncidentRow::sample("Slow checkout")
        };
        vec![
            Sample::new("incidents-empty", &page(Vec::new())),
            Sample::new(
                "incidents-typical",
                &page(vec![IncidentRow::sample("Many errors"), closed]),
            ),
            Sample::new("incidents-hostile", &page(vec![IncidentRow::sample(gallery::HOSTILE)])),
        ]
    }
}
