use std::borrow::Cow;

/// What became of an item. Stored as its number (those that Sentry's outcomes carry, `ingest.md` §1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutcomeKind {
    Accepted = 0,
    Filtered = 1,
    RateLimited = 2,
    Invalid = 3,
    Abuse = 4,
    ClientDiscard = 5,
}

impl OutcomeKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Filtered => "filtered",
            Self::RateLimited => "rate_limited",
            Self::Invalid => "invalid",
            Self::Abuse => "abuse",
            Self::ClientDiscard => "client_discard",
        }
    }

    pub fn number(self) -> i64 {
        self as i64
    }
}

/// What became of an item, and why: the reason is empty only for accepted ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outcome {
    pub kind: OutcomeKind,
    pub reason: Cow<'static, str>,
}

impl Outcome {
    pub const ACCEPTED: Self = Self {
        kind: OutcomeKind::Accepted,
        reason: Cow::Borrowed(""),
    };

    pub fn invalid(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: OutcomeKind::Invalid,
            reason: reason.into(),
        }
    }
}

/// What is counted when items are counted. Stored as its number (`ingest.md` §1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataCategory {
    Default = 0,
    Error = 1,
    Transaction = 2,
    Security = 3,
    Attachment = 4,
    Session = 5,
    Profile = 6,
    Replay = 7,
    Monitor = 10,
    Span = 12,
    Feedback = 14,
    MetricBucket = 15,
    ProfileChunk = 18,
    AttachmentItem = 22,
    LogItem = 23,
    LogByte = 24,
    ProfileChunkUi = 25,
    TraceMetric = 33,
    Unknown = -1,
}

impl DataCategory {
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Error => "error",
            Self::Transaction => "transaction",
            Self::Security => "security",
            Self::Attachment => "attachment",
            Self::Session => "session",
            Self::Profile => "profile",
            Self::Replay => "replay",
            Self::Monitor => "monitor",
            Self::Span => "span",
            Self::Feedback => "feedback",
            Self::MetricBucket => "metric_bucket",
            Self::ProfileChunk => "profile_chunk",
            Self::AttachmentItem => "attachment_item",
            Self::LogItem => "log_item",
            Self::LogByte => "log_byte",
            Self::ProfileChunkUi => "profile_chunk_ui",
            Self::TraceMetric => "trace_metric",
            Self::Unknown => "unknown",
        }
    }

    pub fn number(self) -> i64 {
        self as i64
    }
}
