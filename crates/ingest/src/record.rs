use std::net::IpAddr;

use model::{DataCategory, EventId, OrganizationId, ProjectId, ProjectKeyId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::encoding::ContentEncoding;

/// What is known of an accepted request beside its body; kept with the body in the spool, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordMeta {
    pub kind: RecordKind,
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub key: ProjectKeyId,
    pub received_at: Timestamp,
    /// What the request was answered with; the id of its event.
    pub event_id: Option<EventId>,
    /// How the body is compressed.
    pub encoding: ContentEncoding,
    pub client_ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    /// `name/version` of the SDK as it authenticated.
    pub sdk_client: Option<String>,
    /// Client hints and other headers that later steps read, names in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The query of the request, for the kinds that say something there (a check-in its status, a report its release).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The project in which the trace of an envelope began, if that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_root: Option<ProjectId>,
    /// What was over a limit when the request came. Its items are counted and not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limited: Vec<LimitedItem>,
    /// The monitor of a check-in, from the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitor: Option<String>,
}

/// An item of an envelope that was over a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitedItem {
    /// Counted from 0, in the order of the envelope.
    pub item: u32,
    pub reason: String,
}

/// What the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    Envelope,
    /// One event: JSON, or base64 of it, perhaps compressed inside.
    Store,
    /// A browser's report (CSP and the like, NEL).
    Security,
    Nel,
    Minidump,
    Unreal,
    Attachments,
    CheckIn,
    OtlpTraces,
    OtlpLogs,
    VercelLogs,
    HerokuLogs,
    Playstation,
    /// Never a record: an upload goes where attachments are kept at once.
    Upload,
}

impl RecordKind {
    /// Senders that would only try again at once are not told that they are over a limit (`ingest.md` §1.1).
    pub(crate) fn hides_limits(self) -> bool {
        matches!(
            self,
            Self::Minidump
                | Self::Unreal
                | Self::Playstation
                | Self::Attachments
                | Self::CheckIn
                | Self::OtlpLogs
                | Self::VercelLogs
                | Self::HerokuLogs
        )
    }

    /// What a request of this kind counts as when it is refused before its items are known.
    pub(crate) fn category(self) -> DataCategory {
        match self {
            Self::Envelope | Self::Store | Self::Minidump | Self::Unreal | Self::Playstation => DataCategory::Error,
            Self::Security | Self::Nel => DataCategory::Security,
            Self::Attachments | Self::Upload => DataCategory::AttachmentItem,
            Self::CheckIn => DataCategory::Monitor,
            Self::OtlpTraces => DataCategory::Span,
            Self::OtlpLogs | Self::VercelLogs | Self::HerokuLogs => DataCategory::LogItem,
        }
    }
}
