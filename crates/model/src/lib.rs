//! The words that every other crate shares: ids, points in time, levels, statuses, outcomes, the clock.
//!
//! Lives here: plain types without behaviour that needs I/O. Stays out: wire formats (`protocol`), SQL (`store`).

mod activity;
mod assignee;
mod clock;
mod event_id;
mod ids;
mod level;
mod notification;
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
    ActivityId, AlertRuleId, AttachmentId, AuditEntryId, AuthorizationId, BindingId, CodeownersId, DeliveryId,
    DeployId, DiscoverQueryId, EmailId, FileId, FiringId, GrantId, IdGenerator, IncidentActivityId, IncidentId,
    InvitationId, IssueId, IssueLinkId, IssueViewId, JobId, MAX_ID, MailAddressId, MailId, MaintenanceWindowId,
    MemberId, MetricAlertId, Node, NotificationActionId, NotificationId, NotificationRuleId, NotificationSettingId,
    OauthApplicationId, OrganizationId, OrganizationTokenId, ProjectId, ProjectKeyId, PushSubscriptionId, ReleaseId,
    SessionId, SnoozeId, StoredItemId, TeamId, TokenId, TriggerActionId, TriggerId, UserId, UserReportId,
};
pub use level::{Level, ParseLevelError};
pub use notification::{AttemptOutcome, DeliveryState, NotificationKind};
pub use outcome::{DataCategory, Outcome, OutcomeKind};
pub use release::{ReleaseParts, Version};
pub use roles::{OrganizationRole, TeamRole, UserPermission};
pub use status::{IssueStatus, KeyStatus, Priority, Substatus};
pub use timestamp::Timestamp;
