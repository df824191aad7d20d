//! Who did what in an organization, and what it changed.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use httpkit::{ApiError, OrganizationAccess, scopes::AuditRead};
use model::Timestamp;
use services::audit::{self, Action, AuditFilter};
use store::{IdPage, IdStart};

use super::Frame;
use crate::{
    audit_entries::{EntryFile, EntryRow, FieldChange},
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls::OrganizationSection,
    visit::Visit,
};

/// Entries on one page.
const PAGE: usize = 50;

#[derive(Debug, Template)]
#[template(path = "settings/audit_log.html")]
pub(crate) struct AuditLogPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) asked: Asked,
    /// Who is a member now: id and e-mail.
    pub(crate) people: Vec<(i64, String)>,
    pub(crate) entries: Vec<EntryRow>,
    /// Where the list goes on.
    pub(crate) next: Option<String>,
}

/// What is chosen, as it stands in the address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) event: String,
    pub(crate) actor: String,
    /// Days, as `2026-11-21`.
    pub(crate) since: String,
    pub(crate) until: String,
}

const DAY: Duration = Duration::from_secs(24 * 3600);

impl Asked {
    fn of(visit: &Visit) -> Self {
        let field = |name: &str| visit.field(name).unwrap_or_default().to_owned();
        Self {
            event: field("event"),
            actor: field("actor"),
            since: field("since"),
            until: field("until"),
        }
    }

    /// What cannot be read asks for nothing.
    fn filter(&self) -> AuditFilter {
        let day = |text: &str| format!("{text}T00:00:00Z").parse::<Timestamp>().ok();
        AuditFilter {
            actor: self.actor.parse().ok(),
            action: Action::from_name(&self.event).map(|action| action.name().to_owned()),
            since: day(&self.since),
            // The day itself belongs to it.
            until: day(&self.until).map(|day| day + DAY),
            target: None,
        }
    }

    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("event", &self.event),
            ("actor", &self.actor),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        given.map(|(name, value)| (name, value.as_str())).collect()
    }
}

/// `GET /organizations/{organization}/settings/audit-log/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<AuditRead>) -> Result<Page<AuditLogPage>, ApiError> {
    let scope = &access.scope;
    let asked = Asked::of(&visit);
    let before = visit.field("before").and_then(|before| before.parse().ok());
    let page = IdPage {
        start: before.map_or(IdStart::Newest, IdStart::OlderThan),
        limit: PAGE as i64 + 1,
    };
    let mut entries = audit::list(&visit.app, scope, &asked.filter(), page).await?;
    let has_more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let (shell, frame) = Frame::new(&visit, scope, OrganizationSection::AuditLog).await?;
    let next = entries.last().filter(|_| has_more).map(|last| {
        let last = last.id.to_string();
        let mut pairs = asked.pairs();
        pairs.push(("before", last.as_str()));
        shell
            .links
            .organization_section_with(OrganizationSection::AuditLog, &pairs)
    });
    let members = services::members::members(&visit.app, scope).await?.into_iter();
    Ok(Page(AuditLogPage {
        shell,
        frame,
        people: members.map(|member| (member.user.id.0, member.user.email)).collect(),
        entries: entries.into_iter().map(EntryRow::of).collect(),
        next,
        asked,
    }))
}

/// `GET /organizations/{organization}/settings/audit-log/csv/`
pub(crate) async fn csv(visit: Visit, access: OrganizationAccess<AuditRead>) -> Result<Response, ApiError> {
    let filter = Asked::of(&visit).filter();
    let mut file = EntryFile::new();
    while let Some(page) = file.next() {
        file.add(&audit::list(&visit.app, &access.scope, &filter, page).await?);
    }
    Ok(file.into_response())
}

impl AuditLogPage {
    fn is_event(&self, action: &Action) -> bool {
        self.asked.event == action.name()
    }

    fn is_actor(&self, id: &i64) -> bool {
        self.asked.actor == id.to_string()
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |entries, next: Option<&str>| {
            let (shell, frame) = Frame::sample(OrganizationSection::AuditLog);
            Self {
                shell,
                frame,
                asked: Asked {
                    event: "member.edit".to_owned(),
                    ..Asked::default()
                },
                people: vec![(1, "ada@example.com".to_owned())],
                entries,
                next: next.map(str::to_owned),
            }
        };
        let change = |name: &str, before: Option<&str>, after: Option<&str>| FieldChange {
            name: name.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let row = |event: &str, target: &str, changes| EntryRow {
            actor: "ada@example.com".to_owned(),
            ip: Some("203.0.113.7".to_owned()),
            channel: "web".to_owned(),
            event: event.to_owned(),
            target_kind: "member".to_owned(),
            target: target.to_owned(),
            changes,
            at: gallery::ago(7_000),
        };
        let typical = vec![
            row(
                "member.edit",
                "grace@example.com",
                vec![change("role", Some("member"), Some("manager"))],
            ),
            row("team.create", "backend", vec![change("slug", None, Some("backend"))]),
            row("member.reinvite", "alan@example.com", Vec::new()),
        ];
        let hostile = row(
            gallery::HOSTILE,
            gallery::HOSTILE,
            vec![change(gallery::HOSTILE, Some(gallery::HOSTILE), Some(gallery::HOSTILE))],
        );
        vec![
            Sample::new("audit-log-empty", &page(Vec::new(), None)),
            Sample::new("audit-log-typical", &page(typical, Some("/next/"))),
            Sample::new("audit-log-hostile", &page(vec![hostile], None)),
        ]
    }
}
