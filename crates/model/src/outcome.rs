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
    CardinalityLimited = 6,
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
            Self::CardinalityLimited => "cardinality_limited",
        }
    }

    pub fn number(self) -> i64 {
        self as i64
    }

    pub const ALL: &[Self] = &[
        Self::Accepted,
        Self::Filtered,
        Self::RateLimited,
        Self::Invalid,
        Self::Abuse,
        Self::ClientDiscard,
        Self::CardinalityLimited,
    ];

    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
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

    pub fn filtered(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OutcomeKind::Filtered, reason)
    }

    pub fn rate_limited(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OutcomeKind::RateLimited, reason)
    }

    pub fn invalid(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OutcomeKind::Invalid, reason)
    }

    pub fn client_discard(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OutcomeKind::ClientDiscard, reason)
    }

    pub fn new(kind: OutcomeKind, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }
}

/// Declares the categories once: name in Rust, number, name on the wire.
macro_rules! data_categories {
    ($($variant:ident = $number:literal, $name:literal;)*) => {
        /// What is counted when items are counted. Stored as its number (`ingest.md` §1.6).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DataCategory {
            $($variant = $number,)*
        }

        impl DataCategory {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

data_categories! {
    Default = 0, "default";
    Error = 1, "error";
    Transaction = 2, "transaction";
    Security = 3, "security";
    Attachment = 4, "attachment";
    Session = 5, "session";
    Profile = 6, "profile";
    Replay = 7, "replay";
    TransactionProcessed = 8, "transaction_processed";
    TransactionIndexed = 9, "transaction_indexed";
    Monitor = 10, "monitor";
    ProfileIndexed = 11, "profile_indexed";
    Span = 12, "span";
    MonitorSeat = 13, "monitor_seat";
    Feedback = 14, "feedback";
    MetricBucket = 15, "metric_bucket";
    SpanIndexed = 16, "span_indexed";
    ProfileDuration = 17, "profile_duration";
    ProfileChunk = 18, "profile_chunk";
    MetricSecond = 19, "metric_second";
    Uptime = 21, "uptime";
    AttachmentItem = 22, "attachment_item";
    LogItem = 23, "log_item";
    LogByte = 24, "log_byte";
    ProfileDurationUi = 25, "profile_duration_ui";
    ProfileChunkUi = 26, "profile_chunk_ui";
    SeerAutofix = 27, "seer_autofix";
    SeerScanner = 28, "seer_scanner";
    PreventUser = 29, "prevent_user";
    PreventReview = 30, "prevent_review";
    SizeAnalysis = 31, "size_analysis";
    InstallableBuild = 32, "installable_build";
    TraceMetric = 33, "trace_metric";
    SeerUser = 34, "seer_user";
    ProfileBackend = 35, "profile_backend";
    ProfileUi = 36, "profile_ui";
    TraceMetricByte = 37, "trace_metric_byte";
    SnapshotImage = 38, "snapshot_image";
    Unknown = -1, "unknown";
}

impl DataCategory {
    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|category| category.number() == number)
    }

    /// By the name of today, or by one that older clients send.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "user_report_v2" => Some(Self::Feedback),
            _ => Self::ALL.iter().copied().find(|category| category.name() == name),
        }
    }
}
