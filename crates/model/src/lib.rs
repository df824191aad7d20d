//! The words that every other crate shares: ids, points in time, levels, statuses, outcomes, the clock.
//!
//! Lives here: plain types without behaviour that needs I/O. Stays out: wire formats (`protocol`), SQL (`store`).

mod clock;
mod event_id;
mod ids;
mod level;
mod outcome;
mod status;
mod timestamp;

pub use clock::{Clock, SharedClock, SystemClock, TestClock};
pub use event_id::{EventId, ParseEventIdError};
pub use ids::{
    AttachmentId, DiscoverQueryId, FileId, IdGenerator, IssueId, MAX_ID, MemberId, Node, OrganizationId, ProjectId,
    ProjectKeyId, SessionId, StoredItemId, TeamId, TokenId, UserId, UserReportId,
};
pub use level::{Level, ParseLevelError};
pub use outcome::{DataCategory, Outcome, OutcomeKind};
pub use status::{IssueStatus, KeyStatus, Priority, Substatus};
pub use timestamp::Timestamp;
