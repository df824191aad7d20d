//! The words that every other crate shares: ids, points in time, levels, statuses, outcomes, the clock.
//!
//! Lives here: plain types without behaviour that needs I/O. Stays out: wire formats (`protocol`), SQL (`store`).

mod activity;
mod assignee;
mod clock;
mod event_id;
mod ids;
mod level;
mod outcome;
mod release;
mod roles;
mod status;
pub mod time_zone;
mod timestamp;

pub use activity::{ActivityKind, InboxReason, SubscriptionReason};
pub use assignee::{AssignedBy, Assignee, ParseAssigneeError};
pub use clock::{Clock, SharedClock, SystemClock, TestClock};
pub use event_id::{EventId, ParseEventIdError};
pub use ids::{
    ActivityId, AttachmentId, AuditEntryId, AuthorizationId, BindingId, CodeownersId, DeployId, DiscoverQueryId,
    EmailId, FileId, GrantId, IdGenerator, InvitationId, IssueId, IssueLinkId, IssueViewId, MAX_ID, MailId, MemberId,
    Node, OauthApplicationId, OrganizationId, OrganizationTokenId, ProjectId, ProjectKeyId, ReleaseId, SessionId,
    StoredItemId, TeamId, TokenId, UserId, UserReportId,
};
pub use level::{Level, ParseLevelError};
pub use outcome::{DataCategory, Outcome, OutcomeKind};
pub use release::{ReleaseParts, Version};
pub use roles::{OrganizationRole, TeamRole, UserPermission};
pub use status::{IssueStatus, KeyStatus, Priority, Substatus};
pub use timestamp::Timestamp;
