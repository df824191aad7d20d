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
    AssignedOther,
    PrioritySet,
    Reviewed,
    Merged,
    NothingToMerge,
    SeveralProjects,
    Unmerged,
    NoHashSelected,
    HashMustStay,
    StillMoving,
    Commented,
    CommentDeleted,
    Linked,
    LinkRemoved,
    ViewSaved,
    ViewDeleted,
    IssueDeleted,
    IssueDiscarded,
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
    ReportSent,
    SampleSent,
    TokenRevoked,
    GroupingMoved,
    AttachmentDeleted,
    QuerySaved,
    QueryDeleted,
    NotificationsSaved,
    MailLinksRevoked,
    PasswordChanged,
    PasswordChosen,
    SignInExpired,
    OthersSignedOut,
    SessionEnded,
    EmailAdded,
    EmailSent,
    EmailRemoved,
    EmailConfirmed,
    EmailChanged,
    SecondFactorRemoved,
    TokenRenamed,
    SuperuserLeft,
    UserSaved,
    LastSuperuser,
    JobRetried,
    JobDropped,
    JobGone,
    JobBusy,
    SecondFactorNeeded,
    TokensRevoked,
    ApplicationSaved,
    ApplicationDeleted,
    AuthorizationRevoked,
    UserCreated,
    LinkWritten,
    MemberInvited,
    MemberRequested,
    InvitationSent,
    MemberSaved,
    MemberRemoved,
    InvitationRemoved,
    OrganizationLeft,
    Joined,
    TeamCreated,
    TeamDeleted,
    TeamJoined,
    TeamAsked,
    TeamLeft,
    RequestDecided,
    OrganizationDeleted,
    OrganizationRestored,
    OrganizationNotConfirmed,
    ProjectRestored,
    TransferOffered,
    TransferAccepted,
    RuleSaved,
    RuleEnabled,
    RuleDisabled,
    RuleSnoozed,
    SnoozeEnded,
    RuleDeleted,
    FalseAlarmMarked,
    FalseAlarmUnmarked,
    IncidentResolved,
    WindowAdded,
    WindowRemoved,
    DefaultsApplied,
    DefaultsSaved,
}

const NAMES: [(Done, &str); 102] = [
    (Done::Resolved, "resolved"),
    (Done::Archived, "archived"),
    (Done::Reopened, "reopened"),
    (Done::Assigned, "assigned"),
    (Done::Unassigned, "unassigned"),
    (Done::AssignedOther, "assigned-other"),
    (Done::PrioritySet, "priority-set"),
    (Done::Reviewed, "reviewed"),
    (Done::Merged, "merged"),
    (Done::NothingToMerge, "nothing-to-merge"),
    (Done::SeveralProjects, "several-projects"),
    (Done::Unmerged, "unmerged"),
    (Done::NoHashSelected, "no-hash-selected"),
    (Done::HashMustStay, "hash-must-stay"),
    (Done::StillMoving, "still-moving"),
    (Done::Commented, "commented"),
    (Done::CommentDeleted, "comment-deleted"),
    (Done::Linked, "linked"),
    (Done::LinkRemoved, "link-removed"),
    (Done::ViewSaved, "view-saved"),
    (Done::ViewDeleted, "view-deleted"),
    (Done::IssueDeleted, "issue-deleted"),
    (Done::IssueDiscarded, "issue-discarded"),
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
    (Done::ReportSent, "report-sent"),
    (Done::SampleSent, "sample-sent"),
    (Done::TokenRevoked, "token-revoked"),
    (Done::GroupingMoved, "grouping-moved"),
    (Done::AttachmentDeleted, "attachment-deleted"),
    (Done::QuerySaved, "query-saved"),
    (Done::QueryDeleted, "query-deleted"),
    (Done::NotificationsSaved, "notifications-saved"),
    (Done::MailLinksRevoked, "mail-links-revoked"),
    (Done::PasswordChanged, "password-changed"),
    (Done::PasswordChosen, "password-chosen"),
    (Done::SignInExpired, "sign-in-expired"),
    (Done::OthersSignedOut, "others-signed-out"),
    (Done::SessionEnded, "session-ended"),
    (Done::EmailAdded, "email-added"),
    (Done::EmailSent, "email-sent"),
    (Done::EmailRemoved, "email-removed"),
    (Done::EmailConfirmed, "email-confirmed"),
    (Done::EmailChanged, "email-changed"),
    (Done::SecondFactorRemoved, "second-factor-removed"),
    (Done::TokenRenamed, "token-renamed"),
    (Done::SuperuserLeft, "superuser-left"),
    (Done::UserSaved, "user-saved"),
    (Done::LastSuperuser, "last-superuser"),
    (Done::JobRetried, "job-retried"),
    (Done::JobDropped, "job-dropped"),
    (Done::JobGone, "job-gone"),
    (Done::JobBusy, "job-busy"),
    (Done::SecondFactorNeeded, "second-factor-needed"),
    (Done::TokensRevoked, "tokens-revoked"),
    (Done::ApplicationSaved, "application-saved"),
    (Done::ApplicationDeleted, "application-deleted"),
    (Done::AuthorizationRevoked, "authorization-revoked"),
    (Done::UserCreated, "user-created"),
    (Done::LinkWritten, "link-written"),
    (Done::MemberInvited, "member-invited"),
    (Done::MemberRequested, "member-requested"),
    (Done::InvitationSent, "invitation-sent"),
    (Done::MemberSaved, "member-saved"),
    (Done::MemberRemoved, "member-removed"),
    (Done::InvitationRemoved, "invitation-removed"),
    (Done::OrganizationLeft, "organization-left"),
    (Done::Joined, "joined"),
    (Done::TeamCreated, "team-created"),
    (Done::TeamDeleted, "team-deleted"),
    (Done::TeamJoined, "team-joined"),
    (Done::TeamAsked, "team-asked"),
    (Done::TeamLeft, "team-left"),
    (Done::RequestDecided, "request-decided"),
    (Done::OrganizationDeleted, "organization-deleted"),
    (Done::OrganizationRestored, "organization-restored"),
    (Done::OrganizationNotConfirmed, "organization-not-confirmed"),
    (Done::ProjectRestored, "project-restored"),
    (Done::TransferOffered, "transfer-offered"),
    (Done::TransferAccepted, "transfer-accepted"),
    (Done::RuleSaved, "rule-saved"),
    (Done::RuleEnabled, "rule-enabled"),
    (Done::RuleDisabled, "rule-disabled"),
    (Done::RuleSnoozed, "rule-snoozed"),
    (Done::SnoozeEnded, "snooze-ended"),
    (Done::RuleDeleted, "rule-deleted"),
    (Done::FalseAlarmMarked, "false-alarm-marked"),
    (Done::FalseAlarmUnmarked, "false-alarm-unmarked"),
    (Done::IncidentResolved, "incident-resolved"),
    (Done::WindowAdded, "window-added"),
    (Done::WindowRemoved, "window-removed"),
    (Done::DefaultsApplied, "defaults-applied"),
    (Done::DefaultsSaved, "defaults-saved"),
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
            Self::AssignedOther => format!("Assigned {issues}."),
            Self::PrioritySet => format!("Set the priority of {issues}."),
            Self::Reviewed => format!("Marked {issues} as reviewed."),
            Self::Merged => format!("Merged {issues} into one."),
            Self::NothingToMerge => "Select two issues or more to merge: nothing was changed.".to_owned(),
            Self::SeveralProjects => "Only issues of one project can be merged: nothing was changed.".to_owned(),
            Self::NoHashSelected => "No hash was selected: nothing was changed.".to_owned(),
            Self::HashMustStay => "One hash must stay with the issue: nothing was changed.".to_owned(),
            Self::StillMoving => {
                "What was merged or taken apart before is still being moved: nothing was changed. Try again in a moment."
                    .to_owned()
            }
            Self::Unmerged => "Moved the hashes to an issue of their own: this one.".to_owned(),
            Self::Commented => "Your comment is there.".to_owned(),
            Self::CommentDeleted => "Deleted the comment.".to_owned(),
            Self::Linked => "Added the link.".to_owned(),
            Self::LinkRemoved => "Removed the link.".to_owned(),
            Self::ViewSaved => "Saved the view.".to_owned(),
            Self::ViewDeleted => "Deleted the view.".to_owned(),
            Self::IssueDeleted => format!("Deleted {issues}."),
            Self::IssueDiscarded => format!("Deleted {issues}. What comes of the kind is dropped from now on."),
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
            Self::ReportSent => "The report is on its way.".to_owned(),
            Self::SampleSent => "Sent a sample event.".to_owned(),
            Self::TokenRevoked => "The token is revoked.".to_owned(),
            Self::GroupingMoved => {
                "The project groups by the other version now. Issues keep their events in the meantime.".to_owned()
            }
            Self::AttachmentDeleted => "Deleted the attachment.".to_owned(),
            Self::QuerySaved => "Saved the query.".to_owned(),
            Self::QueryDeleted => "Deleted the saved query.".to_owned(),
            Self::NotificationsSaved => "Saved. It holds for what happens from now on.".to_owned(),
            Self::MailLinksRevoked => "The links in mails that you have got do nothing any more.".to_owned(),
            Self::PasswordChanged => "The password is changed. You are signed out in all other browsers.".to_owned(),
            Self::PasswordChosen => "The password is changed. Sign in with it.".to_owned(),
            Self::SignInExpired => "The code came too late. Sign in once more.".to_owned(),
            Self::OthersSignedOut => "You are signed out in all other browsers.".to_owned(),
            Self::SessionEnded => "The browser is signed out.".to_owned(),
            Self::EmailAdded => "Added the address. A mail with a link to confirm it is on its way.".to_owned(),
            Self::EmailSent => "A mail with a link is on its way.".to_owned(),
            Self::EmailRemoved => "Removed the address.".to_owned(),
            Self::EmailConfirmed => "The address is confirmed.".to_owned(),
            Self::EmailChanged => "You sign in with this address from now on.".to_owned(),
            Self::SecondFactorRemoved => "The second factor is removed.".to_owned(),
            Self::TokenRenamed => "The token has another name.".to_owned(),
            Self::SuperuserLeft => "Superuser mode is over.".to_owned(),
            Self::UserSaved => "Saved.".to_owned(),
            Self::MemberInvited => "Invited. The link below works as well as the mail.".to_owned(),
            Self::MemberRequested => "Asked for it: whoever may invite decides.".to_owned(),
            Self::InvitationSent => "Sent a new invitation. The link before does not work any longer.".to_owned(),
            Self::MemberSaved => "Saved. It holds from now on.".to_owned(),
            Self::MemberRemoved => "Removed. Nothing of the organization is open to them any longer.".to_owned(),
            Self::InvitationRemoved => "Took the invitation back.".to_owned(),
            Self::OrganizationLeft => "You have left the organization.".to_owned(),
            Self::Joined => "Welcome: you are a member now.".to_owned(),
            Self::TeamCreated => "Created the team, with you in it.".to_owned(),
            Self::TeamDeleted => "Deleted the team.".to_owned(),
            Self::TeamJoined => "You are in the team.".to_owned(),
            Self::TeamAsked => "Asked to be let into the team.".to_owned(),
            Self::TeamLeft => "You have left the team.".to_owned(),
            Self::RequestDecided => "Done.".to_owned(),
            Self::OrganizationDeleted => {
                "The organization is closed. Until tomorrow it can be brought back here.".to_owned()
            }
            Self::OrganizationRestored => "The organization is back, with all that it had.".to_owned(),
            Self::OrganizationNotConfirmed => {
                "The slug you typed is not this organization’s: nothing was deleted.".to_owned()
            }
            Self::ProjectRestored => "The project is back, with its keys and events.".to_owned(),
            Self::TransferOffered => {
                "If this is the address of an owner of another organization, a mail is on its way to them.".to_owned()
            }
            Self::TransferAccepted => "The project belongs to this organization now.".to_owned(),
            Self::RuleSaved => "Saved the alert rule. It holds from now on.".to_owned(),
            Self::RuleEnabled => "The alert rule fires again.".to_owned(),
            Self::RuleDisabled => "The alert rule is off: it does not fire.".to_owned(),
            Self::RuleSnoozed => "The alert rule is snoozed.".to_owned(),
            Self::SnoozeEnded => "The snooze is over.".to_owned(),
            Self::IncidentResolved => "Resolved the incident. Its rule opens no other one for ten minutes.".to_owned(),
            Self::FalseAlarmMarked => "It counts as a false alarm in the alert metrics.".to_owned(),
            Self::FalseAlarmUnmarked => "It counts as an alert again.".to_owned(),
            Self::RuleDeleted => "Deleted the alert rule. What it did stays in the ledger.".to_owned(),
            Self::WindowAdded => "Planned the maintenance: no alert rule of the project fires in that time.".to_owned(),
            Self::WindowRemoved => "Took the maintenance back.".to_owned(),
            Self::DefaultsSaved => "Saved: new projects begin with these rules.".to_owned(),
            Self::DefaultsApplied => format!("Added {} of the organization’s set.", number::of(count, "rule")),
            Self::JobRetried => "The job is tried again.".to_owned(),
            Self::JobDropped => "The job is dropped: it will not be done.".to_owned(),
            Self::JobGone => "The job is not there any more: it is done, or somebody dropped it.".to_owned(),
            Self::JobBusy => "The job is being worked on: nothing was changed. Try again in a moment.".to_owned(),
            Self::LastSuperuser => {
                "The last superuser cannot go: make somebody else one first. Nothing was changed.".to_owned()
            }
            Self::SecondFactorNeeded => {
                "This organization asks its members for a second factor. Set one up to go on.".to_owned()
            }
            Self::TokensRevoked => "All of your tokens are revoked.".to_owned(),
            Self::ApplicationSaved => "Saved. It holds from now on.".to_owned(),
            Self::ApplicationDeleted => "Deleted the application. Its tokens are refused.".to_owned(),
            Self::AuthorizationRevoked => "The application acts for you no longer.".to_owned(),
            Self::UserCreated => "Created the user.".to_owned(),
            Self::LinkWritten => "A mail with a link to choose a new password is on its way.".to_owned(),
        }
    }

    /// What could be done to so many issues, as a button says it.
    pub(crate) fn proposal(self, count: u64) -> String {
        let issues = number::of(count, "issue");
        match self {
            Self::Resolved => format!("Resolve {issues}"),
            Self::Archived => format!("Archive {issues}"),
            Self::Reopened => format!("Open {issues} again"),
            Self::Assigned => format!("Assign {issues} to me"),
            Self::AssignedOther => format!("Assign {issues}"),
            Self::Unassigned => format!("Take the assignee off {issues}"),
            Self::PrioritySet => format!("Set the priority of {issues}"),
            Self::Reviewed => format!("Mark {issues} as reviewed"),
            _ => format!("Change {issues}"),
        }
    }

    fn is_error(self) -> bool {
        matches!(
            self,
            Self::NothingSelected
                | Self::NothingToMerge
                | Self::SeveralProjects
                | Self::NoHashSelected
                | Self::HashMustStay
                | Self::StillMoving
                | Self::SlugNotConfirmed
                | Self::LastSuperuser
                | Self::OrganizationNotConfirmed
                | Self::SecondFactorNeeded
                | Self::SignInExpired
        )
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
