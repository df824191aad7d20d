//! What the last action did, told once on the page behind the redirect. It travels in a cookie of ten seconds that holds
//! a word and numbers, never text to be shown.

use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::{HeaderValue, header};
use model::IssueStatus;

use crate::{
    number,
    shell::{Notice, Undo},
    urls::Links,
};

pub(crate) const COOKIE: &str = "tocsin_notice";

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    Resolved,
    Archived,
    Reopened,
    Assigned,
    Unassigned,
    IssueDeleted,
    NothingSelected,
    Saved,
    NameSaved,
    LoaderSaved,
    ProjectDeleted,
    SlugNotConfirmed,
    KeyCreated,
    KeyRotated,
    KeyEnabled,
    KeyDisabled,
    KeyRevoked,
    SampleSent,
    TokenRevoked,
    GroupingMoved,
    AttachmentDeleted,
    QuerySaved,
    QueryDeleted,
}

const NAMES: [(Done, &str); 23] = [
    (Done::Resolved, "resolved"),
    (Done::Archived, "archived"),
    (Done::Reopened, "reopened"),
    (Done::Assigned, "assigned"),
    (Done::Unassigned, "unassigned"),
    (Done::IssueDeleted, "issue-deleted"),
    (Done::NothingSelected, "nothing-selected"),
    (Done::Saved, "saved"),
    (Done::NameSaved, "name-saved"),
    (Done::LoaderSaved, "loader-saved"),
    (Done::ProjectDeleted, "project-deleted"),
    (Done::SlugNotConfirmed, "slug-not-confirmed"),
    (Done::KeyCreated, "key-created"),
    (Done::KeyRotated, "key-rotated"),
    (Done::KeyEnabled, "key-enabled"),
    (Done::KeyDisabled, "key-disabled"),
    (Done::KeyRevoked, "key-revoked"),
    (Done::SampleSent, "sample-sent"),
    (Done::TokenRevoked, "token-revoked"),
    (Done::GroupingMoved, "grouping-moved"),
    (Done::AttachmentDeleted, "attachment-deleted"),
    (Done::QuerySaved, "query-saved"),
    (Done::QueryDeleted, "query-deleted"),
];

impl Done {
    fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(done, _)| *done == self)
            .map_or("", |(_, name)| name)
    }

    fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(done, _)| *done)
    }

    pub(crate) fn of_status(status: IssueStatus) -> Self {
        match status {
            IssueStatus::Resolved => Self::Resolved,
            IssueStatus::Ignored => Self::Archived,
            IssueStatus::Unresolved => Self::Reopened,
        }
    }

    fn words(self, count: u64) -> String {
        let issues = number::of(count, "issue");
        match self {
            Self::Resolved => format!("Resolved {issues}."),
            Self::Archived => format!("Archived {issues}."),
            Self::Reopened => format!("Opened {issues} again."),
            Self::Assigned => format!("Assigned {issues} to you."),
            Self::Unassigned => format!("Took the assignee off {issues}."),
            Self::IssueDeleted => format!("Deleted {issues}."),
            Self::NothingSelected => "No issue was selected: nothing was changed.".to_owned(),
            Self::Saved => "Saved. What arrives from now on is treated so.".to_owned(),
            Self::NameSaved => "Saved.".to_owned(),
            Self::LoaderSaved => "Saved. Pages with the script get the change within minutes.".to_owned(),
            Self::ProjectDeleted => "The project was deleted.".to_owned(),
            Self::SlugNotConfirmed => "The slug you typed is not this project’s: nothing was deleted.".to_owned(),
            Self::KeyCreated => "Created a key.".to_owned(),
            Self::KeyRotated => {
                "Made a new key beside the old one. Both work until you disable the old one.".to_owned()
            }
            Self::KeyEnabled => "The key works again.".to_owned(),
            Self::KeyDisabled => "The key is disabled: what is sent with it is refused.".to_owned(),
            Self::KeyRevoked => "The key is revoked.".to_owned(),
            Self::SampleSent => "Sent a sample event.".to_owned(),
            Self::TokenRevoked => "The token is revoked.".to_owned(),
            Self::GroupingMoved => {
                "The project groups by the other version now. Issues keep their events in the meantime.".to_owned()
            }
            Self::AttachmentDeleted => "Deleted the attachment.".to_owned(),
            Self::QuerySaved => "Saved the query.".to_owned(),
            Self::QueryDeleted => "Deleted the saved query.".to_owned(),
        }
    }

    fn is_error(self) -> bool {
        matches!(self, Self::NothingSelected | Self::SlugNotConfirmed)
    }
}

/// A notice on its way to the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PendingNotice {
    pub(crate) done: Done,
    pub(crate) count: u64,
    /// How to take it back.
    pub(crate) undo: Option<PendingUndo>,
}

/// The status that some issues of an organization had before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PendingUndo {
    pub(crate) organization: String,
    pub(crate) status: IssueStatus,
    pub(crate) issues: Vec<i64>,
}

/// More than these would not fit into a cookie.
pub(crate) const MAX_UNDO: usize = 100;

impl PendingNotice {
    pub(crate) fn of(done: Done) -> Self {
        Self::counted(done, 1)
    }

    pub(crate) fn counted(done: Done, count: usize) -> Self {
        Self {
            done,
            count: count as u64,
            undo: None,
        }
    }

    fn write(&self) -> String {
        let mut text = format!("{}~{}", self.done.name(), self.count);
        if let Some(undo) = self.undo.as_ref().filter(|undo| undo.issues.len() <= MAX_UNDO) {
            let issues: Vec<String> = undo.issues.iter().map(i64::to_string).collect();
            text.push_str(&format!(
                "~{}~{}~{}",
                undo.organization,
                undo.status.number(),
                issues.join(".")
            ));
        }
        text
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('~');
        let done = Done::from_name(parts.next()?)?;
        let count = parts.next()?.parse().ok()?;
        let undo = match (parts.next(), parts.next(), parts.next()) {
            (Some(organization), Some(status), Some(issues)) => Some(PendingUndo {
                organization: organization.to_owned(),
                status: IssueStatus::from_number(status.parse().ok()?)?,
                issues: issues.split('.').map(str::parse).collect::<Result<_, _>>().ok()?,
            }),
            _ => None,
        };
        Some(Self { done, count, undo })
    }

    pub(crate) fn show(&self) -> Notice {
        let undo = self.undo.as_ref().map(|undo| {
            let issues = undo.issues.iter().map(|id| ("issue[]".to_owned(), id.to_string()));
            let status = ("status".to_owned(), undo.status.name().to_owned());
            Undo {
                action: Links::new(&undo.organization, String::new()).bulk(),
                fields: issues.chain([status, ("is_undo".to_owned(), "1".to_owned())]).collect(),
            }
        });
        Notice {
            text: self.done.words(self.count),
            is_error: self.done.is_error(),
            undo,
        }
    }
}

/// The cookie, set with the redirect.
impl IntoResponseParts for PendingNotice {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        let cookie = format!("{COOKIE}={}; Path=/; Max-Age=10; HttpOnly; SameSite=Lax", self.write());
        // Slugs and numbers are plain ASCII; a slug that is not costs the notice, nothing else.
        if let Ok(value) = HeaderValue::try_from(cookie) {
            parts.headers_mut().append(header::SET_COOKIE, value);
        }
        Ok(parts)
    }
}

impl IntoResponse for PendingNotice {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

/// The cookie that forgets a notice that was shown.
pub(crate) fn forget() -> HeaderValue {
    HeaderValue::from_static("tocsin_notice=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_read_as_it_was_written() {
        let undo = PendingUndo {
            organization: "acme".to_owned(),
            status: IssueStatus::Unresolved,
            issues: vec![7, 9],
        };
        for (done, _) in NAMES {
            for undo in [None, Some(undo.clone())] {
                let notice = PendingNotice { done, count: 2, undo };
                assert_eq!(PendingNotice::read(&notice.write()), Some(notice));
            }
        }
        for nonsense in [
            "",
            "x",
            "resolved",
            "resolved~x",
            "resolved~1~acme~9~7",
            "resolved~1~acme~0~x",
        ] {
            assert_eq!(PendingNotice::read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_largest_notice_fits_into_a_cookie() {
        let undo = PendingUndo {
            organization: "o".repeat(50),
            status: IssueStatus::Unresolved,
            issues: vec![model::MAX_ID; MAX_UNDO],
        };
        assert!(
            PendingNotice {
                done: Done::Resolved,
                count: 100,
                undo: Some(undo)
            }
            .write()
            .len()
                < 4_000
        );
    }
}
