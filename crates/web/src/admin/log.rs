use askama::Template;
use axum::response::Response;
use httpkit::{ApiError, InstanceAccess, instance_permissions::Superuser};
use services::audit;
use store::{IdPage, IdStart};

use super::{sample_shell, shell};
use crate::{
    audit_entries::{EntryFile, EntryRow, FieldChange},
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls::{self, AdminSection},
    visit::Visit,
};

/// Entries on one page.
const PAGE: usize = 100;

/// What was done to the installation and to users, and belongs to the log of no organization.
#[derive(Debug, Template)]
#[template(path = "admin/log.html")]
pub(crate) struct LogPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) entries: Vec<EntryRow>,
    /// Where the list goes on.
    pub(crate) next: Option<String>,
}

/// `GET /admin/audit-log/`
pub(crate) async fn show(visit: Visit, _: InstanceAccess<Superuser>) -> Result<Page<LogPage>, ApiError> {
    let before = visit.field("before").and_then(|before| before.parse().ok());
    let page = IdPage {
        start: before.map_or(IdStart::Newest, IdStart::OlderThan),
        limit: PAGE as i64 + 1,
    };
    let mut entries = audit::list_of_installation(&visit.app, page).await?;
    let has_more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let next = entries.last().filter(|_| has_more).map(|last| {
        let pairs = [("before", last.id.to_string())];
        format!("{}?{}", urls::ADMIN_LOG, urls::query(pairs))
    });
    Ok(Page(LogPage {
        shell: shell(&visit, AdminSection::Log).await?,
        section: AdminSection::Log,
        entries: entries.into_iter().map(EntryRow::of).collect(),
        next,
    }))
}

/// `GET /admin/audit-log/csv/`
pub(crate) async fn csv(visit: Visit, _: InstanceAccess<Superuser>) -> Result<Response, ApiError> {
    let mut file = EntryFile::new();
    while let Some(page) = file.next() {
        file.add(&audit::list_of_installation(&visit.app, page).await?);
    }
    Ok(file.into_response())
}

impl LogPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |entries, next: Option<&str>| Self {
            shell: sample_shell(AdminSection::Log),
            section: AdminSection::Log,
            entries,
            next: next.map(str::to_owned),
        };
        let row = |event: &str, target: &str, changes| EntryRow {
            actor: target.to_owned(),
            ip: Some("203.0.113.7".to_owned()),
            channel: "web".to_owned(),
            event: event.to_owned(),
            target_kind: "user".to_owned(),
            target: target.to_owned(),
            changes,
            at: gallery::ago(3_600),
        };
        let switched_off = FieldChange {
            name: "is_active".to_owned(),
            before: Some("true".to_owned()),
            after: Some("false".to_owned()),
        };
        let typical = vec![
            row("superuser.enter", "ada@example.com", Vec::new()),
            row("user.edit", "ada@example.com", vec![switched_off]),
        ];
        vec![
            Sample::new("admin-log-empty", &page(Vec::new(), None)),
            Sample::new("admin-log-typical", &page(typical, Some("/admin/audit-log/?before=7"))),
        ]
    }
}
