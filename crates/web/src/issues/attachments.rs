//! All files that came with the events of an issue: the screenshots as a gallery, then everything as a table.

use askama::Template;
use httpkit::{ApiError, Cursor, Direction, IssueAccess, scopes::EventRead};
use services::issues::People;
use store::{
    IdPage, IdStart,
    attachments::{Attachment, AttachmentFilter},
};

use super::{page::IssueHead, samples};
use crate::{
    events::attachments::AttachmentRow,
    gallery::Sample,
    icon::Icon,
    page::Page,
    shell::{Part, Shell},
    visit::Visit,
};

/// The files of an issue.
#[derive(Debug, Template)]
#[template(path = "issues/attachments.html")]
pub(crate) struct AttachmentsPage {
    pub(crate) shell: Shell,
    pub(crate) issue: IssueHead,
    pub(crate) only: Only,
    /// On the first page: the newest pictures.
    pub(crate) pictures: Vec<AttachmentRow>,
    pub(crate) files: Vec<AttachmentRow>,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

/// Which files are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Only {
    #[default]
    All,
    Screenshots,
    Minidumps,
}

impl Only {
    pub(crate) const ALL: [Self; 3] = [Self::All, Self::Screenshots, Self::Minidumps];

    /// In the URL.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Screenshots => "screenshots",
            Self::Minidumps => "crashes",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Screenshots => "Screenshots",
            Self::Minidumps => "Crash dumps",
        }
    }

    fn filter(self) -> AttachmentFilter {
        const CRASHES: [&str; 3] = ["event.minidump", "event.applecrashreport", "playstation.prosperodump"];
        match self {
            Self::All => AttachmentFilter::default(),
            Self::Screenshots => AttachmentFilter {
                screenshots: true,
                ..AttachmentFilter::default()
            },
            Self::Minidumps => AttachmentFilter {
                types: CRASHES.map(str::to_owned).into(),
                ..AttachmentFilter::default()
            },
        }
    }
}

const ROWS: usize = 50;
const PICTURES: usize = 12;

/// `GET /organizations/{organization}/issues/{issue}/attachments/`
pub(crate) async fn show(visit: Visit, access: IssueAccess<EventRead>) -> Result<Page<AttachmentsPage>, ApiError> {
    let (app, issue) = (&visit.app, &access.issue);
    let only = visit
        .field("only")
        .and_then(|name| Only::ALL.into_iter().find(|only| only.name() == name));
    let only = only.unwrap_or_default();
    let cursor: Option<Cursor> = visit.field("cursor").and_then(|cursor| cursor.parse().ok());
    let start = match cursor {
        None => IdStart::Newest,
        Some(cursor) if cursor.direction == Direction::Previous => IdStart::NewerThan(cursor.value),
        Some(cursor) => IdStart::OlderThan(cursor.value),
    };
    let page = IdPage {
        start,
        limit: ROWS as i64 + 1,
    };
    let mut found = services::attachments::list_of_issue(app, issue, &only.filter(), page).await?;
    let (previous, next) = neighbours(&visit, cursor, &mut found);
    let people = People::of(app, &access.scope).await?;
    let head = IssueHead::new(issue, &people, access.scope.actor.viewer(), app.now());
    let title = format!("Attachments of {}", head.short_id);
    let (shell, _) = visit.scoped_shell(&access.scope, Part::Issues, &title).await?;
    let row = |attachment: &Attachment| AttachmentRow::new(attachment, &issue.project_slug, &shell.links);
    let files: Vec<AttachmentRow> = found.iter().map(row).collect();
    let pictures = files.iter().filter(|file| file.is_image && cursor.is_none());
    Ok(Page(AttachmentsPage {
        pictures: pictures.take(PICTURES).cloned().collect(),
        files,
        shell,
        issue: head,
        only,
        previous,
        next,
    }))
}

/// Cuts what was fetched to a page and says where the pages before and after it are.
fn neighbours(visit: &Visit, cursor: Option<Cursor>, found: &mut Vec<Attachment>) -> (Option<String>, Option<String>) {
    let is_more = found.len() > ROWS;
    let is_back = cursor.is_some_and(|cursor| cursor.direction == Direction::Previous);
    if is_back && is_more {
        found.remove(0);
    }
    found.truncate(ROWS);
    let link = |attachment: Option<&Attachment>, direction| {
        let value = attachment?.id.0;
        let cursor = Cursor {
            value,
            offset: 0,
            direction,
        };
        Some(visit.page_link(cursor))
    };
    let has_previous = if is_back { is_more } else { cursor.is_some() };
    let previous = link(found.first().filter(|_| has_previous), Direction::Previous);
    (
        previous,
        link(found.last().filter(|_| is_back || is_more), Direction::Next),
    )
}

impl AttachmentsPage {
    fn only_link(&self, only: &Only) -> String {
        let pairs = [("only", only.name())];
        let pairs = if *only == Only::All { &[][..] } else { &pairs[..] };
        self.shell.links.issue_attachments_with(self.issue.id, pairs)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        samples::attachment_pages()
    }
}
